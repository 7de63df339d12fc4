"""The REST channel keeps Rasa's contract, and refuses what Rasa's own lets through."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import requests

from backchat.channels.http import IS_PUBLIC, is_local
from backchat.channels.limits import RateLimits
from backchat.channels.rest import RestChannel
from backchat.channels.settings import GUESSES_VARIABLE, KEY_VARIABLE, ChannelConfigurationError, read_key
from tests.channels.serving import WORDING, ScriptedAgent, serve

PRIVATE = "my embarrassing secret"


async def echo(message):
    if "RAISE" in message.text:
        raise ValueError(message.text)
    if "SILENT" in message.text:
        return []
    return [
        {
            "text": f"{message.sender_id} said\n\n{message.text}",
            "buttons": [{"title": "Yes", "payload": "Yes"}],
        },
        {"text": "Next\n\nquestion", "custom": {"question": {"id": "opening"}}},
    ]


@pytest.fixture(scope="module")
def agent():
    return ScriptedAgent(echo)


@pytest.fixture(scope="module")
def webhook(agent):
    with serve(agent, RestChannel(WORDING)) as server:
        yield f"{server}/webhooks/rest/webhook"


def test_answers_the_messages_in_order_and_in_one_piece(webhook):
    answer = requests.post(webhook, json={"sender": "ann", "message": "it hurts"})
    assert answer.status_code == 200
    assert answer.json() == [
        {
            "recipient_id": "ann",
            "text": "ann said\n\nit hurts",
            "buttons": [{"title": "Yes", "payload": "Yes"}],
        },
        {"recipient_id": "ann", "text": "Next\n\nquestion"},
        {"recipient_id": "ann", "custom": {"question": {"id": "opening"}}},
    ]


def test_health_answers(webhook):
    assert requests.get(webhook.removesuffix("webhook")).json() == {"status": "ok"}


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script> & 'x'", "aïe 😖🏥 疼", '"quoted" \\ back', "line\nbreak"]
)
def test_carries_any_writing_unchanged(webhook, text):
    answer = requests.post(webhook, json={"sender": "ann", "message": text})
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()[0]["text"] == f"ann said\n\n{text}"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 60_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"message": "hi"}', "sender"),
        (b'{"sender": "", "message": "hi"}', "sender"),
        (b'{"sender": "  ", "message": "hi"}', "sender"),
        (b'{"sender": null, "message": "hi"}', "sender"),
        (b'{"sender": 7, "message": "hi"}', "sender"),
        (b'{"sender": ["a"], "message": "hi"}', "sender"),
        (b'{"sender": "a\\u0000b", "message": "hi"}', "sender"),
        (b'{"sender": "a\\ud800", "message": "hi"}', "sender"),
        (b'{"sender": "web:someone", "message": "hi"}', "sender"),
        (b'{"sender": "WEB:someone", "message": "hi"}', "sender"),
        (b'{"sender": "slack:U1", "message": "hi"}', "sender"),
        (b'{"sender": "telegram:1", "message": "hi"}', "sender"),
        (json.dumps({"sender": "x" * 201, "message": "hi"}).encode(), "sender"),
        (b'{"sender": "a"}', "message"),
        (b'{"sender": "a", "message": null}', "message"),
        (b'{"sender": "a", "message": {"text": "hi"}}', "message"),
        (b'{"sender": "a", "message": "hi", "metadata": "x"}', "metadata"),
        (b'{"sender": "a", "message": "hi", "metadata": []}', "metadata"),
    ],
)
def test_refuses_a_malformed_request_and_says_why(webhook, agent, body, reason):
    before = len(agent.received)
    answer = requests.post(webhook, data=body)
    assert answer.status_code == 400
    assert reason in answer.json()["error"]
    assert len(agent.received) == before


def test_stops_reading_a_body_of_a_megabyte(webhook, agent):
    before = len(agent.received)
    whole = json.dumps({"sender": "a", "message": "x" * 1_000_000}).encode()
    in_pieces = (whole[start : start + 50_000] for start in range(0, len(whole), 50_000))
    for body in (whole, in_pieces):
        answer = requests.post(webhook, data=body)
        assert answer.status_code == 413
        assert "65536" in answer.json()["error"]
    assert len(agent.received) == before
    assert requests.post(webhook, json={"sender": "a", "message": "hi"}).status_code == 200


def test_the_longest_message_fits_the_body_however_it_is_encoded(webhook):
    body = json.dumps({"sender": "a", "message": "😖" * 5_000}, ensure_ascii=True).encode()
    answer = requests.post(webhook, data=body)
    assert answer.json()[0]["text"].endswith("😖" * 5_000)


def test_a_caller_cannot_choose_the_input_channel_but_its_metadata_is_kept(webhook, agent):
    body = {"sender": "a", "message": "hi", "input_channel": "slack", "metadata": {"ward": 3}}
    requests.post(webhook, json=body)
    assert agent.received[-1].input_channel == "rest"
    assert agent.received[-1].metadata == {"ward": 3}


def test_a_payload_does_not_reach_rasa_and_the_caller_is_told(webhook, agent):
    before = len(agent.received)
    answer = requests.post(webhook, json={"sender": "a", "message": '/inform{"saddle_numbness": "absent"}'})
    assert answer.json() == [
        {"recipient_id": "a", "text": "NO COMMAND"},
        {"recipient_id": "a", "custom": {"unread": True}},
    ]
    assert len(agent.received) == before


@pytest.mark.parametrize("kind", ["RAISE", "SILENT"])
def test_a_failure_is_answered_by_the_safety_net_and_logged_without_words(webhook, kind, caplog):
    answer = requests.post(webhook, json={"sender": "ann", "message": f"{kind} {PRIVATE}"})
    assert answer.status_code == 200
    assert answer.json() == [
        {"recipient_id": "ann", "text": "SAFETY NET"},
        {"recipient_id": "ann", "custom": {"unread": True}},
    ]
    assert {"RAISE": "ValueError", "SILENT": "no answer"}[kind] in caplog.text
    assert PRIVATE not in caplog.text


def test_no_agent_is_answered_by_the_safety_net():
    async def not_ready(_message):
        return None

    class NoAgent:
        handle_message = staticmethod(not_ready)

    with serve(NoAgent(), RestChannel(WORDING)) as server:
        answer = requests.post(f"{server}/webhooks/rest/webhook", json={"sender": "a", "message": "hi"})
    assert answer.json() == [
        {"recipient_id": "a", "text": "SAFETY NET"},
        {"recipient_id": "a", "custom": {"unread": True}},
    ]


def test_senders_at_the_same_time_are_never_mixed(webhook):
    def talk(number):
        sender = f"sender-{number % 8}"
        text = f"message {number}"
        return sender, text, requests.post(webhook, json={"sender": sender, "message": text}).json()

    with ThreadPoolExecutor(8) as pool:
        for sender, text, answers in pool.map(talk, range(80)):
            assert {message["recipient_id"] for message in answers} == {sender}
            assert answers[0]["text"] == f"{sender} said\n\n{text}"


# --- who is let in -----------------------------------------------------------------------------------------

KEY = "a key that nobody guesses"
HI = {"sender": "ann", "message": "hi"}


def asking(address="127.0.0.1", is_public=False):
    app = SimpleNamespace(config={IS_PUBLIC: is_public})
    return SimpleNamespace(app=app, ip=address, headers={})


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_a_program_on_this_machine_is_local(address):
    assert is_local(asking(address))


@pytest.mark.parametrize(
    "address", ["192.168.0.7", "10.0.0.1", "203.0.113.5", "::ffff:10.0.0.1", "fe80::1", ""]
)
def test_a_program_on_another_machine_is_not_local(address):
    assert not is_local(asking(address))


def test_nobody_is_local_to_a_server_that_listens_to_others():
    assert not is_local(asking(is_public=True))


FOR_SOMEBODY_ELSE = {
    "a page in a browser": {"Origin": "https://evil.example"},
    "a page in a sandbox": {"Origin": "null"},
    "a proxy": {"X-Forwarded-For": "203.0.113.5"},
    "another proxy": {"Forwarded": "for=203.0.113.5"},
    "a third one": {"Via": "1.1 proxy"},
    "a fourth one": {"X-Real-IP": "203.0.113.5"},
}


@pytest.mark.parametrize("who", FOR_SOMEBODY_ELSE)
def test_without_a_key_whoever_asks_for_somebody_else_is_refused(webhook, agent, who):
    before = len(agent.received)
    answer = requests.post(webhook, json=HI, headers=FOR_SOMEBODY_ELSE[who])
    assert answer.status_code == 401
    assert KEY_VARIABLE in answer.json()["error"]
    assert len(agent.received) == before


def test_beyond_this_machine_everybody_is_refused_without_a_key(agent):
    before = len(agent.received)
    with serve(agent, RestChannel(WORDING), is_public=True) as server:
        answer = requests.post(f"{server}/webhooks/rest/webhook", json=HI)
    assert answer.status_code == 401
    assert KEY_VARIABLE in answer.json()["error"]
    assert len(agent.received) == before


@pytest.fixture(scope="module", params=[True, False])
def locked(agent, request):
    with serve(agent, RestChannel(WORDING, KEY), is_public=request.param) as server:
        yield f"{server}/webhooks/rest/webhook"


@pytest.mark.parametrize(
    "shown",
    [None, "", f"Basic {KEY}", "Bearer", f"Bearer {KEY[:-1]}", f"Bearer {KEY.upper()}", "Bearer é"],
)
def test_with_a_key_nobody_is_let_in_who_does_not_show_it(locked, agent, shown):
    before = len(agent.received)
    headers = {} if shown is None else {"Authorization": shown.encode()}
    answer = requests.post(locked, json=HI, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert KEY not in answer.text
    assert len(agent.received) == before


def test_whoever_shows_the_key_is_let_in_from_everywhere(locked):
    headers = {"Authorization": f"Bearer {KEY}", "X-Forwarded-For": "203.0.113.5"}
    assert requests.post(locked, json=HI, headers=headers).status_code == 200


def test_an_address_that_guesses_the_key_too_often_waits_even_if_it_is_right_then(monkeypatch):
    monkeypatch.setenv(GUESSES_VARIABLE, "3/minute")
    right = {"Authorization": f"Bearer {KEY}"}
    with serve(ScriptedAgent(echo), RestChannel(WORDING, KEY)) as server:
        place = f"{server}/webhooks/rest/webhook"
        assert requests.post(place, json=HI, headers=right).status_code == 200
        wrong = [requests.post(place, json=HI, headers={"Authorization": "Bearer x"}) for _ in range(4)]
        assert [answer.status_code for answer in wrong] == [401, 401, 401, 429]
        answer = requests.post(place, json=HI, headers=right)
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_the_key_comes_from_the_environment(monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    assert read_key(os.environ) is None
    monkeypatch.setenv(KEY_VARIABLE, "")
    assert read_key(os.environ) is None
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    with serve(ScriptedAgent(echo), RestChannel.from_credentials(None)) as server:
        place = f"{server}/webhooks/rest/webhook"
        assert requests.post(place, json=HI).status_code == 401
        answer = requests.post(place, json=HI, headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "key", ["short", "fifteen letters", "a key with é in it, long", "a key\nof two lines"]
)
def test_a_key_that_could_be_guessed_or_not_sent_is_an_error_at_the_start(monkeypatch, key):
    monkeypatch.setenv(KEY_VARIABLE, key)
    with pytest.raises(ChannelConfigurationError, match=KEY_VARIABLE) as error:
        RestChannel.from_credentials(None)
    assert key not in str(error.value)


def test_every_answer_forbids_browsers_what_they_have_no_need_to_do(webhook):
    for answer in (requests.post(webhook, json=HI), requests.post(webhook, data=b"{")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


# --- how often ---------------------------------------------------------------------------------------------


def test_a_conversation_with_too_many_messages_waits_and_others_do_not(agent):
    before = len(agent.received)
    with serve(agent, RestChannel(WORDING, limits=RateLimits("3/minute", "100/minute"))) as server:
        place = f"{server}/webhooks/rest/webhook"
        answers = [requests.post(place, json=HI) for _ in range(5)]
        other = requests.post(place, json={**HI, "sender": "bob"})
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert "Too many requests" in answers[-1].json()["error"]
    assert other.status_code == 200
    assert len(agent.received) == before + 4


def test_an_address_that_asks_too_often_waits_whatever_it_asks(agent):
    with serve(agent, RestChannel(WORDING, limits=RateLimits("100/minute", "4/minute"))) as server:
        place = f"{server}/webhooks/rest/webhook"
        answers = [requests.post(place, data=b"{") for _ in range(3)]
        answers += [requests.post(place, json=HI), requests.post(place, json=HI)]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 200, 429]
    assert answers[-1].headers["x-content-type-options"] == "nosniff"
