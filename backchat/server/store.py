"""Keeps conversations in a database, so that a turn costs the same however long a conversation is."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore, create_engine_kwargs
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

from backchat.channels import mailbox, offers  # noqa: F401 (their tables are made and erased with the others)
from backchat.retention import ERASED
from backchat.server.audit import decisions_in
from backchat.server.history import needed_events

logger = logging.getLogger(__name__)

ENDPOINTS = "endpoints.yml"
DATABASE_VARIABLE = "BACKCHAT_DATABASE_URL"
TURNS_KEPT = 4
"""How many of the person's last messages are always read back with everything that followed them."""
TURNS_READ = 6
"""With more messages than this, a checkpoint is set before the last `TURNS_KEPT`."""


_EVENTS_OF_A_CONVERSATION = sa.Index(
    "ix_events_sender_id_id", SQLTrackerStore.SQLEvent.sender_id, SQLTrackerStore.SQLEvent.id
)


class StoreError(RasaException):
    """The database failed. The message names the cause and none of the data."""


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
        **kwargs: Any,
    ) -> None:
        """Connects to the database and makes the tables that it lacks.

        Args:
            domain: The domain, with the slots of a conversation.
            host: Host or URL of the database.
            db: Name of the database; for SQLite its file.
            event_broker: Where new events are published.
            **kwargs: As for Rasa's `SQLTrackerStore`.

        Raises:
            StoreError: The database can't be used.
        """
        host = os.environ.get(DATABASE_VARIABLE, host)
        if host is None and kwargs.get("dialect", "sqlite") == "sqlite":
            _make_private_file(Path(db))
        try:
            super().__init__(domain, host=host, db=db, event_broker=event_broker, **kwargs)
            self.engine.dispose()
            self.engine: sa.engine.Engine = _create_engine(self.engine.url)
            self.sessionmaker = sessionmaker(bind=self.engine)
            self.Base.metadata.create_all(self.engine)
            _EVENTS_OF_A_CONVERSATION.create(self.engine, checkfirst=True)
        except SQLAlchemyError as error:
            raise StoreError(f"The database can't be used: {_cause(error)}") from None

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
        """
        with self.transaction("read") as session:
            checkpoint = session.get(self.Checkpoint, sender_id)
            kept = self._rows(session, self.SQLEvent.id.in_(checkpoint.kept)) if checkpoint else []
            after = checkpoint.after if checkpoint else 0
            later = self._rows(session, self.SQLEvent.sender_id == sender_id, self.SQLEvent.id > after)
        read = kept + later
        beginning = _session_start([event for _, event in read])
        tracker = self._tracker(sender_id, read[beginning:])
        if tracker:
            tracker.earlier = max(len(kept) - beginning, 0)
        return tracker

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """Reads all events of a conversation, of all its sessions.

        Args:
            conversation_id: The conversation.

        Returns:
            The conversation, or nothing if it is unknown.

        Raises:
            StoreError: The database failed.
        """
        with self.transaction("read") as session:
            read = self._rows(session, self.SQLEvent.sender_id == conversation_id)
        return self._tracker(conversation_id, read)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Stores the new events of a conversation and the decisions in them, then publishes the events.

        Where the last turn tells the person that the conversation is deleted, it is deleted here. What
        continues a conversation that was deleted in the meantime is not stored: it would bring that back.

        Args:
            tracker: The conversation: one that this store gave out, or another that continues the events of
                the current session.

        Raises:
            StoreError: The database failed; nothing is stored.
        """
        if _tells_erasure(tracker):
            self.delete(tracker.sender_id)
            return
        with self.transaction("stored") as session:
            if self._is_gone(session, tracker):
                return
            events = self._new_events(session, tracker)
            stored = [self._row(tracker.sender_id, event) for event in events]
            session.add_all([*stored, *decisions_in(events)])
            session.flush()
            rows = [row.id for row in stored]
            if isinstance(tracker, StoredTracker):
                rows = tracker.rows + rows
                self._set_checkpoint(session, tracker, rows)
        if isinstance(tracker, StoredTracker):
            tracker.rows = rows
        if self.event_broker:
            await self._stream_new_events(self.event_broker, events, tracker.sender_id)

    def delete(self, conversation_id: str) -> int:
        """Deletes all that any table holds of a conversation, and overwrites it in SQLite's files.

        Args:
            conversation_id: The conversation.

        Returns:
            How many of its events there were.

        Raises:
            StoreError: The database failed; repeated later, it deletes what is left.
        """
        with self.transaction("erased") as session:
            for table in self.Base.metadata.sorted_tables:
                if "sender_id" in table.c:
                    deleted = session.execute(table.delete().where(table.c.sender_id == conversation_id))
                    if table is self.SQLEvent.__table__:
                        events = int(deleted.rowcount)
        self.empty_log()
        return events

    def empty_log(self) -> None:
        """Empties the log of SQLite, in which what was deleted would stand until it is overwritten.

        Raises:
            StoreError: Somebody else reads or writes all the time.
        """
        if self.engine.dialect.name != "sqlite":
            return
        with self.engine.connect() as connection:
            is_busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        if is_busy:
            raise StoreError(
                "The database is in use, so that what was deleted is still in its log: try again."
            )

    def _is_gone(self, session: Session, tracker: DialogueStateTracker) -> bool:
        """Whether what a tracker continues was deleted since it was read."""
        if not isinstance(tracker, StoredTracker) or not tracker.rows:
            return False
        return session.query(self.SQLEvent.id).filter_by(id=tracker.rows[-1]).first() is None

    def _new_events(self, session: Session, tracker: DialogueStateTracker) -> list[Event]:
        if isinstance(tracker, StoredTracker):
            return list(islice(tracker.events, len(tracker.rows), None))
        return list(self._additional_events(session, tracker))

    def _row(self, sender_id: str, event: Event) -> Any:
        data = event.as_dict()
        return self.SQLEvent(
            sender_id=sender_id,
            type_name=event.type_name,
            timestamp=event.timestamp,
            intent_name=data.get("parse_data", {}).get("intent", {}).get("name"),
            action_name=data.get("name"),
            data=json.dumps(data),
        )

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

    def _rows(self, session: Session, *conditions: Any) -> list[tuple[int, Event]]:
        """Reads events with their rows; those that Rasa no longer knows are left out."""
        query = session.query(self.SQLEvent.id, self.SQLEvent.data).filter(*conditions)
        rows = query.order_by(self.SQLEvent.id).all()
        events = [(row, _event(json.loads(data))) for row, data in rows]
        return [(row, event) for row, event in events if event]

    def _tracker(self, sender_id: str, read: list[tuple[int, Event]]) -> StoredTracker | None:
        if not read:
            return None
        tracker: StoredTracker = StoredTracker.from_events(
            sender_id, [event for _, event in read], self.domain.slots
        )
        tracker.rows = [row for row, _ in read]
        return tracker

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
            raise StoreError(f"The conversation can't be {deed}: {_cause(error)}") from None


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


