"""The image: what is in it, what is not, and that it is made by the project's own commands.

No engine builds it here: the linter reads it, and each step is held against the project.
"""

from __future__ import annotations

import json
import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

import pytest

from backchat.channels.web import PAGE_FOLDER
from backchat.server.model import MODEL, PROJECT_PARTS
from tests.deploy.files import DEPLOY, ROOT, SOURCES, tool

DOCKERFILE = DEPLOY / "Dockerfile"
INSTRUCTIONS = [
    line.split(maxsplit=1)
    for line in DOCKERFILE.read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
PATTERNS = [
    line
    for line in Path(f"{DOCKERFILE}.dockerignore").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def instructions(kind: str) -> list[str]:
    return [rest for name, rest in INSTRUCTIONS if name == kind]


def copied() -> list[str]:
    """Names what is copied from the project into the image."""
    sources = [rest.split()[:-1] for rest in instructions("COPY") if not rest.startswith("--from")]
    return [source for line in sources for source in line]


def is_let_in(place: str) -> bool:
    """Whether the build sees a file: the last pattern that fits it or a folder of it decides."""
    path = PurePosixPath(place)
    parts = [str(part) for part in (path, *path.parents)]
    let_in = True
    for pattern in PATTERNS:
        plain = pattern.removeprefix("!")
        deep = plain.removeprefix("**/")
        if any(
            fnmatch(part, plain) or (deep != plain and PurePosixPath(part).name == deep)
            for part in parts[:-1]
        ):
            let_in = pattern.startswith("!")
    return let_in


def test_the_linter_finds_no_fault() -> None:
    linted = subprocess.run(
        [tool("hadolint"), str(DOCKERFILE)], check=False, capture_output=True, text=True, timeout=60
    )
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("place", copied())
def test_what_is_copied_is_there_and_let_in(place: str) -> None:
    assert (ROOT / place).exists()
    assert is_let_in(place)


@pytest.mark.parametrize(
    "place",
    [
        ".git/config",
        ".venv/bin/python",
        ".cache/x",
        "deploy/.env",
        "var/backchat.db",
        "models/backchat.tar.gz",
        "backchat/__pycache__/cli.pyc",
        "web/node_modules/lit/index.js",
        "web/dist/index.html",
        "tests/conftest.py",
    ],
)
def test_conversations_secrets_and_what_the_build_makes_itself_stay_outside(place: str) -> None:
    assert not is_let_in(place)


def test_what_is_let_in_is_what_is_copied() -> None:
    assert sorted(pattern[1:] for pattern in PATTERNS if pattern.startswith("!")) == sorted(copied())


def test_all_that_the_model_is_trained_from_is_in_it() -> None:
    assert {part for part in PROJECT_PARTS if (ROOT / part).exists()} <= set(copied())


def test_it_is_made_by_the_commands_of_the_project() -> None:
    build = " && ".join(instructions("RUN")).split(" && ")
    assert build[:3] == [
        "sh bin/set-up requirements.lock",
        ".venv/bin/backchat train",
        "rm -r .cache web/node_modules",
    ]
    assert MODEL.parts[0] not in {".cache", "web"} and not PAGE_FOLDER.startswith("web/node_modules")


def test_it_runs_the_server_as_somebody_who_can_change_nothing() -> None:
    last_stage = [line for _, line in INSTRUCTIONS[[name for name, _ in INSTRUCTIONS].index("FROM", 1) :]]
    (user,) = instructions("USER")
    assert user in last_stage
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert not [line for line in last_stage if "--chown" in line]
    (owned,) = [line for line in instructions("RUN") if "--owner" in line]
    assert owned.split()[-1] == "var"
    (entrypoint,), (command,) = instructions("ENTRYPOINT"), instructions("CMD")
    assert json.loads(entrypoint) == [".venv/bin/backchat"]
    assert f"def {json.loads(command)[0]}(" in SOURCES
