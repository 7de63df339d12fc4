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
    FollowupAction,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

REMEMBERED_ACTIONS = 12
"""How many actions are kept: twice as many as the longest rule and the policies' `max_history` need."""


def needed_events(events: Sequence[Event]) -> list[int]:
    """Finds the events that matter for what follows a point in a conversation.

    Policies look back on the last actions. Those that learn from stories do not see turns that only rules
    know, so the last actions that they do see are kept, too.

    Args:
        events: Everything before that point, which lies directly before a message of the person.

    Returns:
        The positions of the events that matter, in order.
    """
    tracker = DialogueStateTracker("", slots=None)
    tracker.events.extend(events)
    applied = tracker.applied_events()
    hidden = _hidden_actions(applied)
    actions = [position for position, event in enumerate(applied) if isinstance(event, ActionExecuted)]
    seen = [position for position in actions if id(applied[position]) not in hidden]
    recent = _last(actions)
    past = min(recent, _last(seen))
    kept = [
        *_standing(applied[:past]),
        *_without_replaced(_without_hidden(applied[past:recent], hidden)),
        *_without_replaced(applied[recent:]),
    ]
    identities = {id(event) for event in kept}
    return [position for position, event in enumerate(events) if id(event) in identities]


def _last(positions: Sequence[int]) -> int:
    return positions[-REMEMBERED_ACTIONS] if len(positions) > REMEMBERED_ACTIONS else 0


def _hidden_actions(events: Sequence[Event]) -> set[int]:
    """Finds the actions that policies do not see, as `Domain.states_for_tracker_history` does."""
    hidden, ids = False, set()
    last_action = loop = None
    followed_up = True
    for event in events:
        if isinstance(event, ActiveLoop):
            loop = event.name
        elif isinstance(event, FollowupAction):
            followed_up = True
        elif isinstance(event, UserUttered):
            followed_up = False
        elif isinstance(event, ActionExecuted):
            if not followed_up and (loop is None or last_action != loop):
                hidden = event.hide_rule_turn
            if hidden:
                ids.add(id(event))
            last_action, followed_up = event.action_name, False
    return ids


def _without_hidden(events: Sequence[Event], hidden: set[int]) -> list[Event]:
    """Leaves out hidden actions, and the messages that were answered by nothing else."""
    kept: list[Event] = []
    answers = True
    for event in reversed(events):
        if id(event) in hidden or (isinstance(event, UserUttered) and not answers):
            continue
        kept.append(event)
        if isinstance(event, (ActionExecuted, UserUttered)):
            answers = isinstance(event, ActionExecuted)
    return kept[::-1]


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
