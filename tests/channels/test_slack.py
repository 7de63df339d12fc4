"""Slack: what is not proven to come from it is refused; only what a person says in private is answered."""

from __future__ import annotations

import json
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backchat.channels.http import MAX_MESSENGER_BYTES
from backchat.channels.slack import plain_text, read_event, read_interaction
from tests.channels.standins.http_api import until
from tests.channels.standins.slack import BOT, BOT_ID, PUBLIC, TEAM, shown

JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@pytest.fixture
def ann(slack):
    return slack.person("ann")


def quiet(person, seconds=0.7):
    time.sleep(seconds)
    return person.screen


# --- the proof that a request comes from Slack --------------------------------------------------------------


def unsigned(slack, headers, body=None):
    body = body or json.dumps(slack.envelope(slack.person("ann").message("forged"))).encode()
    return requests.post(slack.webhook, data=body, headers={"Content-Type": JSON, **headers})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Request-Timestamp": "now"},
        {"X-Slack-Signature": "v0=abc"},
        {"X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": ""},
        {"X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": f"v0={'a' * 64}"},
        {"X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": "v0=é".encode()},
        {"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=abc"},
        {"X-Slack-Request-Timestamp": "9" * 5000, "X-Slack-Signature": "v0=abc"},
        {"X-Slack-Request-Timestamp": "9" * 400, "X-Slack-Signature": "v0=abc"},
        {"X-Slack-Request-Timestamp": "-1e9", "X-Slack-Signature": "v0=abc"},
    ],
)
def test_a_forged_request_is_refused(slack, agent_with_script, headers):
    answer = unsigned(slack, headers)
    assert answer.status_code == 401
    assert answer.json() == {"error": "The request is not signed by Slack."}
    assert not quiet(slack.person("ann"), 0.4)
    assert agent_with_script.received == []


@pytest.mark.parametrize("form", [False, True])
def test_a_request_that_somebody_else_signed_or_changed_is_refused(slack, ann, form):
    body = json.dumps(slack.envelope(ann.message("forged"))).encode()
    if form:
        body = urlencode({"payload": json.dumps({"type": "block_actions"})}).encode()
    kind = FORM if form else JSON
    for headers, sent in (
        (slack.sign(body, secret="another"), body),
        (slack.sign(body), body + b" "),
        ({**slack.sign(body), "X-Slack-Request-Timestamp": str(int(time.time()) - 1)}, body),
    ):
        answer = requests.post(slack.webhook, data=sent, headers={"Content-Type": kind, **headers})
        assert answer.status_code == 401
    assert not quiet(ann, 0.4)


@pytest.mark.parametrize(("seconds", "status"), [(-301, 401), (-299, 200), (299, 200), (302, 401)])
def test_a_signature_is_good_for_five_minutes(slack, ann, seconds, status):
    body = json.dumps(slack.envelope(ann.message("when"))).encode()
    headers = slack.sign(body, at=time.time() + seconds)
    assert unsigned(slack, headers, body).status_code == status


def test_a_replayed_event_or_click_counts_once(slack, ann, agent_with_script):
    body = json.dumps(slack.envelope(ann.message("YES_NO fever"))).encode()
    headers = {"Content-Type": JSON, **slack.sign(body)}
    for _ in range(3):
        assert requests.post(slack.webhook, data=body, headers=headers).status_code == 200
    until(lambda: ann.screen)
    click = urlencode({"payload": json.dumps(ann.click("No"))}).encode()
    headers = {"Content-Type": FORM, **slack.sign(click)}
    for _ in range(3):
        assert requests.post(slack.webhook, data=click, headers=headers).status_code == 200
    assert len(quiet(ann)) == 2
    assert [message.text for message in agent_with_script.received] == ["YES_NO fever", "No"]


def test_the_address_is_proven_to_slack_which_has_to_prove_itself_first(slack):
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB", "token": "x"}).encode()
    assert unsigned(slack, {}, body).status_code == 401
    answer = slack.post(body, JSON)
    assert answer.json() == {"challenge": "3eZbrw1aB"}


def test_a_retry_is_confirmed_and_counts_once(slack, ann, agent_with_script):
    message = ann.message("once")
    for number in range(4):
        assert slack.send_event(message, "Ev1", retry=number).status_code == 200
    assert len(quiet(ann)) == 1
    assert len(agent_with_script.received) == 1


def test_a_retry_of_what_never_arrived_is_answered(slack, ann):
    assert slack.send_event(ann.message("second try"), "Ev1", retry=1).status_code == 200
    until(lambda: ann.screen)


def test_the_longest_message_of_slack_arrives_and_a_longer_body_is_refused(slack, ann):
    long = ann.message("😖" * 40_000, blocks=[{"type": "rich_text", "elements": ["😖" * 40_000]}])
    assert slack.send_event(long).status_code == 200
    until(lambda: "more than I can read at once" in shown(ann.screen))
    assert slack.post(b" " * (MAX_MESSENGER_BYTES + 1), JSON).status_code == 413


# --- who is answered ----------------------------------------------------------------------------------------


