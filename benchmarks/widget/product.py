"""The whole product in a process of its own, as `backchat run` serves it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS_TO_TRAIN_AND_START = 280
SECONDS_TO_STOP = 20


class ProductError(Exception):
    """The product did not come up; the message says why."""


@contextmanager
def serve_product(folder: Path) -> Iterator[str]:
    """Runs the product, with a database of its own.

    Args:
        folder: Where the database goes.

    Yields:
        The address where it listens.

    Raises:
        ProductError: It ended before it was ready, or took too long.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", "from backchat.cli import main; main()", "run", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "BACKCHAT_DATABASE_URL": f"sqlite:///{folder / 'backchat.db'}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    give_up = threading.Timer(SECONDS_TO_TRAIN_AND_START, process.kill)
    give_up.start()
    try:
        lines = process.stdout or ()
        ready = next(
            (found for line in lines if (found := re.search(r"(?<=is ready: )http://\S+(?=/chat/)", line))),
            None,
        )
        if ready is None:
            raise ProductError("backchat run ended before it was ready")
        give_up.cancel()
        yield ready.group()
    finally:
        give_up.cancel()
        process.terminate()
        process.wait(SECONDS_TO_STOP)
