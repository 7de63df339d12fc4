"""SAFETY.md and SECURITY.md name only tests, files and settings that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("SAFETY.md", "SECURITY.md")
QUOTED = [
    pytest.param(quoted, id=f"{document}: {quoted}")
    for document in DOCUMENTS
    for quoted in re.findall(r"`([^`]+)`", (ROOT / document).read_text(encoding="utf-8"))
]
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "backchat").rglob("*.py")))


def is_there(test: str) -> bool:
    """Tells whether a test is: a file, a function `file::name`, or a conversation `file: name`."""
    path, function = (test.partition("::")[::2]) if "::" in test else (test, "")
    path, conversation = path.partition(": ")[::2]
    text = (ROOT / path).read_text(encoding="utf-8")
    if function:
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return function in {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)}
    return not conversation or conversation in {script["name"] for script in yaml.safe_load(text)}


@pytest.mark.parametrize("quoted", QUOTED)
def test_what_is_quoted_is_there(quoted: str) -> None:
    if quoted.startswith("tests/"):
        assert is_there(quoted)
    if quoted.startswith("BACKCHAT_"):
        assert f'"{quoted}"' in SOURCES
    if quoted.startswith("python -m "):
        assert (ROOT / quoted.split()[2].replace(".", "/") / "__main__.py").is_file()
    if quoted.startswith("backchat "):
        assert f"def {quoted.split()[1]}(" in SOURCES


def test_a_name_that_is_wrong_is_found() -> None:
    assert not is_there("tests/test_documents.py::test_nothing")
    assert not is_there("tests/conversations/talk.yml: Nothing")
    with pytest.raises(FileNotFoundError):
        is_there("tests/nothing.py")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_hazard_and_threat_names_its_test(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if re.match(r"\| [HT]\d+ \|", line)]
    assert len(rows) > 10
    assert not [row for row in rows if "`tests/" not in row.split("|")[-2]]
