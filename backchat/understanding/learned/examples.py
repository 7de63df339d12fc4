"""Examples of how people say things, and messages put together from them.

The network learns of every text which *aspects* it tells: a finding that is yes or no is one, and each value
of a choice or set is one, such as `region=lower`. An example need not know all of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from backchat.knowledge import Assertion, Finding, FindingKind, FindingSpec, KnowledgeError
from backchat.knowledge.loader import read_content
from backchat.understanding.learned.labels import Message, load_messages, load_replies, meets

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

JOINTS = (". ", ". ", ", ", ", ", " and ", " but ", "\n", " also ", "; ", " ... ", " - ", ". And ", " ")
MOST_JOINED = 3
LONGEST_JOINED = 160
"""Texts of more characters are long enough as they are."""


DURATION = "duration_days"

Times = Callable[[str], Sequence[Finding]]


def _no_times(_: str) -> Sequence[Finding]:
    return ()


@dataclass(frozen=True)
class Example:
    """A text and what it says.

    Attributes:
        told: What it says of each aspect; of those left out it says nothing.
        unknown: Aspects of which it is not known whether it says something; a finding stands for its values.
        intent: What the person wants, where that is known.
        asked: The yes-or-no findings that it is a reply about; none where it is no reply.
        answered: Whether a reply answers at least a part of what was asked.
        times: Spans of time that it names, from character to character, and whether each is how long the pain
            has lasted.
    """

    text: str
    told: Mapping[str, Assertion]
    unknown: frozenset[str] = frozenset()
    intent: str | None = None
    asked: tuple[str, ...] = ()
    answered: bool | None = None
    times: tuple[tuple[int, int, bool], ...] = ()


def aspect(finding: str, value: str) -> str:
    """Names the aspect of a value."""
    return f"{finding}={value}"


def finding_of(name: str) -> str:
    """Gives the finding that an aspect belongs to."""
    return name.partition("=")[0]


def aspects_of(specs: Mapping[str, FindingSpec]) -> tuple[str, ...]:
    """Lists the aspects of a vocabulary; numbers have none."""
    yes_no = [name for name, spec in specs.items() if spec.kind is FindingKind.TRI]
    return (*yes_no, *(a for name in specs for a in _values_of(name, specs)))


def load_examples(
    findings: Path, messages: Path, specs: Mapping[str, FindingSpec], times_in: Times = _no_times
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
        times_in: Finds the durations that a text names.

    Returns:
        The examples; a text that stands in several places has what all of them know.

    Raises:
        KnowledgeError: There are none, or one names a finding or value that does not exist, or two
            contradict each other.
    """
    merged: dict[str, Example] = {}
    for path, example in _all(findings, messages, specs, times_in):
        known = merged.get(example.text)
        if known and any(known.told[a] is not example.told[a] for a in known.told.keys() & example.told):
            raise KnowledgeError(f"{path.name}: two labels for {example.text!r}")
        merged[example.text] = _joined(known, example, example.text) if known else example
    if not merged:
        raise KnowledgeError(f"{findings} holds no examples")
    return list(merged.values())


def reply_examples(folder: Path, specs: Mapping[str, FindingSpec]) -> list[Example]:
    """Loads the labelled replies of a folder.

    Raises:
        KnowledgeError: A file does not keep to the guide.
    """
    examples = []
    for path in sorted(folder.glob("*.yml")):
        for reply in load_replies(path, specs):
            asked = tuple(name for name in reply.asked if specs[name].kind is FindingKind.TRI)
            example = _of_message(reply, specs)
            examples.append(replace(example, asked=asked, answered=reply.answered))
    return examples


def intent_example(
    text: str, intent: str, specs: Mapping[str, FindingSpec], topic: str | None = None
) -> Example:
    """Makes an example of a line that is known for its intent, and of a question for its topic."""
    unknown = frozenset() if intent in TELL_NOTHING else frozenset(specs)
    return Example(text, {aspect(TOPIC, topic): Assertion.PRESENT} if topic else {}, unknown, intent)


def compose(examples: Sequence[Example], share: float, chance: random.Random) -> Iterator[Example]:
    """Makes longer messages of examples, so that what is said in one part is not read into another.

    Args:
        examples: The examples; each is used once.
        share: How many of the shorter ones become parts of longer ones, from 0 to 1.
        chance: Decides which.

    Yields:
        The messages, in a new order.
    """
    shuffled = list(examples)
    chance.shuffle(shuffled)
    short = [e for e in shuffled if len(e.text) <= LONGEST_JOINED and e.intent in (None, COMPLAINT, CRISIS)]
    parts = short[: round(len(short) * share)]
    used = {id(example) for example in parts}
    yield from (example for example in shuffled if id(example) not in used)
    rest = iter(parts)
    for first in rest:
        joined = first
        for _ in range(chance.randint(1, MOST_JOINED - 1)):
            other = next(rest, None)
            if other is None:
                break
            if _agree(joined, other):
                joined = _joined(joined, other, joined.text.rstrip(".") + chance.choice(JOINTS) + other.text)
            else:
                yield other
        yield joined


def _agree(one: Example, other: Example) -> bool:
    return all(one.told[aspect] is other.told[aspect] for aspect in one.told.keys() & other.told.keys())


def _joined(one: Example, other: Example, text: str) -> Example:
    """What two texts say together; what one leaves open and the other does not tell stays open."""
    told = {**one.told, **other.told}
    intents = {one.intent, other.intent} - {None}
    intent = next((i for i in (CRISIS, COMPLAINT) if i in intents), min(intents, default=None, key=str))
    return Example(text, told, one.unknown | other.unknown, intent)


def _all(
    findings: Path, messages: Path, specs: Mapping[str, FindingSpec], times_in: Times
) -> Iterator[tuple[Path, Example]]:
    for path in sorted(findings.glob("*.yml")):
        for example in _lines(path, specs):
            yield path, example
    for path in sorted(messages.glob("*.yml")):
        for message in load_messages(path, specs):
            times = _times_of(message, times_in(message.text))
            yield path, replace(_of_message(message, specs), times=times)


def _of_message(message: Message, specs: Mapping[str, FindingSpec]) -> Example:
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


def _times_of(message: Message, times: Iterable[Finding]) -> tuple[tuple[int, int, bool], ...]:
    """Says of each span of time whether it is the one that is labelled."""
    if DURATION in message.maybe:
        return ()
    label = message.findings.get(DURATION)
    return tuple(
        (t.start, t.end, isinstance(label, tuple) and isinstance(t.value, float) and meets(label, t.value))
        for t in times
    )


def _lines(path: Path, specs: Mapping[str, FindingSpec]) -> Iterator[Example]:
    content = read_content(path, dict[str, dict[str, list[Any]]])
    strange = content.keys() - specs.keys() - set(MIXED)
    if strange:
        raise KnowledgeError(f"{path.name}: {sorted(strange)[0]} is no finding")
    values = frozenset({TOPIC, *(name for name in specs if _values_of(name, specs))})
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


def _values_of(finding: str, specs: Mapping[str, FindingSpec]) -> Iterable[str]:
    spec = specs[finding]
    return (
        [aspect(finding, value) for value in spec.values]
        if spec.kind in (FindingKind.SET, FindingKind.CHOICE)
        else []
    )


def told_in(examples: Iterable[Example]) -> tuple[str, ...]:
    """Lists the aspects that any of the examples tells."""
    return tuple(sorted({aspect for example in examples for aspect in example.told}))
