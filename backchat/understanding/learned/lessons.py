"""What the network learns from: texts, longer ones put together from them, and replies beside options."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from backchat.knowledge import Assertion, FindingKind, FindingSpec, Question
from backchat.understanding.learned.examples import (
    COMPLAINT,
    CRISIS,
    Example,
    aspect,
    finding_of,
    joined,
    of_message,
    values_of,
)
from backchat.understanding.learned.labels import Reply, load_replies

JOINTS = (". ", ". ", ", ", ", ", " and ", " but ", "\n", " also ", "; ", " ... ", " - ", ". And ", " ")
MOST_JOINED = 3
ABOUT_WHAT_IS_TOLD = 0.6
"""The share of lines that are put beside the option that they tell."""
MOST_OPTIONS = 6
LONGEST_JOINED = 160
"""Texts of more characters are long enough as they are."""


class Option(NamedTuple):
    """One of the things that a question asks about.

    Attributes:
        wordings: How questions put it.
        place: Where it stands among the options, from 1.
        of: How many options there are.
    """

    wordings: Sequence[str]
    place: int
    of: int


class Pair(NamedTuple):
    """A reply beside one of the options of its question.

    Attributes:
        told: What the reply says of the option, if it says anything.
        answered: Whether the reply answers anything that was asked, where that is known.
    """

    text: str
    option: Option
    told: Assertion | None
    answered: bool | None


def reply_examples(
    folder: Path, specs: Mapping[str, FindingSpec], questions: Sequence[Question]
) -> tuple[list[Example], list[Sequence[Pair]]]:
    """Loads the labelled replies of a folder.

    Args:
        folder: Where they are.
        specs: The vocabulary.
        questions: Where the wordings of the options are.

    Returns:
        What the replies say whatever was asked, and for each what it says of the options of its question.

    Raises:
        KnowledgeError: A file does not keep to the guide.
    """
    wordings = wordings_of(specs, questions)
    examples: list[Example] = []
    replies: list[Sequence[Pair]] = []
    for path in sorted(folder.glob("*.yml")):
        for reply in load_replies(path, specs):
            known = of_message(reply, specs)
            told = {a: value for a, value in known.told.items() if finding_of(a) not in reply.asked}
            examples.append(replace(known, told=told, unknown=known.unknown | {*reply.asked}))
            pairs = list(_pairs(reply, known, wordings, specs))
            if pairs:
                replies.append(pairs)
    return examples, replies


def _pairs(
    reply: Reply, known: Example, wordings: Mapping[str, Sequence[str]], specs: Mapping[str, FindingSpec]
) -> Iterator[Pair]:
    """A reply beside each of its options of which it is known what it says."""
    options = [
        name
        for finding in reply.asked
        for name in ([finding] if specs[finding].kind is FindingKind.TRI else values_of(finding, specs))
        if name in wordings
    ]
    for place, name in enumerate(options, start=1):
        if finding_of(name) not in known.unknown:
            option = Option(wordings[name], place, len(options))
            yield Pair(reply.text, option, known.told.get(name), reply.answered)


def wordings_of(
    specs: Mapping[str, FindingSpec], questions: Sequence[Question]
) -> dict[str, tuple[str, ...]]:
    """Lists how questions put each finding that is yes or no, and each value."""
    wordings: dict[str, list[str]] = {}
    for name, spec in specs.items():
        if spec.kind is FindingKind.TRI:
            wordings[name] = [spec.words]
    for question in questions:
        for option, words in question.options.items():
            if option in question.findings:
                wordings[option].append(words)
            elif question.findings and specs[question.findings[0]].kind is not FindingKind.TRI:
                wordings.setdefault(aspect(question.findings[0], option), []).append(words)
    return {name: tuple(dict.fromkeys(words)) for name, words in wordings.items()}


@dataclass(frozen=True)
class Lessons:
    """All that the network learns from.

    Attributes:
        texts: What people say.
        replies: What they reply, each beside the options of its question.
        wordings: How questions put what they ask about, as `wordings_of` gives it.
    """

    texts: Sequence[Example]
    replies: Sequence[Sequence[Pair]]
    wordings: Mapping[str, Sequence[str]]

    def pairs(self, options: int, lines: int, chance: random.Random) -> Iterator[Pair]:
        """Chooses replies beside options for one round.

        Args:
            options: Beside how many options each reply is put; one of them it tells, if it tells any.
            lines: How many lines that tell a finding are put beside an option as well.
            chance: Decides which.
        """
        for pairs in self.replies:
            shuffled = chance.sample(pairs, len(pairs))
            first = [pair for pair in shuffled if pair.told is not None][:1]
            yield from [*first, *(pair for pair in shuffled if pair not in first)][:options]
        yield from line_pairs(self.texts, self.wordings, lines, chance)


def line_pairs(
    examples: Sequence[Example], wordings: Mapping[str, Sequence[str]], count: int, chance: random.Random
) -> Iterator[Pair]:
    """Puts lines that tell a finding beside an option that asks about it or about another one.

    Args:
        examples: The lines.
        wordings: How questions put each finding, as `wordings_of` gives it.
        count: How many pairs there shall be.
        chance: Decides which.
    """
    findings = [name for name in wordings if finding_of(name) == name]
    lines = [e for e in examples if len(e.text) <= LONGEST_JOINED and e.told.keys() & wordings.keys()]
    for example in chance.sample(lines, min(count, len(lines))):
        told = sorted(example.told.keys() & set(findings))
        name = (
            chance.choice(told) if told and chance.random() < ABOUT_WHAT_IS_TOLD else chance.choice(findings)
        )
        if finding_of(name) in example.unknown and name not in example.told:
            continue
        of = chance.choice((1, MOST_OPTIONS))
        option = Option(wordings[name], chance.randint(1, of), of)
        yield Pair(example.text, option, example.told.get(name), None)


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
        whole = first
        for _ in range(chance.randint(1, MOST_JOINED - 1)):
            other = next(rest, None)
            if other is None:
                break
            if _agree(whole, other):
                whole = joined(whole, other, whole.text.rstrip(".") + chance.choice(JOINTS) + other.text)
            else:
                yield other
        yield whole


def _agree(one: Example, other: Example) -> bool:
    return all(one.told[aspect] is other.told[aspect] for aspect in one.told.keys() & other.told.keys())
