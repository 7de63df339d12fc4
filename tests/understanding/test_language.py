"""Messages in other languages are told from English ones."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchat.knowledge import Finding, load_knowledge, load_phrases
from backchat.knowledge.reading import read_content
from backchat.understanding.language import LanguageRecogniser

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "data" / "nlu"
MESSAGES = read_content(HERE / "languages.yml", dict[str, dict[str, tuple[str, ...]]])
LEAST_RIGHT = {"es": 0.9, "fr": 0.85, "de": 0.9, "pl": 0.9, "other": 0.7, "en": 0.96}
GREETINGS = {"hola", "bonjour", "hallo"}
"""Trained as greetings, for there they are understood; each is answered in its language."""

Recognise = Callable[[str], str | None]


@pytest.fixture(scope="module")
def recogniser() -> LanguageRecogniser:
    knowledge = load_knowledge()
    return LanguageRecogniser(
        knowledge.languages,
        (load_phrases(knowledge.findings).copy(exclude={"places"}), knowledge.findings, knowledge.questions),
    )


@pytest.fixture(scope="module")
def recognise(recogniser: LanguageRecogniser, read: Callable[[str], dict[str, Finding]]) -> Recognise:
    """Recognises the language of a text from which findings are read as in the pipeline."""
    return lambda text: recogniser.recognise(text, read(text).values())


@pytest.mark.parametrize("language", LEAST_RIGHT)
@pytest.mark.parametrize("part", ["chosen", "checked"])
def test_most_messages_are_recognised(recognise: Recognise, part: str, language: str) -> None:
    texts = MESSAGES[part][language]
    wrong = [(text, found) for text in texts if (found := recognise(text) or "en") != language]
    assert 1 - len(wrong) / len(texts) >= LEAST_RIGHT[language], wrong


@pytest.mark.parametrize("language", ["es", "fr", "de", "pl"])
def test_there_are_enough_messages(language: str) -> None:
    assert all(len(part[language]) >= 20 for part in MESSAGES.values())
    assert len(set(MESSAGES["chosen"][language]) & set(MESSAGES["checked"][language])) == 0


def texts_in(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield from re.findall(r"^ *- +(.+?) *$", content, re.MULTILINE) or [content]
    elif isinstance(content, dict):
        yield from texts_in(list(content.values()))
    elif isinstance(content, list):
        for part in content:
            yield from texts_in(part)


@pytest.mark.parametrize(
    "path",
    [*DATA.glob("*.yml"), *HERE.glob("corpus/*.yml")],
    ids=lambda path: path.name,
)
def test_nothing_that_people_write_in_english_is_taken_for_another_language(
    recognise: Recognise, path: Path
) -> None:
    texts = set(texts_in(read_content(path, Any))) - GREETINGS
    assert {text: found for text in texts if (found := recognise(text))} == {}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hola", "es"),
        ("HOLA", "es"),
        ("no puedo orinar", "es"),
        ("No sé.", "es"),
        ("hola doctor", "es"),
        ("jai mal au dos", "fr"),
        ("Je ne peux plus uriner", "fr"),
        ("ruckenschmerzen", "de"),
        ("ich kann nicht pinkeln", "de"),
        ("czesc", "pl"),
        ("nie moge sie wysikac", "pl"),
        ("не могу", "other"),
        ("背中が痛い", "other"),
        ("e\u0301s urgente, no puedo orinar", "es"),
    ],
)
def test_however_it_is_typed_a_language_is_recognised(recognise: Recognise, text: str, language: str) -> None:
    assert recognise(text) == language


@pytest.mark.parametrize(
    "text",
    [
        *(
            "sciatica",
            "hernia",
            "normal",
            "no",
            "trauma",
            "ibuprofen",
            "cauda equina",
            "no hernia",
            "SI joint",
        ),
        *("", "  ", "7/10", "😀", "…", "/restart", '/inform{"hola": "hola"}'),
        *("ｍｙ ｂａｃｋ ｈｕｒｔｓ", "𝐦𝐲 𝐛𝐚𝐜𝐤 𝐡𝐮𝐫𝐭𝐬", "my back hurts ☹☹☹☹☹☹☹☹☹☹☹☹☹☹☹"),
    ],
)
def test_what_is_in_no_language_or_in_many_is_english(recognise: Recognise, text: str) -> None:
    assert recognise(text) is None


def test_a_message_from_which_english_words_were_read_is_english(recogniser: LanguageRecogniser) -> None:
    text = "tengo mucho dolor, numbness"
    numbness = Finding("leg_numbness", "present", "numbness", 19, 27)
    assert recogniser.recognise(text, []) == "es"
    assert recogniser.recognise(text, [numbness]) is None


def test_a_guess_about_foreign_words_does_not_make_them_english(recogniser: LanguageRecogniser) -> None:
    text = "je n'arrive plus à faire pipi"
    guess = Finding("urinary_retention", "present", text, 0, len(text))
    assert recogniser.recognise(text, [guess]) == "fr"


def test_a_word_that_is_the_same_in_both_languages_tells_nothing(recogniser: LanguageRecogniser) -> None:
    cancer = Finding("cancer_history", "present", "cancer", 6, 12)
    assert recogniser.recognise("tengo cancer y me duele la espalda", [cancer]) == "es"


def test_the_words_of_a_language_are_not_english(recogniser: LanguageRecogniser) -> None:
    words = {word for known in recogniser._known.values() for word in known if len(word) > 1}
    assert sorted(words & recogniser._english) == []


@given(text=st.text(max_size=300))
def test_any_text_is_recognised_or_not_without_failing(recogniser: LanguageRecogniser, text: str) -> None:
    assert recogniser.recognise(text, []) in (None, "es", "fr", "de", "pl", "other")
