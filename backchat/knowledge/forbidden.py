"""Finds doses, brands and promises in what is said to people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel

from backchat.knowledge.models import Forbidden, Language, Requests
from backchat.knowledge.reading import Problem, Step

FILE = "forbidden.yml"

SAID_BY_PEOPLE = frozenset({"phrases", "shared"})
"""The fields that hold what people say."""

GAP = re.compile(r"{{.*?}}|{%.*?%}", re.DOTALL)

Way = tuple[Step, ...]


def forbidden_texts(contents: Mapping[str, Any], forbidden: Forbidden) -> Iterator[Problem]:
    """Finds texts that say what none may.

    Args:
        contents: What each file holds, as its type.
        forbidden: What no text may say.

    Yields:
        Each mistake.
    """
    patterns = _patterns(forbidden)
    for file, content in contents.items():
        for where, text in () if file == FILE else _said(content, ()):
            for reason, pattern in patterns.items():
                if found := pattern.search(GAP.sub(" ", text)):
                    yield Problem(file, where, f"“{found[0]}” is {reason}")


def _patterns(forbidden: Forbidden) -> dict[str, re.Pattern[str]]:
    number = rf"(?:\d[\d.,/]*|\b(?:{_any_of(forbidden.numbers)}))"
    dose = rf"{number}(?:\s+(?:to|or)\s+{number})?\s*-?\s*(?:{_any_of(forbidden.units)})\b"
    interval = rf"\bevery\s+{number}(?:\s+(?:to|or)\s+{number})?\s+hours\b"
    words = {reason: rf"\b(?:{_any_of(some)})\b" for reason, some in forbidden.words.items()}
    return {
        reason: re.compile(pattern, re.IGNORECASE)
        for reason, pattern in {"a dose": f"{dose}|{interval}", **words}.items()
    }


def _any_of(words: tuple[str, ...]) -> str:
    """The longest first, so that none hides another."""
    return "|".join(
        r"\s+".join(map(re.escape, word.split())) for word in sorted(words, key=len, reverse=True)
    )


def _said(content: Any, where: Way) -> Iterator[tuple[Way, str]]:
    """Yields every text that is said, with the way to it."""
    if isinstance(content, Requests):
        return
    if isinstance(content, BaseModel):
        for field in content.__fields__:
            if field not in SAID_BY_PEOPLE and not (field == "words" and isinstance(content, Language)):
                yield from _said(getattr(content, field), (*where, field))
    elif isinstance(content, Mapping):
        for key, entry in content.items():
            yield from _said(entry, (*where, key.value if isinstance(key, Enum) else key))
    elif isinstance(content, tuple):
        for place, entry in enumerate(content):
            yield from _said(entry, (*where, place))
    elif isinstance(content, str):
        yield where, content
