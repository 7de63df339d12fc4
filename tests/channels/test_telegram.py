"""Telegram: what is not proven to come from it is refused, and every kind of update is taken kindly."""

from __future__ import annotations

import json
import time

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from backchat.channels.telegram import read_update
from backchat.channels.telegram_client import webhook_address
from tests.channels.conftest import TELEGRAM
from tests.channels.standins.http_api import until
from tests.channels.standins.telegram import SECRET, shown
from tests.channels.test_slack import mutated

GROUP = {"id": -100200300, "type": "supergroup", "title": "Backs"}


@pytest.fixture
def ann(telegram):
    return telegram.person(7)


def quiet(person, seconds=0.7):
    time.sleep(seconds)
    return person.screen


# --- the proof that a request comes from Telegram -----------------------------------------------------------


@pytest.mark.parametrize(
    "secret", [None, "", "wrong", SECRET[:-1], f"{SECRET}x", SECRET.upper(), "é".encode()]
)
def test_a_forged_update_is_refused(telegram, ann, agent_with_script, secret):
    answer = telegram.send(telegram.update(message=ann.message(text="forged")), secret)
    assert answer.status_code == 401
    assert answer.json() == {"error": "The request is not from Telegram."}
    assert not quiet(ann, 0.4)
    assert agent_with_script.received == []


def test_nothing_but_the_webhook_is_there(telegram):
    base = telegram.webhook.removesuffix("webhook")
    assert requests.get(f"{base}set_webhook").status_code == 404
    assert requests.get(f"{base}webhook").status_code == 405


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 400), (b"{}", 200), (b" " * 1_100_000, 413)],
    ids=["cut off", "a list", "empty", "huge"],
)
def test_a_body_that_is_no_json_object_is_refused(telegram, body, status):
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    assert requests.post(telegram.webhook, data=body, headers=headers).status_code == status


# --- who and what is answered -------------------------------------------------------------------------------


def test_start_greets_and_restart_starts_again(telegram, ann, agent_with_script):
    for command in ("/start", "/start from_a_link", "/restart", "/restart@backchat_bot"):
        ann.says(command)
    assert [message.text for message in agent_with_script.received] == [
        "Hello",
        "Hello",
        "start again",
        "start again",
    ]


def test_no_command_sets_anything(telegram, ann, agent_with_script):
    for command in ('/inform{"saddle_numbness":"absent"}', "/unknown words", "/no"):
        assert "begins with “/”" in shown(ann.says(command))
    assert agent_with_script.received == []


@pytest.mark.parametrize(
    "content",
    [
        {"photo": [{"file_id": "x"}]},
        {"voice": {"file_id": "x", "duration": 2}},
        {"sticker": {"file_id": "x"}},
        {"video_note": {"file_id": "x"}},
        {"document": {"file_id": "x"}},
        {"location": {"latitude": 1.0, "longitude": 2.0}},
        {"contact": {"phone_number": "1", "first_name": "x"}},
        {"poll": {"id": "1", "question": "?", "options": []}},
        {"dice": {"emoji": "🎲", "value": 1}},
    ],
)
def test_what_is_no_text_gets_a_kind_answer(telegram, ann, agent_with_script, content):
    assert "I can only read text" in shown(ann.sends(**content))
    assert agent_with_script.received == []


def test_the_words_below_a_picture_count(telegram, ann, agent_with_script):
    said = ann.sends(photo=[{"file_id": "x"}], caption="it hurts here")
    until(lambda: len(ann.screen) == 2)
    assert "I can only read text" in shown(said)
    assert [message.text for message in agent_with_script.received] == ["it hurts here"]


def test_who_changes_a_message_is_told_that_it_is_not_seen(telegram, ann, agent_with_script):
    update = telegram.update(edited_message={**ann.message(text="right leg"), "edit_date": 1})
    assert telegram.send(update).status_code == 200
    until(lambda: "I can't see what you change" in shown(ann.screen))
    assert agent_with_script.received == []


