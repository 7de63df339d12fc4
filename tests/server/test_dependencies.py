"""What SECURITY.md says of the packages that Backchat is built on is so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ONLY_TEACHES = ("transformers", "onnx", "tf2onnx")
LISTED = re.findall(r"^\| `([\w.-]+)==([\w.]+)`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"), re.M)


def test_a_server_does_not_load_what_only_teaches(model_path: Path) -> None:
    serving = (
        "import sys; from pathlib import Path; from rasa.core.tracker_store import InMemoryTrackerStore;"
        "from backchat.server.runner import load_agent;"
        f"load_agent(Path({str(model_path)!r}), InMemoryTrackerStore(None)); print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", serving], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    assert "onnxruntime" in loaded
    assert not set(ONLY_TEACHES) & set(loaded)


@pytest.mark.parametrize(("package", "version"), LISTED)
def test_each_package_with_a_known_vulnerability_has_the_version_that_was_looked_at(
    package: str, version: str
) -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.search(rf"^{re.escape(package)}=={re.escape(version)} ", lock, re.M), f"look at {package} again"


def test_packages_are_listed() -> None:
    assert len(LISTED) > 5
