"""Keeps conversations in a database, so that a turn costs the same however long a conversation is."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from backchat.channels.guard import TakenBeforeError, UnreadableConversationError, describe, pseudonym
from backchat.channels.mailbox import LETTERS, Mailbox
from backchat.channels.offers import Offers
from backchat.channels.sessions import SECRET_FILE, load_secret
from backchat.channels.tombstones import Tombstones
from backchat.database import (
    POSTGRESQL,
    SQLITE,
    Result,
    aside,
    cause,
    create_engine,
    make_private_file,
    overwrite_deleted,
)
from backchat.retention import DELETED, ERASED
from backchat.server.audit import decisions_in
from backchat.server.history import needed_events
from backchat.server.schema import migrate
from backchat.server.stored_events import UnreadableError, read_event

logger = logging.getLogger(__name__)

ENDPOINTS = "endpoints.yml"
DATABASE_VARIABLE = "BACKCHAT_DATABASE_URL"
TURNS_KEPT = 4
"""How many of the person's last messages are always read back with everything that followed them."""
TURNS_READ = 6
"""With more messages than this, a checkpoint is set before the last `TURNS_KEPT`."""
SECONDS_TO_STORE = 10.0
"""So long it is tried to store a turn whose connection broke off, or that was given up meanwhile."""
SECONDS_BETWEEN_TRIES = 0.2


_OUT_OF_REACH = (OperationalError, InterfaceError)

sa.Index("ix_events_sender_id_id", SQLTrackerStore.SQLEvent.sender_id, SQLTrackerStore.SQLEvent.id)


class StoreError(RasaException):
    """The database failed. The message names the cause and none of the data."""


class ConnectionLostError(StoreError):
    """The database can't be reached; what was being stored may be stored or not."""


class OvertakenError(StoreError):
    """Another turn of the conversation was stored since this one began: its lock was lost on the way."""


