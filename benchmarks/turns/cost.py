"""What a screening leaves in PostgreSQL and asks of PostgreSQL, Redis and the network, counted by these.

People are screened over the web channel, as a page does, on one process with a database and a Redis of its
own, behind nginx; the network is what goes over the wire between Backchat and the two. The transaction log
(WAL) is that of the whole PostgreSQL, which should have nothing else to do meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import redis
import sqlalchemy as sa

from backchat.knowledge import load_knowledge
from benchmarks.soak.fleet import Fleet, running
from benchmarks.soak.people import SECONDS_TO_ANSWER, Crowd
from benchmarks.turns.screenings import PEOPLE

AT_ONCE = 4
WARM_UP_SCREENINGS = 5
A_DAY = 1_000_000
PEAK = 5
"""So many times the mean of a day comes in its busiest minutes: a tenth of a day in one hour, twice that on a
Monday."""
SECONDS_UNTIL_COUNTED = 11.0
"""PostgreSQL adds up what an idle connection did after ten seconds at the latest."""
BUSY = 0.6
"""The share of a processor that is planned for; above it people wait for each other."""
DAYS_KEPT = 30
SECONDS_A_DAY = 86_400
CONNECTIONS = "connections"
SIZE_OF_TABLE, SIZE_OF_EVENTS = "table ", "events of the kind "
MILLISECONDS = 1000
MIB, GIB = 2**20, 2**30

Counts = dict[str, float]


@dataclass(frozen=True)
class Played:
    """What was counted while people were screened.

    Attributes:
        screenings: How many there were.
        turns: How many turns they took.
        counts: By its name what grew, and by how much.
        connections: How many connections to PostgreSQL the process held in the end.
    """

    screenings: int
    turns: int
    counts: Counts
    connections: int


async def print_cost(folder: Path, screenings: int) -> None:
    """Plays screenings and prints what they cost, each and as many as there are in a day.

    Args:
        folder: Where logs and configurations go.
        screenings: How many are played.

    Raises:
        FleetError: PostgreSQL, Redis or nginx is missing, or something does not start.
    """
    async with running(folder, 1) as fleet:
        played = await _play(fleet, screenings)
    print_table(played)


async def _play(fleet: Fleet, screenings: int) -> Played:
    safety_net = load_knowledge().wording["safety_net_message"]
    timeout = aiohttp.ClientTimeout(total=SECONDS_TO_ANSWER)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        warm_up = Crowd(session, fleet.url, safety_net)
        for number in range(WARM_UP_SCREENINGS):
            await warm_up.screen(PEOPLE[number % len(PEOPLE)])
        before = await _counts(fleet)
        crowd = Crowd(session, fleet.url, safety_net)
        coming = iter(range(screenings))

        async def keep_coming() -> None:
            for number in coming:
                crowd.talks.append(await crowd.screen(PEOPLE[number % len(PEOPLE)]))

        await asyncio.gather(*(keep_coming() for _ in range(AT_ONCE)))
        after = await _counts(fleet)
    connections = int(after.pop(CONNECTIONS))
    grown = {name: after[name] - before.get(name, 0.0) for name in after}
    return Played(len(crowd.talks), sum(len(talk.confirmed) for talk in crowd.talks), grown, connections)


async def _counts(fleet: Fleet) -> Counts:
    """Reads all counters, those of the database when its connections have been idle."""
    process = psutil.Process(fleet.processes[0].pid)
    times = process.cpu_times()
    counts = {
        "processor": times.user + times.system,
        "bytes to and from PostgreSQL": float(fleet.postgres.passed),
        "bytes to and from Redis": float(fleet.redis.passed),
        **_of_redis(fleet.redis_url),
    }
    await asyncio.sleep(SECONDS_UNTIL_COUNTED)
    return counts | _of_postgres(fleet.database)


def _of_postgres(database: str) -> Counts:
    engine = sa.create_engine(database)
    with engine.connect() as connection:

        def rows(statement: str) -> Any:
            return connection.exec_driver_sql(statement)

        counts: Counts = {
            f"{SIZE_OF_TABLE}{table}": float(size)
            for table, size in rows("SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables")
        }
        counts |= {
            f"{SIZE_OF_EVENTS}{kind}": float(size)
            for kind, size in rows("SELECT type_name, sum(pg_column_size(data)) FROM events GROUP BY 1")
        }
        (connections,) = rows(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).one()
        inserted, updated, deleted = rows(
            "SELECT sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del) FROM pg_stat_user_tables"
        ).one()
        committed, log = rows(
            "SELECT xact_commit, pg_current_wal_lsn() - '0/0'::pg_lsn FROM pg_stat_database"
            " WHERE datname = current_database()"
        ).one()
    engine.dispose()
    named = {"rows inserted": inserted, "rows updated": updated, "rows deleted": deleted}
    named |= {"transactions": committed, "bytes of WAL": log, CONNECTIONS: connections}
    return counts | {name: float(count) for name, count in named.items()}


def _of_redis(url: str) -> Counts:
    with redis.Redis.from_url(url) as server:
        commands: Mapping[str, Mapping[str, float]] = server.info("commandstats")
        memory = server.info("memory")["used_memory"]
        keys = server.dbsize()
    asked = ("cmdstat_info", "cmdstat_dbsize", "cmdstat_client|setinfo")
    calls = sum(stat["calls"] for name, stat in commands.items() if name not in asked)
    return {"Redis commands": float(calls), "bytes in Redis": float(memory), "keys in Redis": float(keys)}


def print_table(played: Played) -> None:
    """Prints what was counted, for a turn and for a screening, and what that makes in a day."""
    print(f"\n{played.screenings} screenings, {played.turns} turns, {time.strftime('%Y-%m-%d')}\n")
    print(f"{'':40}{'a turn':>14}{'a screening':>14}")
    counts = dict(played.counts)
    parts = {
        name: counts.pop(name) for name in played.counts if name.startswith((SIZE_OF_TABLE, SIZE_OF_EVENTS))
    }
    stored_bytes = sum(size for name, size in parts.items() if name.startswith(SIZE_OF_TABLE))
    processor = counts.pop("processor")
    print_row("processor time of Backchat, ms", processor * MILLISECONDS, played)
    for name, count in counts.items():
        print_row(name, count, played)
    print_row("bytes in PostgreSQL, with indexes", stored_bytes, played)
    for name, size in sorted(parts.items(), key=lambda part: -part[1]):
        if size:
            print_row(f"  {name}", size, played)
    print(f"\nconnections to PostgreSQL: {played.connections}")
    turns_a_day = A_DAY * played.turns / played.screenings
    a_second = turns_a_day / SECONDS_A_DAY
    processors = a_second * PEAK * processor / played.turns
    stored = stored_bytes / played.screenings * A_DAY
    print(f"\n{A_DAY:,} screenings a day, {PEAK} times as many at their peak:\n")
    for name, figure, unit in (
        ("turns, mean", a_second, "a second"),
        ("turns, peak", a_second * PEAK, "a second"),
        (f"processes at {BUSY:.0%} of a processor each", processors / BUSY, ""),
        ("database, a day", stored / GIB, "GiB"),
        (f"database, {DAYS_KEPT} days", stored * DAYS_KEPT / GIB, "GiB"),
        ("WAL, a day", counts["bytes of WAL"] / played.screenings * A_DAY / GIB, "GiB"),
        ("transactions, peak", a_second * PEAK * counts["transactions"] / played.turns, "a second"),
        ("rows written, peak", a_second * PEAK * _written(counts) / played.turns, "a second"),
        ("Redis commands, peak", a_second * PEAK * counts["Redis commands"] / played.turns, "a second"),
        (
            "to and from PostgreSQL, peak",
            a_second * PEAK * counts["bytes to and from PostgreSQL"] / played.turns / MIB,
            "MiB a second",
        ),
    ):
        print(f"{name:44}{figure:14,.1f} {unit}")


def print_row(name: str, count: float, played: Played) -> None:
    print(f"{name:40}{count / played.turns:14,.1f}{count / played.screenings:14,.1f}")


def _written(counts: Counts) -> float:
    return sum(counts[f"rows {deed}"] for deed in ("inserted", "updated", "deleted"))