def silent_updates(ann):
    message = ann.message(text="hello")
    member = {"user": ann.user, "status": "kicked"}
    return {
        "in a group": {"message": {**message, "chat": GROUP}},
        "changed in a group": {"edited_message": {**message, "chat": GROUP}},
        "in a channel": {"channel_post": {"message_id": 1, "chat": GROUP, "date": 1, "text": "hello"}},
        "a bot": {"message": {**message, "from": {**ann.user, "is_bot": True}}},
        "nobody": {"message": {key: value for key, value in message.items() if key != "from"}},
        "pinned": {"message": ann.message(pinned_message=message)},
        "timer": {"message": ann.message(message_auto_delete_timer_changed={"message_auto_delete_time": 1})},
        "joined": {"message": {**ann.message(new_chat_members=[ann.user]), "chat": GROUP}},
        "blocked": {"my_chat_member": {"chat": ann.chat, "from": ann.user, "new_chat_member": member}},
        "member": {"chat_member": {"chat": GROUP, "from": ann.user, "new_chat_member": member}},
        "inline": {"inline_query": {"id": "1", "from": ann.user, "query": "x", "offset": ""}},
        "reaction": {"message_reaction": {"chat": ann.chat, "message_id": 1}},
        "poll": {"poll": {"id": "1", "question": "?", "options": []}},
        "request": {"chat_join_request": {"chat": GROUP, "from": ann.user}},
        "business": {"business_message": message},
        "something new": {"brain_wave": {"from": ann.user}},
        "nothing": {},
        "text that is none": {"message": {**message, "text": {"x": 1}}},
        "a list": {"message": [["chat", ann.chat], ["from", ann.user]]},
        "huge numbers": {"message": {**message, "chat": {**ann.chat, "id": 10**30}}},
    }


def test_any_other_kind_of_update_is_confirmed_in_silence(telegram, ann, agent_with_script):
    for kind, content in silent_updates(ann).items():
        assert telegram.send(telegram.update(**content)).status_code == 200, kind
    assert not quiet(ann)
    assert telegram.calls == []
    assert agent_with_script.received == []


@pytest.mark.parametrize("number", [-1, 10**30, "x", None])
def test_an_update_without_a_usable_number_is_confirmed_in_silence(telegram, ann, number):
    update = {"update_id": number, "message": ann.message(text="hello")}
    assert telegram.send(update).status_code == 200
    assert not quiet(ann, 0.4)


def test_a_command_in_a_group_is_asked_to_talk_in_private(telegram, ann, agent_with_script):
    telegram.chats[GROUP["id"]] = {}
    telegram.send(telegram.update(message={**ann.message(text="/start"), "chat": GROUP}))
    (said,) = until(lambda: list(telegram.chats[GROUP["id"]].values()))
    assert "Let's talk in private" in said["text"]
    assert agent_with_script.received == []


def test_who_has_blocked_the_bot_is_left_alone(telegram, ann):
    telegram.blocked.add(7)
    telegram.send(telegram.update(message=ann.message(text="hello")))
    until(lambda: telegram.called("sendMessage"))
    telegram.blocked.clear()
    ann.says("back again")
    assert len(telegram.called("sendMessage")) == 2


# --- what is clicked ----------------------------------------------------------------------------------------


def answered(telegram):
    """What the clicks were answered with, each exactly once."""
    return [call.arguments for call in telegram.called("answerCallbackQuery")]


def test_every_click_is_answered(telegram, ann):
    ann.says("CHECKLIST now")
    ann.presses("☐ Numb")
    until(lambda: "☑ Numb" in ann.options())
    ann.picks("Done")
    assert [words.get("text") for words in answered(telegram)] == [None, None]
    assert None not in telegram.waiting.values()


def test_ticks_are_changed_in_place(telegram, ann):
    (asked,) = ann.says("CHECKLIST now")
    ann.presses("☐ Numb")
    until(lambda: "☑ Numb" in ann.options())
    ann.presses("☑ Numb")
    until(lambda: "☐ Numb" in ann.options())
    assert [call.arguments["message_id"] for call in telegram.called("editMessageReplyMarkup")] == (
        [asked["message_id"]] * 2
    )
    assert len(ann.screen) == 1


def test_quick_clicks_are_taken_in_their_order(telegram, ann, agent_with_script):
    ann.says("CHECKLIST now")
    data = {button["text"]: button["callback_data"] for button in ann.buttons()}
    for words in ("☐ Numb", "☐ Hot", "☐ Numb", "☐ Weak", "Done"):
        telegram.send(ann.press(data[words]))
    until(lambda: len(ann.screen) == 2)
    assert agent_with_script.received[-1].text == "Weak; Hot"


def test_ticks_outlive_a_restart(agent_with_script, knowledge):
    with TELEGRAM.with_agent(agent_with_script, knowledge) as telegram:
        ann = telegram.person(7)
        ann.says("CHECKLIST now")
        ann.presses("☐ Numb")
        until(lambda: "☑ Numb" in ann.options())
    with TELEGRAM.with_agent(agent_with_script, knowledge, telegram):
        ann.picks("Done")
    assert agent_with_script.received[-1].text == "Numb"


