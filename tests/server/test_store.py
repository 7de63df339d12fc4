"""The store gives back what Rasa's own store would, at a cost that does not grow, and fails aloud."""

from __future__ import annotations

import asyncio
import copy
import itertools
import os
import socket
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    DefinePrevUserUtteredFeaturization,
    Event,
    FollowupAction,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from backchat.server.store import DATABASE_VARIABLE, BoundedSQLTrackerStore

LOOKED_AT = 6
"""How many past states the policies may look at."""

POSTGRES = "postgresql://postgres@127.0.0.1:5432/test"
WORDS = "my legs went numb last night"

DOMAIN = Domain.from_yaml(
    """
    version: "3.1"
    intents: [inform, ask, start]
    slots:
      pain: {type: text, influence_conversation: true, mappings: [{type: custom}]}
      notes: {type: any, mappings: [{type: custom}]}
      completed: {type: bool, initial_value: false, mappings: [{type: custom}]}
    forms:
      first_form: {required_slots: [pain]}
      second_form: {required_slots: [notes]}
    actions: [action_tell, action_other]
    """
)

SLOTS = st.sampled_from(
    [
        ("pain", "back"),
        ("pain", "neck"),
        ("pain", None),
        ("notes", [1, {"a": 2}]),
        ("notes", []),
        ("completed", True),
    ]
)
SLOT_SETS = st.lists(SLOTS.map(lambda pair: SlotSet(*pair)), max_size=3)
FORMS = st.sampled_from(["first_form", "second_form"])
ACTIONS = st.sampled_from(["action_tell", "action_other"])
INTENTS = st.sampled_from(["inform", "ask", "start"])
LISTEN = [ActionExecuted("action_listen")]


ANSWER = [BotUttered("an answer")]


def say(intent: str) -> list[Event]:
    return [UserUttered(intent, {"name": intent}, parse_data={"text": intent, "intent": {"name": intent}})]


@st.composite
def turns(draw: st.DrawFn, form: str | None) -> list[Event]:
    """One turn as Rasa records it, with or without an active form."""
    slots, action, hidden = draw(SLOT_SETS), draw(ACTIONS), draw(st.booleans())
    said = [*say(draw(INTENTS)), *slots, DefinePrevUserUtteredFeaturization(draw(st.booleans()))]
    told = [ActionExecuted(action, hide_rule_turn=hidden), *ANSWER]
    asked = [*draw(SLOT_SETS), SlotSet("requested_slot", draw(st.sampled_from(["pain", "notes"]))), *ANSWER]
    ended = [ActiveLoop(None), SlotSet("requested_slot", None)]
    kinds = {
        "told": [*said, *told, ActionExecuted("action_listen", hide_rule_turn=hidden)],
        "told twice": [*said, *told, ActionExecuted("action_other"), *draw(SLOT_SETS), *LISTEN],
        "fallback": [*said, ActionExecuted("action_default_fallback"), *ANSWER, UserUtteranceReverted()],
        "twice back": [*said, *told, UserUtteranceReverted(), UserUtteranceReverted(), *LISTEN],
        "undone": [*said, *told, ActionReverted(), *LISTEN],
        "paused": [*said, ConversationPaused()],
        "resumed": [ConversationResumed(), *said, *told, FollowupAction("action_other"), *LISTEN],
        "forgotten": [*said, *told, AllSlotsReset(), *draw(SLOT_SETS), *LISTEN],
        "restarted": [
            *said,
            ActionExecuted("action_restart"),
            Restarted(),
            ActionExecuted("action_session_start"),
            SessionStarted(),
            *LISTEN,
        ],
        "new session": [
            ActionExecuted("action_session_start"),
            SessionStarted(),
            *LISTEN,
            *said,
            *told,
            *LISTEN,
        ],
    }
    if form:
        back = [ActionExecuted(form, hide_rule_turn=hidden)]
        going_on = [*said, ActionExecuted(form), *asked, *LISTEN]
        often = {
            "form goes on": going_on,
            "form goes on again": going_on,
            "form fails": [*said, ActionExecuted(form), *LISTEN],
            "digression": [*said, ActionExecutionRejected(form), *told, *back, *asked, *LISTEN],
            "interruption": [
                *said,
                ActionExecutionRejected(form),
                *told,
                LoopInterrupted(True),
                *back,
                *LISTEN,
            ],
            "left rejected": [*said, ActionExecutionRejected(form), *told, *LISTEN],
            "form ends": [*said, ActionExecuted(form), *draw(SLOT_SETS), *ended, *told, *LISTEN],
        }
    else:
        new = draw(FORMS)
        often = {
            "form starts": [*said, ActionExecuted(new), ActiveLoop(new), *asked, *LISTEN],
            "form does not start": [*said, ActionExecuted(new), *LISTEN],
            "form is over at once": [*said, ActionExecuted(new), ActiveLoop(new), *ended, *told, *LISTEN],
        }
    return draw(st.one_of(st.sampled_from(list(often.values())), st.sampled_from(list(kinds.values()))))


