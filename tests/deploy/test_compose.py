"""The Compose file: valid, closed, and made for several processes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.files import DEPLOY, processes, services, tool

each_service = pytest.mark.parametrize("service", services.values(), ids=list(services))
REFERENCE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?P<kind>:[-?])?[^}]*\}")
EXAMPLE = (DEPLOY / "example.env").read_text(encoding="utf-8")


def asked_for() -> set[str]:
    """Names the variables without which Compose does not begin."""
    text = (DEPLOY / "compose.yml").read_text(encoding="utf-8")
    return {found["name"] for found in REFERENCE.finditer(text) if found["kind"] == ":?"}


def left_to_the_operator() -> set[str]:
    """Names the variables that the operator may say or not."""
    text = (DEPLOY / "compose.yml").read_text(encoding="utf-8")
    with_default = {found["name"] for found in REFERENCE.finditer(text)} - asked_for()
    passed_on = {name for name, value in environment(next(iter(processes.values()))).items() if value is None}
    return with_default | passed_on


def environment(service: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = service["environment"]
    return found


def config(folder: Path, filled: str) -> subprocess.CompletedProcess[str]:
    """Lets Docker Compose itself read the file."""
    file = folder / "filled.env"
    file.write_text(filled, encoding="utf-8")
    command = [
        tool("docker-compose"),
        "--file",
        str(DEPLOY / "compose.yml"),
        "--env-file",
        str(file),
        "config",
    ]
    return subprocess.run(
        command, check=False, env={"HOME": str(folder)}, capture_output=True, text=True, timeout=60
    )


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the wheel with Docker Compose needs Python 3.11")
class TestDockerCompose:
    def test_takes_the_file_with_the_example_filled_in(self, tmp_path: Path) -> None:
        filled = re.sub(r"^#?([A-Z_]+)=$", r"\1=some-value-of-\1", EXAMPLE, flags=re.MULTILINE)
        answer = config(tmp_path, filled)
        assert answer.returncode == 0, answer.stderr
        assert answer.stderr == ""
        assert "TELEGRAM_TOKEN: some-value-of-TELEGRAM_TOKEN" in answer.stdout

    def test_refuses_it_while_a_secret_is_missing(self, tmp_path: Path) -> None:
        answer = config(tmp_path, EXAMPLE)
        assert answer.returncode != 0
        assert "see example.env" in answer.stderr


def test_the_example_names_all_that_the_file_asks_for_and_no_value() -> None:
    lines = re.findall(r"^(#?)([A-Z_]+)=(.*)$", EXAMPLE, flags=re.MULTILINE)
    assert {name for mark, name, _ in lines if not mark} == asked_for()
    assert {name for mark, name, _ in lines if mark} == left_to_the_operator()
    assert not [name for mark, name, value in lines if value and not mark]


def test_a_filled_example_is_never_committed() -> None:
    ignored = (DEPLOY / ".gitignore").read_text(encoding="utf-8").split()
    assert ".env" in ignored
    assert not (DEPLOY / ".env").exists()


# --- closed -----------------------------------------------------------------------------------------------


@each_service
def test_nothing_runs_as_root_or_may_do_more_than_it_needs(service: dict[str, Any]) -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


@each_service
def test_only_what_is_written_to_can_be_written_to(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    mounted = [volume for volume in service.get("volumes", []) if not volume.endswith(":ro")]
    assert mounted == (["conversations:/var/lib/postgresql/data"] if service is services["postgres"] else [])


@each_service
def test_every_container_says_what_it_needs_and_at_most_gets(service: dict[str, Any]) -> None:
    for bound in ("reservations", "limits"):
        assert {"cpus", "memory"} <= set(service["deploy"]["resources"][bound])


@each_service
def test_every_container_that_stays_is_asked_whether_it_works(service: dict[str, Any]) -> None:
    assert ("test" in service["healthcheck"]) == (service is not services["migrate"])


@each_service
def test_no_secret_stands_in_the_file(service: dict[str, Any]) -> None:
    for name, value in (service.get("environment") or {}).items():
        if re.search("SECRET|TOKEN|PASSWORD|KEY|AUTH|_URL", name):
            assert value is None or REFERENCE.search(value), name


def test_what_keeps_conversations_is_reached_from_inside_alone() -> None:
    for name in ("postgres", "redis", "migrate"):
        assert services[name]["networks"] == ["inside"]
    assert "inside" not in services["nginx"]["networks"]
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert list(published) == ["nginx"]
    assert all(port.startswith("127.0.0.1:") for port in published["nginx"])


# --- several processes, and others after them -------------------------------------------------------------


def test_there_are_several_processes_that_differ_in_nothing() -> None:
    first, *others = processes.values()
    assert others and all(other == first for other in others)
    assert first["networks"]["outside"]["aliases"] == ["backchat"]


def test_the_database_is_migrated_before_a_process_starts() -> None:
    migrate = services["migrate"]
    assert migrate["command"] == ["migrate"]
    assert migrate["restart"] == "no"
    for process in processes.values():
        assert process["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert environment(process) == environment(migrate)
        assert process["image"] == migrate["image"]


def test_turns_under_way_have_the_time_to_end() -> None:
    assert {process["stop_grace_period"] for process in processes.values()} == {"40s"}


def test_a_lock_is_never_evicted() -> None:
    assert "--maxmemory-policy noeviction" in services["redis"]["command"][-1]
