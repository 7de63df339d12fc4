"""The ways through a conversation that rules and stories describe, and which of them a conversation went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from rasa.shared.core.constants import (
    ACTION_EXTRACT_SLOTS,
    ACTION_LISTEN_NAME,
    ACTION_SESSION_START_NAME,
    RULE_SNIPPET_ACTION_NAME,
    SHOULD_NOT_BE_SET,
)
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.generator import TrainingDataGenerator
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.importers.importer import TrainingDataImporter

UNSEEN = {
    ACTION_EXTRACT_SLOTS,
    ACTION_LISTEN_NAME,
    ACTION_SESSION_START_NAME,
    RULE_SNIPPET_ACTION_NAME,
}
"""Actions that Rasa puts in by itself."""
LOOP = "the active loop"


Kind = Literal["begins", "says", "does", "hears"]


@dataclass(frozen=True)
class Moment:
    """Something that a person said or that the assistant did, and what that changed.

    Attributes:
        kind: `hears` where the active loop takes a message by itself, so that no rule has a say.
    """

    kind: Kind
    name: str
    changes: dict[str, Any] = field(default_factory=dict)


Way = Sequence[Moment]


def load_ways(*folders: str) -> dict[str, Way]:
    """Reads the rules and stories of some folders; each alternative of an `or` is one by itself."""
    importer = TrainingDataImporter.load_core_importer_from_config("config.yml", "domain.yml", list(folders))
    generator = TrainingDataGenerator(
        importer.get_stories(), importer.get_domain(), remove_duplicates=False, augmentation_factor=0
    )
    return dict(map(_named, generator.generate()))


def _named(tracker: DialogueStateTracker) -> tuple[str, Way]:
    (way,) = ways_of(tracker.events)
    said = ", ".join(moment.name for moment in way if moment.kind == "says")
    return f"{tracker.sender_id} ({said})" if said else tracker.sender_id, way


def ways_of(events: Iterable[Event]) -> list[Way]:
    """Gives the way that each part of a conversation went; a new start or session begins another part."""
    parts = [[Moment("begins", "")]]
    loop = None
    for event in events:
        moments = parts[-1]
        if isinstance(event, (Restarted, SessionStarted)):
            parts.append([Moment("begins", "")])
            loop = None
        elif isinstance(event, UserUttered):
            moments.append(Moment("says", event.intent_name))
        elif isinstance(event, ActionExecuted) and event.action_name not in UNSEEN:
            moments.append(Moment(_kind(moments, event.action_name, loop), event.action_name))
        elif isinstance(event, ActiveLoop):
            loop = moments[-1].changes[LOOP] = _value(event.name)
        elif isinstance(event, SlotSet):
            moments[-1].changes[event.key] = _value(event.value)
    return parts


def _kind(moments: Sequence[Moment], action: str, loop: str | None) -> Kind:
    goes_on = action == loop and moments[-1].kind == "says" and moments[-2].name == loop
    return "hears" if goes_on else "does"


def _value(stated: Any) -> Any:
    return None if stated == SHOULD_NOT_BE_SET else stated


def went(conversation: Way, way: Way) -> bool:
    """Tells whether a conversation went a way, be it with turns of a loop that the way leaves out."""
    return _went_straight(conversation, way) or _went_straight(_without_turns(conversation), way)


def _went_straight(conversation: Way, way: Way) -> bool:
    states: list[dict[str, Any]] = [{}]
    for moment in conversation:
        states.append({**states[-1], **moment.changes})
    begins, *steps = way
    return any(
        _holds(begins.changes, states[start])
        and all(
            (moment.kind, moment.name) == (step.kind, step.name) and _holds(step.changes, state)
            for moment, state, step in zip(conversation[start:], states[start + 1 :], steps, strict=False)
        )
        for start in range(1, len(conversation) - len(steps) + 1)
    )


def _holds(expected: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
    return all(state.get(name) == value for name, value in expected.items())


def _without_turns(conversation: Way) -> Way:
    """Leaves out the turns that a loop takes by itself, as stories do."""
    kept: list[Moment] = []
    for moment in conversation:
        if moment.kind == "hears":
            said, before = kept.pop(), kept.pop()
            kept.append(replace(before, changes={**before.changes, **said.changes, **moment.changes}))
        else:
            kept.append(moment)
    return kept