def test_in_a_channel_the_person_is_asked_to_talk_in_private_where_it_says_hello(
    slack, ann, agent_with_script
):
    assert ann.mentions("my back hurts and I leak", thread_ts="1.000001").status_code == 200
    until(lambda: ann.screen)
    (unseen,) = slack.unseen
    assert (unseen["channel"], unseen["user"], unseen["thread_ts"]) == (PUBLIC, ann.user, "1.000001")
    assert "Let's talk in private" in unseen["text"]
    assert "Here we can talk in private" in shown(ann.screen)
    assert [call.arguments for call in slack.called("conversations.open")] == [{"users": ann.user}]
    assert PUBLIC not in slack.messages
    assert agent_with_script.received == []


@pytest.mark.parametrize(
    "change",
    [
        {"channel_type": "channel", "channel": PUBLIC},
        {"channel_type": "group", "channel": "G1"},
        {"channel_type": "mpim", "channel": "G1"},
        {"channel_type": None},
        {"bot_id": BOT_ID},
        {"bot_id": BOT_ID, "user": BOT},
        {"subtype": "bot_message", "user": None},
        {"subtype": "message_deleted"},
        {"subtype": "channel_join"},
        {"subtype": "assistant_app_thread"},
        {"user": "USLACKBOT"},
        {"user": None},
        {"user": "U 1"},
        {"ts": "yesterday"},
        {"type": "reaction_added"},
        {"type": "app_mention", "bot_id": "B2"},
    ],
)
def test_what_no_person_says_in_private_is_confirmed_in_silence(slack, ann, agent_with_script, change):
    event = {key: value for key, value in ann.message("hello", **change).items() if value is not None}
    assert slack.send_event(event).status_code == 200
    assert not quiet(ann, 0.5)
    assert not slack.unseen
    assert agent_with_script.received == []


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("3 &lt; 5 &amp; &gt; 2", "3 < 5 & > 2"),
        (f"<@{BOT}> it hurts", " it hurts"),
        ("see <https://x.org/a|x.org/a> and <https://y.org>", "see x.org/a and https://y.org"),
        ("in <#C1|general> and <#C2>", "in general and "),
        ("<!channel> hurts <!subteam^S1|@team>", " hurts @team"),
        ("&amp;lt;", "&lt;"),
    ],
)
def test_a_message_is_read_as_it_was_written(text, heard):
    assert plain_text(text) == heard


def test_files_get_a_kind_answer_and_the_words_beside_them_count(slack, ann, agent_with_script):
    files = {"subtype": "file_share", "files": [{"id": "F1"}]}
    slack.send_event(ann.message("", **files))
    until(lambda: "I can only read text" in shown(ann.screen))
    slack.send_event(ann.message("it hurts here", **files))
    until(lambda: len(ann.screen) == 3)
    assert "You said it hurts here" in shown(ann.screen)
    assert [message.text for message in agent_with_script.received] == ["it hurts here"]


def changed(person, before, after, **more):
    message = person.message(after, edited={"user": person.user, "ts": "1.000000"}, **more)
    event = person.message("", subtype="message_changed", message=message)
    del event["user"], event["text"]
    return {**event, "previous_message": person.message(before)}


def test_who_changes_a_message_is_told_that_it_is_not_seen(slack, ann, agent_with_script):
    slack.send_event(changed(ann, "left leg", "right leg"))
    until(lambda: "I can't see what you change" in shown(ann.screen))
    slack.send_event(changed(ann, "see https://x.org", "see https://x.org"))  # the link was unfolded
    slack.send_event(changed(ann, "a", "b", bot_id=BOT_ID))
    assert len(quiet(ann)) == 1
    assert agent_with_script.received == []


# --- what is clicked ----------------------------------------------------------------------------------------


def forge(payload, **action):
    return {**payload, "actions": [{**payload["actions"][0], **action}]}


@pytest.mark.parametrize(
    "action",
    [
        {"value": "3"},
        {"value": "-1"},
        {"value": "/restart"},
        {"value": '/inform{"saddle_numbness":"absent"}'},
        {"value": "1" * 5000},
        {"value": ""},
        {"value": "١"},
        {"block_id": "0" * 12},
        {"action_id": "done"},
        {
            "action_id": "pick",
            "selected_option": {"value": "Yes", "text": {"type": "plain_text", "text": "x"}},
        },
    ],
)
def test_what_was_not_offered_is_not_taken(slack, ann, agent_with_script, action):
    ann.says("YES_NO fever")
    assert slack.send_interaction(forge(ann.click("Yes"), **action)).status_code == 200
    until(lambda: slack.unseen)
    assert "That question is closed" in slack.unseen[0]["text"]
    ann.picks("Yes")
    assert [message.text for message in agent_with_script.received] == ["YES_NO fever", "Yes"]


@pytest.mark.parametrize("action", [{"block_id": "menu"}, {"block_id": "ABC"}, {"action_id": "delete"}])
def test_elements_that_are_not_ours_are_confirmed_in_silence(slack, ann, action):
    ann.says("YES_NO fever")
    assert slack.send_interaction(forge(ann.click("Yes"), **action)).status_code == 200
    assert len(quiet(ann)) == 1
    assert not slack.unseen


