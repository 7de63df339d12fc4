"""The wordings that have to be there are those that the code says, filled with what it fills them with."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from backchat.knowledge import load_knowledge, wordings
from backchat.knowledge.models import OF_COUNTRY

ROOT = Path(__file__).parents[2]
CODE = [
    node
    for folder in ("actions", "backchat")
    for path in (ROOT / folder).rglob("*.py")
    if path.parent.name != "knowledge"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
]
NEEDED = wordings.needed_wordings(load_knowledge().findings)

SAYING = {"say": (), "vary": (), "in_country": OF_COUNTRY, "_advice": ("title", "action")}
"""What says a wording, each with what it fills in by itself."""


def said() -> Iterator[tuple[str, set[str]]]:
    """Every wording that is said by its full name, with the names of what fills it."""
    for node in CODE:
        match node:
            case ast.Call(ast.Attribute(attr=way), [ast.Constant(str(name)), *_], keywords) if way in SAYING:
                given = {keyword.arg for keyword in keywords}
                if None not in given:  # it is filled with all that something has
                    yield name, given.union(SAYING[way])


@pytest.mark.parametrize(("name", "given"), said(), ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_said_has_a_wording_that_is_filled(name: str, given: set[str]) -> None:
    needed, optional = NEEDED[name]
    assert set(needed) <= given <= {*needed, *optional}


def test_every_wording_is_said() -> None:
    named, beginnings = set(), set()
    for node in CODE:
        match node:
            case ast.Constant(str(name)):
                named.add(name)
            case ast.JoinedStr([ast.Constant(str(beginning)), ast.FormattedValue()]) if beginning[-1] == "_":
                beginnings.add(beginning)
    assert {name for name in NEEDED.keys() - named if not name.startswith(tuple(beginnings))} == set()


def test_what_takes_turns_is_varied() -> None:
    varied = set()
    for node in CODE:
        match node:
            case ast.Call(ast.Attribute(attr="vary"), [ast.Constant(name), *_]):
                varied.add(name)
    assert varied == wordings.TAKE_TURNS
