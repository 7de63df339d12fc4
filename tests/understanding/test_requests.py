from __future__ import annotations

import pytest

from backchat.knowledge import load_knowledge
from backchat.understanding.requests import RequestReader, is_question, picked, questions_of

KNOWLEDGE = load_knowledge()
READER = RequestReader(KNOWLEDGE.requests, questions_of(KNOWLEDGE))
LABELS = {"region": "Where it hurts: lower back", "duration": "How long: 3 weeks", "keep": "Leave it all"}


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("How many more?", "ask_progress"),
        ("ok, but how many questions are left", "ask_progress"),
        ("What does that mean??", "ask_meaning"),
        ("sorry, I don't understand", "ask_meaning"),
        ("I'd rather not say.", "refuse"),
        ("skip this one please", "refuse"),
        ("Pause", "pause"),
        ("hang on a minute please", "pause"),
        ("hmm, let me think", "pause"),
        ("how long will this take?", "ask_progress"),
        ("how long will this take to heal?", "ask_faq"),
        ("I'm back", "go_on"),
        ("can you send me the summary", "summary"),
        ("please change an answer", "change_answer"),
        *((topic.question, "ask_faq") for topic in KNOWLEDGE.topics.values()),
        ("what is an aneurysm?", "ask_meaning"),
        ("What does saddle mean", "ask_meaning"),
        ("what does immune system mean", "ask_meaning"),
        ("sorry, what's a blood thinner?", "ask_meaning"),
        ("how to do child's pose?", "ask_faq"),
        ("how do I do pelvic tilts?", "ask_faq"),
        ("show me the bird dog please", "ask_faq"),
        ("what is a plank", "ask_faq"),
        ("How do I get into child's pose?", "ask_faq"),
        ("How do pelvic tilts go?", "ask_faq"),
    ],
)
def test_a_request_is_recognised_in_most_of_a_message(text: str, intent: str) -> None:
    assert READER.read(text) == intent


@pytest.mark.parametrize(
    "text",
    [
        "I can't pass urine",
        "can't pass",
        "I can't wait",
        "I have to wait or push before I can pee",
        "the pain makes me pause on the stairs",
        "I don't understand why my left leg has been so weak since Monday",
        "it hurts when I go back to work",
        "that is wrong with my back, it clicks whenever I bend",
        "my bladder",
        "I have been on steroids for a year",
        "it began when I did a plank at the gym",
        "none",
        "",
        "?!",
    ],
)
def test_what_only_sounds_like_a_request_is_none(text: str) -> None:
    assert READER.read(text) is None


@pytest.mark.parametrize(
    ("text", "restates"),
    [
        ("Actually, it's the right leg", True),
        ("I meant 3 months.", True),
        ("it isn't my left leg", True),
        ("actually it's in my leg too", False),
        ("my leg hurts", False),
        ("", False),
    ],
)
def test_what_replaces_what_was_said_is_told_from_what_adds_to_it(text: str, restates: bool) -> None:
    assert READER.restates(text) is restates


@pytest.mark.parametrize(
    ("text", "recalls"),
    [
        ("I meant 7", True),
        ("sorry, I said 4", True),
        ("make that 9", True),
        ("44, I mean 45", False),
        ("sorry, 44", False),
        ("it is 7", False),
    ],
)
def test_a_text_recalls_what_was_said_before_unless_it_puts_itself_right(text: str, recalls: bool) -> None:
    assert READER.recalls(text) is recalls


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("I said left but I meant right", ["left", "right"]),
        ("it’s not 7, it’s 4", ["7", "4"]),
        ("4 not 7", ["4", "7"]),
        ("a note about butter", ["a note about butter"]),
    ],
)
def test_a_text_is_parted_between_what_was_said_and_what_is_right(text: str, parts: list[str]) -> None:
    assert [part for part in READER.parts(text) if part] == parts


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("Where it hurts: lower back", "region"),
        ("where it hurts", "region"),
        ("2", "duration"),
        ("leave it all.", "keep"),
        ("4", None),
        ("0", None),
        ("it", None),
        ("purple", None),
        ("", None),
    ],
)
def test_an_option_is_picked_by_its_words_some_of_them_or_its_number(text: str, option: str | None) -> None:
    assert picked(text, LABELS) == option


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("why does my lower back hurt", True),
        ("Pain between my shoulder blades?", True),
        ("back pain in pregnancy?", True),
        ("stress?", False),
        ("my lower back hurts", False),
        ("what makes it worse is sitting", False),
        ("when I sit at my desk", False),
        ("why", False),
    ],
)
def test_a_question_is_told_from_an_answer(text: str, asks: bool) -> None:
    assert is_question(text) is asks


@pytest.mark.parametrize(
    "text",
    [
        "my ex punched me last week",
        "He keeps threatening me.",
        "I was sexually assaulted",
        "my mum hits me a lot",
    ],
)
def test_violence_is_told_by_who_does_it(text):
    assert READER.tells_of_assault(text)


@pytest.mark.parametrize(
    "text",
    [
        "it hurts me to sit",
        "my wife says it hurts me",
        "the pain hit me at work",
        "he never hit me",
        "a car hit me",
    ],
)
def test_what_hurts_is_no_violence(text):
    assert not READER.tells_of_assault(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("I'd rather die than sit there", "I'd                 sit there"),
        ("my boss is going to kill me if I'm off", "my                          if I'm off"),
        ("I'd rather die than live like this", "I'd rather die than live like this"),
        ("I want to die", "I want to die"),
    ],
)
def test_idioms_are_blanked_and_other_words_keep_their_places(text, meant):
    assert READER.without_idioms(text) == meant
    assert READER.has_idiom(text) == (meant != text)
