"""Whatever interpreters a machine has, one that works is found, or one line says that there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FINDER = Path(__file__).parents[2] / "bin" / "find-python"


def put(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def put_working(path: Path) -> Path:
    """An interpreter that passes as the one that runs this test."""
    return put(path, f'exec "{sys.executable}" "$@"')


def put_other_version(path: Path) -> Path:
    return put(path, f'exec "{sys.executable}" -c "import sys; sys.version_info = (3, 12); $2"')


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder on $PATH with the shell alone: no interpreter of this machine is found."""
    folder = tmp_path / "bare"
    folder.mkdir()
    (folder / "sh").symlink_to("/bin/sh")
    return folder


def find(*path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.pathsep.join(map(str, path)), "HOME": "/nonexistent", **variables}
    return subprocess.run(
        ["/bin/sh", str(FINDER)], capture_output=True, text=True, env=environment, check=False
    )


@pytest.mark.parametrize("name", ["python3.11", "python3.10", "python3", "python"])
def test_finds_a_working_one_on_the_path(tmp_path: Path, bare: Path, name: str) -> None:
    python = put_working(tmp_path / "some where" / name)
    assert find(bare, python.parent).stdout.strip() == str(python)


def test_passes_over_those_that_fail_or_have_another_version(tmp_path: Path, bare: Path) -> None:
    put(tmp_path / "shims" / "python3.11", "echo 'pyenv: python3.11: command not found' >&2; exit 127")
    put_other_version(tmp_path / "new" / "python3")
    put(tmp_path / "no venv" / "python3.10", "echo \"No module named 'ensurepip'\" >&2; exit 1")
    python = put_working(tmp_path / "last" / "python3.10")
    folders = [tmp_path / name for name in ("shims", "new", "no venv", "last")]
    assert find(bare, *folders).stdout.strip() == str(python)


def test_prefers_the_newer_version(tmp_path: Path, bare: Path) -> None:
    put_working(tmp_path / "one" / "python3.10")
    newer = put_working(tmp_path / "two" / "python3.11")
    assert find(bare, tmp_path / "one", tmp_path / "two").stdout.strip() == str(newer)


@pytest.mark.parametrize("known_by", ["PYENV_ROOT", "HOME", "shims", "command"])
def test_finds_what_only_pyenv_knows(tmp_path: Path, bare: Path, known_by: str) -> None:
    root = tmp_path / ".pyenv"
    python = put_working(root / "versions" / "3.10.13" / "bin" / "python")
    put_other_version(root / "versions" / "3.12.1" / "bin" / "python")
    put(root / "shims" / "python3.10", "exit 127")
    put(root / "bin" / "pyenv", f'[ "$1" = root ] && echo "{root}"')
    path = {"shims": [root / "shims"], "command": [root / "bin"]}.get(known_by, [])
    variables = {"PYENV_ROOT": {"PYENV_ROOT": str(root)}, "HOME": {"HOME": str(tmp_path)}}.get(known_by, {})
    assert find(bare, *path, **variables).stdout.strip() == str(python)


def test_python_names_the_one_to_take(tmp_path: Path, bare: Path) -> None:
    put_working(tmp_path / "path" / "python3.11")
    named = put_working(tmp_path / "named" / "my-python")
    assert find(bare, tmp_path / "path", PYTHON=str(named)).stdout.strip() == str(named)


def test_a_named_one_that_does_not_work_is_not_replaced(tmp_path: Path, bare: Path) -> None:
    put_working(tmp_path / "path" / "python3.11")
    found = find(bare, tmp_path / "path", PYTHON=str(put_other_version(tmp_path / "named")))
    assert found.returncode == 1
    assert not found.stdout
    assert len(found.stderr.splitlines()) == 1


def test_one_line_says_that_there_is_none(tmp_path: Path, bare: Path) -> None:
    found = find(bare, put_other_version(tmp_path / "new" / "python3").parent)
    assert found.returncode == 1
    assert not found.stdout
    assert found.stderr.startswith("No working Python 3.10 or 3.11 found")
    assert len(found.stderr.splitlines()) == 1
