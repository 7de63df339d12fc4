"""Plays many conversations, in several processes."""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

from backchat.knowledge import load_knowledge
from backchat.server.logs import configure_logging
from backchat.server.model import MODEL
from backchat.server.runner import load_agent
from backchat.server.store import BoundedSQLTrackerStore
from benchmarks.patients.people import load_odds
from benchmarks.patients.talks import Stage, Talk, talk
from benchmarks.patients.words import load_vocabulary

AT_ONCE = 10
"""So many conversations are given to a process at once."""


def played(seed: int, conversations: int, processes: int) -> Iterator[Talk]:
    """Plays all conversations of a run.

    Args:
        seed: What the patients are drawn from.
        conversations: How many there are.
        processes: How many play at the same time, each with an agent of its own.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, initializer=configure_logging) as pool:
        yield from pool.map(_play, [seed] * conversations, range(conversations), chunksize=AT_ONCE)


def _play(seed: int, number: int) -> Talk:
    return asyncio.run(talk(_stage(), seed, number))


@cache
def _stage() -> Stage:
    """Loads what a process needs, once."""
    folder = Path(tempfile.mkdtemp(prefix="backchat-patients-"))
    agent = load_agent(MODEL, BoundedSQLTrackerStore(db=str(folder / "conversations.db")))
    return Stage(agent, load_knowledge(), load_odds(), load_vocabulary())
