"""Examples of how people say findings, and messages put together from them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backchat.knowledge import Assertion, FindingKind, FindingSpec, KnowledgeError
from backchat.knowledge.loader import read_content

NOTHING = "nothing"
"""The heading of lines in which the finding comes up and nothing is said of it."""

MIXED = ("everyday", "messages")
"""Headings of lines that are about no finding in particular."""

JOINTS = (". ", ". ", ", ", ", ", " and ", " but ", "\n", " also ", "; ", " ... ", " - ", ". And ", " ")
MOST_JOINED = 3


@dataclass(frozen=True)
class Example:
    """A text and what it says of the findings that are yes or no; those it leaves out it says nothing of."""

    text: str
    findings: Mapping[str, Assertion]


def load_examples(folder: Path, specs: Mapping[str, FindingSpec]) -> list[Example]:
    """Loads the examples of all files of a folder.

    A file holds findings, each with lines under `present`, `absent`, `unsure`, `longstanding` and `nothing`.
    A line is a text, or `{text: ..., also: {other_finding: value}}`. Findings that have values, and `MIXED`,
    hold lines that tell of yes-or-no findings only what stands under `also`.

    Args:
        folder: Where the YAML files are.
        specs: The vocabulary.

    Returns:
        The examples; a text that stands in several places has the findings of all of them.

    Raises:
        KnowledgeError: There are none, or one names a finding or value that does not exist, or two
            contradict each other.
    """
    merged: dict[str, dict[str, Assertion]] = {}
    for path in sorted(folder.glob("*.yml")):
        for text, findings in _lines(path, specs):
            known = merged.setdefault(text, {})
            for finding, value in findings.items():
                if known.setdefault(finding, value) is not value:
                    raise KnowledgeError(f"{path.name}: two labels of {finding} for {text!r}")
    if not merged:
        raise KnowledgeError(f"{folder} holds no examples")
    return [Example(text, findings) for text, findings in merged.items()]


def compose(examples: Sequence[Example], share: float, chance: random.Random) -> Iterator[Example]:
    """Makes longer messages of examples, so that what is said in one part is not read into another.

    Args:
        examples: The examples; each is used once.
        share: How many of them become parts of longer ones, from 0 to 1.
        chance: Decides which.

    Yields:
        The messages, in a new order.
    """
    shuffled = list(examples)
    chance.shuffle(shuffled)
    alone = round(len(shuffled) * (1 - share))
    yield from shuffled[:alone]
    rest = iter(shuffled[alone:])
    for first in rest:
        joined = first
        for _ in range(chance.randint(1, MOST_JOINED - 1)):
            other = next(rest, None)
            if other is None:
                break
            if _agree(joined.findings, other.findings):
                text = joined.text.rstrip(".") + chance.choice(JOINTS) + other.text
                joined = Example(text, {**joined.findings, **other.findings})
            else:
                yield other
        yield joined


def _agree(one: Mapping[str, Assertion], other: Mapping[str, Assertion]) -> bool:
    return all(one[finding] is other[finding] for finding in one.keys() & other.keys())


def _lines(path: Path, specs: Mapping[str, FindingSpec]) -> Iterator[tuple[str, dict[str, Assertion]]]:
    content = read_content(path, dict[str, dict[str, list[Any]]])
    strange = content.keys() - specs.keys() - set(MIXED)
    if strange:
        raise KnowledgeError(f"{path.name}: {sorted(strange)[0]} is no finding")
    for finding, by_value in content.items():
        for value, lines in by_value.items():
            told = value != NOTHING and finding not in MIXED and specs[finding].kind is FindingKind.TRI
            said = {finding: value} if told else {}
            for line in lines:
                text, also = (line["text"], line.get("also", {})) if isinstance(line, dict) else (line, {})
                yield str(text), _checked({**also, **said}, path, specs)


def _checked(
    findings: Mapping[str, str], path: Path, specs: Mapping[str, FindingSpec]
) -> dict[str, Assertion]:
    unknown = [f for f in findings if f not in specs or specs[f].kind is not FindingKind.TRI]
    if unknown:
        raise KnowledgeError(f"{path.name}: {unknown[0]} is no finding that is yes or no")
    try:
        return {finding: Assertion(value) for finding, value in findings.items()}
    except ValueError as error:
        raise KnowledgeError(f"{path.name}: {error}") from error


def findings_of(examples: Iterable[Example]) -> tuple[str, ...]:
    """Lists the findings that the examples speak of."""
    return tuple(sorted({finding for example in examples for finding in example.findings}))
