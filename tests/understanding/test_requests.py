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


@pytest.mark.parametrize(
    ("text", "is_weary"),
    [
        ("there is no point any more", True),
        ("nobody would miss me", True),
        ("I see no point anymore", True),
        ("is there any point in physio", False),
        ("I can't see the point of a scan", False),
        ("I walked 5 kms", False),
        ("I want my life back", False),
    ],
)
def test_words_that_may_be_despair_are_known(text: str, is_weary: bool) -> None:
    assert READER.is_weary(text) is is_weary


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("what happens if I overdose on codeine", True),
        ("how many of these would kill you", True),
        ("what is a lethal dose of paracetamol", True),
        ("how many tablets can I take", False),
        ("how much is a physio", False),
    ],
)
def test_who_asks_what_a_deadly_dose_is_is_known(text: str, asks: bool) -> None:
    assert READER.asks_what_kills(text) is asks


@pytest.mark.parametrize(
    ("text", "is_bereaved"),
    [
        ("my nan passed away", True),
        ("I lost my husband last month", True),
        ("my brother hanged himself", True),
        ("my wife lost her job", False),
        ("I lost my balance", False),
        ("my dad had cancer", False),
        ("my phone died", False),
    ],
)
def test_who_has_lost_somebody_is_known(text: str, is_bereaved: bool) -> None:
    assert READER.is_bereaved(text) is is_bereaved


@pytest.mark.parametrize(
    ("text", "is_attacked"),
    [
        ("my partner threatened to kill me", True),
        ("my boyfriend gets rough and my back hurts", True),
        ("the road gets rough and my back hurts", False),
        ("my boss will kill me", False),
    ],
)
def test_who_is_threatened_is_known(text: str, is_attacked: bool) -> None:
    assert READER.tells_of_assault(text) is is_attacked


@pytest.mark.parametrize(
    ("text", "is_frightened"),
    [
        ("I'm so scared it's cancer", True),
        ("terrified that it's a tumour", True),
        ("I'm not really worried", False),
        ("my lower back hurts", False),
    ],
)
def test_who_is_frightened_is_known(text: str, is_frightened: bool) -> None:
    assert READER.is_frightened(text) is is_frightened


@pytest.mark.parametrize(
    ("text", "goes_on"),
    [
        ("she has a plan", True),
        ("my mate says he will do it tonight", True),
        ("she knows that I have a plan", False),
        ("I have a plan", False),
    ],
)
def test_who_goes_on_about_somebody_else_is_known(text: str, goes_on: bool) -> None:
    assert READER.goes_on_about_another(text) is goes_on


@pytest.mark.parametrize(
    ("text", "is_seen"),
    [
        ("they gave me a catheter and sent me home", True),
        ("they sent me home but I still can't pee", False),
        ("they sent me home and now it's worse", False),
    ],
)
def test_who_has_been_seen_is_known(text: str, is_seen: bool) -> None:
    assert READER.has_been_seen(text) is is_seen


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("make it stop", "crisis"),
        ("there's no point", "crisis"),
        ("how do I make it stop", "ask_faq"),
        ("I just want the pain to stop", "afraid"),
        ("no point in answering these", "never_mind"),
        ("scared to go home", "crisis"),
        ("someone is breaking into my house", "ask_number"),
        ("HELP ME", "ask_number"),
        ("can you help me", None),
        ("please", "afraid"),
        ("yes please", None),
        ("I'm safe now", "go_on"),
        ("ok I'm going", "goodbye"),
        ("I'm going to bed", None),
    ],
)
def test_what_is_said_in_need_is_no_farewell(text: str, intent: str | None) -> None:
    assert READER.read(text) == intent
