"""What is compared: the same assistant, served in different ways."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar

import psutil
import sqlalchemy as sa
from ruamel.yaml import YAML

from benchmarks.soak.fleet import Fleet, running
from benchmarks.turns.screenings import PEOPLE, Client, new_session

ROOT = Path(__file__).parents[2]
PROJECT = (
    "actions",
    "backchat",
    "data",
    "examples",
    "models",
    "network",
    "web",
    "config.yml",
    "credentials.yml",
    "domain.yml",
    "endpoints.yml",
)
BACKCHAT = (sys.executable, "-c", "from backchat.cli import main; main()")
RASA = (sys.executable, "-m", "rasa")
FINDINGS_COMPONENT = "backchat.components.findings_extractor.FindingsExtractor"
EPOCHS = 1
"""So long the networks of Rasa's default are trained, a hundredth of Rasa's own; a turn costs the same."""
UNLIMITED = "1000000/minute"
TRAINING_SECONDS = 1200
START_SECONDS = 300
STOP_SECONDS = 15
LOG_LINES = 15
MEBIBYTE = 2**20

Command = Sequence[str]
Pids = Callable[[], Iterable[int]]


class BenchmarkError(Exception):
    """Something could not be measured; the message says what and why."""


@dataclass(frozen=True)
class Use:
    """What processes have used.

    Attributes:
        seconds: Their time on a processor.
        mebibytes: Their resident memory; what processes share counts for each.
    """

    seconds: float
    mebibytes: float


@dataclass
class Server:
    """A contender that answers.

    Attributes:
        url: Where it listens.
        servers: Finds the processes of Backchat or of Rasa, the action server included.
        others: Finds the processes of nginx, Redis and PostgreSQL that work for it.
        key: What it wants to be shown.
        start_seconds: From starting a process until it is ready.
    """

    url: str
    servers: Pids
    others: Pids = tuple
    key: str | None = None
    start_seconds: float = 0.0

    def use(self) -> tuple[Use, Use]:
        """Tells what its own and the other processes have used until now, with all that they started."""
        return _use(self.servers()), _use(self.others())


class Contender(ABC):
    """A way to serve the assistant."""

    name: ClassVar[str]

    @abstractmethod
    def serve(self) -> AbstractAsyncContextManager[Server]:
        """Serves it, from its first answer to the end of the block.

        Raises:
            BenchmarkError: It could not be trained, or did not come up.
            FleetError: Something that it needs is not there.
        """


class _Copy(Contender):
    """A copy of the project, served by commands with its conversations in a SQLite file."""

    def __init__(self, folder: Path) -> None:
        """Copies the project.

        Args:
            folder: Where the copy goes; it must not exist.
        """
        self._folder = folder
        folder.mkdir()
        for part in PROJECT:
            source = ROOT / part
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "node_modules")
                shutil.copytree(source, folder / part, ignore=ignored)
            else:
                shutil.copy(source, folder / part)

    @abstractmethod
    def _commands(self, port: int) -> list[Command]:
        """Gives the commands that together serve it at a port."""

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Server]:
        started: list[subprocess.Popen[bytes]] = []
        port = free_port()
        server = Server(f"http://127.0.0.1:{port}", lambda: [process.pid for process in started])
        began = time.perf_counter()
        try:
            for number, command in enumerate(self._commands(port)):
                started.append(self._start(command, self._log(number)))
            await self._wait_for_question(server, started)
            server.start_seconds = time.perf_counter() - began
            yield server
        finally:
            _stop(started)

    async def _wait_for_question(self, server: Server, started: Sequence[subprocess.Popen[bytes]]) -> None:
        give_up = time.perf_counter() + START_SECONDS
        async with new_session() as session:
            client = Client(session, server.url)
            for attempt in range(sys.maxsize):
                turn = await client.say(f"start{attempt}", PEOPLE[0].opening)
                if turn.question is not None:
                    return
                ended = [n for n, process in enumerate(started) if process.poll() is not None]
                if ended or time.perf_counter() > give_up:
                    reason = "a process ended" if ended else f"no question within {START_SECONDS} s"
                    logs = "\n".join(_tail(self._log(number)) for number in ended or range(len(started)))
                    raise BenchmarkError(f"{self.name} does not come up: {reason}.\n{logs}")
                await asyncio.sleep(0.1)

    def _start(self, command: Command, log: Path) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BACKCHAT_")}
        environment |= {
            "PYTHONPATH": str(self._folder),
            "RASA_TELEMETRY_ENABLED": "false",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "BACKCHAT_RATE_PER_ADDRESS": UNLIMITED,
            "BACKCHAT_RATE_PER_SESSION": UNLIMITED,
        }
        with log.open("wb") as output:
            return subprocess.Popen(
                command,
                cwd=self._folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def _log(self, number: int) -> Path:
        return self._folder / f"server-{number}.log"

    def _write(self, name: str, content: dict[str, Any]) -> None:
        with (self._folder / name).open("w", encoding="utf-8") as file:
            YAML().dump(content, file)


class Backchat(_Copy):
    """The project as it is, served by its own command: one process, SQLite."""

    name = "SQLite"

    def _commands(self, port: int) -> list[Command]:
        return [(*BACKCHAT, "run", "--host", "127.0.0.1", "--port", str(port))]


class BackchatBehindNginx(Contender):
    """The project as it is, with PostgreSQL and Redis, behind the nginx of the deployment: one process."""

    name = "PostgreSQL, 1"
    processes = 1

    def __init__(self, folder: Path) -> None:
        """Takes where logs and configurations go."""
        self._folder = folder
        folder.mkdir()

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Server]:
        """Serves it; the key lets a program past nginx talk over REST."""
        key = secrets.token_hex(16)
        settings = {"BACKCHAT_API_KEY": key}
        async with running(self._folder, self.processes, settings, is_gated=False) as fleet:
            yield Server(
                fleet.url,
                lambda: [process.pid for process in fleet.processes],
                lambda: [fleet.nginx.pid, fleet.redis_server.pid, *_database_processes(fleet)],
                key,
                max(process.seconds_to_start for process in fleet.processes),
            )


class TwoBehindNginx(BackchatBehindNginx):
    """The same with two processes."""

    name = "PostgreSQL, 2"
    processes = 2


class PlainRasa(_Copy):
    """The project with its own configuration, model and store, served by Rasa's own commands."""

    name = "rasa run"

    def __init__(self, folder: Path) -> None:
        """Copies the project and lets Rasa's server find its action server.

        Args:
            folder: Where the copy goes; it must not exist.
        """
        super().__init__(folder)
        self._action_port = free_port()
        endpoints = YAML(typ="safe").load((folder / "endpoints.yml").read_text(encoding="utf-8"))
        endpoints["action_endpoint"]["url"] = self._actions
        self._write("endpoints.yml", endpoints)

    @property
    def _actions(self) -> str:
        return f"http://127.0.0.1:{self._action_port}/webhook"

    def _commands(self, port: int) -> list[Command]:
        return [
            (*RASA, "run", "actions", "--port", str(self._action_port)),
            (*RASA, "run", "--interface", "127.0.0.1", "--port", str(port)),
        ]


