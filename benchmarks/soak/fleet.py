"""Several processes of Backchat behind nginx, with a database in PostgreSQL and a Redis of their own."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import socket
import sys
import time
import uuid
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import sqlalchemy as sa

from benchmarks.soak.gate import Gate

ROOT = Path(__file__).parents[2]
NGINX_CONFIGURATION = ROOT / "deploy" / "nginx" / "nginx.conf"
POSTGRES = os.environ.get("BACKCHAT_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/test")
BACKCHAT = ("-W", "ignore", "-c", "from backchat.cli import main; main()", "run", "--port")

SECONDS_TO_START = 300.0
SECONDS_TO_STOP = 40.0
SECONDS_BETWEEN_LOOKS = 0.2
LINES_SHOWN = 5


class FleetError(Exception):
    """A part does not start; the message says which."""


class MissingError(FleetError):
    """A part is not on this machine; the message names it."""


class Program:
    """A program that can be killed, held up, stopped, and started again.

    Attributes:
        seconds_to_start: How long it took until it was ready.
    """

    def __init__(
        self,
        arguments: tuple[str, ...],
        log: Path,
        ready: str = "",
        environment: dict[str, str] | None = None,
    ) -> None:
        """Takes what to run.

        Args:
            arguments: The program and its arguments.
            log: The file for all that it prints.
            ready: The address that answers with 200 once it is ready.
            environment: Its environment; ours if there is none.
        """
        self._arguments = arguments
        self._log = log
        self._ready = ready
        self._environment = environment
        self._process: Process | None = None
        self.seconds_to_start = 0.0

    @property
    def pid(self) -> int:
        """The process that runs it.

        Raises:
            FleetError: It was not started.
        """
        if self._process is None:
            raise FleetError(f"{self._log.stem} was not started.")
        return self._process.pid

    async def start(self) -> None:
        """Starts it, and waits until it is ready.

        Raises:
            FleetError: It ended, or takes too long.
        """
        began = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._arguments, cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )
        if self._ready and not await self._gets_ready():
            said = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-LINES_SHOWN:]
            raise FleetError("\n".join([f"{self._log.stem} did not start:", *said]))
        self.seconds_to_start = time.perf_counter() - began

    def send(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    async def kill(self) -> None:
        """Ends it with force."""
        self.send(signal.SIGKILL)
        await self._wait()

    async def stop(self) -> None:
        """Ends it as an operator does, or with force where that takes too long."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._wait(), SECONDS_TO_STOP)
        except asyncio.TimeoutError:
            await self.kill()

    async def _wait(self) -> None:
        if self._process is not None:
            await self._process.wait()

    async def _gets_ready(self) -> bool:
        assert self._process is not None
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            for _ in range(int(SECONDS_TO_START / SECONDS_BETWEEN_LOOKS)):
                if self._process.returncode is not None:
                    return False
                try:
                    if (await session.get(self._ready)).status == 200:
                        return True
                except (aiohttp.ClientError, asyncio.TimeoutError):
                    pass
                await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        return False


class Fleet:
    """All programs of a service.

    Attributes:
        url: Where people reach it.
        database: The database, past its gate.
        postgres: The gate before the database.
        redis: The gate before Redis.
        redis_server: Redis itself.
        redis_url: Redis, past its gate.
        processes: The processes of Backchat.
        ports: Where each of the processes listens.
        nginx: What stands before them.
    """

    def __init__(self, url: str, database: str, postgres: Gate, redis: Gate, ports: list[int]) -> None:
        self.url = url
        self.ports = ports
        self.database = database
        self.postgres = postgres
        self.redis = redis
        self.redis_server: Program
        self.redis_url = ""
        self.processes: list[Program] = []
        self.nginx: Program


