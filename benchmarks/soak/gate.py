"""Stands before a database or Redis, so that they can be gone or slow for one program and nobody else."""

from __future__ import annotations

import asyncio
import contextlib

CHUNK = 1 << 16
PREFIX_OF_A_STATEMENT = 5
"""So many bytes stand before the words of a statement: its kind and its length."""
BRACKETS = (b"BEGIN", b"COMMIT", b"ROLLBACK")
"""What opens and closes a transaction, and asks for nothing."""


class Gate:
    """Passes on what comes over TCP, unless it is closed or slowed down.

    Attributes:
        port: Where it listens, on this machine.
        delay: The seconds for which each statement that a client sends to PostgreSQL is held back.
        pieces: How many more pieces pass, in either direction, until all connections are cut; any number
            where it is None.
        is_cut: Set when they have passed.
        passed: How many bytes went through, both ways together.
    """

    def __init__(self, host: str, port: int) -> None:
        """Takes where to pass things on."""
        self._target = (host, port)
        self._is_open = True
        self._passing: set[asyncio.Task[None]] = set()
        self.port = 0
        self.delay = 0.0
        self.pieces: int | None = None
        self.is_cut = asyncio.Event()
        self.passed = 0

    async def start(self) -> None:
        """Begins to listen on a free port."""
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def open(self) -> None:
        """Lets connections through again."""
        self._is_open = True

    def close(self) -> None:
        """Cuts all connections, and every new one at once."""
        self._is_open = False
        for passing in self._passing:
            passing.cancel()

    async def stop(self) -> None:
        """Ends it."""
        self.close()
        self._server.close()
        await self._server.wait_closed()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passing = asyncio.current_task()
        assert passing is not None
        self._passing.add(passing)
        try:
            if self._is_open:
                await self._pass(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._passing.discard(passing)
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target_reader, target_writer = await asyncio.open_connection(*self._target)
        ways = [
            asyncio.create_task(self._pump(reader, target_writer, is_slowed=True)),
            asyncio.create_task(self._pump(target_reader, writer, is_slowed=False)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            with contextlib.suppress(OSError):
                target_writer.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_slowed: bool
    ) -> None:
        while chunk := await reader.read(CHUNK):
            if is_slowed and self.delay and not chunk.startswith(BRACKETS, PREFIX_OF_A_STATEMENT):
                await asyncio.sleep(self.delay)
            if self.pieces is not None:
                self.pieces -= 1
                if self.pieces < 0:
                    self.pieces = None
                    self.is_cut.set()
                    self.close()
                    return
            self.passed += len(chunk)
            writer.write(chunk)
            await writer.drain()
