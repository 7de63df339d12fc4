"""A Backchat server to attack, as `backchat run` serves it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from backchat.cli import main; main()", "run")
START_SECONDS = 600.0
STOP_SECONDS = 15.0
MEBIBYTE = 2**20

# What is attacked is what stands behind the limits; the limits themselves have tests of their own.
SETTINGS = {
    "BACKCHAT_RATE_PER_SESSION": "1000000/minute",
    "BACKCHAT_RATE_PER_ADDRESS": "1000000/minute",
    "BACKCHAT_RATE_OF_GUESSES": "1000000/minute",
    "PYTHONUNBUFFERED": "1",
}


class NoServerError(Exception):
    """The server did not start; the message holds what it said."""


@dataclass(frozen=True)
class Server:
    """A server that runs.

    Attributes:
        port: Where it listens, on this machine.
        process: The process.
        output: The file with all that it prints and logs.
        database: The file in which it keeps conversations.
    """

    port: int
    process: psutil.Process
    output: Path
    database: Path

    @property
    def memory(self) -> float:
        """How much resident memory it has, in MiB."""
        return float(self.process.memory_info().rss / MEBIBYTE)

    @property
    def log(self) -> str:
        """What it has printed and logged."""
        return self.output.read_text(encoding="utf-8", errors="replace")


@contextmanager
def running(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Starts a server, and ends it.

    Args:
        folder: Where its database and its output go.
        settings: Variables of its environment.

    Yields:
        The server, ready for requests.

    Raises:
        NoServerError: It did not start.
    """
    port, output, database = _free_port(), folder / "output", folder / "backchat.db"
    environment = {
        **os.environ,
        **SETTINGS,
        "PYTHONPATH": str(ROOT),
        "PORT": str(port),
        "BACKCHAT_DATABASE_URL": f"sqlite:///{database}",
        **(settings or {}),
    }
    with output.open("w") as file:
        server = subprocess.Popen(
            COMMAND, stdin=subprocess.DEVNULL, stdout=file, stderr=file, cwd=ROOT, env=environment
        )
    try:
        _await_start(server, output)
        yield Server(port, psutil.Process(server.pid), output, database)
    finally:
        server.terminate()
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _await_start(server: subprocess.Popen[bytes], output: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while "is ready" not in (said := output.read_text(encoding="utf-8", errors="replace")):
        if server.poll() is not None or time.monotonic() > end:
            raise NoServerError(said)
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
