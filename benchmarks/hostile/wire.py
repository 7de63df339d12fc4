"""Sends bytes to a server as they are: no client library stands between, to tidy up what is malformed."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_READ = 4_000_000
FIRST_BYTES = 65_536

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


@dataclass(frozen=True)
class Request:
    """A request, well formed or not.

    Attributes:
        method: Its method.
        path: Where it goes.
        headers: Its headers, but for those that every request needs.
        body: Its body.
        sender: The conversation that it names as its own, where it names one.
        raw: The bytes that are sent in the place of all this.
        is_endless: Whether the answer is a stream, of which the beginning will do.
        is_forged: Whether it only claims to come from a messenger, so that it must be refused.
    """

    method: str = "GET"
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    sender: str | None = None
    raw: bytes | None = None
    is_endless: bool = False
    is_forged: bool = False

    def as_bytes(self) -> bytes:
        """Writes it down."""
        if self.raw is not None:
            return self.raw
        headers = {"Host": "127.0.0.1", "Connection": "close", "Content-Length": str(len(self.body))}
        lines = [f"{self.method} {self.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in {**headers, **self.headers}.items()]
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogatepass") + self.body


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        status: The status; 0 where the server closed the connection without one.
        content: Everything that came, headers included.
        seconds: How long it took.
        is_whole: Whether the server finished in time.
    """

    status: int
    content: bytes
    seconds: float
    is_whole: bool

    @property
    def body(self) -> bytes:
        """What came after the headers."""
        return self.content.partition(b"\r\n\r\n")[2]


def send(port: int, request: Request, patience: float) -> Answer:
    """Sends a request to a server on this machine and reads the answer to its end.

    Args:
        port: Where the server listens.
        request: What is sent.
        patience: After so many seconds the answer counts as none.

    Returns:
        What came back.
    """
    began = time.monotonic()
    content = bytearray()
    is_whole = True
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as connection:
        try:
            connection.sendall(request.as_bytes())
            if request.raw is not None:
                connection.shutdown(socket.SHUT_WR)  # nothing more comes, whatever it promises
        except OSError:
            pass  # the server has answered and closed before it read all
        try:
            while chunk := connection.recv(FIRST_BYTES):
                content += chunk
                if request.is_endless or len(content) > MOST_READ or _is_complete(content):
                    break
        except ConnectionError:
            pass
        except TimeoutError:
            is_whole = False
    head = bytes(content[:16]).split(b" ")
    status = int(head[1]) if len(head) > 1 and head[1][:3].isdigit() else 0
    return Answer(status, bytes(content), time.monotonic() - began, is_whole)


def _is_complete(content: bytes | bytearray) -> bool:
    """Whether all came that the headers promise: a server may keep the connection for a next request."""
    head, end, body = bytes(content).partition(b"\r\n\r\n")
    length = _LENGTH.search(head + b"\r\n")
    return bool(end) and length is not None and len(body) >= int(length[1])
