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
    DefinePrevUserUtteredFeaturization,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

REMEMBERED_ACTIONS = 12
"""How many actions are kept: twice as many as the longest rule and the policies' `max_history` need."""


def needed_events(events: Sequence[Event], start: int) -> list[int]:
    """Finds the events before a point in a conversation that matter for what follows it.

    Policies look back on the last actions. One that learns from stories does not see turns that only rules
    know, and would look further back than this: none is used here.

    Args:
        events: The conversation.
        start: The position of a message of the person. All events from there on are kept anyway.

    Returns:
        The positions of the events that matter, in order.
    """
    before, whole = _applied(events[:start]), _applied(events)
    later = {id(event) for event in events[start:]}
    later_actions = {id(event) for event in whole if isinstance(event, ActionExecuted)} & later
    recent = _last_actions(before, REMEMBERED_ACTIONS - len(later_actions))
    kept = [*_standing(before[:recent]), *_without_replaced(before[recent:])]
    identities = {id(event) for event in kept}
    return [position for position in range(start) if id(events[position]) in identities]


def _applied(events: Sequence[Event]) -> list[Event]:
    """Leaves out what was reverted, and a form's earlier turns, as Rasa does."""
    tracker = DialogueStateTracker("", slots=None)
    tracker.events.extend(events)
    return list(tracker.applied_events())


def _last_actions(events: Sequence[Event], count: int) -> int:
    """The position from which on there are so many actions."""
    if count <= 0:
        return len(events)
    actions = [position for position, event in enumerate(events) if isinstance(event, ActionExecuted)]
    return actions[-count] if len(actions) > count else 0


def _standing(events: Sequence[Event]) -> list[Event]:
    """Leaves of events what still holds after them: the last one of each kind."""
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
        case AllSlotsReset():
            kind = "reset"
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
        case DefinePrevUserUtteredFeaturization():
            kind = "featurization"
        case BotUttered():
            kind = "answer"
    return kind
