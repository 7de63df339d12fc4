from __future__ import annotations

import pytest

from backchat.components.request_finder import RequestReader
from backchat.knowledge import load_knowledge

READER = RequestReader(load_knowledge().requests)


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
        ("I'm back", "go_on"),
        ("can you send me the summary", "summary"),
        ("please change an answer", "change_answer"),
    ],
)
def test_a_request_is_recognised_in_most_of_a_message(text: str, intent: str) -> None:
    assert READER.read(text) == intent


@pytest.mark.parametrize(
    "text",
    [
        "I can't pass urine",
        "I have to wait or push before I can pee",
        "the pain makes me pause on the stairs",
        "I don't understand why my left leg has been so weak since Monday",
        "it hurts when I go back to work",
        "that is wrong with my back, it clicks whenever I bend",
        "none",
        "",
        "?!",
    ],
)
def test_what_only_sounds_like_a_request_is_none(text: str) -> None:
    assert READER.read(text) is None
