"""The command as one starts it, in processes of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backchat import cli
from backchat.server.store import DATABASE_VARIABLE

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from backchat.cli import main; main()"]
START_SECONDS = 120.0


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, DATABASE_VARIABLE: f"sqlite:///{folder}/backchat.db", "PYTHONUNBUFFERED": "1"}


def backchat(
    *arguments: str, folder: Path, given: str = "", at: Path = ROOT, code: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        input=given,
        capture_output=True,
        text=True,
        cwd=at,
        env={**environment(folder), "PYTHONPATH": str(code)},
        timeout=START_SECONDS,
        check=False,
    )


@contextmanager
def serving(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    with (folder / "output").open("w") as output:
        server = subprocess.Popen(
            [*COMMAND, "run"],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            env={**environment(folder), "PORT": str(port)},
        )
        try:
            end = time.monotonic() + START_SECONDS
            while "is ready" not in (folder / "output").read_text():
                assert server.poll() is None, (folder / "output").read_text()
                assert time.monotonic() < end, (folder / "output").read_text()
                time.sleep(0.1)
            yield server
        finally:
            if server.poll() is None:
                server.kill()
            server.wait()


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def ask(port: int, text: str) -> list[dict[str, object]]:
    body = json.dumps({"sender": "person", "message": text}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/webhooks/rest/webhook", body)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return list(json.load(answer))


def test_serves_until_it_is_interrupted(model_path: Path, tmp_path: Path, port: int) -> None:
    with serving(tmp_path, port) as server:
        assert any(message.get("text") for message in ask(port, "hello"))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/chat/", timeout=60) as page:
            assert b"<html" in page.read()

        second = backchat("run", "--port", str(port), folder=tmp_path)
        assert second.returncode == 1
        assert len(second.stderr.splitlines()) == 1
        assert f"127.0.0.1:{port}" in second.stderr

        started = (tmp_path / "output").read_text().splitlines()
        assert started[-1] == f"Backchat is ready: http://127.0.0.1:{port}/chat/"

        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=30) in (0, 130)
    assert (tmp_path / "output").read_text().splitlines() == started
    with socket.socket() as connection:
        assert connection.connect_ex(("127.0.0.1", port)) != 0


def test_a_signal_that_comes_as_soon_as_it_is_ready_ends_it(
    model_path: Path, tmp_path: Path, port: int
) -> None:
    with subprocess.Popen(
        [*COMMAND, "run"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**environment(tmp_path), "PORT": str(port)},
    ) as server:
        try:
            assert any("is ready" in line for line in server.stdout or ())
            server.terminate()
            assert server.wait(60) == 0
        finally:
            server.kill()


def test_a_server_leaves_behind_what_a_training_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    done = []

    def begin(program: str, arguments: list[str]) -> None:
        done.append((program, arguments))
        raise SystemExit

    monkeypatch.setattr(os, "execv", begin)
    monkeypatch.setattr(cli, "current_model", lambda: None)
    monkeypatch.setattr(cli, "ensure_model", lambda _: done.append("trained"))
    with pytest.raises(SystemExit):
        cli.run("127.0.0.1", 0)
    assert done == ["trained", (sys.executable, sys.orig_argv)]


def test_understands_json_lines_and_goes_on_after_a_bad_one(model_path: Path, tmp_path: Path) -> None:
    lines = [
        {"text": "My lower back hurts"},
        {"text": "yes", "asked": "fever"},
        {"text": "only the second", "asked": ["saddle_numbness", "urinary_retention"]},
        {"text": "yes", "asked": "no_such_finding"},
        {"asked": "fever"},
        {"text": "yes", "asked": 3},
        {"text": "no", "asked": "fever"},
    ]
    given = "\n".join([*map(json.dumps, lines[:3]), "{not json", "[]", *map(json.dumps, lines[3:])])
    understood = backchat("understand", "-", folder=tmp_path, given=given)
    assert understood.returncode == 0, understood.stderr
    answers = [json.loads(line) for line in understood.stdout.splitlines()]
    assert ["error" in answer for answer in answers] == [False] * 3 + [True] * 5 + [False]
    assert set(answers[0]) == {"text", "intent", "confidence", "findings"}
    region = answers[0]["findings"]["region"]
    assert answers[0]["text"][region["start"] : region["end"]] == region["said"]
    assert answers[1]["findings"]["fever"]["value"] == "present"
    assert answers[2]["findings"]["urinary_retention"]["value"] == "present"
    assert answers[-1]["findings"]["fever"]["value"] == "absent"


def test_an_unknown_finding_is_named(tmp_path: Path) -> None:
    answered = backchat("understand", "--asked", "fever,feverr", "yes", folder=tmp_path)
    assert answered.returncode == 2
    assert answered.stderr == "backchat: unknown finding: feverr\n"
    assert not answered.stdout


def test_stored_findings_are_explained(tmp_path: Path) -> None:
    stored = tmp_path / "findings.json"
    stored.write_text('{"fever": "present", "duration_days": {"value": 21, "low": 14, "high": 35}}')
    explained = backchat("explain", str(stored), folder=tmp_path)
    assert explained.returncode == 0, explained.stderr
    assert explained.stdout.startswith("So far: See a doctor within 24 hours (consultation_24)\n")
    assert backchat("explain", "-", folder=tmp_path, given=stored.read_text()).stdout == explained.stdout


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('{"feverr": "present"}', "unknown finding: feverr (is fever meant?)"),
        ('{"severity": 12}', "severity: it has to be a number from 0 to 10 (0-10), not 12"),
        ('{"fever": "present", "fever": "absent"}', "fever: it stands there twice"),
        ("{fever", "Expecting property name"),
    ],
)
def test_findings_that_are_none_are_refused(tmp_path: Path, given: str, said: str) -> None:
    explained = backchat("explain", "-", folder=tmp_path, given=given)
    assert explained.returncode == 2
    assert explained.stderr.startswith(f"backchat: -: {said}")
    assert len(explained.stderr.splitlines()) == 1
    assert not explained.stdout


def test_the_page_and_the_schemas_are_written_where_they_stand(tmp_path: Path) -> None:
    for command in ("page", "schema"):
        assert backchat("knowledge", command, folder=tmp_path, at=tmp_path).returncode == 0
    written = {path.relative_to(tmp_path) for path in (tmp_path / "docs").rglob("*.*")}
    assert written == {
        Path("docs/knowledge.md"),
        *(p.relative_to(ROOT) for p in (ROOT / "docs/schema").iterdir()),
    }
    assert all((tmp_path / path).read_bytes() == (ROOT / path).read_bytes() for path in written)


def test_a_failure_is_told_in_one_line(tmp_path: Path) -> None:
    failed = backchat("run", "--port", "0", folder=tmp_path, at=tmp_path)
    assert failed.returncode == 1
    assert len(failed.stderr.splitlines()) == 1
    assert "The training failed" in failed.stderr


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        (
            "phrases/findings/extra.yml",
            "fewer: {present: [word]}\n",
            "extra.yml:1: fewer.present: findings.yml",
        ),
        ("drawings/cat_cow.svg", "hello", "cat_cow.svg:1: it is no SVG"),
        ("version.yml", "version: ''\n", "version.yml:1: version: ensure"),
    ],
)
def test_wrong_content_stops_the_start(tmp_path: Path, file: str, content: str, reason: str) -> None:
    package = shutil.copytree(ROOT / "backchat", tmp_path / "backchat")
    (package / "knowledge" / file).write_text(content)
    stopped = backchat("run", "--port", "0", folder=tmp_path, at=tmp_path, code=tmp_path)
    assert stopped.returncode == 1
    assert stopped.stderr.startswith(f"backchat: {reason}")
    assert len(stopped.stderr.splitlines()) == 1


def test_talks_in_the_terminal_and_a_number_picks_an_option(model_path: Path, tmp_path: Path) -> None:
    given = "my lower back has hurt since I lifted a box two days ago\n1\nquit\n"
    talk = backchat("chat", folder=tmp_path, given=given)
    assert talk.returncode == 0, talk.stderr
    assert "  1. " in talk.stdout
    assert "Traceback" not in talk.stderr


def test_a_server_that_is_not_there_is_named(tmp_path: Path, port: int) -> None:
    talk = backchat("chat", "--url", f"http://127.0.0.1:{port}", folder=tmp_path)
    assert talk.returncode == 1
    assert len(talk.stderr.splitlines()) == 1
    assert f"127.0.0.1:{port}" in talk.stderr
