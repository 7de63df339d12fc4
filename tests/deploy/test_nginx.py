"""A real nginx with our configuration, before servers that tell what reaches them."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingUDPServer

import dns.message
import dns.name
import dns.rdatatype
import dns.rrset
import pytest
import requests
import yaml

from backchat.channels.http import MAX_BODY_BYTES, MAX_MESSENGER_BYTES
from backchat.channels.web import SECONDS_BETWEEN_SIGNS
from backchat.server.runner import SECONDS_TO_ANSWER
from tests.deploy.files import DEPLOY, ROOT, processes

CONFIGURATION = (DEPLOY / "nginx" / "nginx.conf").read_text(encoding="utf-8")
FIRST, SECOND = b"data: first\n\n", b"data: second\n\n"
SECONDS = 10
NAME = "backchat"
ADDRESSES = ("127.0.0.1", "127.0.0.2")


class Upstream(ThreadingHTTPServer):
    """Stands in for a process of Backchat."""

    daemon_threads = True

    def __init__(self, address: str, port: int = 0) -> None:
        self.go_on = threading.Event()
        self.asked = 0
        super().__init__((address, port), _Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def end(self) -> None:
        self.go_on.set()
        self.shutdown()
        self.server_close()


class _Names(BaseRequestHandler):
    """Stands in for Docker's name server, which knows the address of each process under one name."""

    def handle(self) -> None:
        asked, answering = self.request
        query = dns.message.from_wire(asked)
        answer = dns.message.make_response(query)
        (question,) = query.question
        if question.name == dns.name.from_text(NAME) and question.rdtype == dns.rdatatype.A:
            answer.answer.append(dns.rrset.from_text(question.name, 1, "IN", "A", *ADDRESSES))
        answering.sendto(answer.to_wire(), self.client_address)


class _Handler(BaseHTTPRequestHandler):
    server: Upstream

    def do_GET(self) -> None:
        self.server.asked += 1
        self.send_response(200)
        self.end_headers()
        if self.path == "/chat/stream":
            self.wfile.write(FIRST)
            self.server.go_on.wait(SECONDS)
            self.wfile.write(SECOND)
        else:
            self.wfile.write(
                json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
            )

    def do_POST(self) -> None:
        self.server.asked += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(len(body)).encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class Nginx:
    """A running nginx."""

    def __init__(self, folder: Path, upstream_port: int, names_port: int) -> None:
        """Starts it, with nothing changed but ports and where files are."""
        self.log = folder / "log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        text = CONFIGURATION
        for ours, here in (
            ("/tmp/", f"{folder}/"),
            ("listen 8080;", f"listen 127.0.0.1:{port};"),
            (f"{NAME}:5005;", f"{NAME}:{upstream_port};"),
            ("resolver 127.0.0.11 ", f"resolver 127.0.0.1:{names_port} "),
            ("/usr/share/nginx/backchat;", f"{DEPLOY}/nginx;"),
            ("/dev/stdout", str(self.log)),
        ):
            assert ours in text
            text = text.replace(ours, here)
        configuration = folder / "nginx.conf"
        configuration.write_text(text, encoding="utf-8")
        self.url = f"http://127.0.0.1:{port}"
        executable = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
        assert executable, "this test needs nginx"
        # Started by root it would give its workers another user, who may not read the folder of a test.
        self.process = subprocess.Popen([executable, "-c", str(configuration), "-g", "user root;"])
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("nginx does not listen")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(SECONDS)


@pytest.fixture
def upstreams() -> Iterator[list[Upstream]]:
    first = Upstream(ADDRESSES[0])
    servers = [first, *(Upstream(address, first.server_port) for address in ADDRESSES[1:])]
    yield servers
    for server in servers:
        server.end()


@pytest.fixture
def nginx(upstreams: list[Upstream], tmp_path: Path) -> Iterator[Nginx]:
    with ThreadingUDPServer(("127.0.0.1", 0), _Names) as names:
        threading.Thread(target=names.serve_forever, daemon=True).start()
        server = Nginx(tmp_path, upstreams[0].server_port, names.server_address[1])
        yield server
        server.stop()
        names.shutdown()


# --- what goes through ------------------------------------------------------------------------------------


def test_each_happening_of_a_stream_arrives_at_once(nginx: Nginx, upstreams: list[Upstream]) -> None:
    with requests.get(f"{nginx.url}/chat/stream", stream=True, timeout=SECONDS / 2) as answer:
        told = answer.iter_content(chunk_size=None)
        assert next(told) == FIRST  # the second is not said before this one has arrived
        for upstream in upstreams:
            upstream.go_on.set()
        assert next(told) == SECOND