class RasaDefault(PlainRasa):
    """The same assistant with Rasa's own default pipeline, policies, channel and store.

    Only the component that reads findings is added, as no screening can do without it.
    """

    name = "Rasa's default"

    def __init__(self, folder: Path) -> None:
        """Copies the project and puts Rasa's default configuration into it.

        Args:
            folder: Where the copy goes; it must not exist.
        """
        super().__init__(folder)
        shutil.rmtree(folder / "models")
        self._is_trained = False
        default = resources.files("rasa.engine.recipes.config_files") / "default_config.yml"
        config = YAML(typ="safe").load(default.read_text(encoding="utf-8"))
        config["assistant_id"] = "rasa_default"
        for part in [*config["pipeline"], *config["policies"]]:
            if "epochs" in part:
                part["epochs"] = EPOCHS
        config["pipeline"].append({"name": FINDINGS_COMPONENT})
        self._write("config.yml", config)
        self._write("credentials.yml", {"rest": None})
        store = {"type": "SQL", "dialect": "sqlite", "db": "conversations.db"}
        self._write("endpoints.yml", {"tracker_store": store, "action_endpoint": {"url": self._actions}})

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Server]:
        """Serves it; its model is trained before the first time."""
        if not self._is_trained:
            self._train()
            self._is_trained = True
        async with super().serve() as server:
            yield server

    def _train(self) -> None:
        log = self._folder / "training.log"
        process = self._start((*RASA, "train"), log)
        try:
            code = process.wait(TRAINING_SECONDS)
        except subprocess.TimeoutExpired:
            raise BenchmarkError(f"{self.name}: the training took over {TRAINING_SECONDS} s") from None
        finally:
            _stop([process])
        if code:
            raise BenchmarkError(f"{self.name}: the training failed.\n{_tail(log)}")


def free_port() -> int:
    """Finds a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _database_processes(fleet: Fleet) -> list[int]:
    """Finds the processes of PostgreSQL that serve the connections to a database, on this machine."""
    engine = sa.create_engine(fleet.database)
    with engine.connect() as connection:
        pids = connection.exec_driver_sql(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        found = [int(pid) for (pid,) in pids if psutil.pid_exists(pid)]
    engine.dispose()
    return found


def _use(pids: Iterable[int]) -> Use:
    seconds = mebibytes = 0.0
    for process in _family(pids):
        try:
            with process.oneshot():
                times = process.cpu_times()
                seconds += times.user + times.system
                mebibytes += process.memory_info().rss / MEBIBYTE
        except psutil.NoSuchProcess:
            continue
    return Use(seconds, mebibytes)


def _family(pids: Iterable[int]) -> list[psutil.Process]:
    """Lists the processes that still run, with their descendants."""
    family = []
    for pid in pids:
        try:
            parent = psutil.Process(pid)
            family += [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            continue
    return family


def _stop(started: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ends what was started here, politely at first."""
    family = _family(process.pid for process in started)
    for process in family:
        if process.is_running():
            process.terminate()
    for process in psutil.wait_procs(family, STOP_SECONDS)[1]:
        process.kill()
    for process in started:
        process.wait()


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:])
