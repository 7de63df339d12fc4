"""The database: only its owner reads it, nobody is held up by it, and what is deleted is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from rasa.core.tracker_store import create_engine_kwargs
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

SQLITE = "sqlite"
POSTGRESQL = "postgresql"

MOST_WAITING = 16
"""So many threads wait for a database at once."""
SECONDS_TO_CONNECT = 5
SECONDS_TO_BE_HEARD = 15
"""After so long without a sign that anything arrives a connection is given up."""

Result = TypeVar("Result")

_WAITING = ThreadPoolExecutor(MOST_WAITING, "database")

_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700
_SIDE_FILES = ("", "-wal", "-shm", "-journal")


def make_private_file(database: str | None) -> None:
    """Makes a file of SQLite that only its owner can read, since it holds people's words.

    A file that others could read is closed to them. A folder is made for its owner alone, too; one that was
    there before stays as it is.

    Args:
        database: The file, as SQLite's address names it; a database in memory has none.

    Raises:
        OSError: The file can't be made, or belongs to somebody else.
    """
    if not database or database == ":memory:" or database.startswith("file:"):
        return
    path = Path(database)
    path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    path.touch(mode=_PRIVATE_FILE)
    for file in (path.with_name(f"{path.name}{suffix}") for suffix in _SIDE_FILES):
        if file.exists() and file.stat().st_mode & ~_PRIVATE_FILE & 0o777:
            file.chmod(_PRIVATE_FILE)


def create_engine(url: sa.engine.URL) -> sa.engine.Engine:
    """Makes an engine whose errors hide the data, and that keeps SQLite open from turn to turn.

    Args:
        url: The address of the database.

    Returns:
        The engine.
    """
    if url.get_backend_name() != SQLITE:
        options = create_engine_kwargs(url)
        options["connect_args"] = {**_patience(url), **options.get("connect_args", {})}
        return sa.create_engine(url, hide_parameters=True, pool_pre_ping=True, **options)
    engine = sa.create_engine(
        url, hide_parameters=True, poolclass=QueuePool, connect_args={"check_same_thread": False}
    )
    sa.event.listen(engine, "connect", _configure_sqlite)
    return engine


async def aside(engine: sa.engine.Engine, deed: Callable[..., Result], *arguments: Any) -> Result:
    """Does something with a database without holding up the event loop, which serves everybody.

    SQLite is asked at once: only the disk is waited for, and a thread that reads it row by row would wait for
    the interpreter at each row while the loop is busy.

    Args:
        engine: The database.
        deed: What is done; it blocks.
        *arguments: What it takes.

    Returns:
        What it gives.
    """
    if engine.dialect.name == SQLITE:
        return deed(*arguments)
    return await asyncio.get_running_loop().run_in_executor(_WAITING, copy_context().run, deed, *arguments)


def overwrite_deleted(engine: sa.engine.Engine) -> str | None:
    """Leaves no byte of what was deleted in the files of SQLite.

    Where SQLite moves rows from page to page it leaves copies of them behind, and its log holds what it has
    written. So the database is written anew, and the log emptied.

    Args:
        engine: The database.

    Returns:
        What hinders it, or None where it is done.
    """
    if engine.dialect.name != SQLITE:
        return None
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("VACUUM")
            is_busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
    except SQLAlchemyError as error:
        return cause(error)
    return "the database is in use" if is_busy else None


def cause(error: SQLAlchemyError) -> str:
    """Says what failed without what PostgreSQL adds in further lines: the row, with the person's words."""
    original = getattr(error, "orig", None)
    return str(original).splitlines()[0] if original and str(original) else type(error).__name__


def _patience(url: sa.engine.URL) -> dict[str, Any]:
    """Says how long PostgreSQL may stay silent, where the address says nothing of it."""
    if url.get_backend_name() != POSTGRESQL:
        return {}
    patience = {"connect_timeout": SECONDS_TO_CONNECT, "tcp_user_timeout": 1000 * SECONDS_TO_BE_HEARD}
    return {name: value for name, value in patience.items() if name not in url.query}


def _configure_sqlite(connection: Any, _: Any) -> None:
    """Lets some read while one writes, overwrites what is deleted, loses turns only if the machine fails."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = ON")
