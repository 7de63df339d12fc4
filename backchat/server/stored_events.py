"""Reads events back from the database, and refuses what no turn has written.

A row can be damaged, or written by somebody else. To go on without it, or with what it says, could lead to a
result that nobody's words bear out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from rasa.shared.core.events import Event

from backchat.screening.record import Known

_OPTIONAL_TEXT = (str, type(None))
_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    "timestamp": (int, float),
    "name": _OPTIONAL_TEXT,
    "text": _OPTIONAL_TEXT,
    "parse_data": dict,
    "data": dict,
    "metadata": (dict, type(None)),
}
"""What the fields of events hold, each under the same name in all of them."""
_SLOTS = ("findings", "interview", "assessment")
"""The slots that hold an object, or nothing."""

event_class = cache(Event.resolve_by_type)
"""Finds a class by the type of an event; Rasa itself searches all of them each time."""


class UnreadableError(ValueError):
    """What is stored is no event. The message says why, with none of the data."""


def read_event(data: str) -> Event:
    """Reads an event.

    Args:
        data: What is stored of it, as JSON.

    Returns:
        The event.

    Raises:
        UnreadableError: It is none.
    """
    try:
        fields = json.loads(data)
        _check(fields)
        return event_class(fields["event"])._from_parameters(fields)
    except UnreadableError:
        raise
    except Exception as error:
        raise UnreadableError(type(error).__name__) from None


def _check(fields: Any) -> None:
    for name, kind in _FIELDS.items():
        if name in fields and not isinstance(fields[name], kind):
            raise UnreadableError(f"the {name} is of the wrong kind")
    if fields["event"] == "slot" and fields["name"] in _SLOTS:
        _check_slot(fields["name"], fields["value"])


def _check_slot(name: str, value: Any) -> None:
    if value is not None and not isinstance(value, dict):
        raise UnreadableError(f"the slot {name} is of the wrong kind")
    if name == "findings":
        for entry in (value or {}).values():
            Known.from_dict(entry)
