"""The store gives back what Rasa's own store would, at a cost that does not grow, and fails aloud."""

from __future__ import annotations

import asyncio
import copy
import itertools
import traceback
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
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
from rasa.shared.utils.io import read_config_file

from backchat.channels.guard import TakenBeforeError
from backchat.server.store import (
    DATABASE_VARIABLE,
    TURNS_READ,
    BoundedSQLTrackerStore,
    OvertakenError,
    StoreError,
)

LOOKED_AT = 6
"""How many past states the policies may look at."""

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
        monkeypatch.setenv(DATABASE_VARIABLE, request.getfixturevalue("postgres"))
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


def test_no_policy_looks_further_back_than_the_store() -> None:
    """One that learns from stories skips the turns that only rules know, and so does."""
    assert [policy["name"] for policy in read_config_file("config.yml")["policies"]] == ["RulePolicy"]


async def test_a_turn_costs_the_same_however_long_the_conversation(store: BoundedSQLTrackerStore) -> None:
    form = [ActionExecuted("first_form"), ActiveLoop("first_form"), SlotSet("pain", "back"), *ANSWER, *LISTEN]
    digression = [ActionExecutionRejected("first_form"), ActionExecuted("action_tell", hide_rule_turn=True)]
    back = [ActionExecuted("first_form", hide_rule_turn=True), *ANSWER, *LISTEN]
    reverted = [ActionExecuted("action_default_fallback"), *ANSWER, UserUtteranceReverted()]
    going_on = [ActionExecuted("first_form"), SlotSet("notes", [1]), *ANSWER, *LISTEN]
    sender = uuid.uuid4().hex
    await take_turn(store, sender, say("start") + form)
    sizes = []
    for _ in range(70):
        for rest in (going_on, digression + back, reverted):
            tracker = await take_turn(store, sender, say("ask") + rest)
            sizes.append((messages(tracker), len(tracker.events)))
    most_messages, most_events = map(max, zip(*sizes, strict=True))
    assert most_messages <= 12
    assert most_events <= 70
    assert max(sizes[150:]) <= max(sizes[:60])
    assert messages(await store.retrieve_full_tracker(sender)) == 211


async def test_many_short_sessions_cost_as_much_as_one(store: BoundedSQLTrackerStore) -> None:
    sender = uuid.uuid4().hex
    session = [ActionExecuted("action_session_start"), SessionStarted(), *LISTEN]
    for _ in range(30):
        tracker = await take_turn(
            store, sender, [*session, *say("ask"), ActionExecuted("action_tell"), *LISTEN]
        )
    with store.engine.connect() as connection:
        after = connection.execute(
            sa.text("SELECT after FROM checkpoints WHERE sender_id = :s"), {"s": sender}
        )
        assert after.scalar_one() >= tracker.rows[-6]


async def test_the_same_tracker_is_stored_again_with_what_is_new(store: BoundedSQLTrackerStore) -> None:
    sender = uuid.uuid4().hex
    tracker = await take_turn(store, sender, say("ask") + LISTEN)
    await store.save(tracker)
    tracker.update(SlotSet("pain", "neck"))
    await store.save(tracker)
    stored = await store.retrieve_full_tracker(sender)
    assert [event.type_name for event in stored.events] == ["user", "action", "slot"]


@pytest.mark.parametrize("turns", [0, 1, TURNS_READ])
async def test_a_turn_that_does_not_know_of_another_one_is_refused(
    store: BoundedSQLTrackerStore, turns: int
) -> None:
    """What the other one told could be the sign of an emergency: no result may leave it out."""
    sender = uuid.uuid4().hex
    for _ in range(turns):
        await take_turn(store, sender, [*say("ask"), ActionExecuted("action_tell"), *LISTEN])
    one, other = await store.get_or_create_tracker(sender), await store.get_or_create_tracker(sender)
    for tracker, value in ((one, "back"), (other, "neck")):
        for event in [*say("inform"), SlotSet("pain", value), *LISTEN]:
            tracker.update(event)
    await store.save(one)
    with pytest.raises(OvertakenError):
        await store.save(other)
    whole, bounded = await store.retrieve_full_tracker(sender), await store.retrieve(sender)
    assert [event.value for event in whole.events if isinstance(event, SlotSet)] == ["back"]
    assert [event.value for event in bounded.events if isinstance(event, SlotSet)] == ["back"]


