"""The guard lets only clean text in, and an answer always out."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message

from backchat.channels.guard import MAX_CHARACTERS, ChannelGuard, clean_text, pseudonym, without_command
from backchat.channels.http import MessageList
from tests.channels.serving import WORDING

PRIVATE = "my embarrassing secret"
SENDER = "somebody-with-a-name"
EMERGENCY = {"custom": {"assessment": {"urgency": "emergency"}}}
HOME_CARE = {"custom": {"assessment": {"urgency": "self_care"}}}


async def answers_to(text, on_new_message, turn_seconds=5.0):
    guard = ChannelGuard(on_new_message, WORDING, turn_seconds)
    message = UserMessage(text, MessageList(), SENDER, input_channel="test")
    await guard.handle(message)
    return [
        {key: value for key, value in said.items() if key != "recipient_id"}
        for said in message.output_channel.messages
    ]


def bot(*messages, error=None):
    """A bot that says `messages` and then raises `error`; `bot.heard` is what reached it."""

    async def on_new_message(message):
        on_new_message.heard.append(message.text)
        for said in messages:
            await message.output_channel.send_response(message.sender_id, dict(said))
        if error is not None:
            raise error

    on_new_message.heard = []
    return on_new_message


@pytest.mark.parametrize(
    ("sent", "heard"),
    [
        ("My back hurts", "My back hurts"),
        ("  \n hurts \t ", "hurts"),
        ("numb\x00ness", "numbness"),
        ("num\u200bb\u2060ness\ufeff", "numbness"),
        ("no\u202e pain", "no pain"),
        ("bell\x07 \x1b[31mred", "bell [31mred"),
        ("half \ud83d of an emoji", "half  of an emoji"),
        ("ow 😖 <b>x</b> & 'q'", "ow 😖 <b>x</b> & 'q'"),
        ("first\r\n\tsecond", "first\r\n\tsecond"),
        ("3/10 and/or 5/10", "3/10 and/or 5/10"),
        ("\u200b\x00", ""),
    ],
)
def test_leaves_only_what_a_person_can_have_meant(sent, heard):
    assert clean_text(sent) == heard


def injections():
    """Texts that try to be a command, with anything unseen or spaced in front of it."""
    padding = st.text(st.sampled_from(" \n\t/\x00\u200b\u202e\ufeff\x1f\u2028\u3000"), max_size=6)
    commands = st.sampled_from(
        ["/restart", "/session_start", '/inform{"saddle_numbness":"absent"}', "/EXTERNAL_x@1.0"]
    )
    return st.builds(
        lambda front, command, tail: front + command + tail, padding, commands, st.text(max_size=5)
    )


@pytest.mark.parametrize(
    "sent",
    [
        *("/no", "/ no", "//no", "/", "///", "/affirm", "/session_start", "/request_screening[fever]"),
        *('/inform{"red_flag":"no"}', " \u200b/\u200b/ /restart", "/start my legs are numb", "/restarted"),
        *("/restart my legs are numb", "/restart@bot my legs are numb", "\n/yes", "/start one two"),
    ],
)
async def test_a_text_that_begins_with_a_slash_is_not_read_and_the_person_is_told(sent):
    heard = bot({"text": "never"})
    assert await answers_to(sent, heard) == [{"text": "NO COMMAND"}, {"custom": {"unread": True}}]
    assert heard.heard == []


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        *(
            (start, "Hello")
            for start in ("/start", " /start ", "/start from_a-link", "/start@backchat_bot x1")
        ),
        *((restart, "start again") for restart in ("/restart", "\u200b/restart\n", "/restart@backchat_bot")),
    ],
)
async def test_the_commands_that_there_are_are_words(sent, words):
    heard = bot({"text": "ok"})
    assert await answers_to(sent, heard) == [{"text": "ok"}]
    assert heard.heard == [words]


def test_nothing_that_is_offered_begins_with_a_slash(knowledge):
    questions = [*knowledge.questions, *knowledge.steering]
    offered = [label for question in questions for label in question.options.values()]
    assert len(offered) > 20
    assert not [label for label in offered if clean_text(label).startswith("/")]


@given(injections() | st.text())
def test_no_text_is_a_command_to_rasa(sent):
    heard = without_command(clean_text(sent))
    if heard is None:
        return
    unpacked = YAMLStoryReader.unpack_regex_message(Message.build(text=heard))
    assert unpacked.get(INTENT) is None
    assert not heard.startswith("/")


@given(st.text(st.characters()))
def test_cleaned_text_can_be_stored_and_cleaning_it_again_changes_nothing(sent):
    heard = clean_text(sent)
    heard.encode()
    assert clean_text(heard) == heard
    assert not any(unicodedata.category(c) in ("Cc", "Cf") for c in heard if c not in "\r\n\t")


async def test_a_message_reaches_rasa_and_its_answers_the_person_in_order():
    said = [{"text": "one\n\ntwo"}, {"text": "three", "buttons": [{"title": "a", "payload": "a"}]}, HOME_CARE]
    heard = bot(*said)
    assert await answers_to("  hurts ", heard) == said
    assert heard.heard == ["hurts"]


@pytest.mark.parametrize("text", ["", "  \n", "\u200b", "\x00"])
async def test_an_empty_message_gets_a_clear_answer_without_rasa(text):
    heard = bot({"text": "never"})
    assert await answers_to(text, heard) == [{"text": "NOTHING WRITTEN"}, {"custom": {"unread": True}}]
    assert heard.heard == []


async def test_a_long_message_is_heard_up_to_the_limit_and_refused_above():
    heard = bot({"text": "ok"})
    assert await answers_to("é" * MAX_CHARACTERS, heard) == [{"text": "ok"}]
    assert await answers_to("é" * (MAX_CHARACTERS + 1), heard) == [
        {"text": "TOO LONG: 5,000"},
        {"custom": {"unread": True}},
    ]
    assert len(heard.heard) == 1


@pytest.mark.parametrize(
    "silence", [bot(), bot({"text": ""}), bot({"text": "  "}), bot({"custom": {}}), bot({"text": None})]
)
async def test_silence_becomes_the_safety_net(silence, caplog):
    assert await answers_to(PRIVATE, silence) == [{"text": "SAFETY NET"}, {"custom": {"unread": True}}]
    assert "no answer" in caplog.text
    assert PRIVATE not in caplog.text
    assert SENDER not in caplog.text
    assert pseudonym(SENDER) in caplog.text


async def test_a_failed_turn_tells_the_safety_net_and_no_result(caplog):
    failing = bot({"text": "Look after it at home"}, HOME_CARE, error=RuntimeError(PRIVATE))
    assert await answers_to(PRIVATE, failing) == [{"text": "SAFETY NET"}, {"custom": {"unread": True}}]
    assert "RuntimeError" in caplog.text
    assert "test_guard.py" in caplog.text
    assert PRIVATE not in caplog.text
    assert SENDER not in caplog.text
    assert pseudonym(SENDER) in caplog.text
    assert not any(record.exc_info for record in caplog.records)


async def test_an_emergency_that_was_found_is_told_even_if_the_turn_then_fails():
    said = [{"text": "Go now"}, EMERGENCY]
    assert await answers_to("numb", bot(*said, error=OSError())) == [
        *said,
        {"text": "SAFETY NET"},
        {"custom": {"unread": True}},
    ]


async def test_a_turn_that_hangs_ends_in_the_safety_net(caplog):
    async def hang(_message):
        await asyncio.sleep(60)

    assert await answers_to(PRIVATE, hang, turn_seconds=0.05) == [
        {"text": "SAFETY NET"},
        {"custom": {"unread": True}},
    ]
    assert "TimeoutError" in caplog.text
    assert PRIVATE not in caplog.text


async def test_a_cancelled_turn_is_not_answered():
    async def cancelled(_message):
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await answers_to("hurts", cancelled)


async def test_a_good_turn_logs_nothing_of_it(caplog):
    caplog.set_level(logging.DEBUG)
    await answers_to(PRIVATE, bot({"text": "ok"}))
    assert PRIVATE not in caplog.text


def test_a_conversation_has_one_name_in_the_logs_that_does_not_tell_its_id():
    assert pseudonym("slack:U1") == pseudonym("slack:U1") != pseudonym("slack:U2")
    assert hashlib.blake2b(b"slack:U1", digest_size=6).hexdigest() != pseudonym("slack:U1")
    in_another_process = "from backchat.channels.guard import pseudonym; print(pseudonym('slack:U1'))"
    other = subprocess.check_output([sys.executable, "-c", in_another_process], text=True).strip()
    assert other != pseudonym("slack:U1")
    assert len(other) == 12


def test_wording_that_lacks_an_answer_is_an_error_before_any_message():
    with pytest.raises(KeyError):
        ChannelGuard(bot(), {"empty_message": "", "too_long_message": ""})
