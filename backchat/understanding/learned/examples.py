"""Examples of how people say things.

The network learns of every text which *aspects* it tells: a finding that is yes or no is one, and each value
of a choice or set is one, such as `region=lower`. An example need not know all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from backchat.knowledge import Assertion, Finding, FindingKind, FindingSpec, KnowledgeError
from backchat.knowledge.reading import read_content
from backchat.understanding.learned.labels import DURATION, Message, load_messages, meets

NOTHING = "nothing"
"""The heading of lines in which the finding comes up and nothing is said of it."""

RENAMED = {"nothing_helps": "nothing"}
"""Headings of values whose own name has the meaning above."""

MIXED = ("everyday", "messages")
"""Headings of lines that are about no finding in particular."""

TOPIC = "topic"
"""What questions are about is learned as if it were a finding with values."""

COMPLAINT, CRISIS = "describe_pain", "crisis"
CRISIS_FINDINGS = frozenset({"suicidal_thoughts", "suicidal_plan", "overdose"})
TELL_NOTHING = frozenset(
    {"greet", "goodbye", "thank", "ask_why", "restart", "stop", "human_handoff", "out_of_scope"}
)
"""Intents of messages that tell no finding at all."""
NO_ANSWERS = TELL_NOTHING | {"ask_faq"}
"""Intents of messages that want something else than to tell how their writer is."""


Numbers = Callable[[str], Sequence[Finding]]


def _no_numbers(_: str) -> Sequence[Finding]:
    return ()


class Number(NamedTuple):
    """A number in a text, from character to character.

    Attributes:
        finding: What it might be.
        told: Whether it is.
    """

    start: int
    end: int
    finding: str
    told: bool


@dataclass(frozen=True)
class Example:
    """A text and what it says.

    Attributes:
        told: What it says of each aspect; of those left out it says nothing.
        unknown: Aspects of which it is not known whether it says something; a finding stands for its values.
        intent: What the person wants, where that is known.
        numbers: The numbers that it names, as each finding that they might be, where that is known.
    """

    text: str
    told: Mapping[str, Assertion]
    unknown: frozenset[str] = frozenset()
    intent: str | None = None
    numbers: tuple[Number, ...] = ()


def aspect(finding: str, value: str) -> str:
    """Names the aspect of a value."""
    return f"{finding}={value}"


def finding_of(name: str) -> str:
    """Gives the finding that an aspect belongs to."""
    return name.partition("=")[0]


def aspects_of(specs: Mapping[str, FindingSpec]) -> tuple[str, ...]:
    """Lists the aspects of a vocabulary; numbers have none."""
    yes_no = [name for name, spec in specs.items() if spec.kind is FindingKind.TRI]
    return (*yes_no, *(a for name in specs for a in values_of(name, specs)))


def load_examples(
    findings: Path, messages: Path, specs: Mapping[str, FindingSpec], numbers_in: Numbers = _no_numbers
) -> list[Example]:
    """Loads the examples of two folders.

    A file of the first holds findings, each with lines under `present`, `absent`, `unsure`, `longstanding`
    and `nothing`, or under the value that they tell. A line is a text, or
    `{text: ..., also: {other_finding: value}}`. `MIXED` holds lines that tell only what stands under `also`.
    Of values such a line is only known to tell that of its heading. A file of the second holds messages with
    all that they tell.

    Args:
        findings: Where the lines for single findings are.
        messages: Where the labelled messages are.
        specs: The vocabulary.
        numbers_in: Finds the numbers that a text names, as each of the findings that they might be.

    Returns:
        The examples; a text that stands in several places has what all of them know.

    Raises:
        KnowledgeError: There are none, or one names a finding or value that does not exist, or two
            contradict each other.
    """
    merged: dict[str, Example] = {}
    for path, example in _all(findings, messages, specs, numbers_in):
        known = merged.get(example.text)
        if known and any(known.told[a] is not example.told[a] for a in known.told.keys() & example.told):
            raise KnowledgeError(f"{path.name}: two labels for {example.text!r}")
        merged[example.text] = joined(known, example, example.text) if known else example
    if not merged:
        raise KnowledgeError(f"{findings} holds no examples")
    return list(merged.values())


def intent_example(
    text: str, intent: str, specs: Mapping[str, FindingSpec], topic: str | None = None
) -> Example:
    """Makes an example of a line that is known for its intent, and of a question for its topic."""
    unknown = frozenset() if intent in TELL_NOTHING else frozenset(specs)
    return Example(text, {aspect(TOPIC, topic): Assertion.PRESENT} if topic else {}, unknown, intent)


def joined(one: Example, other: Example, text: str) -> Example:
    """Says what two texts tell together; what one leaves open and the other does not tell stays open."""
    told = {**one.told, **other.told}
    intents = {one.intent, other.intent} - {None}
    intent = next((i for i in (CRISIS, COMPLAINT) if i in intents), min(intents, default=None, key=str))
    return Example(text, told, one.unknown | other.unknown, intent)


def _all(
    findings: Path, messages: Path, specs: Mapping[str, FindingSpec], numbers_in: Numbers
) -> Iterator[tuple[Path, Example]]:
    for path in sorted(findings.glob("*.yml")):
        for example in _lines(path, specs):
            yield path, example
    for path in sorted(messages.glob("*.yml")):
        for message in load_messages(path, specs):
            numbers = tuple(_numbers_of(message, numbers_in(message.text)))
            yield path, replace(of_message(message, specs), numbers=numbers)


def of_message(message: Message, specs: Mapping[str, FindingSpec]) -> Example:
    """Makes an example of a labelled message."""
    told: dict[str, Assertion] = {}
    for name, label in message.findings.items():
        kind = specs[name].kind
        if kind is FindingKind.TRI:
            told[name] = Assertion(str(label))
        elif kind is FindingKind.CHOICE:
            told[aspect(name, str(label))] = Assertion.PRESENT
        elif isinstance(label, frozenset):
            told.update({aspect(name, value): Assertion.PRESENT for value in label})
    doubtful = message.maybe & specs.keys()
    told = {name: assertion for name, assertion in told.items() if finding_of(name) not in doubtful}
    return Example(message.text, told, doubtful | {TOPIC}, message.intent)


def _numbers_of(message: Message, numbers: Iterable[Finding]) -> Iterator[Number]:
    """Says of each number whether it is the one that is labelled, where that is beyond doubt."""
    known = [number for number in numbers if number.id not in message.maybe]
    right = [n for n in known if n.id in message.findings and meets(message.findings[n.id], n)]
    for number in known:
        same = [other for other in right if other.id == number.id]
        if number not in right or len(same) == 1 or number.id == DURATION:
            yield Number(number.start, number.end, number.id, number in right)


def _lines(path: Path, specs: Mapping[str, FindingSpec]) -> Iterator[Example]:
    content = read_content(path, dict[str, dict[str, list[Any]]])
    strange = content.keys() - specs.keys() - set(MIXED)
    if strange:
        raise KnowledgeError(f"{path.name}: {sorted(strange)[0]} is no finding")
    values = frozenset({TOPIC, *(name for name in specs if values_of(name, specs))})
    for finding, by_value in content.items():
        for heading, lines in by_value.items():
            told: dict[str, Assertion] = {}
            unknown = values
            if finding not in MIXED and heading != NOTHING:
                told = _checked({finding: RENAMED.get(heading, heading)}, path, specs)
            elif finding not in MIXED:
                unknown = values - {finding}
            for line in lines:
                text, also = (line["text"], line.get("also", {})) if isinstance(line, dict) else (line, {})
                all_told = {**_checked(also, path, specs), **told}
                yield _with_intent(Example(str(text), all_told, unknown))


def _with_intent(example: Example) -> Example:
    """Who tells a finding describes the pain, or a crisis."""
    if not example.told:
        return example
    said = {name for name, assertion in example.told.items() if assertion is not Assertion.ABSENT}
    return replace(example, intent=CRISIS if said & CRISIS_FINDINGS else COMPLAINT)


def _checked(
    findings: Mapping[str, str], path: Path, specs: Mapping[str, FindingSpec]
) -> dict[str, Assertion]:
    told = {}
    for name, value in findings.items():
        if name not in specs or specs[name].kind is FindingKind.NUMBER:
            raise KnowledgeError(f"{path.name}: {name} is no finding with values")
        if specs[name].kind is not FindingKind.TRI:
            if value not in specs[name].values:
                raise KnowledgeError(f"{path.name}: {name} can't be {value}")
            told[aspect(name, value)] = Assertion.PRESENT
            continue
        try:
            told[name] = Assertion(value)
        except ValueError as error:
            raise KnowledgeError(f"{path.name}: {error}") from error
    return told


def values_of(finding: str, specs: Mapping[str, FindingSpec]) -> Iterable[str]:
    """Lists the aspects of a finding with values, none of any other."""
    spec = specs[finding]
    return (
        [aspect(finding, value) for value in spec.values]
        if spec.kind in (FindingKind.SET, FindingKind.CHOICE)
        else []
    )


def told_in(examples: Iterable[Example]) -> tuple[str, ...]:
    """Lists the aspects that any of the examples tells."""
    return tuple(sorted({aspect for example in examples for aspect in example.told}))
