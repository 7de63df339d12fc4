"""What a turn costs: Backchat as `backchat run` serves it, beside Rasa's default configuration.

    python -m benchmarks.turns [--quick] [--repeat N]

Both are trained on the same data in the same run, each in a temporary copy of the project, and served on
free ports with their conversations in SQLite: Backchat by `backchat run`; Rasa's default pipeline and
policies (with the component that reads findings) by `rasa run` and `rasa run actions`. Then both play the
same screenings over REST, one after the other, so that neither takes the processor from the other.

What the rows mean:

* training: the whole command, with the start of Python. With `--quick` the networks of Rasa's default are
  trained for a twentieth of the time, so this row and nothing else is not to be compared.
* start: from starting the processes to the first question asked.
* p50, p95, turns/s: every turn of full screenings, from an opening in free text to the result, at 1, 4 and 16
  clients that each wait for an answer before they go on.
* turn 5, turn 60: one conversation that goes on at the same question, with questions of the person's own and
  restated answers; the mean of the four kinds of turns around the fifth and around the sixtieth, each the
  median over several conversations.
* memory: resident memory of all processes after the load; memory that processes share counts for each.
* failed: requests that failed, and answers that neither ask nor decide where one of the two was due.

With `--repeat`, serving and playing is repeated in turn and the medians are shown. The command ends with 1
where something failed.
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

from benchmarks.turns.contenders import Backchat, BenchmarkError, Contender, RasaDefault, Server
from benchmarks.turns.screenings import Client, Turn, new_session

CLIENTS = (1, 4, 16)
LONG_CONVERSATION = 62
EARLY, LATE = slice(3, 7), slice(58, 62)
"""The turns around the fifth and the sixtieth, one of each kind of digression."""
WARM_UP_TURNS = 25
FAILED = "failed"
MILLISECONDS = 1000
INTERRUPTED, TERMINATED = 130, 143

Figures = dict[str, float]


@dataclass(frozen=True)
class Effort:
    """How much is played.

    Attributes:
        turns: Turns for each number of clients.
        seconds: The most time for each number of clients, and for the long conversations.
        conversations: The most long conversations.
        epochs: How long the networks of Rasa's default are trained; `None` for Rasa's own number.
    """

    turns: int
    seconds: float
    conversations: int
    epochs: int | None = None


FULL = Effort(turns=640, seconds=120, conversations=9)
QUICK = Effort(turns=160, seconds=20, conversations=6, epochs=5)


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
    at_least: bool

    def __str__(self) -> str:
        """Says what was reached and whether it is enough."""
        met = self.reached >= self.limit if self.at_least else self.reached <= self.limit
        words = "at least" if self.at_least else "at most"
        return (
            f"{self.text}: {self.reached:.2f} (aim: {words} {self.limit:.2f}): {'met' if met else 'NOT MET'}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints.

    Returns:
        The exit code: 0, or 1 where something failed.
    """
    parser = argparse.ArgumentParser("python -m benchmarks.turns", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="play less: a rough figure in a few minutes")
    parser.add_argument(
        "--repeat", type=int, default=1, metavar="N", help="serve and play N times, show medians"
    )
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))  # so that what was started is stopped
    try:
        with tempfile.TemporaryDirectory(prefix="backchat-turns-") as folder:
            figures = compare(Path(folder), QUICK if options.quick else FULL, options.repeat)
    except BenchmarkError as error:
        print(f"benchmarks.turns: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    print_table(figures)
    return 1 if any(column[FAILED] for column in figures.values()) else 0


def compare(folder: Path, effort: Effort, repeat: int) -> dict[str, Figures]:
    """Trains, serves and plays every contender.

    Args:
        folder: Where the copies of the project go.
        effort: How much is played.
        repeat: How often it is served and played.

    Returns:
        For each contender's name its figures, by the names of the rows.

    Raises:
        BenchmarkError: A contender could not be trained or served.
    """
    contenders = (Backchat(folder / "backchat"), RasaDefault(folder / "default", effort.epochs))
    trained = {contender.name: train(contender) for contender in contenders}
    rounds: dict[str, list[Figures]] = {contender.name: [] for contender in contenders}
    for number in range(1, repeat + 1):
        for contender in contenders:
            report(f"{contender.name}: serving and playing, {number} of {repeat}")
            with contender.serve() as server:
                rounds[contender.name].append(asyncio.run(measure(server, effort)))
    return {name: trained[name] | medians(rounds[name]) for name in trained}


def train(contender: Contender) -> Figures:
    report(f"{contender.name}: training")
    return {"training, s": contender.train(), "model, MiB": contender.model_size}


async def measure(server: Server, effort: Effort) -> Figures:
    """Plays everything on one server."""
    figures: Figures = {"start, s": server.start_seconds}
    async with new_session() as session:
        client = Client(session, server.url)
        played = await client.screen(WARM_UP_TURNS, 0, time.perf_counter() + effort.seconds)
        for clients in CLIENTS:
            turns, seconds = await play(client, clients, effort)
            played += turns
            cost = sorted(turn.seconds * MILLISECONDS for turn in turns)
            figures |= {
                p50(clients): statistics.median(cost),
                f"p95, {of(clients)}, ms": cost[int(0.95 * (len(cost) - 1))],
                throughput(clients): len(turns) / seconds,
            }
        talks = await talk_long(client, effort)
    for name, part in (("turn 5, ms", EARLY), ("turn 60, ms", LATE)):
        figures[name] = mean_cost([talk[part] for talk in talks])
    played += [turn for talk in talks for turn in talk]
    figures["memory, MiB"] = server.memory
    figures["turns played"] = len(played)
    figures[FAILED] = sum(turn.failed for turn in played)
    return figures


async def play(client: Client, clients: int, effort: Effort) -> tuple[list[Turn], float]:
    """Plays screenings at once.

    Returns:
        All turns, and the seconds that they took together.
    """
    began = time.perf_counter()
    parts = await asyncio.gather(
        *(client.screen(effort.turns // clients, first, began + effort.seconds) for first in range(clients))
    )
    return [turn for part in parts for turn in part], time.perf_counter() - began


async def talk_long(client: Client, effort: Effort) -> list[list[Turn]]:
    """Plays long conversations, one after the other; at least one, even if the time is over."""
    give_up = time.perf_counter() + effort.seconds
    talks: list[list[Turn]] = []
    while not talks or (len(talks) < effort.conversations and time.perf_counter() < give_up):
        talks.append(await client.go_on(LONG_CONVERSATION))
    return talks


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
    ours, default = figures[Backchat.name], figures[RasaDefault.name]
    print(f"\nPython {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors\n")
    print(f"{'':26}{Backchat.name:>14}{RasaDefault.name:>17}{'ours/default':>15}")
    for name in ours:
        ratio = f"{ours[name] / default[name]:.2f}" if default[name] else ""
        print(f"{name:26}{ours[name]:14,.1f}{default[name]:17,.1f}{ratio:>15}")
    print()
    for aim in aims(ours, default):
        print(aim)


def of(clients: int) -> str:
    return f"{clients} client{'s' if clients > 1 else ''}"


def p50(clients: int) -> str:
    return f"p50, {of(clients)}, ms"


def throughput(clients: int) -> str:
    return f"turns/s, {of(clients)}"


def aims(ours: Figures, default: Figures) -> list[Aim]:
    """Holds the figures against what Backchat wants to reach."""
    speed_up = {clients: ours[throughput(clients)] / default[throughput(clients)] for clients in CLIENTS}
    return [
        *(
            Aim(f"Throughput, {of(clients)}, times the default's", times, 5, at_least=True)
            for clients, times in speed_up.items()
        ),
        Aim("p50, 1 client, of the default's", ours[p50(1)] / default[p50(1)], 1 / 3, at_least=False),
        Aim("Turn 60, times turn 5", ours["turn 60, ms"] / ours["turn 5, ms"], 1.3, at_least=False),
    ]


def report(step: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {step}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
