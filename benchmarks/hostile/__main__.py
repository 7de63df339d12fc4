"""What a server does with requests that mean it harm.

    python -m benchmarks.hostile [--requests N] [--seed N]

Starts `backchat run` on a free port with a database of its own and with Slack and Telegram on, which are
stood in for. Two people hold conversations in the widget, one on Slack and one on Telegram. Then hypothesis
draws requests, which are sent eight at a time: every public endpoint and Rasa's own API with every method,
messages that try to be commands, tokens that are forged, ids of somebody else's conversation, what the
messengers sign for people who mean harm, what only claims to be signed, bodies that are cut off, spoilt or
endless, and bytes that are no HTTP. Rate limits are out of the way.

What is a fault: a status of 500 or more, an answer without an end, a word of one of the four people in an
answer to somebody else or in another chat, an answer for another conversation, a forged request that is not
refused, an inside that is shown, words, tokens or names in the log, a conversation of the four that changed
or does not go on. The command ends with 1 where there was one, or where memory grew by more than
`MOST_GROWTH` MiB after the first fifth of the requests.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.hostile.messengers import messengers
from benchmarks.hostile.server import running
from benchmarks.hostile.siege import Figures, besiege

MOST_GROWTH = 100.0
FAULTS_SHOWN = 20


def main() -> int:
    """Runs the siege and prints the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile")
    parser.add_argument("--requests", type=int, default=6_000, help="how many requests, at least")
    parser.add_argument("--seed", type=int, default=0, help="which requests")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        messengers() as both,
        running(Path(folder), both.settings) as server,
    ):
        figures = besiege(server, both, given.requests, given.seed)
    print(table(figures))
    return 1 if figures.faults or figures.growth > MOST_GROWTH else 0


def table(figures: Figures) -> str:
    """Writes the figures down."""
    centiles = statistics.quantiles(figures.seconds, n=100)
    rows = [
        ("requests", f"{figures.requests:,}"),
        *(
            (f"answered {status}" if status else "closed unanswered", f"{count:,}")
            for status, count in sorted(figures.statuses.items())
        ),
        ("p50", f"{centiles[49] * 1000:.0f} ms"),
        ("p99", f"{centiles[98] * 1000:.0f} ms"),
        ("longest", f"{max(figures.seconds):.1f} s"),
        ("memory at first", f"{figures.memory[0]:.0f} MiB"),
        ("memory at last", f"{figures.memory[-1]:.0f} MiB"),
        ("growth after the first fifth", f"{figures.growth:+.0f} MiB"),
        ("faults", f"{len(figures.faults):,}"),
    ]
    lines = [f"{name:<30}{value:>14}" for name, value in rows]
    return "\n".join([*lines, *figures.faults[:FAULTS_SHOWN]])


if __name__ == "__main__":
    sys.exit(main())