class StoredTracker(DialogueStateTracker):
    """A conversation that knows which of its events are stored.

    Attributes:
        rows: The row of each stored event, in the order of `events`.
        earlier: How many of the events lie before the checkpoint.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows: list[int] = []
        self.earlier = 0


class BoundedSQLTrackerStore(SQLTrackerStore):
    """Rasa's SQL store, with strict errors and a bounded turn.

    All events are kept, in Rasa's own table. A checkpoint names the point of a conversation from which every
    event is read back, and the events before it that still matter (see `needed_events`).

    In SQLite by default; `BACKCHAT_DATABASE_URL`, such as `postgresql://user:password@host/name`, names
    another database.
    """

    class Checkpoint(SQLTrackerStore.Base):
        """The checkpoint of a conversation."""

        __tablename__ = "checkpoints"

        sender_id = sa.Column(sa.String(255), primary_key=True)
        after = sa.Column(sa.Integer, nullable=False)
        kept = sa.Column(sa.JSON, nullable=False)

    def __init__(
        self,
        domain: Domain | None = None,
        host: str | None = None,
        db: str = "var/backchat.db",
        event_broker: EventBroker | None = None,
        secret: str = SECRET_FILE,
        **kwargs: Any,
    ) -> None:
        """Connects to the database and brings it to the tables that this version needs.

        Args:
            domain: The domain, with the slots of a conversation.
            host: Host or URL of the database.
            db: Name of the database; for SQLite its file.
            event_broker: Where new events are published.
            secret: The file with the server's secret, by which what was erased is known if it comes again.
            **kwargs: As for Rasa's `SQLTrackerStore`.

        Raises:
            StoreError: The database can't be used.
            SchemaError: It is of a later version.
        """
        host = os.environ.get(DATABASE_VARIABLE, host)
        try:
            given = {
                name: kwargs[name] for name in ("port", "username", "password", "query") if name in kwargs
            }
            url = self.get_db_url(kwargs.get("dialect", SQLITE), host, db=db, **given)
            address = sa.engine.make_url(url)
            if address.get_backend_name() == SQLITE:
                make_private_file(address.database)
            engine = create_engine(address)
            migrate(engine)
            # Rasa makes the tables that it misses, which are none now, on an engine of its own.
            super().__init__(domain, host=host, db=db, event_broker=event_broker, **kwargs)
            self.engine.dispose()
            self.engine: sa.engine.Engine = engine
            self.sessionmaker = sessionmaker(bind=engine)
            self.tombstones = Tombstones(self.engine, load_secret(Path(secret)))
            self.mailbox = Mailbox(self.engine, self.tombstones)
            self.offers = Offers(self.engine)
        except OSError as error:
            raise StoreError(f"{error.filename} can't be made: {error.strerror}") from None
        except sa.exc.ArgumentError:
            # It may hold a password, so that nothing of it is repeated.
            raise StoreError(
                f"{DATABASE_VARIABLE} must be written like postgresql://user:password@host/name"
            ) from None
        except SQLAlchemyError as error:
            raise StoreError(f"The database can't be used: {cause(error)}") from None

    def init_tracker(self, sender_id: str) -> DialogueStateTracker:
        """Begins a conversation, nothing of which is stored yet."""
        return StoredTracker(sender_id, self.domain.slots, max_event_history=self.max_event_history)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Reads what the next turn of a conversation needs.

        Args:
            sender_id: The conversation.

        Returns:
            The current session in the state that all of its events bring about, or nothing if it is unknown.

        Raises:
            StoreError: The database failed.
            UnreadableConversationError: What is stored can't be read.
        """
        try:
            return await aside(self.engine, self._read_what_is_needed, sender_id)
        except (StoreError, UnreadableConversationError):
            raise
        except Exception as error:
            logger.error("What is stored of %s can't be read: %s", pseudonym(sender_id), describe(error))
            raise UnreadableConversationError from None

    def _read_what_is_needed(self, sender_id: str) -> DialogueStateTracker | None:
        with self.transaction("read") as session:
            checkpoint = session.get(self.Checkpoint, sender_id)
            rows = [int(row) for row in checkpoint.kept] if checkpoint else []
            kept = self._rows(session, self.SQLEvent.id.in_(rows)) if rows else []
            after = checkpoint.after if checkpoint else 0
            own = self.SQLEvent.sender_id == sender_id
            later = self._rows(session, own, self.SQLEvent.id > after)
            last = session.query(sa.func.max(self.SQLEvent.id)).filter(own) if after and not later else None
            if last is not None and after > (last.scalar() or 0):
                logger.error("The checkpoint of %s lies behind all that is stored", pseudonym(sender_id))
                raise UnreadableConversationError
        read = [(row, _read(sender_id, row, data)) for row, data in kept + later]
        beginning = _session_start([event for _, event in read])
        tracker = self._tracker(sender_id, read[beginning:])
        if tracker:
            tracker.earlier = max(len(kept) - beginning, 0)
        return tracker

    async def get_or_create_tracker(
        self, sender_id: str, max_event_history: int | None = None, append_action_listen: bool = True
    ) -> DialogueStateTracker:
        """Begins a turn, as Rasa's store does. What can't be read is left behind for the operator.

        Args:
            sender_id: The conversation.
            max_event_history: How many events the conversation keeps in memory.
            append_action_listen: Whether a new conversation waits for a message first.

        Returns:
            The conversation.

        Raises:
            StoreError: The database failed.
            UnreadableConversationError: What is stored can't be read; the next turn begins anew.
        """
        try:
            return await super().get_or_create_tracker(sender_id, max_event_history, append_action_listen)
        except UnreadableConversationError:
            await aside(self.engine, self._leave_behind, sender_id)
            raise

    def _leave_behind(self, sender_id: str) -> None:
        """Lets the next turn begin after all that is stored of a conversation."""
        with self.transaction("begun anew") as session:
            own = session.query(sa.func.max(self.SQLEvent.id)).filter(self.SQLEvent.sender_id == sender_id)
            session.query(self.Checkpoint).filter_by(sender_id=sender_id).delete()
            session.add(self.Checkpoint(sender_id=sender_id, after=own.scalar() or 0, kept=[]))

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """Reads all events of a conversation, of all its sessions, that can be read.

        Args:
            conversation_id: The conversation.

        Returns:
            The conversation, or nothing if it is unknown.

        Raises:
            StoreError: The database failed.
        """
        return await aside(self.engine, self._read_all, conversation_id)

    def _read_all(self, conversation_id: str) -> DialogueStateTracker | None:
        with self.transaction("read") as session:
            rows = self._rows(session, self.SQLEvent.sender_id == conversation_id)
        read = []
        for row, data in rows:
            with suppress(UnreadableConversationError):
                read.append((row, _read(conversation_id, row, data)))
        return self._tracker(conversation_id, read)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Stores the new events of a conversation and the decisions in them, then publishes the events.

        Where the last turn tells the person that the conversation is deleted, it is deleted here. What
        continues a conversation that was deleted in the meantime is not stored: it would bring that back.

        Who gives up the turn while it is stored waits for the end of that: what is stored has to be told.

        Args:
            tracker: The conversation: one that this store gave out, or another that continues the events of
                the current session.

        Raises:
            StoreError: The database failed, or another turn was stored meanwhile; nothing is stored.
            TakenBeforeError: The message of the turn was answered before; nothing is stored.
        """
        if _was_taken_before(tracker):
            raise TakenBeforeError
        if _tells_erasure(tracker):
            await _to_the_end(aside(self.engine, self._delete_but_what_follows, tracker.sender_id))
            return
        events = await _to_the_end(self._store_surely(tracker))
        if self.event_broker:
            await self._stream_new_events(self.event_broker, events, tracker.sender_id)

    async def _store_surely(self, tracker: DialogueStateTracker) -> list[Event]:
        """Stores what is new, if need be again: a connection that breaks off may have stored it or not."""
        begun = time.monotonic()
        is_first = True
        while True:
            try:
                return await aside(self.engine, self._store, tracker, is_first)
            except ConnectionLostError:
                if time.monotonic() - begun > SECONDS_TO_STORE:
                    raise
            is_first = False
            await asyncio.sleep(SECONDS_BETWEEN_TRIES)

    def _store(self, tracker: DialogueStateTracker, is_first: bool) -> list[Event]:
        with self.transaction("stored") as session:
            self._wait_for_others(session, tracker.sender_id)
            events = self._new_events(session, tracker)
            rows = [] if is_first else self._stored_already(session, tracker, events)
            if not rows:
                if self._is_gone(session, tracker):
                    return []
                self._check_that_none_was_stored(session, tracker)
                rows = self._insert(session, tracker, events)
        if isinstance(tracker, StoredTracker):
            tracker.rows += rows
        return events

    def _wait_for_others(self, session: Session, sender_id: str) -> None:
        """Lets other processes finish what they store of the conversation; SQLite has no others."""
        if self.engine.dialect.name == POSTGRESQL:
            session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(sender_id))))

    def _check_that_none_was_stored(self, session: Session, tracker: DialogueStateTracker) -> None:
        """Refuses a turn that does not know what another one has told meanwhile.

        Raises:
            TakenBeforeError: That other turn was one of the same message.
            OvertakenError: It was one of another.
        """
        if not isinstance(tracker, StoredTracker):
            return
        checkpoint = None if tracker.rows else session.get(self.Checkpoint, tracker.sender_id)
        known = tracker.rows[-1] if tracker.rows else (checkpoint.after if checkpoint else 0)
        later = self._rows(session, self.SQLEvent.sender_id == tracker.sender_id, self.SQLEvent.id > known)
        if not later:
            return
        own = tracker.latest_message.message_id if tracker.latest_message else None
        told = [read_event(data) for _, data in later]
        if own and any(isinstance(event, UserUttered) and event.message_id == own for event in told):
            raise TakenBeforeError
        raise OvertakenError("Another turn of the conversation was stored meanwhile.")

    def _stored_already(
        self, session: Session, tracker: DialogueStateTracker, events: list[Event]
    ) -> list[int]:
        """Finds the rows of events that were stored before the connection broke off, if they were."""
        if not isinstance(tracker, StoredTracker):
            return []
        last = tracker.rows[-1] if tracker.rows else 0
        later = session.query(self.SQLEvent.id, self.SQLEvent.timestamp).filter(
            self.SQLEvent.sender_id == tracker.sender_id, self.SQLEvent.id > last
        )
        found = later.order_by(self.SQLEvent.id.desc()).limit(len(events)).all()[::-1]
        is_same = [timestamp for _, timestamp in found] == [event.timestamp for event in events]
        return [row for row, _ in found] if is_same else []

    def _insert(self, session: Session, tracker: DialogueStateTracker, events: list[Event]) -> list[int]:
        if events:
            # As objects of SQLAlchemy they would take twice the time of all else that is stored and read.
            session.execute(sa.insert(self.SQLEvent), [self._row(tracker.sender_id, e) for e in events])
            session.add_all(decisions_in(events))
        own = session.query(self.SQLEvent.id).filter(self.SQLEvent.sender_id == tracker.sender_id)
        last = own.order_by(self.SQLEvent.id.desc()).limit(len(events)).all()
        rows = [row for (row,) in reversed(last)]
        if isinstance(tracker, StoredTracker):
            self._set_checkpoint(session, tracker, tracker.rows + rows)
        return rows

    def delete(self, conversation_id: str) -> int:
        """Deletes all that any table holds of a conversation, and overwrites it in SQLite's files.

        Args:
            conversation_id: The conversation.

        Returns:
            How many rows of all tables there were.

        Raises:
            StoreError: The database failed; repeated later, it deletes what is left.
        """
        rows = self.remove(conversation_id)
        self.overwrite_deleted()
        return rows

    def remove(self, conversation_id: str) -> int:
        """Deletes a conversation, and leaves it to `overwrite_deleted` that no byte of it is left.

        Args:
            conversation_id: The conversation.

        Returns:
            How many rows of all tables there were.

        Raises:
            StoreError: The database failed.
        """
        with self.transaction("erased") as session:
            connection = session.connection()
            rows = self.mailbox.bury(connection, conversation_id)
            return rows + self._delete_rows(connection, conversation_id)

    def overwrite_deleted(self) -> None:
        """Leaves no byte of what was deleted in SQLite's files, which are written anew.

        Raises:
            StoreError: It can't be done now, as where somebody else reads or writes all the time.
        """
        if hindrance := overwrite_deleted(self.engine):
            raise StoreError(f"What was deleted is still in the files ({hindrance}): try again.")

    def tables_of_conversations(self) -> list[sa.Table]:
        """Lists all tables that hold something of conversations."""
        return [table for table in self.Base.metadata.sorted_tables if "sender_id" in table.c]

    def _delete_but_what_follows(self, conversation_id: str) -> None:
        """Deletes a conversation whose last turn tells so, and leaves what was written after that."""
        with self.transaction("erased") as session:
            connection = session.connection()
            self.mailbox.bury_answered(connection, conversation_id, DELETED)
            self._delete_rows(connection, conversation_id)
        self.overwrite_deleted()

    def _delete_rows(self, connection: sa.engine.Connection, conversation_id: str) -> int:
        """Deletes from every table but that of the mailbox, which has a rule of its own."""
        tables = [table for table in self.tables_of_conversations() if table is not LETTERS]
        deleted = (table.delete().where(table.c.sender_id == conversation_id) for table in tables)
        return sum(int(connection.execute(statement).rowcount) for statement in deleted)

    def _is_gone(self, session: Session, tracker: DialogueStateTracker) -> bool:
        """Whether what a tracker continues, or the message that it answers, was deleted since it was read."""
        if not isinstance(tracker, StoredTracker):
            return False
        message = tracker.latest_message
        connection = session.connection()
        if message is not None and self.mailbox.is_erased(
            tracker.sender_id, message.message_id or "", connection
        ):
            return True
        if not tracker.rows:
            # A session that was erased begins no more, though another process may have let a message in.
            return self.tombstones.stands(tracker.sender_id, connection)
        return session.query(self.SQLEvent.id).filter_by(id=tracker.rows[-1]).first() is None

    def _new_events(self, session: Session, tracker: DialogueStateTracker) -> list[Event]:
        if isinstance(tracker, StoredTracker):
            return list(islice(tracker.events, len(tracker.rows), None))
        return list(self._additional_events(session, tracker))

    @staticmethod
    def _row(sender_id: str, event: Event) -> dict[str, Any]:
        data = event.as_dict()
        return {
            "sender_id": sender_id,
            "type_name": event.type_name,
            "timestamp": event.timestamp,
            "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
            "action_name": data.get("name"),
            "data": json.dumps(data),
        }

    def _set_checkpoint(self, session: Session, tracker: StoredTracker, rows: list[int]) -> None:
        """Moves the checkpoint forward to a new session, or when there is much to read back."""
        events = list(tracker.events)
        beginning = _session_start(events)
        turns = [
            position
            for position in range(max(beginning, tracker.earlier), len(events))
            if isinstance(events[position], UserUttered)
        ]
        if len(turns) > TURNS_READ:
            start = turns[-TURNS_KEPT]
            kept = [rows[position] for position in needed_events(events, start)]
        elif beginning:
            start, kept = beginning, []
        else:
            return
        if not self._others_wrote(session, tracker.sender_id, rows[tracker.earlier :]):
            session.merge(self.Checkpoint(sender_id=tracker.sender_id, after=rows[start] - 1, kept=kept))

    def _others_wrote(self, session: Session, sender_id: str, rows: list[int]) -> bool:
        """Whether another tracker of the conversation was stored since this one was read."""
        stored = session.query(self.SQLEvent.id).filter(
            self.SQLEvent.sender_id == sender_id, self.SQLEvent.id >= rows[0]
        )
        return int(stored.count()) != len(rows)

    def _rows(self, session: Session, *conditions: Any) -> list[tuple[int, str]]:
        query = session.query(self.SQLEvent.id, self.SQLEvent.data).filter(*conditions)
        return list(query.order_by(self.SQLEvent.id))

    def _tracker(self, sender_id: str, read: list[tuple[int, Event]]) -> StoredTracker | None:
        if not read:
            return None
        tracker: StoredTracker = StoredTracker.from_events(
            sender_id, [event for _, event in read], self.domain.slots
        )
        tracker.rows = [row for row, _ in read]
        return tracker

    def ask(self) -> None:
        """Asks the database whether it is there.

        Raises:
            StoreError: It is not.
        """
        with self.transaction("read") as session:
            session.execute(sa.select(1))

    @contextmanager
    def transaction(self, deed: str) -> Iterator[Session]:
        """Opens a session of which all is done at its end, or nothing.

        Args:
            deed: What is done with a conversation, for the error.

        Yields:
            The session.

        Raises:
            StoreError: The database failed.
        """
        try:
            with self.sessionmaker.begin() as session:
                yield session
        except SQLAlchemyError as error:
            is_lost = self.engine.dialect.name != SQLITE and isinstance(error, _OUT_OF_REACH)
            failure = ConnectionLostError if is_lost else StoreError
            raise failure(f"The conversation can't be {deed}: {cause(error)}") from None


def open_store(endpoints: AvailableEndpoints) -> BoundedSQLTrackerStore:
    """Opens the store that `endpoints.yml` names.

    Args:
        endpoints: Its content.

    Returns:
        The store.

    Raises:
        StoreError: The database can't be used, or it is not this store, which Rasa would replace silently.
    """
    store = TrackerStore.create(endpoints.tracker_store)
    if not isinstance(store, BoundedSQLTrackerStore):
        raise StoreError(
            f"{ENDPOINTS}: the tracker_store must be backchat.server.store.BoundedSQLTrackerStore"
        )
    return store


async def _to_the_end(storing: Coroutine[Any, Any, Result]) -> Result:
    """Waits for what is being stored, for a while even where the turn is given up meanwhile.

    `asyncio.wait_for` of Python 3.10 and 3.11 then takes the turn for answered, as it is.
    """
    task = asyncio.ensure_future(storing)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        return await asyncio.wait_for(task, SECONDS_TO_STORE)


def _read(sender_id: str, row: int, data: str) -> Event:
    """Reads an event. An error names its row, and none of what stands in it."""
    try:
        return read_event(data)
    except UnreadableError as error:
        logger.error("Row %s of events, of %s, can't be read: %s", row, pseudonym(sender_id), error)
        raise UnreadableConversationError from None


def _was_taken_before(tracker: DialogueStateTracker) -> bool:
    """Whether a message among what is new stands among what is stored, too."""
    if not isinstance(tracker, StoredTracker):
        return False
    ids = [event.message_id if isinstance(event, UserUttered) else None for event in tracker.events]
    stored = {message_id for message_id in ids[: len(tracker.rows)] if message_id}
    return any(message_id in stored for message_id in ids[len(tracker.rows) :])


def _tells_erasure(tracker: DialogueStateTracker) -> bool:
    """Whether the last turn tells the person that the conversation is deleted."""
    turn = takewhile(lambda event: not isinstance(event, UserUttered), reversed(tracker.events))
    told = (event.data.get("custom") or {} for event in turn if isinstance(event, BotUttered))
    return any(custom.get(ERASED) for custom in told)


def _session_start(events: Sequence[Event]) -> int:
    """The position at which the current session starts."""
    starts = [position for position, event in enumerate(events) if isinstance(event, SessionStarted)]
    return starts[-1] if starts else 0