@st.composite
def conversations(draw: st.DrawFn, most_turns: int = 40) -> list[list[Event]]:
    """A conversation, each event with a time of its own by which it can be told from its like."""
    time = itertools.count(1)
    tracker = DialogueStateTracker("", DOMAIN.slots)
    conversation = []
    for _ in range(draw(st.integers(1, most_turns))):
        turn = [copy.copy(event) for event in draw(turns(tracker.active_loop_name))]
        for event in turn:
            event.timestamp = float(next(time))
            tracker.update(copy.copy(event))
        conversation.append(turn)
    return conversation


def state(tracker: DialogueStateTracker) -> dict[str, object]:
    """Everything that a tracker knows, but for old events."""
    last_message = tracker.get_last_event_for(UserUttered)
    return {
        "slots": tracker.current_slot_values(),
        "loop": tracker.active_loop
        and replace(tracker.active_loop, trigger_message=None),  # nothing reads that
        "message": (tracker.latest_message.text, tracker.latest_message.intent),
        "last applied message": last_message and last_message.timestamp,
        "answer": tracker.latest_bot_utterance.text and tracker.latest_bot_utterance.timestamp,
        "action": tracker.latest_action,
        "followup": tracker.followup_action,
        "paused": tracker.is_paused(),
        "channel": tracker.get_latest_input_channel(),
        "any applied": bool(tracker.applied_events()),
        "past seen": DOMAIN.states_for_tracker_history(
            tracker, omit_unset_slots=True, ignore_rule_only_turns=True, rule_only_data={}
        )[1:][-LOOKED_AT:],
        "past": DOMAIN.states_for_tracker_history(tracker)[1:][-LOOKED_AT:],
    }


async def take_turn(store: SQLTrackerStore, sender: str, events: list[Event]) -> DialogueStateTracker:
    """Adds the events of a turn to a conversation, as Rasa's processor does."""
    tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
    for event in copy.deepcopy(events):
        tracker.update(event, DOMAIN)
    await store.save(tracker)
    return tracker


def times(tracker: DialogueStateTracker) -> list[float]:
    return [event.timestamp for event in tracker.events]


def messages(tracker: DialogueStateTracker) -> int:
    return sum(isinstance(event, UserUttered) for event in tracker.events)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> BoundedSQLTrackerStore:
    monkeypatch.delenv(DATABASE_VARIABLE, raising=False)
    if request.param == "postgresql":
        try:
            socket.create_connection(("127.0.0.1", 5432), timeout=1).close()
        except OSError:
            reason = "NO POSTGRESQL at 127.0.0.1:5432: the store is not tested on it"
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
        monkeypatch.setenv(DATABASE_VARIABLE, POSTGRES)
    return BoundedSQLTrackerStore(DOMAIN, db=str(tmp_path / "var" / "backchat.db"))


@pytest.fixture
def rasa_store(tmp_path: Path) -> SQLTrackerStore:
    return SQLTrackerStore(DOMAIN, db=str(tmp_path / "rasa.db"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(conversation=conversations())
def test_gives_back_the_state_that_rasas_own_store_gives_back(
    store: BoundedSQLTrackerStore, rasa_store: SQLTrackerStore, conversation: list[list[Event]]
) -> None:
    async def converse() -> None:
        sender = uuid.uuid4().hex
        for events in conversation:
            await take_turn(rasa_store, sender, events)
            await take_turn(store, sender, events)
        whole, bounded = await rasa_store.retrieve(sender), await store.retrieve(sender)
        assert state(bounded) == state(whole)
        assert times(bounded)[-5:] == times(whole)[-5:]
        assert times(await store.retrieve_full_tracker(sender)) == list(
            range(1, sum(map(len, conversation)) + 1)
        )

    asyncio.run(converse())
