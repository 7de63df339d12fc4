"""Remembers of what was erased that it was there, so that it can't come in again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from hashlib import blake2b

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore

_TOMBSTONES = sa.Table(
    "tombstones",
    SQLTrackerStore.Base.metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("expires", sa.Float, nullable=False, index=True),
)
# Asked in every turn, so it is built once.
_STANDING = sa.select(_TOMBSTONES.c.hash).where(
    _TOMBSTONES.c.hash == sa.bindparam("name"), _TOMBSTONES.c.expires > sa.bindparam("now")
)


class Tombstones:
    """Names of what was erased, each as a keyed hash and for as long as it could come in again.

    The key is not in the database, so that nobody finds out from it whose names they are, not even by trying
    all there are.

    Attributes:
        engine: The database.
    """

    def __init__(
        self, engine: sa.engine.Engine, secret: bytes, clock: Callable[[], float] = time.time
    ) -> None:
        """Takes what it works with.

        Args:
            engine: The database of the tracker store, which has made the table.
            secret: What the names are hashed with.
            clock: Tells the time, the same for all processes.
        """
        self.engine = engine
        self._secret = secret
        self._clock = clock

    def put(self, names: Mapping[str, float], connection: sa.engine.Connection | None = None) -> None:
        """Remembers names.

        Args:
            names: Each with the time after which it can't come in again.
            connection: Where it is a part of something larger: what that is done in.
        """
        hashes = {self._hash(name): expires for name, expires in names.items() if expires > self._clock()}
        if not hashes:
            return
        if connection is None:
            with self.engine.begin() as own:
                _insert(hashes, own)
        else:
            _insert(hashes, connection)

    def stands(self, name: str, connection: sa.engine.Connection | None = None) -> bool:
        """Tells whether a name is remembered.

        Args:
            name: The name.
            connection: Where it is a part of something larger: what that is done in.
        """
        if connection is None:
            with self.engine.connect() as own:
                return self.stands(name, own)
        sought = {"name": self._hash(name), "now": self._clock()}
        return connection.execute(_STANDING, sought).first() is not None

    def forget(self) -> None:
        """Removes the names that can't come in any more."""
        with self.engine.begin() as connection:
            connection.execute(_TOMBSTONES.delete().where(_TOMBSTONES.c.expires <= self._clock()))

    def _hash(self, name: str) -> str:
        return blake2b(name.encode(), key=self._secret[:64], person=b"tombstone", digest_size=32).hexdigest()


def _insert(hashes: Mapping[str, float], connection: sa.engine.Connection) -> None:
    connection.execute(_TOMBSTONES.delete().where(_TOMBSTONES.c.hash.in_(list(hashes))))
    connection.execute(
        _TOMBSTONES.insert(), [{"hash": name, "expires": expires} for name, expires in hashes.items()]
    )
