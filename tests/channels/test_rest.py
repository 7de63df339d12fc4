"""The REST channel keeps Rasa's contract, and refuses what Rasa's own lets through."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from backchat.channels.rest import RestChannel
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


def test_a_payload_reaches_rasa_as_words(webhook, agent):
    requests.post(webhook, json={"sender": "a", "message": '/inform{"saddle_numbness": "absent"}'})
    assert agent.received[-1].text == 'inform{"saddle_numbness": "absent"}'


@pytest.mark.parametrize("kind", ["RAISE", "SILENT"])
def test_a_failure_is_answered_by_the_safety_net_and_logged_without_words(webhook, kind, caplog):
    answer = requests.post(webhook, json={"sender": "ann", "message": f"{kind} {PRIVATE}"})
    assert answer.status_code == 200
    assert answer.json() == [{"recipient_id": "ann", "text": "SAFETY NET"}]
    assert {"RAISE": "ValueError", "SILENT": "no answer"}[kind] in caplog.text
    assert PRIVATE not in caplog.text


def test_no_agent_is_answered_by_the_safety_net():
    async def not_ready(_message):
        return None

    class NoAgent:
        handle_message = staticmethod(not_ready)

    with serve(NoAgent(), RestChannel(WORDING)) as server:
        answer = requests.post(f"{server}/webhooks/rest/webhook", json={"sender": "a", "message": "hi"})
    assert answer.json() == [{"recipient_id": "a", "text": "SAFETY NET"}]


def test_senders_at_the_same_time_are_never_mixed(webhook):
    def talk(number):
        sender = f"sender-{number % 8}"
        text = f"message {number}"
        return sender, text, requests.post(webhook, json={"sender": sender, "message": text}).json()

    with ThreadPoolExecutor(8) as pool:
        for sender, text, answers in pool.map(talk, range(80)):
            assert {message["recipient_id"] for message in answers} == {sender}
            assert answers[0]["text"] == f"{sender} said\n\n{text}"
