"""Leaves out what Rasa does in each turn and nothing comes of.

These are private parts of Rasa; `tests/server/test_shortcuts.py` fails when they change.
"""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any, Final

from rasa.core import processor
from rasa.core.actions import forms
from rasa.core.policies import rule_policy
from rasa.shared.core.events import Event
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

from backchat.server.stored_events import event_class

COPYING_FOR_LOGS: Final[tuple[ModuleType, ...]] = (processor, forms, rule_policy)
"""They copy messages, events and states for debug logs alone, whether anybody reads those or not."""


def take_shortcuts() -> None:
    """Spares the copies for debug logs, and what is looked for or found out again each time."""
    for module in COPYING_FOR_LOGS:
        vars(module)["copy"] = SimpleNamespace(deepcopy=_as_it_is)
    processor.MessageProcessor._log_slots = staticmethod(_log_no_slots)
    Slot.__copy__ = _copied
    Event.resolve_by_type = staticmethod(event_class)


def _as_it_is(content: Any) -> Any:
    return content


def _log_no_slots(_: DialogueStateTracker) -> None:
    """Writes nothing: what people said stays out of the logs."""


def _copied(slot: Slot) -> Slot:
    """Copies a slot as `copy.copy` does; a conversation, of which there are several in a turn, has dozens."""
    made = object.__new__(type(slot))
    vars(made).update(vars(slot))
    return made
