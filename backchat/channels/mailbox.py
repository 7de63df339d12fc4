"""Keeps what a messenger was told has arrived until its answer is delivered, whatever fails in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from sqlalchemy.exc import IntegrityError

LEASE_SECONDS = 60.0
"""So long a letter belongs to the process that works on it; one that dies leaves it to others."""
REMEMBERED_SECONDS = 3 * 24 * 60 * 60
"""So long it is known that a letter has been answered. Messengers repeat one for hours at most."""

_LETTERS = sa.Table(
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
sa.Index("ix_letters_open", _LETTERS.c.done, _LETTERS.c.sender_id, _LETTERS.c.position)


@dataclass(frozen=True)
class Letter:
    """Something that has arrived.

    Attributes:
        id: Its row.
        sender_id: The conversation that it belongs to.
        received: When it arrived.
        begun: Whether a turn was begun with it, by a process that may have died since.
        content: What has arrived.
        calls: The calls that answer it, once they are known.
        sent: How many of the calls were made.
    """

    id: int
    sender_id: str
    received: float
    begun: bool
    content: Mapping[str, Any]
    calls: Sequence[Mapping[str, Any]] | None
    sent: int


class Mailbox:
    """Letters of many conversations. Each is put in once, and those of a conversation come out in order."""

    def __init__(self, engine: sa.engine.Engine, clock: Callable[[], float] = time.time) -> None:
        """Takes what it works with.

        Args:
            engine: The database of the tracker store, which has made the table.
            clock: Tells the time, the same for all processes.
        """
        self._engine = engine
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
        letter = {"sender_id": sender_id, "key": key, "position": position, "content": content}
        try:
            with self._engine.begin() as connection:
                connection.execute(_LETTERS.insert().values(received=self._clock(), **letter))
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
        with self._engine.begin() as connection:
            row = connection.execute(
                sa.select(_LETTERS)
                .where(_LETTERS.c.sender_id == sender_id, ~_LETTERS.c.done)
                .order_by(_LETTERS.c.position, _LETTERS.c.id)
                .limit(1)
            ).first()
            if row is None or row.leased_until > now:
                return None
            claimed = connection.execute(
                _LETTERS.update()
                .where(_LETTERS.c.id == row.id, _LETTERS.c.leased_until == row.leased_until)
                .values(leased_until=now + LEASE_SECONDS)
            )
        if claimed.rowcount != 1:
            return None
        return Letter(row.id, sender_id, row.received, row.begun, row.content, row.calls, row.sent)

    def begin(self, letter: Letter) -> None:
        """Notes that a turn begins with a letter."""
        self._change(letter, begun=True)

    def answer(self, letter: Letter, calls: Sequence[Mapping[str, Any]]) -> None:
        """Keeps the calls that answer a letter."""
        self._change(letter, calls=list(calls))

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
        """Forgets what a letter said, and remembers that it came."""
        self._change(letter, done=True, content=None, calls=None)

    def overtaken(self, letter: Letter, position: int) -> bool:
        """Tells whether a turn was taken with something that the person sent after a letter."""
        later = sa.select(_LETTERS.c.id).where(
            _LETTERS.c.sender_id == letter.sender_id,
            _LETTERS.c.begun,
            _LETTERS.c.position > position,
            _LETTERS.c.id != letter.id,
        )
        with self._engine.connect() as connection:
            return connection.execute(later.limit(1)).first() is not None

    def waiting(self, prefix: str) -> list[str]:
        """Names conversations with a letter that nobody works on.

        Args:
            prefix: How their ids begin.
        """
        waiting = sa.select(_LETTERS.c.sender_id).where(
            ~_LETTERS.c.done,
            _LETTERS.c.leased_until <= self._clock(),
            _LETTERS.c.sender_id.startswith(prefix, autoescape=True),
        )
        with self._engine.connect() as connection:
            return list(connection.execute(waiting.distinct()).scalars())

    def forget(self) -> None:
        """Removes what no messenger will repeat any more."""
        old = _LETTERS.c.received < self._clock() - REMEMBERED_SECONDS
        with self._engine.begin() as connection:
            connection.execute(_LETTERS.delete().where(_LETTERS.c.done, old))

    def _change(self, letter: Letter, seconds: float = 0.0, **values: Any) -> None:
        """Changes a letter, which is held from now on for the time of a lease, and for these seconds."""
        held = {"leased_until": self._clock() + seconds + LEASE_SECONDS, **values}
        with self._engine.begin() as connection:
            connection.execute(_LETTERS.update().where(_LETTERS.c.id == letter.id).values(**held))
