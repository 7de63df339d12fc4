"""Compares what a turn costs with few finished conversations in the database, and with very many.

    python -m benchmarks.soak.finished [--conversations 100000] [--screenings 40]

Two services as in the soak, each with one process of Backchat. People are screened on both; then the database
of one is filled with finished conversations, which are copies of theirs; then others are screened, on one
service and on the other in turn, so that a busy machine is as busy for both.

What the columns mean: p50 and p95: from sending a message to its answer. cpu: the processor time of the
process of Backchat for one turn. memory: what that process holds (resident) at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import psutil
import sqlalchemy as sa

from backchat.knowledge import load_knowledge
from backchat.server.model import ensure_model
from benchmarks.soak.fleet import Fleet, FleetError, running
from benchmarks.soak.people import SECONDS_TO_ANSWER, Crowd
from benchmarks.turns.screenings import PEOPLE, Person

AT_ONCE = 1_000
"""So many copies are made in one statement."""
COPY = """
    INSERT INTO events (sender_id, type_name, timestamp, intent_name, action_name, data)
    SELECT 'web:finished-' || copy, type_name, timestamp, intent_name, action_name, data
    FROM generate_series({first}, {last}) AS copy
    JOIN senders ON number = mod(copy, {people})
    JOIN events USING (sender_id)
    ORDER BY copy, id
"""
COPY_CHECKPOINTS = """
    INSERT INTO checkpoints (sender_id, after, kept)
    SELECT sender_id, max(id), '[]' FROM events WHERE sender_id LIKE 'web:finished-%%' GROUP BY sender_id
"""
SENDERS = """
    CREATE TABLE senders AS
    SELECT sender_id, row_number() OVER (ORDER BY sender_id) - 1 AS number FROM events GROUP BY sender_id
"""


class Service:
    """One of the two, and what its turns cost.

    Attributes:
        name: How many finished conversations it has.
        fleet: Its programs.
        seconds: How long each turn took.
        cpu: The processor time of all of them.
    """

    def __init__(self, name: str, fleet: Fleet, session: aiohttp.ClientSession) -> None:
        self.name = name
        self.fleet = fleet
        self.seconds: list[float] = []
        self.cpu = 0.0
        self._crowd = Crowd(session, fleet.url, load_knowledge().wording["safety_net_message"])
        self._process = psutil.Process(fleet.processes[0].pid)

    async def screen(self, person: Person) -> None:
        """Plays a screening and adds up what its turns cost."""
        before, turns = self._cpu_so_far(), len(self._crowd.waits)
        await self._crowd.screen(person)
        self.cpu += self._cpu_so_far() - before
        self.seconds += [wait.seconds for wait in self._crowd.waits[turns:]]

    def forget(self) -> None:
        """Leaves out what has been played: what the first turns make once is not measured."""
        self.seconds, self.cpu = [], 0.0

    def figures(self) -> list[float]:
        """Gives the columns: three times in milliseconds, and the memory in megabytes."""
        p50, p95 = statistics.median(self.seconds), statistics.quantiles(self.seconds, n=20)[-1]
        times = [1000 * seconds for seconds in (p50, p95, self.cpu / len(self.seconds))]
        return [*times, self._process.memory_info().rss / 1e6]

    def _cpu_so_far(self) -> float:
        return float(sum(self._process.cpu_times()[:2]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Plays, fills, plays and prints.

    Returns:
        The exit code: 0, or 1 where a part is missing.
    """
    parser = argparse.ArgumentParser(
        "python -m benchmarks.soak.finished", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--conversations", type=int, default=100_000, help="how many finished ones")
    parser.add_argument("--screenings", type=int, default=40, help="how many are played for each row")
    options = parser.parse_args(arguments)
    ensure_model(print)
    try:
        with tempfile.TemporaryDirectory(prefix="backchat-finished-") as folder:
            asyncio.run(compare(Path(folder), options.conversations, options.screenings))
    except FleetError as error:
        print(f"benchmarks.soak.finished: {error}", file=sys.stderr)
        return 1
    return 0


async def compare(folder: Path, conversations: int, screenings: int) -> None:
    """Measures with few and with many finished conversations, and prints the table."""
    timeout = aiohttp.ClientTimeout(total=SECONDS_TO_ANSWER)
    folders = [folder / name for name in ("few", "many")]
    for own in folders:
        own.mkdir()
    async with (
        running(folders[0], 1) as one,
        running(folders[1], 1) as other,
        aiohttp.ClientSession(timeout=timeout) as session,
    ):
        few, many = Service("few", one, session), Service(f"{conversations:,}", other, session)
        for person in PEOPLE:
            await many.screen(person)
        size = await asyncio.to_thread(_fill, other.database, conversations)
        for number in range(len(PEOPLE) + screenings):
            if number == len(PEOPLE):
                few.forget()
                many.forget()
            for service in (few, many):
                await service.screen(PEOPLE[number % len(PEOPLE)])
        _print_table(few, many)
    print(f"\nthe database holds {size / 1e9:.1f} GB, {size / conversations / 1e3:.0f} kB for a conversation")


def _print_table(few: Service, many: Service) -> None:
    figures = {service.name: service.figures() for service in (few, many)}
    print(f"\n{'finished conversations':24}{'p50, ms':>12}{'p95, ms':>12}{'cpu, ms':>12}{'memory, MB':>12}")
    for name, row in figures.items():
        print(f"{name:24}" + "".join(f"{figure:12.1f}" for figure in row))
    ratios = (b / a for a, b in zip(figures[few.name], figures[many.name], strict=True))
    print(f"{'ratio':24}" + "".join(f"{ratio:12.2f}" for ratio in ratios))


def _fill(database: str, conversations: int) -> int:
    """Copies conversations, and gives the size of the database."""
    engine = sa.create_engine(database, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("SET synchronous_commit = off")
        connection.exec_driver_sql(SENDERS)
        people = connection.exec_driver_sql("SELECT count(*) FROM senders").scalar_one()
        for first in range(0, conversations, AT_ONCE):
            last = min(first + AT_ONCE, conversations) - 1
            connection.exec_driver_sql(COPY.format(first=first, last=last, people=people))
        connection.exec_driver_sql(COPY_CHECKPOINTS)
        connection.exec_driver_sql("DROP TABLE senders")
        connection.exec_driver_sql("ANALYZE")
        connection.exec_driver_sql("CHECKPOINT")
        size = int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
    engine.dispose()
    return size


if __name__ == "__main__":
    sys.exit(main())
