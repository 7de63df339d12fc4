"""Plays people on several processes of Backchat while parts of them fail, one after the other.

    python -m benchmarks.soak [--minutes 30] [--processes 2] [--people 4]

Two or more processes as `backchat run` serves them, with a database in PostgreSQL and a Redis, stand behind
nginx with the configuration of the deployment. People are screened over the web channel, as many at once as
there are `--people`. Each minute a part fails: a process is killed, held up or stopped as an operator does,
the database or Redis is gone or slow (2 seconds a statement), nginx is started anew, a conversation is
damaged, or people write to two processes at once. With fewer minutes than faults, each comes as soon as the
one before is healed, and the run lasts until each has come once. Whatever is not answered is sent again under
the same id, as a page does.

What the rows mean:

* lost: messages that were answered and are not in the record. doubled: messages of which two turns were
  taken. mixed: messages in the record of a conversation in which nobody sent them. wrong: screenings that
  ended with another decision than before the first fault.
* failed: requests without an answer, or answered with the safety net alone, from the beginning of a fault to
  that of the next. recovery: the seconds from the beginning of a fault to the end of the last of them, or to
  the first answer to somebody new after what failed was put right, whichever is later; a part that is gone or
  slow stays so for some seconds of that. waited: the longest that anybody waited to be read, with all that
  they had to say again. restarted: the seconds until a process served again, while the others did.

The command ends with 1 where anything was lost, doubled, mixed or wrong, or a fault did not come.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

from backchat.knowledge import load_knowledge
from backchat.server.model import ensure_model
from benchmarks.soak.faults import FAULTS, ONE_MAY_BE_GONE, Stage
from benchmarks.soak.fleet import FleetError, running
from benchmarks.soak.people import SECONDS_TO_ANSWER, Crowd, Losses, check
from benchmarks.turns.screenings import PEOPLE

MINUTE = 60.0
SECONDS_TO_HEAL = 300.0
MINUTES_MORE = 5.0
"""So much longer than asked for a run may last, on a busy machine, until each fault has come."""


@dataclass(frozen=True)
class Happened:
    """A fault, and how it was felt until the next one.

    Attributes:
        name: What failed.
        failed: How many requests failed.
        recovery: How many seconds after its beginning all was well again.
        waited: How many seconds anybody waited at most.
    """

    name: str
    failed: int
    recovery: float
    waited: float


@dataclass(frozen=True)
class Outcome:
    """What a run has shown.

    Attributes:
        losses: What went wrong with what people said.
        happened: The faults that came and were healed.
        missing: The faults that did not come.
    """

    losses: Losses
    happened: Sequence[Happened]
    missing: Sequence[str]

    @property
    def is_well(self) -> bool:
        """Whether each fault came and nothing was lost."""
        return self.losses == Losses(0, 0, 0, 0) and not self.missing


def main(arguments: Sequence[str] | None = None) -> int:
    """Plays and prints.

    Returns:
        The exit code: 0, or 1 where something was lost, doubled, mixed or wrong, or a fault did not come.
    """
    parser = argparse.ArgumentParser("python -m benchmarks.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30.0, help="how long: a fault each minute")
    parser.add_argument("--processes", type=int, default=2, help="how many processes of Backchat")
    parser.add_argument("--people", type=int, default=4, help="how many are screened at once")
    options = parser.parse_args(arguments)
    ensure_model(print)
    try:
        with tempfile.TemporaryDirectory(prefix="backchat-soak-") as folder:
            outcome = asyncio.run(soak(Path(folder), options.minutes, options.processes, options.people))
    except FleetError as error:
        print(f"benchmarks.soak: {error}", file=sys.stderr)
        return 1
    return 0 if outcome.is_well else 1


async def soak(folder: Path, minutes: float, processes: int = 2, people: int = 4) -> Outcome:
    """Starts a fleet, lets people in and makes parts of it fail.

    Args:
        folder: Where logs go.
        minutes: How long.
        processes: How many processes of Backchat.
        people: How many are screened at once.

    Returns:
        What it has shown.

    Raises:
        MissingError: Something that is needed is not on this machine.
        FleetError: Something does not start, or does not heal.
    """
    wording = load_knowledge().wording
    timeout = aiohttp.ClientTimeout(total=SECONDS_TO_ANSWER)
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        running(folder, processes) as fleet,
        aiohttp.ClientSession(timeout=timeout, connector=connector) as session,
    ):
        before = Crowd(session, fleet.url, wording["safety_net_message"])
        expected = {person.opening: (await before.screen(person)).decided for person in PEOPLE}
        crowd = Crowd(session, fleet.url, wording["safety_net_message"])
        stage = Stage(fleet, crowd, wording["begun_anew"])
        is_over = asyncio.Event()
        coming = [asyncio.create_task(crowd.keep_coming(first, is_over)) for first in range(people)]
        try:
            happened = await _make_fail(stage, minutes)
            is_over.set()
            await asyncio.gather(*coming)
        finally:
            for person in coming:
                person.cancel()
            await asyncio.wait(coming)
        losses = check(crowd.talks, expected, fleet.database)
    names = {fault.name for fault in happened}
    outcome = Outcome(losses, happened, [name for name in FAULTS if name not in names])
    print_table(crowd, outcome, stage.back_after)
    return outcome


async def _make_fail(stage: Stage, minutes: float) -> list[Happened]:
    """Makes a part fail each minute; where there are fewer minutes than parts, as soon as all is well."""
    crowd, names = stage.crowd, list(FAULTS)
    between = MINUTE if minutes > len(names) else 0.0
    begun: list[tuple[str, float]] = []
    healed: list[float] = []
    for number in count():
        is_time_over = crowd.now + between >= minutes * MINUTE
        is_late = crowd.now > (minutes + MINUTES_MORE) * MINUTE
        if (number >= len(names) and (is_time_over or not between)) or is_late:
            break
        await asyncio.sleep(max(between * (number + 1) - crowd.now, 0))
        name = names[number % len(names)]
        if name not in ONE_MAY_BE_GONE:
            await stage.all_serve()
        begun.append((name, crowd.now))
        try:
            await asyncio.wait_for(_fail_and_heal(stage, name), SECONDS_TO_HEAL)
        except asyncio.TimeoutError:
            raise FleetError(f"{name}: it has not healed after {SECONDS_TO_HEAL:.0f} s") from None
        healed.append(crowd.now)
    await stage.all_serve()
    await asyncio.sleep(max(minutes * MINUTE - crowd.now, 0))
    ends = [at for _, at in begun[1:]] + [crowd.now]
    return [
        _felt(crowd, name, at, well, end) for (name, at), well, end in zip(begun, healed, ends, strict=True)
    ]


async def _fail_and_heal(stage: Stage, name: str) -> None:
    """Makes a part fail, and waits until somebody new is screened to the end."""
    await FAULTS[name](stage)
    await stage.crowd.screen(PEOPLE[0])


def _felt(crowd: Crowd, name: str, began: float, healed: float, end: float) -> Happened:
    ended = [attempt.at + attempt.seconds for attempt in crowd.attempts if attempt.failed]
    failures = [at for at in ended if began <= at < end]
    waits = [wait.seconds for wait in crowd.waits if began <= wait.ended < end]
    return Happened(name, len(failures), max([healed, *failures]) - began, max(waits, default=0.0))


def print_table(crowd: Crowd, outcome: Outcome, restarted: Mapping[str, float]) -> None:
    """Prints what was played, what failed, and what was lost."""
    turns = sum(len(talk.confirmed) for talk in crowd.talks)
    answered = sorted(attempt.seconds for attempt in crowd.attempts if not attempt.failed)
    failed = sum(attempt.failed for attempt in crowd.attempts)
    p50, p99 = statistics.median(answered), answered[int(0.99 * (len(answered) - 1))]
    longest = max(wait.seconds for wait in crowd.waits)
    print(f"\n{len(crowd.talks)} screenings, {turns} turns, {turns / crowd.now:.1f} turns a second")
    print(f"answered in {p50:.2f} s (p50), {p99:.2f} s (p99); {failed} requests failed")
    print(f"the longest that anybody waited to be read: {longest:.1f} s\n")
    _row("fault", "failed", "recovery, s", "waited, s", "restarted, s")
    for fault in outcome.happened:
        back = f"{restarted[fault.name]:.1f}" if fault.name in restarted else ""
        _row(fault.name, fault.failed, f"{fault.recovery:.1f}", f"{fault.waited:.1f}", back)
    for name in outcome.missing:
        _row(name, "did not come")
    print()
    for name in ("lost", "doubled", "mixed", "wrong"):
        _row(name, getattr(outcome.losses, name))


def _row(name: str, *cells: Any) -> None:
    print(f"{name:28}" + "".join(f"{cell:>14}" for cell in cells))


if __name__ == "__main__":
    sys.exit(main())
