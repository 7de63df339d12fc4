"""Whole screenings with the real Backchat: by clicks alone, in words, and an emergency on the way."""

from __future__ import annotations

import pytest

from tests.channels.conftest import SLACK, TELEGRAM

COMPLAINT = "My lower back has ached for three weeks since I lifted a heavy box. It stays in the back."
MOST_QUESTIONS = 30
HARMLESS = (
    "None of these",
    "Getting better",
    "4",
    "Bit by bit",
    "Lower back",
    "Rest",
    "Moving",
    "Dull",
    "No",
)
HOME = "You can look after this at home for now"


@pytest.fixture(scope="module", params=[SLACK, TELEGRAM], ids=lambda backed: backed.name)
def running(request, agent, knowledge):
    """The messenger with the real agent behind it."""
    with request.param.with_agent(agent, knowledge) as messenger:
        yield request.param, messenger


def newcomer(running, number):
    """A person whom Backchat has not met."""
    backed, messenger = running
    return backed.standin, messenger.person(f"person{number}" if backed is SLACK else 100 + number)


def has_options(person, said):
    try:
        return person.asked() in said
    except StopIteration:
        return False


def answer(standin, person, said, by_words):
    """Answers a question as somebody does who has nothing worrying."""
    if not has_options(person, said):
        return person.says("I am 38" if "How old" in standin.shown(said) else "about three weeks")
    options = person.options()
    harmless = next((words for words in HARMLESS if words in options), options[0])
    return person.says(harmless.lower()) if by_words else person.picks(harmless)


def screen(standin, person, complaint, by_words=False):
    """Goes through a screening, and gives all that was said and the last turn."""
    told, said = [], person.says(complaint)
    for _ in range(MOST_QUESTIONS):
        told += said
        if "Get help at once, day or night" in standin.shown(said):
            return told, said
        said = answer(standin, person, said, by_words)
    raise AssertionError(f"no result after {MOST_QUESTIONS} questions: {standin.shown(told)}")


def check_words(standin, said):
    """Holds what is read against what is promised of it: words, and nothing that programs tell each other."""
    text = standin.shown(said)
    assert not set(text) & set("{}[]_<>")
    assert "payload" not in text
    assert "self care" not in text


@pytest.mark.parametrize("by_words", [False, True], ids=["by clicks", "in words"])
def test_a_strain_is_screened_to_the_end_and_stays_at_home(running, by_words):
    standin, ann = newcomer(running, 1 + by_words)
    told, result = screen(standin, ann, COMPLAINT, by_words)
    text = standin.shown(result)
    assert HOME in text
    assert "What to do now:\n• " in text
    assert "Sources: " in text
    assert "Pelvic tilt\n1. Lie on your back" in text
    check_words(standin, told)


def test_each_answer_stays_to_be_read_and_nothing_old_can_be_picked(running):
    standin, ann = newcomer(running, 3)
    screen(standin, ann, COMPLAINT)
    assert "You answered: None of these" in standin.shown(ann.screen)
    with pytest.raises(StopIteration):
        ann.asked()


def test_a_ticked_sign_of_an_emergency_is_told_at_once(running):
    backed, _ = running
    standin, ann = newcomer(running, 4)
    ann.says(COMPLAINT)
    sign = next(words for words in ann.options() if "Leaking pee" in words)
    ann.ticks(sign) if backed is SLACK else ann.presses(sign)
    said = ann.picks("Done")
    text = standin.shown(said)
    assert "Go to an emergency department now" in text
    assert "Leaking pee or wetting myself" in text
    assert "Pelvic tilt" not in text
    check_words(standin, said)


def test_an_emergency_in_words_is_told_at_once(running):
    standin, ann = newcomer(running, 5)
    said = ann.says("since this morning I can't feel anything between my legs and I can't pee")
    assert "Go to an emergency department now" in standin.shown(said)


def test_two_people_are_never_mixed(running):
    standin, ann = newcomer(running, 6)
    bob = newcomer(running, 7)[1]
    ann.says("my neck has been stiff for two days, I am 30")
    bob.says("my lower back has hurt for 4 months, I am 71")
    assert "neck" in standin.shown(ann.says("summary please")).lower()
    summary = standin.shown(bob.says("summary please")).lower()
    assert "neck" not in summary
    assert "4 months" in summary


def test_start_and_restart_are_understood(running):
    backed, _ = running
    standin, ann = newcomer(running, 8)
    greeting = standin.shown(ann.says("/start" if backed is TELEGRAM else "hello"))
    assert "a program and not a doctor" in greeting
    ann.says("my neck hurts")
    assert "forgotten what you told me" in standin.shown(ann.says("/restart"))