@asynccontextmanager
async def running(
    folder: Path, processes: int, settings: Mapping[str, str] | None = None, is_gated: bool = True
) -> AsyncIterator[Fleet]:
    """Starts everything, and ends it.

    Args:
        folder: Where logs and configurations go.
        processes: How many processes of Backchat.
        settings: What else their environment holds.
        is_gated: Whether the gates stand before database and Redis; they cost time of this process.

    Yields:
        The fleet, ready for people.

    Raises:
        MissingError: PostgreSQL, Redis or nginx is missing.
        FleetError: Something does not start.
    """
    nginx, redis_server = (_find(name) for name in ("nginx", "redis-server"))
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(_new_database())
        postgres = await stack.enter_async_context(_gate(database.host or "127.0.0.1", database.port or 5432))
        redis_port, front_port, *ports = _free_ports(2 + processes)
        redis = Program(
            (
                redis_server,
                "--port",
                str(redis_port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--dir",
                str(folder),
            ),
            folder / "redis.log",
        )
        await _start(stack, redis)
        redis_gate = await stack.enter_async_context(_gate("127.0.0.1", redis_port))
        gated = database.set(host="127.0.0.1", port=postgres.port)
        environment = {
            **os.environ,
            "BACKCHAT_DATABASE_URL": str(gated if is_gated else database),
            "BACKCHAT_REDIS_URL": f"redis://127.0.0.1:{redis_gate.port if is_gated else redis_port}/0",
            "BACKCHAT_SESSION_SECRET": secrets.token_hex(32),
            "BACKCHAT_PROXIES": "1",
            "BACKCHAT_RATE_PER_ADDRESS": "1000000/minute",
            "BACKCHAT_RATE_PER_SESSION": "1000000/minute",
            "BACKCHAT_LOG_FORMAT": "json",
            **(settings or {}),
        }
        fleet = Fleet(f"http://127.0.0.1:{front_port}", str(database), postgres, redis_gate, ports)
        fleet.redis_server, fleet.redis_url = redis, f"redis://127.0.0.1:{redis_port}/0"
        for number, port in enumerate(ports, start=1):
            process = Program(
                (sys.executable, *BACKCHAT, str(port)),
                folder / f"backchat-{number}.log",
                f"http://127.0.0.1:{port}/readyz",
                environment,
            )
            fleet.processes.append(process)
            await _start(stack, process)
        configuration = folder / "nginx.conf"
        configuration.write_text(_before(front_port, ports, folder), encoding="utf-8")
        fleet.nginx = Program((nginx, "-c", str(configuration)), folder / "nginx.log", f"{fleet.url}/healthz")
        await _start(stack, fleet.nginx)
        yield fleet


async def _start(stack: AsyncExitStack, program: Program) -> None:
    stack.push_async_callback(program.stop)
    await program.start()


@asynccontextmanager
async def _gate(host: str, port: int) -> AsyncIterator[Gate]:
    gate = Gate(host, port)
    await gate.start()
    try:
        yield gate
    finally:
        await gate.stop()


@asynccontextmanager
async def _new_database() -> AsyncIterator[sa.engine.URL]:
    url = sa.engine.make_url(POSTGRES)
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"backchat_soak_{uuid.uuid4().hex[:12]}"
    try:
        with server.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
    except sa.exc.OperationalError:
        raise MissingError("PostgreSQL (BACKCHAT_TEST_POSTGRES names another)") from None
    try:
        yield url.set(database=name)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        server.dispose()


def _before(front_port: int, ports: list[int], folder: Path) -> str:
    """Gives the configuration of the deployment, for processes on this machine at ports of their own."""
    servers = " ".join(f"server 127.0.0.1:{port};" for port in ports)
    changes = {
        "listen 8080;": f"listen 127.0.0.1:{front_port};",
        "set $backchat backchat:5005;": "",
        "http://$backchat": "http://processes",
        "    server {": f"    upstream processes {{ {servers} }}\n\n    server {{",
        "/tmp/": f"{folder}/",
        "access_log /dev/stdout json;": f"access_log {folder}/access.log json;",
    }
    text = NGINX_CONFIGURATION.read_text(encoding="utf-8")
    for written, changed in changes.items():
        if written not in text:
            raise FleetError(f"deploy/nginx/nginx.conf no longer holds {written!r}")
        text = text.replace(written, changed)
    return text


def _find(program: str) -> str:
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        raise MissingError(program)
    return found


def _free_ports(count: int) -> list[int]:
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listening.getsockname()[1] for listening in taken]
    for listening in taken:
        listening.close()
    return ports