def test_what_was_offered_to_somebody_else_is_not_taken(slack, ann, agent_with_script):
    bob = slack.person("bob")
    ann.says("YES_NO fever")
    bob.says("YES_NO chills")
    stolen = {**ann.click("Yes"), "user": {"id": bob.user}, "channel": {"id": bob.channel}}
    slack.send_interaction(stolen)
    until(lambda: slack.unseen)
    assert slack.unseen[0]["user"] == bob.user
    assert len(agent_with_script.received) == 2


def test_an_old_question_is_closed(slack, ann, agent_with_script):
    ann.says("YES_NO fever")
    old = ann.click("Yes")
    ann.says("YES_NO chills")
    slack.send_interaction(old)
    until(lambda: slack.unseen)
    assert [message.text for message in agent_with_script.received] == ["YES_NO fever", "YES_NO chills"]


def test_being_done_with_nothing_ticked_is_no_answer(slack, ann, agent_with_script):
    ann.says("CHECKLIST now")
    slack.send_interaction(ann.click("Done"))
    until(lambda: slack.unseen)
    assert "pick at least one" in slack.unseen[0]["text"]
    assert len(agent_with_script.received) == 1


def test_ticks_that_rule_each_other_out_are_not_taken(slack, ann, agent_with_script):
    ann.says("CHECKLIST now")
    payload = ann.click("Done")
    (boxes,) = (box for block in payload["state"]["values"].values() for box in block.values())
    boxes["selected_options"] = [{"value": "0"}, {"value": "3"}]
    slack.send_interaction(payload)
    until(lambda: slack.unseen)
    assert len(agent_with_script.received) == 1


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"type": "view_submission"},
        {"type": "block_actions"},
        {"type": "block_actions", "user": {}, "channel": {}, "actions": []},
        {"type": "block_actions", "user": {"id": "U1"}, "channel": {"id": "D1"}, "actions": []},
    ],
)
def test_other_interactions_are_confirmed_in_silence(slack, payload):
    assert slack.send_interaction(payload).status_code == 200


@pytest.mark.parametrize("body", [b"", b"payload=", b"payload=%7B", b"x=1", b"payload=[]", b"payload=1"])
def test_a_form_that_is_none_is_confirmed_in_silence(slack, body):
    assert slack.post(body, FORM).status_code == 200


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"[]", 400), (b"[" * 60_000, 400), (b"{}", 200)])
def test_a_body_that_is_no_json_object_is_refused(slack, body, status):
    assert slack.post(body, JSON).status_code == status


# --- the app ------------------------------------------------------------------------------------------------


def test_the_manifest_asks_for_what_is_used_and_nothing_else(slack, ann):
    ann.mentions("hello")
    until(lambda: ann.screen)
    ann.says("YES_NO fever")
    ann.picks("Yes")
    scopes = {"chat": "chat:write", "conversations": "im:write"}
    used = {scopes[call.method.split(".")[0]] for call in slack.calls}
    manifest = yaml.safe_load(Path("deploy/slack/manifest.yml").read_text(encoding="utf-8"))
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == used | {"im:history", "app_mentions:read"}
    settings = manifest["settings"]
    assert settings["event_subscriptions"]["bot_events"] == ["app_mention", "message.im"]
    for part in ("event_subscriptions", "interactivity"):
        assert settings[part]["request_url"].endswith(slack.webhook.split("/", 3)[3])


# --- anything at all ----------------------------------------------------------------------------------------

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def mutated(original, draw):
    """Puts anything in the place of one part of something that Slack or Telegram sends."""
    if isinstance(original, dict) and original and draw(st.integers(0, 3)):
        key = draw(st.sampled_from(sorted(original)))
        if draw(st.integers(0, 9)) == 0:
            return {name: value for name, value in original.items() if name != key}
        return {**original, key: mutated(original[key], draw)}
    if isinstance(original, list) and original and draw(st.integers(0, 3)):
        return [mutated(original[0], draw), *original[1:]]
    return draw(JSON_VALUES)


EVENT = {
    "type": "event_callback",
    "event_id": "Ev1",
    "team_id": TEAM,
    "event": {
        "type": "message",
        "channel_type": "im",
        "channel": "D1",
        "user": "U1",
        "text": "hi",
        "ts": "1.000001",
        "files": [{"id": "F"}],
        "message": {"user": "U1", "text": "x", "edited": {"ts": "1"}, "ts": "1.000001"},
    },
}
CLICK = {
    "type": "block_actions",
    "user": {"id": "U1"},
    "channel": {"id": "D1"},
    "actions": [{"block_id": "abc", "action_id": "done", "action_ts": "1.000001", "value": "1"}],
    "state": {"values": {"abc:ticks": {"tick:0": {"selected_options": [{"value": "1"}]}}}},
}


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_nothing_that_slack_may_send_breaks_the_reading(data):
    event = mutated(EVENT, data.draw)
    if isinstance(event, dict):
        read_event(event)
    read_interaction(urlencode({"payload": json.dumps(mutated(CLICK, data.draw))}).encode())