async def test_a_turn_whose_message_another_process_took_meanwhile_counts_as_taken(
    store: BoundedSQLTrackerStore,
) -> None:
    sender = uuid.uuid4().hex
    await take_turn(store, sender, [*say("ask"), *LISTEN])
    one, other = await store.retrieve(sender), await store.retrieve(sender)
    for tracker in (one, other):
        tracker.update(UserUttered("inform", {"name": "inform"}, message_id="m7"))
    await store.save(one)
    with pytest.raises(TakenBeforeError):
        await store.save(other)


async def test_a_message_that_two_processes_got_is_taken_once(store: BoundedSQLTrackerStore) -> None:
    sender = uuid.uuid4().hex
    message = UserUttered("ask", {"name": "ask"}, message_id="m1")
    await take_turn(store, sender, [message, *LISTEN])
    with pytest.raises(TakenBeforeError):
        await take_turn(store, sender, [message, ActionExecuted("action_tell"), *LISTEN])
    assert len((await store.retrieve_full_tracker(sender)).events) == 2


async def test_takes_a_tracker_from_elsewhere_as_rasa_does(store: BoundedSQLTrackerStore) -> None:
    tracker = DialogueStateTracker.from_events(uuid.uuid4().hex, [*say("ask"), *LISTEN], DOMAIN.slots)
    await store.save(tracker)
    tracker.update(SlotSet("pain", "back"))
    await store.save(tracker)
    assert len((await store.retrieve(tracker.sender_id)).events) == 3


async def test_rasas_own_store_reads_the_same_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(DATABASE_VARIABLE, raising=False)
    database = tmp_path / "shared.db"
    for _ in range(TURNS_READ + 2):
        await take_turn(BoundedSQLTrackerStore(DOMAIN, db=str(database)), "person", [*say("ask"), *LISTEN])
    assert messages(await SQLTrackerStore(DOMAIN, db=str(database)).retrieve("person")) == TURNS_READ + 2
    assert database.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("is_old", [False, True])
async def test_a_file_that_the_environment_names_is_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_old: bool
) -> None:
    folder = tmp_path / "made" / "here"
    database = folder / "backchat.db"
    monkeypatch.setenv(DATABASE_VARIABLE, f"sqlite:///{database}")
    if is_old:  # made by an earlier version, for everybody to read
        folder.mkdir(mode=0o755, parents=True)
        database.touch(mode=0o644)
    store = BoundedSQLTrackerStore(DOMAIN)
    await take_turn(store, "person", [*say("ask"), *LISTEN])
    files = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert files == dict.fromkeys(["backchat.db", "backchat.db-wal", "backchat.db-shm"], 0o600)
    assert folder.stat().st_mode & 0o777 == (0o755 if is_old else 0o700)


@pytest.mark.parametrize("deed", ["save", "retrieve", "retrieve_full_tracker"])
async def test_a_failing_database_is_told_aloud(store: BoundedSQLTrackerStore, deed: str) -> None:
    tracker = await take_turn(store, uuid.uuid4().hex, say("ask"))
    tracker.update(UserUttered(WORDS))
    store.engine = sa.create_engine("sqlite:////nowhere/at/all.db")
    store.sessionmaker.configure(bind=store.engine)
    with pytest.raises(StoreError, match="unable to open database file"):
        await getattr(store, deed)(tracker if deed == "save" else tracker.sender_id)


async def test_an_error_repeats_nothing_of_what_was_said(store: BoundedSQLTrackerStore) -> None:
    message = UserUttered(WORDS)
    message.type_name = None
    tracker = store.init_tracker(uuid.uuid4().hex)
    tracker.update(message)
    with pytest.raises(StoreError) as failure:
        await store.save(tracker)
    shown = "".join(traceback.format_exception(failure.value))
    assert "type_name" in shown
    assert WORDS not in shown


def test_a_database_that_can_not_be_used_is_told_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(DATABASE_VARIABLE, raising=False)
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="can't be made"):
        BoundedSQLTrackerStore(DOMAIN, db=str(tmp_path / "file" / "backchat.db"))
    monkeypatch.setenv(DATABASE_VARIABLE, "postgresql://postgres@127.0.0.1:1/test")
    with pytest.raises(StoreError, match="can't be used"):
        BoundedSQLTrackerStore(DOMAIN)


@pytest.mark.parametrize("url", ["postgres://backchat:secret@host/name", "secret"])
def test_an_address_that_is_none_is_told_by_the_name_of_its_variable(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, url)
    with pytest.raises(StoreError, match=DATABASE_VARIABLE) as told:
        BoundedSQLTrackerStore(DOMAIN, db=str(tmp_path / "backchat.db"))
    assert "secret" not in str(told.value)
