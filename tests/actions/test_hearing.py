"""What a message changes, where no conversation gets there easily."""

from __future__ import annotations

from typing import Any

from actions.conversation import RESUME
from actions.hearing import CONTINUE, Listener
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
