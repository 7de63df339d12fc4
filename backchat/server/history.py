"""Chooses the events of a conversation that its next turns depend on.

Rasa rebuilds a conversation from its events several times in a turn, so that a turn costs more and more.
From the events chosen here it rebuilds the same state, by the same means, at a cost that does not grow.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

REMEMBERED_ACTIONS = 16
"""How many actions policies can look back on: more than the longest rule and their `max_history` need."""


def needed_events(events: Sequence[Event]) -> list[int]:
    """Finds the events that matter for what follows a point in a conversation.

    Args:
        events: Everything before that point, which lies directly before a message of the person.

    Returns:
        The positions of the events that matter, in order. Reverted events, replaced slot values and all but
        the last `REMEMBERED_ACTIONS` actions are left out.
    """
    tracker = DialogueStateTracker("", slots=None)
    tracker.events.extend(events)
    applied = tracker.applied_events()
    actions = [position for position, event in enumerate(applied) if isinstance(event, ActionExecuted)]
    recent = actions[-REMEMBERED_ACTIONS] if len(actions) > REMEMBERED_ACTIONS else 0
    kept = _standing(applied[:recent]) + _without_replaced(applied[recent:])
    identities = {id(event) for event in kept}
    return [position for position, event in enumerate(events) if id(event) in identities]


def _standing(events: Sequence[Event]) -> list[Event]:
    """Leaves of old events what still holds: the last one of each kind."""
    last: dict[Hashable, Event] = {}
    for event in events:
        if isinstance(event, AllSlotsReset):
            last = {kind: kept for kind, kept in last.items() if not isinstance(kept, SlotSet)}
        elif isinstance(event, ActionExecuted):
            last.pop(("rejected", event.action_name), None)
        kind = _kind(event)
        if kind:
            last[kind] = event
    standing = {id(event) for event in last.values()}
    loops = {event.name for event in last.values() if isinstance(event, ActiveLoop)}
    return [
        event
        for event in events
        if id(event) in standing and (not isinstance(event, ActionExecuted) or event.action_name in loops)
    ]


def _without_replaced(events: Sequence[Event]) -> list[Event]:
    """Leaves out values and answers that others replace before the next action or message."""
    kept: list[Event] = []
    replaced: set[Hashable] = set()
    for event in reversed(events):
        if isinstance(event, (ActionExecuted, UserUttered, AllSlotsReset)):
            replaced.clear()
        kind = _kind(event) if isinstance(event, (SlotSet, BotUttered)) else None
        if kind not in replaced:
            kept.append(event)
        if kind:
            replaced.add(kind)
    return kept[::-1]


def _kind(event: Event) -> Hashable:
    """What an event sets, replacing what an earlier event of the same kind set."""
    kind: Hashable = None
    match event:
        case SlotSet():
            kind = ("slot", event.key)
        case ActiveLoop():
            kind = ("loop", event.name)
        case ActionExecuted():
            kind = ("action", event.action_name)
        case ActionExecutionRejected():
            kind = ("rejected", event.action_name)
        case ConversationPaused() | ConversationResumed():
            kind = "pause"
        case UserUttered():
            kind = "message"
        case BotUttered():
            kind = "answer"
    return kind