@pytest.mark.parametrize(
    "data",
    [
        "REF:pick:3",
        "REF:pick:999",
        "REF:tick:0",
        "REF:done",
        "000000000000:pick:0",
        "/restart",
        '/inform{"saddle_numbness":"absent"}',
        "Yes",
        "",
        "\ud800",
        "x" * 500,
    ],
)
def test_what_was_not_offered_is_not_taken(telegram, ann, agent_with_script, data):
    ann.says("YES_NO fever")
    ref = ann.buttons()[0]["callback_data"].split(":")[0]
    assert telegram.send(ann.press(data.replace("REF", ref))).status_code == 200
    (said,) = until(lambda: answered(telegram))
    assert "That question is closed" in said["text"]
    ann.picks("Yes")
    assert [message.text for message in agent_with_script.received] == ["YES_NO fever", "Yes"]


def test_what_was_offered_to_somebody_else_is_not_taken(telegram, ann, agent_with_script):
    bob = telegram.person(8)
    ann.says("YES_NO fever")
    bob.says("YES_NO chills")
    telegram.send(ann.press(ann.buttons()[0]["callback_data"], **{"from": bob.user}))
    (said,) = until(lambda: answered(telegram))
    assert "That question is closed" in said["text"]
    assert len(agent_with_script.received) == 2


def test_an_old_question_is_closed(telegram, ann, agent_with_script):
    ann.says("YES_NO fever")
    old = ann.buttons()[0]["callback_data"]
    ann.says("YES_NO chills")
    telegram.send(ann.press(old))
    until(lambda: answered(telegram))
    assert [message.text for message in agent_with_script.received] == ["YES_NO fever", "YES_NO chills"]


@pytest.mark.parametrize(
    "message", [None, {"message_id": 5, "chat": {"id": 7, "type": "private"}, "date": 0}]
)
def test_a_click_on_a_message_that_telegram_no_longer_shows_is_taken_all_the_same(
    telegram, ann, agent_with_script, message
):
    ann.says("YES_NO fever")
    press = ann.press(ann.buttons()[1]["callback_data"], message=message)
    telegram.send(press)
    until(lambda: len(ann.screen) == 2)
    assert agent_with_script.received[-1].text == "No"


def test_being_done_with_nothing_ticked_is_no_answer(telegram, ann, agent_with_script):
    ann.says("CHECKLIST now")
    ann.presses("Done")
    (said,) = until(lambda: answered(telegram))
    assert "pick at least one" in said["text"]
    assert said["show_alert"] is True
    assert len(agent_with_script.received) == 1


# --- the webhook's address, and anything at all -------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://x.org", "https://x.org/webhooks/telegram/webhook"),
        ("https://x.org:8443/", "https://x.org:8443/webhooks/telegram/webhook"),
        ("https://x.org/back/", "https://x.org/back/webhooks/telegram/webhook"),
        ("https://x.org/webhooks/telegram/webhook", "https://x.org/webhooks/telegram/webhook"),
    ],
)
def test_the_address_of_the_webhook_is_completed(url, address):
    assert webhook_address(url) == address


@pytest.mark.parametrize(
    "url", ["http://x.org", "x.org", "", "https://", "https://x.org/?a=b", "https://x y"]
)
def test_what_is_no_address_for_telegram_is_refused(url):
    with pytest.raises(ValueError, match="https addresses alone"):
        webhook_address(url)


UPDATE = {
    "update_id": 1,
    "message": {
        "message_id": 1,
        "from": {"id": 7, "is_bot": False},
        "chat": {"id": 7, "type": "private"},
        "text": "hi",
        "photo": [{"file_id": "x"}],
        "caption": "x",
    },
    "callback_query": {"id": "1", "from": {"id": 7, "is_bot": False}, "data": "abc:pick:1"},
    "edited_message": {"from": {"id": 7}, "chat": {"id": 7, "type": "private"}, "text": "x"},
}


@settings(max_examples=300)
@given(st.data())
def test_nothing_that_telegram_may_send_breaks_the_reading(data):
    kind = data.draw(st.sampled_from(sorted(UPDATE.keys() - {"update_id"})))
    update = mutated({"update_id": 1, kind: UPDATE[kind]}, data.draw)
    if isinstance(update, dict):
        read_update(json.loads(json.dumps(update)))
