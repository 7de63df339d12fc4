"""What the networks learn from: texts, longer ones put together from them, and replies beside options."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from string import ascii_lowercase
from typing import NamedTuple

from backchat.knowledge import Assertion, FindingKind, FindingSpec, Question
from backchat.understanding.learned.examples import (
    COMPLAINT,
    CRISIS,
    NO_ANSWERS,
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
"""The share of lines that are read as replies to what they tell."""
BESIDE = 2
"""Beside how many of the options of its question a labelled reply is read in a round."""
NOISE = 10
"""How many texts that want something else come on one that is noise."""
LONGEST_JOINED = 160
"""Texts of more characters are long enough as they are."""


@dataclass(frozen=True)
class Settings:
    """How the network is taught.

    Attributes:
        epochs: How often it sees every message.
        reply_epochs: How often it sees every reply, beside other options each time.
        learning_rate: The highest step size (Adam), falling to almost nothing.
        composed: The share of the examples that are joined to longer messages, from 0 to 1.
        lines: How many lines that tell a finding are read as replies too in a round.
        dropout: The share of the last layer's inputs that is left out at random while it learns.
        memory: How much of the mean of all earlier weights each step keeps: what is used in the end is that
            mean, which errs less than the last weights (Polyak averaging).
        seed: Makes the training repeatable on the same machine.
    """

    epochs: int = 5
    reply_epochs: int = 6
    learning_rate: float = 3e-4
    composed: float = 0.5
    lines: int = 4000
    dropout: float = 0.1
    memory: float = 0.995
    seed: int = 0


class Option(NamedTuple):
    """One of the things that a question asks about, with what a reply says of it.

    Attributes:
        wordings: How questions put it.
        told: What the reply says of it, if it says anything.
        known: Whether that is beyond doubt.
    """

    wordings: Sequence[str]
    told: Assertion | None
    known: bool


class Answer(NamedTuple):
    """A reply beside an option of its question.

    Attributes:
        option: The option.
        answered: Whether the reply answers anything that was asked, where that is known.
    """

    text: str
    option: Option
    answered: bool | None


class Replied(NamedTuple):
    """A labelled reply.

    Attributes:
        options: All that its question asks about, in the order in which it was shown.
        answered: Whether the reply answers anything that was asked.
    """

    text: str
    options: Sequence[Option]
    answered: bool

    def beside(self, option: Option) -> Answer:
        """Puts the reply beside one of its options; that it answers may be owed to another."""
        says = option.told is not None and option.known
        return Answer(self.text, option, False if not self.answered else says or None)


def reply_examples(
    folder: Path, specs: Mapping[str, FindingSpec], questions: Sequence[Question]
) -> tuple[list[Example], list[Replied]]:
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
    answers: list[Replied] = []
    for path in sorted(folder.glob("*.yml")):
        for reply in load_replies(path, specs):
            known = of_message(reply, specs)
            told = {a: value for a, value in known.told.items() if finding_of(a) not in reply.asked}
            examples.append(replace(known, told=told, unknown=known.unknown | {*reply.asked}))
            options = list(_options(reply, known, wordings, specs))
            if options:
                answers.append(Replied(reply.text, options, reply.answered))
    return examples, answers


def _options(
    reply: Reply, known: Example, wordings: Mapping[str, Sequence[str]], specs: Mapping[str, FindingSpec]
) -> Iterator[Option]:
    """The options of the question that a reply answers; a number has none."""
    for finding in reply.asked:
        is_yes_or_no = specs[finding].kind is FindingKind.TRI
        for name in [finding] if is_yes_or_no else values_of(finding, specs):
            if name in wordings:
                yield Option(wordings[name], known.told.get(name), finding not in known.unknown)


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
        replies: What they reply, with the options of its question.
        wordings: How questions put what they ask about, as `wordings_of` gives it.
    """

    texts: Sequence[Example]
    replies: Sequence[Replied]
    wordings: Mapping[str, Sequence[str]]

    def answers(self, lines: int, chance: random.Random) -> Iterator[Answer]:
        """Gives the replies of one round.

        Args:
            lines: How many lines that tell a finding are read as replies as well, and half as many that want
                something else, and a few that are noise.
            chance: Decides which, and beside what.
        """
        for reply in self.replies:
            for option in chance.sample(reply.options, min(BESIDE, len(reply.options))):
                yield reply.beside(option)
        yield from self._no_answers(lines // 2, chance)
        findings = [name for name in self.wordings if finding_of(name) == name]
        fitting = [e for e in self.texts if len(e.text) <= LONGEST_JOINED and e.told.keys() & {*findings}]
        for example in chance.sample(fitting, min(lines, len(fitting))):
            told = sorted(example.told.keys() & {*findings})
            about_it = chance.random() < ABOUT_WHAT_IS_TOLD
            asked = chance.choice(told if about_it else findings)
            known = asked in example.told or asked not in example.unknown
            yield Answer(example.text, Option(self.wordings[asked], example.told.get(asked), known), None)

    def _no_answers(self, count: int, chance: random.Random) -> Iterator[Answer]:
        """Texts that answer no question: those that want something else, and noise."""
        elsewhere = [
            e.text for e in self.texts if e.intent in NO_ANSWERS and not e.told.keys() & self.wordings.keys()
        ]
        texts = chance.sample(elsewhere, min(count, len(elsewhere)))
        for text in (*texts, *(_noise(chance) for _ in range(len(texts) // NOISE))):
            asked = chance.choice(sorted(self.wordings))
            yield Answer(text, Option(self.wordings[asked], None, True), False)


def _noise(chance: random.Random) -> str:
    """Letters that mean nothing."""
    words = chance.randint(1, MOST_JOINED)
    return " ".join("".join(chance.choices(ascii_lowercase, k=chance.randint(2, 8))) for _ in range(words))


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
