"""Keeps what a messenger was told has arrived until its answer is delivered, whatever fails in between."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from sqlalchemy.exc import IntegrityError

from backchat.channels.tombstones import Tombstones
from backchat.database import overwrite_deleted

logger = logging.getLogger(__name__)

LEASE_SECONDS = 60.0
"""So long a letter belongs to the process that works on it; one that dies leaves it to others."""
LONGEST_LEASE_SECONDS = 15 * 60.0
"""A lease that ends later was given by a clock that has been set back since, and is over."""
REMEMBERED_SECONDS = 3 * 24 * 60 * 60
"""So long it is known that a letter has been answered. Messengers repeat one for hours at most."""

LETTERS = sa.Table(
    "letters",
    SQLTrackerStore.Base.metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sender_id", sa.String(255), nullable=False),
    sa.Column("key", sa.String(255), nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("received", sa.Float, nullable=False),
    sa.Column("leased_until", sa.Float, nullable=False, default=0.0),
    sa.Column("begun", sa.Boolean, nullable=False, default=False),
    sa.Column("sent", sa.Integer, nullable=False, default=0),
    sa.Column("done", sa.Boolean, nullable=False, default=False),
    # What was written and what is answered: gone as soon as the answer is delivered.
    sa.Column("content", sa.JSON(none_as_null=True)),
    sa.Column("calls", sa.JSON(none_as_null=True)),
    sa.UniqueConstraint("sender_id", "key"),
)
sa.Index("ix_letters_open", LETTERS.c.done, LETTERS.c.sender_id, LETTERS.c.position)


@dataclass(frozen=True)
class Letter:
    """Something that has arrived.

    Attributes:
        id: Its row.
        sender_id: The conversation that it belongs to.
        key: What the messenger knows it by.
        received: When it arrived.
        begun: Whether a turn was begun with it, by a process that may have died since.
        content: What has arrived.
        calls: The calls that answer it, once they are known.
        sent: How many of the calls were made.
    """

    id: int
    sender_id: str
    key: str
    received: float
    begun: bool
    content: Mapping[str, Any]
    calls: Sequence[Mapping[str, Any]] | None
    sent: int


class Mailbox:
    """Letters of many conversations. Each is put in once, and those of a conversation come out in order.

    Attributes:
        engine: The database.
    """

    def __init__(
        self, engine: sa.engine.Engine, tombstones: Tombstones, clock: Callable[[], float] = time.time
    ) -> None:
        """Takes what it works with.

        Args:
            engine: The database of the tracker store, which has made the table.
            tombstones: Knows of letters that were erased that they came.
            clock: Tells the time, the same for all processes.
        """
        self.engine = engine
        self._tombstones = tombstones
        self._clock = clock

    def put(self, sender_id: str, key: str, position: int, content: Mapping[str, Any]) -> bool:
        """Keeps something that has arrived.

        Args:
            sender_id: The conversation that it belongs to.
            key: What the messenger knows it by.
            position: Where it stands among all that the person sends.
            content: What has arrived.

        Returns:
            Whether it is new.
        """
        if self.is_erased(sender_id, key):
            return False
        letter = {"sender_id": sender_id, "key": key, "position": position, "content": content}
        try:
            with self.engine.begin() as connection:
                connection.execute(LETTERS.insert().values(received=self._clock(), **letter))
        except IntegrityError:
            return False
        return True

    def claim(self, sender_id: str) -> Letter | None:
        """Takes the next letter of a conversation to work on.

        Args:
            sender_id: The conversation.

        Returns:
            The letter; nothing if there is none, or if the next one is being worked on.
        """
        now = self._clock()
        with self.engine.begin() as connection:
            row = self._next(connection, sender_id)
            if row is None or now < row.leased_until <= now + LONGEST_LEASE_SECONDS:
                return None
            claimed = connection.execute(
                LETTERS.update()
                .where(LETTERS.c.id == row.id, LETTERS.c.leased_until == row.leased_until)
                .values(leased_until=now + LEASE_SECONDS)
            )
        if claimed.rowcount != 1:
            return None
        return Letter(row.id, sender_id, row.key, row.received, row.begun, row.content, row.calls, row.sent)

    def _next(self, connection: sa.engine.Connection, sender_id: str) -> Any:
        """Reads the next letter of a conversation; those that are damaged are closed."""
        own = sa.and_(LETTERS.c.sender_id == sender_id, ~LETTERS.c.done)
        order = LETTERS.c.position, LETTERS.c.id
        while True:
            try:
                return connection.execute(sa.select(LETTERS).where(own).order_by(*order).limit(1)).first()
            except ValueError:
                damaged = connection.execute(sa.select(LETTERS.c.id).where(own).order_by(*order)).scalar()
                logger.error("Row %s of letters can't be read", damaged)
                closed = LETTERS.update().where(LETTERS.c.id == damaged)
                connection.execute(closed.values(done=True, content=None, calls=None))

    def begin(self, letter: Letter) -> None:
        """Notes that a turn begins with a letter."""
        self._change(letter, begun=True)

    def answer(self, letter: Letter, calls: Sequence[Mapping[str, Any]]) -> bool:
        """Keeps the calls that answer a letter.

        Returns:
            Whether the letter is still there: its conversation may have been erased meanwhile.
        """
        return self._change(letter, calls=list(calls))

    def note_sent(self, letter: Letter, sent: int) -> None:
        """Notes how many of the calls were made."""
        self._change(letter, sent=sent)

    def keep(self, letter: Letter, seconds: float) -> None:
        """Goes on holding a letter, so much longer."""
        self._change(letter, seconds)

    def release(self, letter: Letter) -> None:
        """Leaves a letter to whoever claims it next."""
        self._change(letter, leased_until=0.0)

    def close(self, letter: Letter) -> None:
        """Forgets what a letter said, and remembers that it came; of one that erased all, by a hash alone."""
        if not self.is_erased(letter.sender_id, letter.key):
            self._change(letter, done=True, content=None, calls=None)
            return
        with self.engine.begin() as connection:
            connection.execute(LETTERS.delete().where(LETTERS.c.id == letter.id))
        if hindrance := overwrite_deleted(self.engine):
            # The daily purge writes them anew.
            logger.error("What was deleted is still in the files: %s", hindrance)

    def overtaken(self, letter: Letter, position: int) -> bool:
        """Tells whether a turn was taken with something that the person sent after a letter."""
        later = sa.select(LETTERS.c.id).where(
            LETTERS.c.sender_id == letter.sender_id,
            LETTERS.c.begun,
            LETTERS.c.position > position,
            LETTERS.c.id != letter.id,
        )
        with self.engine.connect() as connection:
            return connection.execute(later.limit(1)).first() is not None

    def waiting(self, prefix: str) -> list[str]:
        """Names conversations with a letter that nobody works on.

        Args:
            prefix: How their ids begin.
        """
        now, until = self._clock(), LETTERS.c.leased_until
        waiting = sa.select(LETTERS.c.sender_id).where(
            ~LETTERS.c.done,
            sa.or_(until <= now, until > now + LONGEST_LEASE_SECONDS),
            LETTERS.c.sender_id.startswith(prefix, autoescape=True),
        )
        with self.engine.connect() as connection:
            return list(connection.execute(waiting.distinct()).scalars())

    def count_open(self) -> int:
        """Counts the letters that are not answered yet."""
        with self.engine.connect() as connection:
            return int(connection.execute(sa.select(sa.func.count()).where(~LETTERS.c.done)).scalar_one())

    def forget(self) -> None:
        """Removes what no messenger will repeat any more."""
        old = LETTERS.c.received < self._clock() - REMEMBERED_SECONDS
        with self.engine.begin() as connection:
            connection.execute(LETTERS.delete().where(LETTERS.c.done, old))
        self._tombstones.forget()

    def is_erased(self, sender_id: str, key: str, connection: sa.engine.Connection | None = None) -> bool:
        """Tells whether a letter was erased of late, with its conversation.

        Args:
            sender_id: The conversation.
            key: What the messenger knows it by.
            connection: Where it is a part of something larger: what that is done in.
        """
        return self._tombstones.stands(_name(sender_id, key), connection)

    def ages(self, connection: sa.engine.Connection) -> dict[str, tuple[float, float]]:
        """Tells when the first and the last letter of each conversation came.

        Args:
            connection: What they are read in.
        """
        at = LETTERS.c.received
        ages = sa.select(LETTERS.c.sender_id, sa.func.min(at), sa.func.max(at)).group_by(LETTERS.c.sender_id)
        return {sender: (first, last) for sender, first, last in connection.execute(ages)}

    def bury(self, connection: sa.engine.Connection, sender_id: str, before: float | None = None) -> int:
        """Removes letters of a conversation, so that they are not taken for new ones if they are repeated.

        Args:
            connection: What else is erased with them is erased in it.
            sender_id: The conversation.
            before: If given, only those that came before this time.

        Returns:
            How many there were.
        """
        young = () if before is None else (LETTERS.c.received < before,)
        return self._bury(connection, LETTERS.c.sender_id == sender_id, *young)

    def bury_answered(self, connection: sa.engine.Connection, sender_id: str, notice: str) -> None:
        """Removes the letters of a conversation that its last turn erases.

        What came after that turn's letter stays, and begins a new conversation. Of that letter stays where
        to answer, until it is answered.

        Args:
            connection: What else is erased with them is erased in it.
            sender_id: The conversation.
            notice: The wording that tells of the erasure, should this process not live to tell it.
        """
        own, done = LETTERS.c.sender_id == sender_id, LETTERS.c.done
        self._bury(connection, own, done)
        under_way = sa.select(LETTERS).where(own, LETTERS.c.begun)
        for row in connection.execute(under_way).all():
            self._remember(connection, [row])
            content = {**row.content, "text": None, "click": None, "notice": notice}
            changed = LETTERS.update().where(LETTERS.c.id == row.id)
            connection.execute(changed.values(begun=False, content=content, calls=None))

    def _bury(self, connection: sa.engine.Connection, *conditions: Any) -> int:
        names = sa.select(LETTERS.c.sender_id, LETTERS.c.key, LETTERS.c.received)
        self._remember(connection, connection.execute(names.where(*conditions)).all())
        return int(connection.execute(LETTERS.delete().where(*conditions)).rowcount)

    def _remember(self, connection: sa.engine.Connection, rows: Sequence[Any]) -> None:
        names = {_name(row.sender_id, row.key): row.received + REMEMBERED_SECONDS for row in rows}
        self._tombstones.put(names, connection)

    def _change(self, letter: Letter, seconds: float = 0.0, **values: Any) -> bool:
        """Changes a letter, which is held from now on for the time of a lease, and for these seconds."""
        held = {"leased_until": self._clock() + seconds + LEASE_SECONDS, **values}
        with self.engine.begin() as connection:
            changed = LETTERS.update().where(LETTERS.c.id == letter.id).values(**held)
            return int(connection.execute(changed).rowcount) > 0


def _name(sender_id: str, key: str) -> str:
    return f"{sender_id} {key}"
