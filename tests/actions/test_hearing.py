"""What a message changes, where no conversation gets there easily."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from rasa_sdk import Tracker

from actions.conversation import RESUME, Outcome
from actions.corrections import swapped
from actions.hearing import Listener
from actions.steering import CONTINUE
from backchat.screening.record import Known

AN_HOUR_LATER = 3600.0


def message(text: str) -> dict[str, Any]:
    intent = {"name": "describe_pain", "confidence": 1.0}
    return {"message_id": text, "timestamp": AN_HOUR_LATER, "text": text, "parse_data": {"intent": intent}}


def test_going_on_after_a_day_forgets_nothing_of_what_was_told_or_hinted_at_since() -> None:
    earlier = {
        "findings": {"fever": Known("absent", "no fever", 2).as_dict()},
        "asked": {"general_signs": 1},
        "unconfirmed": {"collapse": "went grey"},
    }
    person = Listener(
        record={"age": Known(50.0, "50", 3)},
        asked={"opening": 1},
        unconfirmed={"saddle_numbness": "can't feel the seat"},
        asking=RESUME.id,
        earlier=earlier,
    )
    person.hear(message(RESUME.options[CONTINUE]))
    assert person.record.keys() == {"fever", "age"}
    assert person.asked.keys() == {"general_signs", "opening"}
    assert person.unconfirmed.keys() == {"collapse", "saddle_numbness"}


def test_what_another_version_kept_of_a_conversation_is_read_as_far_as_it_is_known() -> None:
    interview = {"turn": 3, "asked": {"age": 1}, "mood_of_old": "fine"}
    tracker = Tracker("somebody", {"interview": interview}, {}, [], False, None, {}, "action_listen")
    person = Listener.of(tracker)
    assert (person.turn, person.asked, person.outcome) == (3, {"age": 1}, Outcome.TOLD)


def test_what_has_hurt_for_days_has_hurt_for_longer_after_a_break() -> None:
    earlier = {
        "findings": {"duration_days": Known(14.0, "two weeks or so", 1, low=12.0, high=16.0).as_dict()},
        "asked": {},
        "unconfirmed": {},
        "days_ago": 3.0,
    }
    person = Listener(asking=RESUME.id, earlier=earlier)
    person.hear(message(RESUME.options[CONTINUE]))
    lasting = person.record["duration_days"]
    assert (lasting.low, lasting.value, lasting.high) == (15.0, 17.0, 19.0)


TODAY = date(2026, 3, 2)


def somebody(turn: int = 5, **told: tuple[Any, int]) -> Listener:
    """Somebody who told values, each in a turn of its own."""
    return Listener(record={f: Known(value, "", told_in) for f, (value, told_in) in told.items()}, turn=turn)


@pytest.mark.parametrize(
    ("person", "text", "put_right"),
    [
        (somebody(severity=(4.0, 4)), "wait I said 4 but its more like 7", {"severity": 7.0}),
        (somebody(severity=(4.0, 1)), "it's 7 not 4", {"severity": 7.0}),
        (somebody(side=("left", 1)), "I said left but I meant right", {"side": "right"}),
        (somebody(radiation=(("thigh",), 1)), "not my thigh, below the knee", {"radiation": ("below_knee",)}),
        (somebody(age=(34.0, 1)), "sorry, not 34, 43", {"age": 43.0}),
        # A number alone is about the answer just given ...
        (somebody(severity=(4.0, 4)), "I meant 7", {"severity": 7.0}),
        (somebody(severity=(4.0, 1)), "I meant 7", {}),
        # ... unless it puts right what the same message told.
        (somebody(severity=(4.0, 4)), "40, I mean 44", {}),
        (somebody(severity=(4.0, 4)), "sorry, 44", {}),
        (somebody(severity=(4.0, 4)), "I mean it's worse in the morning", {}),
        # What could be about two answers is about none.
        (somebody(severity=(7.0, 1), age=(7.0, 1)), "it's not 7 it's 4", {}),
    ],
)
def test_an_answer_is_replaced_where_it_is_named_or_was_just_given(
    person: Listener, text: str, put_right: dict[str, Any]
) -> None:
    assert {f.id: f.value for f in swapped(person, text, TODAY, set(), stays_open=False)} == put_right


def test_what_a_message_tells_by_itself_is_not_looked_for_again() -> None:
    person = somebody(duration_days=(14.0, 1))
    assert not swapped(person, "2 weeks not 2 days, typo", TODAY, {"duration_days"}, stays_open=False)
