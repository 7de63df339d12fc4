"""What a turn costs: Backchat in one process and in several, beside Rasa's own ways to serve it.

    python -m benchmarks.turns [--quick] [--repeat N]
    python -m benchmarks.turns --cost [--screenings N]

A column each, one after the other, so that none takes the processor from another:

* SQLite: `backchat run`, one process.
* PostgreSQL, 1 and 2: so many processes with PostgreSQL and Redis, behind nginx with the configuration of
  the deployment. Where one of the three is missing, these columns are left out, and the command ends with 1.
* rasa run: the same configuration, model and store, by `rasa run` and `rasa run actions`.
* Rasa's default: the same data with Rasa's default pipeline, policies and store (and the component that
  reads findings), by the same two commands. Its networks are trained for a hundredth of the time, which
  changes what they have learned and not what a turn costs.

All play the same screenings over REST, on this machine alone. Who plays them runs on the same processors as
what is measured. So times and throughput are worse than a server alone would reach, and two processes on two
processors have less than one each. The processor time of a turn does not depend on that.

What the rows mean:

* ready: from starting the processes to the first question asked; behind nginx until a process says that it
  is ready, the slowest of them. The model is trained before.
* p50, p95, p99, turns/s: every turn of whole screenings, from an opening in free text to the result, at 1, 4,
  16 and 64 clients that each wait for an answer before they go on.
* typed, pressed: the p50 at 4 clients of what was typed, which the networks read, and of what a button said;
  and which share was typed.
* processor: the time on a processor for a turn at 4 clients, of Backchat or of Rasa with its action server;
  and of nginx, Redis and PostgreSQL.
* turn 5, 60, 200: one conversation that goes on at the same question, with questions of the person's own and
  restated answers; the mean of the four kinds of turns around each, each the median over several
  conversations.
* memory: resident memory of all its processes after the load; memory that processes share counts for each.
* failed: requests that failed, and answers that neither ask nor decide where one of the two was due.

With `--repeat`, serving and playing is repeated in turn and the medians are shown. The command ends with 1
where something failed or is missing. `--cost` measures instead what a screening leaves in PostgreSQL, and
what it asks of that, of Redis and of the network (see `cost.py`).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from backchat.server.model import ModelError, ensure_model
from benchmarks.soak.fleet import FleetError
from benchmarks.turns.contenders import (
    Backchat,
    BackchatBehindNginx,
    BenchmarkError,
    Contender,
    PlainRasa,
    RasaDefault,
    Server,
    TwoBehindNginx,
)
from benchmarks.turns.cost import print_cost
from benchmarks.turns.screenings import Client, Turn, new_session

CONTENDERS = (Backchat, BackchatBehindNginx, TwoBehindNginx, PlainRasa, RasaDefault)
CLIENTS = (1, 4, 16, 64)
FEW = 4
"""The number of clients at which the aims are held, and the costs of a turn are told apart."""
WATCHED = (5, 60, 200)
"""The turns of a long conversation whose cost is shown, each with its neighbours: one of each digression."""
LONG_CONVERSATION = 202
WARM_UP_SCREENINGS = 3
FAILED = "failed"
TYPED, PRESSED = "typed, p50, ms", "pressed, p50, ms"
PROCESSOR, PROCESSOR_OF_OTHERS = "processor a turn, ms", "nginx, Redis, PostgreSQL, ms"
READY = "ready, s"
MEMORY, MEMORY_OF_OTHERS = "memory, MiB", "nginx, Redis, PostgreSQL, MiB"
MILLISECONDS = 1000
INTERRUPTED, TERMINATED = 130, 143
LABEL, COLUMN = 30, 16

Figures = dict[str, float]


@dataclass(frozen=True)
class Effort:
    """How much is played.

    Attributes:
        screenings: Screenings for each number of clients.
        seconds: The most time for each number of clients, and for the long conversations.
        conversations: The most long conversations.
    """

    screenings: int
    seconds: float
    conversations: int


FULL = Effort(screenings=128, seconds=40, conversations=5)
QUICK = Effort(screenings=64, seconds=6, conversations=2)


@dataclass(frozen=True)
class Aim:
    """What Backchat wants to reach.

    Attributes:
        text: What it is.
        reached: The figure that was reached.
        limit: The figure to reach.
        at_least: Whether the figure must be as high as the limit; else it must be as low.
    """

    text: str
    reached: float
    limit: float
    at_least: bool = False

    def __str__(self) -> str:
        """Says what was reached and whether it is enough."""
        met = self.reached >= self.limit if self.at_least else self.reached <= self.limit
        words = "at least" if self.at_least else "at most"
        aim = f"aim: {words} {self.limit:g}"
        return f"{self.text:62}{self.reached:10,.2f}   {aim:20}{'met' if met else 'NOT MET'}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints.

    Returns:
        The exit code: 0, or 1 where something failed or is missing.
    """
    parser = argparse.ArgumentParser("python -m benchmarks.turns", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="play less: a rough figure in a few minutes")
    parser.add_argument(
        "--repeat", type=int, default=1, metavar="N", help="serve and play N times, show medians"
    )
    parser.add_argument("--cost", action="store_true", help="what a screening asks of PostgreSQL and Redis")
    parser.add_argument("--screenings", type=int, default=500, metavar="N", help="so many for --cost")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))  # so that what was started is stopped
    try:
        ensure_model(report)
        with tempfile.TemporaryDirectory(prefix="backchat-turns-") as folder:
            if options.cost:
                asyncio.run(print_cost(Path(folder), options.screenings))
                return 0
            figures, missing = asyncio.run(
                compare(Path(folder), QUICK if options.quick else FULL, options.repeat)
            )
    except (BenchmarkError, FleetError, ModelError) as error:
        print(f"benchmarks.turns: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    print_table(figures)
    for name, reason in missing.items():
        print(f"\nNOT MEASURED: {name}. {reason}")
    return 1 if missing or any(column[FAILED] for column in figures.values()) else 0


async def compare(
    folder: Path, effort: Effort, repeat: int
) -> tuple[dict[str, Figures], dict[str, FleetError]]:
    """Serves and plays every contender.

    Args:
        folder: Where the copies of the project go.
        effort: How much is played.
        repeat: How often it is served and played.

    Returns:
        For each contender's name its figures, by the names of the rows; and what those lack that could not be
        served because something is not on this machine.

    Raises:
        BenchmarkError: A contender could not be trained or served.
    """
    contenders = [kind(folder / str(number)) for number, kind in enumerate(CONTENDERS)]
    rounds: dict[str, list[Figures]] = {contender.name: [] for contender in contenders}
    missing: dict[str, FleetError] = {}
    for number in range(1, repeat + 1):
        for contender in contenders:
            if contender.name in missing:
                continue
            report(f"{contender.name}: serving and playing, {number} of {repeat}")
            try:
                figures = await serve_and_measure(contender, effort)
                rounds[contender.name].append(figures)
                report("; ".join(f"{row} {figure:.1f}" for row, figure in figures.items()))
            except FleetError as error:
                report(f"{contender.name}: {error}")
                missing[contender.name] = error
    return {name: medians(measured) for name, measured in rounds.items() if name not in missing}, missing


async def serve_and_measure(contender: Contender, effort: Effort) -> Figures:
    async with contender.serve() as server:
        return await measure(server, effort)


async def measure(server: Server, effort: Effort) -> Figures:
    """Plays everything on one server."""
    figures: Figures = {READY: server.start_seconds}
    async with new_session() as session:
        client = Client(session, server.url, server.key)
        played = await client.screen(WARM_UP_SCREENINGS, 0, time.perf_counter() + effort.seconds)
        for clients in CLIENTS:
            before, others_before = server.use()
            turns, seconds = await play(client, clients, effort)
            after, others_after = server.use()
            played += turns
            figures |= times(clients, turns, seconds)
            if clients == FEW:
                typed = [turn for turn in turns if turn.is_typed]
                pressed = [turn for turn in turns if not turn.is_typed]
                figures |= {
                    TYPED: statistics.median(costs(typed)),
                    PRESSED: statistics.median(costs(pressed)),
                    "typed, %": 100 * len(typed) / len(turns),
                    PROCESSOR: (after.seconds - before.seconds) / len(turns) * MILLISECONDS,
                    PROCESSOR_OF_OTHERS: (others_after.seconds - others_before.seconds)
                    / len(turns)
                    * MILLISECONDS,
                }
        talks = await talk_long(client, effort)
    for turn in WATCHED:
        figures[f"turn {turn}, ms"] = mean_cost([talk[turn - 2 : turn + 2] for talk in talks])
    played += [turn for talk in talks for turn in talk]
    own, others = server.use()
    figures |= {MEMORY: own.mebibytes, MEMORY_OF_OTHERS: others.mebibytes}
    return figures | {"turns played": len(played), FAILED: sum(turn.failed for turn in played)}


async def play(client: Client, clients: int, effort: Effort) -> tuple[list[Turn], float]:
    """Plays screenings at once.

    Returns:
        All turns, and the seconds that they took together.
    """
    began = time.perf_counter()
    each = effort.screenings // clients
    parts = await asyncio.gather(
        *(client.screen(each, number * each, began + effort.seconds) for number in range(clients))
    )
    return [turn for part in parts for turn in part], time.perf_counter() - began


def times(clients: int, turns: Sequence[Turn], seconds: float) -> Figures:
    """Sums up turns that were played at once."""
    cost = costs(turns)
    figures = {
        f"p{part}, {of(clients)}, ms": cost[int(part / 100 * (len(cost) - 1))] for part in (50, 95, 99)
    }
    return figures | {throughput(clients): len(turns) / seconds}


async def talk_long(client: Client, effort: Effort) -> list[list[Turn]]:
    """Plays long conversations, one after the other; the first to its end, even if the time is over."""
    give_up = time.perf_counter() + effort.seconds
    talks = [await client.go_on(LONG_CONVERSATION)]
    while len(talks) < effort.conversations and time.perf_counter() < give_up:
        talks.append(await client.go_on(LONG_CONVERSATION))
    return talks


def costs(turns: Sequence[Turn]) -> list[float]:
    """Gives what each turn took, the shortest first, in milliseconds."""
    return sorted(turn.seconds * MILLISECONDS for turn in turns)


def mean_cost(talks: Sequence[Sequence[Turn]]) -> float:
    """Takes the median of each turn over the conversations, and the mean of these, in milliseconds."""
    same_turns = zip(*talks, strict=True)
    return (
        statistics.mean(statistics.median(turn.seconds for turn in turns) for turns in same_turns)
        * MILLISECONDS
    )


def medians(rounds: Sequence[Figures]) -> Figures:
    """Sums up repeated rounds: medians, but every failure counts."""
    summary = {name: statistics.median(figures[name] for figures in rounds) for name in rounds[0]}
    return summary | {FAILED: sum(figures[FAILED] for figures in rounds)}


def print_table(figures: Mapping[str, Figures]) -> None:
    print(f"\nPython {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors\n")
    print(f"{'':{LABEL}}" + "".join(f"{name:>{COLUMN}}" for name in figures))
    for row in next(iter(figures.values())):
        print(f"{row:{LABEL}}" + "".join(f"{column[row]:{COLUMN},.1f}" for column in figures.values()))
    print()
    for aim in aims(figures):
        print(aim)


def of(clients: int) -> str:
    return f"{clients} client{'s' if clients > 1 else ''}"


def throughput(clients: int) -> str:
    return f"turns/s, {of(clients)}"


def aims(figures: Mapping[str, Figures]) -> list[Aim]:
    """Holds the figures against what Backchat wants to reach."""
    default = figures[RasaDefault.name]
    ours = {
        name: figures[name]
        for name in (Backchat.name, BackchatBehindNginx.name, TwoBehindNginx.name)
        if name in figures
    }
    best = {clients: max(column[throughput(clients)] for column in ours.values()) for clients in CLIENTS}
    return [
        *(
            aim
            for name, column in ours.items()
            for aim in (
                Aim(f"{name}: p50, {of(FEW)}, ms", column[f"p50, {of(FEW)}, ms"], 10),
                Aim(f"{name}: p99, {of(FEW)}, ms", column[f"p99, {of(FEW)}, ms"], 60),
                Aim(f"{name}: turn 200, times turn 5", column["turn 200, ms"] / column["turn 5, ms"], 1.2),
                Aim(f"{name}: ready with a trained model, s", column[READY], 6),
                Aim(f"{name}: memory of everything, MiB", column[MEMORY] + column[MEMORY_OF_OTHERS], 600),
            )
        ),
        *(
            Aim(
                f"Throughput of the best, {of(clients)}, times that of Rasa's default",
                best[clients] / default[throughput(clients)],
                10,
                at_least=True,
            )
            for clients in CLIENTS
        ),
    ]


def report(step: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {step}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
