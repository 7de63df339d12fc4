"""What the bot says in a turn becomes texts with their options, split where they read well."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backchat.channels.said import Option, Part, Prompt, headings, read_turn, shorten, split_text
from tests.channels.conftest import CHECKLIST, MENU, OPEN, YES_NO, question

TITLES = {"emergency": "Go now", "self_care": "Stay home"}
EXERCISE = {
    "id": "x",
    "title": "Pelvic tilt",
    "steps": ["Lie down.", "Tilt."],
    "repetitions": "Five times.",
    "stop_if": "Stop if it hurts.",
}


def result(urgency, *exercises):
    cards = {"exercises": list(exercises)} if exercises else {}
    return {"custom": {"assessment": {"urgency": urgency}, **cards}}


def test_a_question_offers_its_options_below_its_own_words():
    parts = read_turn([{"text": "Noted."}, {"text": "Any of these? ", "buttons": []}, CHECKLIST], TITLES)
    assert [part.text for part in parts] == ["Noted.", "Any of these?"]
    assert parts[0].prompt is None
    assert [option.label for option in parts[1].prompt.options] == [
        "Numb",
        "Weak",
        "Hot",
        "None of these",
        "Not sure",
    ]
    assert [option.exclusive for option in parts[1].prompt.options] == [False, False, False, True, True]
    assert parts[1].prompt.several


def test_only_checklists_and_body_maps_take_several():
    body_map = question("body_map", {"id": "lower", "label": "Lower back", "payload": "Lower back"})
    kinds = {"checklist": CHECKLIST, "yes_no": YES_NO, "choice": MENU, "body_map": body_map}
    several = {kind: read_turn([{"text": "?"}, q], TITLES)[0].prompt.several for kind, q in kinds.items()}
    assert several == {"checklist": True, "yes_no": False, "choice": False, "body_map": True}


def test_a_strength_is_offered_as_numbers_and_other_questions_without_options_offer_nothing():
    strength = read_turn([{"text": "?"}, question("number", findings=("severity",))], TITLES)[0].prompt
    assert [option.payload for option in strength.options] == [str(number) for number in range(11)]
    assert read_turn([{"text": "?"}, question("number", findings=("age",))], TITLES)[0].prompt is None
    assert read_turn([{"text": "?"}, OPEN], TITLES)[0].prompt is None


def test_the_urgency_of_a_result_stands_out_once_and_the_exercises_follow():
    said = [{"text": "Changed.\nStay home. Why: x."}, {"text": "Stay home."}, result("self_care", EXERCISE)]
    parts = read_turn(said, TITLES)
    assert [part.heading for part in parts] == ["Stay home", None, None]
    assert parts[2].text == "Pelvic tilt\n1. Lie down.\n2. Tilt.\nFive times. Stop if it hurts."


def test_a_title_that_was_put_in_other_words_stands_out_nowhere():
    assert read_turn([{"text": "He can stay."}, result("self_care")], TITLES) == [Part("He can stay.")]


def test_nothing_but_words_is_ever_said():
    assert read_turn([OPEN, result("emergency"), {"text": ""}, {"image": "x"}], TITLES) == []


def test_a_pick_is_what_a_person_would_type():
    prompt = Prompt((Option("his leg", "my leg"), Option("his back", "my back")), several=True)
    assert prompt.payload({1, 0}) == "my leg; my back"
    assert prompt.label({1}) == "his back"


def test_the_line_before_a_list_heads_it():
    text = "Well.\nWhat to do:\n• rest\n• move\nMore.\n\nHow:\n1. go\n2. stop"
    assert [text[start:end] for start, end in headings(text)] == ["What to do:", "How:"]


def test_a_long_text_is_split_at_the_end_of_a_paragraph_then_of_a_line_a_sentence_a_word():
    assert split_text("one two\n\nthree\nfour", 15) == ["one two", "three\nfour"]
    assert split_text("one two\nthree four", 12) == ["one two", "three four"]
    assert split_text("One two. Three four", 14) == ["One two.", "Three four"]
    assert split_text("one two three", 9) == ["one two", "three"]
    assert split_text("abcdefgh", 3) == ["abc", "def", "gh"]
    assert split_text("  \n ", 3) == []


@given(st.text(st.sampled_from("ab .\n😖é"), max_size=200), st.integers(2, 30))
def test_no_piece_is_too_long_and_nothing_but_space_is_lost(text, most):
    def units(piece):
        return len(piece.encode("utf-16-le")) // 2

    pieces = split_text(text, most, units)
    assert all(piece.strip() and units(piece) <= most for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@given(st.text(), st.integers(1, 20))
def test_what_is_shortened_fits(text, most):
    assert len(shorten(text, most)) <= most
    assert shorten(text, len(text)) == text
