"""A server for an HTTP API, in a thread, that can be told to fail."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """What the API answers."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Called:
    """A call that reached the API."""

    method: str
    arguments: dict[str, Any]
    at: float
    answer: Answer


class HttpApi:
    """Answers calls one at a time, and keeps them."""

    def __init__(self) -> None:
        self.calls: list[Called] = []
        self.failures: deque[tuple[str, Answer]] = deque()
        self.lock = threading.RLock()

    def fail(self, method: str, *answers: Answer) -> None:
        """Answers the next calls of a method like this."""
        self.failures += [(method, answer) for answer in answers]

    def called(self, method: str) -> list[Called]:
        return [call for call in self.calls if call.method == method]

    def handle(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        raise NotImplementedError

    def answer(self, method: str, arguments: dict[str, Any], work: Callable[[], Answer]) -> Answer:
        """Does the work of a call, unless it is told to fail."""
        fails = self.failures and self.failures[0][0] == method
        answer = self.failures.popleft()[1] if fails else work()
        self.calls.append(Called(method, arguments, time.monotonic(), answer))
        return answer


@contextmanager
def serving(api: HttpApi) -> Iterator[str]:
    """Runs an API and gives its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with api.lock:
                answer = api.handle(self.path, headers, body)
            sent = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            kind = "text/html" if isinstance(answer.body, bytes) else "application/json; charset=utf-8"
            for name, value in {
                "Content-Type": kind,
                "Content-Length": str(len(sent)),
                **answer.headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def until(found: Callable[[], Any], seconds: float = 90.0) -> Any:
    """Waits for something to be there, and gives it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not there after {seconds:g} seconds")
