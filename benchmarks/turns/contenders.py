"""What is compared: each contender is trained and served in a copy of the project of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import psutil
from ruamel.yaml import YAML

from benchmarks.turns.screenings import PEOPLE, Client, new_session

ROOT = Path(__file__).parents[2]
PROJECT = (
    "actions",
    "backchat",
    "data",
    "web",
    "config.yml",
    "credentials.yml",
    "domain.yml",
    "endpoints.yml",
)
BACKCHAT = (sys.executable, "-c", "from backchat.cli import main; main()")
RASA = (sys.executable, "-m", "rasa")
FINDINGS_COMPONENT = "backchat.components.findings_extractor.FindingsExtractor"
TRAINING_SECONDS = 3600
START_SECONDS = 300
STOP_SECONDS = 15
LOG_LINES = 15
MEBIBYTE = 2**20

Command = Sequence[str]


class BenchmarkError(Exception):
    """Something could not be measured; the message says what and why."""


@dataclass
class Server:
    """A contender that answers.

    Attributes:
        url: Where it listens.
        processes: The processes that were started for it.
        start_seconds: From starting the processes to the first question asked.
    """

    url: str
    processes: list[subprocess.Popen[bytes]]
    start_seconds: float = 0.0

    @property
    def memory(self) -> float:
        """Resident memory of the processes and of all that they started, in MiB."""
        return sum(process.memory_info().rss for process in _family(self.processes)) / MEBIBYTE


class Contender(ABC):
    """A way to train and serve the same assistant."""

    name: str
    training_command: Command

    def __init__(self, folder: Path) -> None:
        """Copies the project.

        Args:
            folder: Where the copy goes; it must not exist.
        """
        self.folder = folder
        folder.mkdir()
        for part in PROJECT:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder / part)

    @abstractmethod
    def serving_commands(self, port: int) -> list[Command]:
        """Gives the commands that together serve it.

        Args:
            port: Where it must listen.
        """

    def train(self) -> float:
        """Trains the model.

        Returns:
            How many seconds it took, with everything.

        Raises:
            BenchmarkError: It failed, or took too long.
        """
        began = time.perf_counter()
        log = self.folder / "training.log"
        process = _start(self.training_command, self.folder, log)
        try:
            code = process.wait(TRAINING_SECONDS)
        except subprocess.TimeoutExpired:
            raise BenchmarkError(f"{self.name}: the training took over {TRAINING_SECONDS} s") from None
        finally:
            _stop([process])
        if code:
            raise BenchmarkError(f"{self.name}: the training failed.\n{_tail(log)}")
        return time.perf_counter() - began

    @property
    def model_size(self) -> float:
        """Size of the trained model, in MiB."""
        return sum(model.stat().st_size for model in (self.folder / "models").glob("*.tar.gz")) / MEBIBYTE

    @contextmanager
    def serve(self) -> Iterator[Server]:
        """Serves it, from its first answer to the end of the block.

        Raises:
            BenchmarkError: It did not come up.
        """
        port = free_port()
        began = time.perf_counter()
        server = Server(f"http://127.0.0.1:{port}", [])
        try:
            for number, command in enumerate(self.serving_commands(port)):
                server.processes.append(_start(command, self.folder, self._server_log(number)))
            asyncio.run(self._wait_for_question(server))
            server.start_seconds = time.perf_counter() - began
            yield server
        finally:
            _stop(server.processes)

    async def _wait_for_question(self, server: Server) -> None:
        give_up = time.perf_counter() + START_SECONDS
        async with new_session() as session:
            client = Client(session, server.url)
            for attempt in range(sys.maxsize):
                turn = await client.say(f"start{attempt}", PEOPLE[0].opening)
                if turn.question is not None:
                    return
                ended = [n for n, process in enumerate(server.processes) if process.poll() is not None]
                if ended or time.perf_counter() > give_up:
                    reason = "a process ended" if ended else f"no question within {START_SECONDS} s"
                    shown = ended or range(len(server.processes))
                    logs = "\n".join(_tail(self._server_log(number)) for number in shown)
                    raise BenchmarkError(f"{self.name} does not come up: {reason}.\n{logs}")
                await asyncio.sleep(0.1)

    def _server_log(self, number: int) -> Path:
        return self.folder / f"server-{number}.log"


class Backchat(Contender):
    """The project as it is, served by its own command."""

    name = "Backchat"
    training_command = (*BACKCHAT, "train")

    def serving_commands(self, port: int) -> list[Command]:
        """Gives the one command."""
        return [(*BACKCHAT, "run", "--host", "127.0.0.1", "--port", str(port))]


class RasaDefault(Contender):
    """The same assistant with Rasa's own default pipeline and policies, served by Rasa's own commands.

    Only the component that reads findings is added, as no screening can do without it.
    """

    name = "Rasa's default"
    training_command = (*RASA, "train")

    def __init__(self, folder: Path, epochs: int | None) -> None:
        """Copies the project and puts Rasa's default configuration into it.

        Args:
            folder: Where the copy goes; it must not exist.
            epochs: How long the networks are trained; `None` for Rasa's own number. It does not change what
                a turn costs.
        """
        super().__init__(folder)
        self._action_port = free_port()
        default = resources.files("rasa.engine.recipes.config_files") / "default_config.yml"
        config = YAML(typ="safe").load(default.read_text(encoding="utf-8"))
        config["assistant_id"] = "rasa_default"
        for part in [*config["pipeline"], *config["policies"]]:
            if epochs is not None and "epochs" in part:
                part["epochs"] = epochs
        config["pipeline"].append({"name": FINDINGS_COMPONENT})
        self._write("config.yml", config)
        self._write("credentials.yml", {"rest": None})
        self._write(
            "endpoints.yml",
            {
                "tracker_store": {"type": "SQL", "dialect": "sqlite", "db": "conversations.db"},
                "action_endpoint": {"url": f"http://127.0.0.1:{self._action_port}/webhook"},
            },
        )

    def serving_commands(self, port: int) -> list[Command]:
        """Gives the server's and the action server's command."""
        return [
            (*RASA, "run", "actions", "--port", str(self._action_port)),
            (*RASA, "run", "--interface", "127.0.0.1", "--port", str(port)),
        ]

    def _write(self, name: str, content: dict[str, Any]) -> None:
        with (self.folder / name).open("w", encoding="utf-8") as file:
            YAML().dump(content, file)


def free_port() -> int:
    """Finds a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(command: Command, folder: Path, log: Path) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BACKCHAT_")}
    environment |= {
        "PYTHONPATH": str(folder),
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    with log.open("wb") as output:
        return subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )


def _family(started: Sequence[subprocess.Popen[bytes]]) -> list[psutil.Process]:
    """Lists the processes that were started and still run, with their descendants."""
    family = []
    for process in started:
        try:
            parent = psutil.Process(process.pid)
            family += [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            continue
    return family


def _stop(started: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ends what was started here, politely at first."""
    family = _family(started)
    for process in family:
        if process.is_running():
            process.terminate()
    for process in psutil.wait_procs(family, STOP_SECONDS)[1]:
        process.kill()
    for process in started:
        process.wait()


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:])