def _event(data: dict[str, Any]) -> Event | None:
    """Does as `Event.from_parameters`, which searches all classes of events each time."""
    event_class = _event_class(data["event"])
    return event_class._from_parameters(data) if event_class else None


@cache
def _event_class(name: str) -> type[Event] | None:
    found: type[Event] | None = Event.resolve_by_type(name)
    return found


def _tells_erasure(tracker: DialogueStateTracker) -> bool:
    """Whether the last turn tells the person that the conversation is deleted."""
    turn = takewhile(lambda event: not isinstance(event, UserUttered), reversed(tracker.events))
    told = (event.data.get("custom") or {} for event in turn if isinstance(event, BotUttered))
    return any(custom.get(ERASED) for custom in told)


def _session_start(events: Sequence[Event]) -> int:
    """The position at which the current session starts."""
    starts = [position for position, event in enumerate(events) if isinstance(event, SessionStarted)]
    return starts[-1] if starts else 0


def _make_private_file(path: Path) -> None:
    """Makes a database that only its owner can read, since it holds people's words."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise StoreError(f"The database {path} can't be made: {error.strerror}") from None


def _create_engine(url: sa.engine.URL) -> sa.engine.Engine:
    """Makes an engine whose errors hide the data, and that keeps SQLite open from turn to turn."""
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, hide_parameters=True, pool_pre_ping=True, **create_engine_kwargs(url))
    engine = sa.create_engine(
        url, hide_parameters=True, poolclass=QueuePool, connect_args={"check_same_thread": False}
    )
    sa.event.listen(engine, "connect", _configure_sqlite)
    return engine


def _configure_sqlite(connection: Any, _: Any) -> None:
    """Lets some read while one writes, overwrites what is deleted, loses turns only if the machine fails."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = ON")


def _cause(error: SQLAlchemyError) -> str:
    """Says what failed without what PostgreSQL adds in further lines: the row, with the person's words."""
    original = getattr(error, "orig", None)
    return str(original).splitlines()[0] if original and str(original) else type(error).__name__
