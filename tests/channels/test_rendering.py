"""Whatever Backchat asks or tells fits what Slack and Telegram take, and can be read there in full."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchat.channels import slack_blocks, telegram_messages
from backchat.channels.platform import Click, Deed, Offer
from backchat.channels.said import Option, Part, Prompt
from backchat.knowledge import QuestionKind, load_knowledge
from tests.channels.standins.block_kit import check_blocks
from tests.channels.standins.slack import elements_of, shown, words_of
from tests.channels.standins.telegram import check_keyboard, check_text

KNOWLEDGE = load_knowledge()
REF = "0123456789ab"
LONGEST_TEXT = ("Word " * 40 + "ends.\n• item\n") * 40


def prompts():
    """The options of every question that Backchat has, as it offers them."""
    for question in (*KNOWLEDGE.questions, *KNOWLEDGE.steering):
        options = [Option(label, label) for label in question.options.values()]
        if options:
            several = question.kind is QuestionKind.CHECKLIST
            last = [Option(KNOWLEDGE.wording[name], "x", True) for name in ("none_of_these", "not_sure")]
            yield pytest.param(Prompt((*options, *last), several), id=question.id)


def many(count, length, several):
    return Prompt(tuple(Option(f"{n} {'x' * length}", "x") for n in range(count)), several)


EXTREMES = [
    pytest.param(many(count, length, several), id=f"{count} of {length}, {several}")
    for count, length, several in itertools.product((1, 6, 25, 90), (1, 30, 74, 140), (False, True))
    if count < 90 or not several
]


def on_slack(part):
    return slack_blocks.messages(part, REF, KNOWLEDGE.wording)


@pytest.mark.parametrize("prompt", [*prompts(), *EXTREMES])
def test_every_question_fits_slack(prompt):
    for message in on_slack(Part("Which?", prompt)):
        check_blocks(message["blocks"])


@pytest.mark.parametrize("prompt", prompts())
def test_every_option_can_be_read_in_full_on_slack(prompt):
    (message,) = on_slack(Part("Which?", prompt))
    words = [word for _, element in elements_of(message) for word in words_of(element)]
    assert {option.label for option in prompt.options} <= set(words)


@pytest.mark.parametrize("prompt", [*prompts(), *EXTREMES])
def test_every_question_fits_telegram(prompt):
    offer = Offer(REF, prompt, {}, ticked=frozenset({0}))
    check_keyboard(telegram_messages.keyboard(offer, KNOWLEDGE.wording["done"]))
    for message in telegram_messages.messages(Part("Which?", prompt)):
        check_text(**{"entities": None, **message})


@pytest.mark.parametrize("prompt", prompts())
def test_every_option_can_be_read_in_full_on_telegram(prompt):
    (message,) = telegram_messages.messages(Part("Which?", prompt))
    buttons = telegram_messages.keyboard(Offer(REF, prompt, {}), "Done")["inline_keyboard"]
    words = [button["text"] for button in itertools.chain(*buttons)]
    for number, option in enumerate(prompt.options, start=1):
        assert (
            option.label in words
            or f"☐ {option.label}" in words
            or f"{number}. {option.label}" in (message["text"].split("\n"))
        )


@pytest.mark.parametrize("prompt", prompts())
def test_each_button_of_telegram_sends_what_is_read_as_that_option(prompt):
    buttons = telegram_messages.keyboard(Offer(REF, prompt, {}), "Done")["inline_keyboard"]
    clicks = [telegram_messages.read_data(button["callback_data"]) for button in itertools.chain(*buttons)]
    assert sorted(click.options for click in clicks if click.options) == [
        (number,) for number in range(len(prompt.options))
    ]
    assert (Click(REF, Deed.DONE) in clicks) == prompt.several


@given(st.text() | st.from_regex(r"[0-9a-f:]*(pick|tick|done)?:?[0-9]*", fullmatch=True))
def test_any_other_data_of_telegram_is_read_as_nothing_or_as_what_it_says(data):
    click = telegram_messages.read_data(data)
    if click is not None:
        option = f":{click.options[0]}" if click.options else ""
        assert re.sub(r":0+(?=\d)", ":", data) == f"{click.ref}:{click.deed.value}{option}"


def test_ticks_are_shown_and_what_rules_them_out_is_a_button_of_its_own():
    prompt = Prompt((Option("Numb", "n"), Option("Weak", "w"), Option("None", "x", True)), True)
    keyboard = telegram_messages.keyboard(Offer(REF, prompt, {}, ticked=frozenset({1})), "Done")
    assert [[button["text"] for button in row] for row in keyboard["inline_keyboard"]] == [
        ["☐ Numb"],
        ["☑ Weak"],
        ["Done"],
        ["None"],
    ]


@pytest.mark.parametrize(
    ("prompt", "kinds"),
    [
        (Prompt((Option("Yes", "y"), Option("No", "n"))), ["button", "button"]),
        (many(5, 10, False), ["button"] * 5),
        (many(6, 10, False), ["static_select"]),
        (many(2, 60, False), ["static_select"]),
        (Prompt(tuple(Option(str(n), str(n)) for n in range(11))), ["button"] * 11),
        (many(12, 10, True), ["checkboxes", "checkboxes", "button"]),
    ],
)
def test_slack_shows_few_as_buttons_many_as_a_menu_and_several_as_boxes(prompt, kinds):
    (message,) = on_slack(Part("Which?", prompt))
    assert [element["type"] for _, element in elements_of(message)] == kinds


@pytest.mark.parametrize(
    "text",
    [LONGEST_TEXT, LONGEST_TEXT.replace("\n", " "), "&" * 4_000, "😖" * 5_000],
    ids=["lines", "sentences", "marks", "pictures"],
)
def test_a_long_text_fits_in_several_messages_with_the_options_below_the_last(text):
    prompt = Prompt((Option("Yes", "y"),))
    messages = on_slack(Part(text, prompt, heading="Word"))
    for message in messages:
        check_blocks(message["blocks"])
        assert len(message["text"]) <= 4_000
    assert [bool(elements_of(message)) for message in messages] == [False] * (len(messages) - 1) + [True]
    for message in telegram_messages.messages(Part(text, prompt, heading="Word")):
        check_text(**{"entities": None, **message})


def test_a_result_has_a_header_and_its_lists_are_apart():
    text = (
        "Noted.\nSee a doctor soon. Why: it is <b>bad</b>.\nWhat to do:\n• rest & move\n• wait\nThat's all."
    )
    (message,) = on_slack(Part(text, heading="See a doctor soon"))
    check_blocks(message["blocks"])
    assert [block["type"] for block in message["blocks"]] == [
        "section",
        "header",
        "section",
        "section",
        "section",
    ]
    assert message["blocks"][3]["text"]["text"] == "*What to do:*\n• rest &amp; move\n• wait"
    assert "<b>bad</b>" in shown([message])


def test_nobody_can_write_a_mention_or_a_link_into_what_slack_shows():
    (message,) = on_slack(Part("You wrote “<!channel> <@U1> <mailto:x|y>”"))
    for text in (message["text"], message["blocks"][0]["text"]["text"]):
        assert text == "You wrote “&lt;!channel&gt; &lt;@U1&gt; &lt;mailto:x|y&gt;”"


def test_an_address_is_a_link_on_slack():
    (message,) = on_slack(Part("What happens to your data: https://x.org/privacy?a=1&b=2. Go on?"))
    assert message["blocks"][0]["text"]["text"] == (
        "What happens to your data: <https://x.org/privacy?a=1&amp;b=2>. Go on?"
    )


def test_headings_stand_out_on_telegram_where_they_are():
    (message,) = telegram_messages.messages(Part("😖 Go now. Why.\nWhat to do:\n• rest", heading="Go now"))
    encoded = message["text"].encode("utf-16-le")
    bold = [
        encoded[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
        for e in message["entities"]
    ]
    assert bold == ["Go now", "What to do:"]