@pytest.mark.parametrize(
    ("place", "most"),
    [
        ("/chat/messages", MAX_BODY_BYTES),
        ("/webhooks/rest/webhook", MAX_BODY_BYTES),
        ("/webhooks/slack/webhook", MAX_MESSENGER_BYTES),
        ("/webhooks/telegram/webhook", MAX_MESSENGER_BYTES),
    ],
)
def test_takes_as_much_as_backchat_and_no_more(nginx: Nginx, place: str, most: int) -> None:
    taken = requests.post(nginx.url + place, data=b"x" * most, timeout=SECONDS)
    assert (taken.status_code, taken.json()) == (200, most)
    refused = requests.post(nginx.url + place, data=b"x" * (most + 1), timeout=SECONDS)
    assert refused.status_code == 413
    assert refused.json()["error"]


def test_tells_who_asks_through_which_proxies_and_gives_each_request_an_id(nginx: Nginx) -> None:
    said = {"X-Forwarded-For": "203.0.113.7", "X-Request-ID": "forged", "Authorization": "Bearer token"}
    first, second = (
        requests.get(f"{nginx.url}/chat/messages", headers=said, timeout=SECONDS).json() for _ in range(2)
    )
    assert first["x-forwarded-for"] == "203.0.113.7, 127.0.0.1"
    assert first["authorization"] == "Bearer token"
    assert first["host"] == nginx.url.removeprefix("http://")
    assert len({first["x-request-id"], second["x-request-id"], "forged"}) == 3


@pytest.mark.parametrize(
    "place", ["/", "/metrics", "/readyz", "/conversations/ann/tracker", "/model/parse", "/unreachable.html"]
)
def test_lets_through_only_what_people_and_messengers_need(nginx: Nginx, place: str) -> None:
    assert requests.get(nginx.url + place, timeout=SECONDS).status_code == 404


@pytest.mark.parametrize(
    "place", ["/chat", "/chat/", "/chat/backchat.js", "/webhooks/rest/", "/webhooks/slack/", "/healthz"]
)
def test_lets_through_what_they_need(nginx: Nginx, place: str) -> None:
    assert requests.get(nginx.url + place, timeout=SECONDS).status_code == 200


# --- when some or all are gone ----------------------------------------------------------------------------


def test_every_process_gets_its_share(nginx: Nginx, upstreams: list[Upstream]) -> None:
    for _ in range(20):
        requests.get(f"{nginx.url}/chat/", timeout=SECONDS)
    assert min(upstream.asked for upstream in upstreams) >= 5


def test_nobody_notices_that_a_process_is_gone(nginx: Nginx, upstreams: list[Upstream]) -> None:
    upstreams[0].end()
    answers = [requests.post(f"{nginx.url}/chat/messages", data=b"x", timeout=SECONDS) for _ in range(20)]
    assert [answer.status_code for answer in answers] == [200] * 20
    assert upstreams[1].asked == 20


def test_a_person_is_told_what_to_do_in_an_emergency_while_nothing_answers(
    nginx: Nginx, upstreams: list[Upstream]
) -> None:
    for upstream in upstreams:
        upstream.end()
    page = requests.get(f"{nginx.url}/chat/", timeout=SECONDS)
    assert page.status_code == 502
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    wording = yaml.safe_load((ROOT / "backchat/knowledge/wording.yml").read_text(encoding="utf-8"))
    assert wording["safety_net_message"].strip() in " ".join(page.text.split())
    sent = requests.post(f"{nginx.url}/chat/messages", json={}, timeout=SECONDS)
    assert sent.status_code == 502
    assert sent.json()["error"]


# --- time and records -------------------------------------------------------------------------------------


def test_waits_longer_than_backchat_takes_and_streams_are_silent() -> None:
    (seconds,) = map(int, re.findall(r"proxy_read_timeout (\d+)s;", CONFIGURATION))
    assert seconds > max(SECONDS_TO_ANSWER, 2 * SECONDS_BETWEEN_SIGNS)


def test_the_log_tells_what_was_asked_and_not_by_whom(nginx: Nginx) -> None:
    asked = {
        "User-Agent": "a browser",
        "Referer": "https://clinic.example/",
        "X-Forwarded-For": "203.0.113.7",
    }
    requests.get(f"{nginx.url}/chat/messages?said=numb", headers=asked, timeout=SECONDS)
    nginx.stop()  # it writes the line after the answer
    (line,) = nginx.log.read_text(encoding="utf-8").splitlines()
    assert json.loads(line).items() >= {"path": "/chat/messages", "status": "200"}.items()
    assert not [said for said in (*asked.values(), "numb", "127.0.0.1") if said in line]


def test_asks_for_the_name_that_compose_gives_every_process() -> None:
    assert [process["networks"]["outside"]["aliases"] for process in processes.values()] == [[NAME]] * len(
        processes
    )
    assert len(processes) == len(ADDRESSES)
