"""Counts what was read against what is labelled."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from backchat.components.told import STRANGE
from backchat.knowledge import Assertion, Finding, FindingKind, FindingSpec, FindingValue, Knowledge
from backchat.screening.triage import red_flags_of
from backchat.understanding.language import OTHER_LANGUAGE
from backchat.understanding.learned.labels import Label, Message, Range
from benchmarks.understanding.contenders import Answer, Reading
from benchmarks.understanding.figures import Amount, Share, f1, share, share_of
from benchmarks.understanding.labels import Reply

DURATION = "duration_days"
SUBJECT, SELF = "subject", "self"
OUT_OF_SCOPE = "out_of_scope"
A_MONTH = 30
DURATION_SLACK = 0.1
PRESENT, ABSENT, UNSURE = Assertion.PRESENT.value, Assertion.ABSENT.value, Assertion.UNSURE.value
ASKED = "asked about"
"""What is read of a finding that only counts once the person has confirmed it."""

Slack = Callable[[float], float]
Read = tuple[Message, Reading]
"""A labelled message with what somebody read from it."""
Pair = tuple[str, str | None]
"""What is labelled, and what was read."""


@dataclass(frozen=True)
class Agreement:
    """How much of what is labelled was read, and how much of what was read is labelled.

    Attributes:
        expected: How many values are labelled.
        found: How many values were read.
        right: How many of them are the same.
    """

    expected: int = 0
    found: int = 0
    right: int = 0

    def __add__(self, other: Agreement) -> Agreement:
        return Agreement(self.expected + other.expected, self.found + other.found, self.right + other.right)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing and nothing is too much."""
        return self.expected == self.found == self.right

    @property
    def recall(self) -> Share | None:
        """The share of what is labelled that was read."""
        return share(self.right, self.expected)

    @property
    def precision(self) -> Share | None:
        """The share of what was read that is labelled."""
        return share(self.right, self.found)

    @property
    def f1(self) -> Share | None:
        """Both in one."""
        return f1(self.precision, self.recall)


@dataclass(frozen=True)
class Presence:
    """How well it is read that findings are there.

    Attributes:
        recall: The share of findings that are there that were read as there or in doubt, or asked about.
        asked: The share of them that were asked about.
        in_doubt: The share of them that were read as in doubt.
        precision: The share of findings read as there that are.
        precision_with_asked: The same, if those asked about counted as read.
        needless: The share of messages where something is asked about that is neither there nor in doubt.
        doubted: The share of messages where something was read as in doubt that is neither.
    """

    recall: Share | None
    asked: Share | None
    in_doubt: Share | None
    precision: Share | None
    precision_with_asked: Share | None
    needless: Share | None
    doubted: Share | None

    @property
    def f1(self) -> Share | None:
        """Precision and recall in one, both with those asked about."""
        return f1(self.precision_with_asked, self.recall)


def yes_no(knowledge: Knowledge) -> frozenset[str]:
    """Names the findings that can be there or not."""
    return frozenset(name for name, spec in knowledge.findings.items() if spec.kind is FindingKind.TRI)


def red_flags(knowledge: Knowledge) -> frozenset[str]:
    """Names the yes-or-no findings that an urgent rule looks at."""
    return yes_no(knowledge) & red_flags_of(knowledge.rules)


def presence(reads: Sequence[Read], findings: frozenset[str]) -> Presence:
    """Scores whether findings are read as being there.

    Args:
        reads: Messages and their readings.
        findings: Yes-or-no findings.

    Returns:
        The figures.
    """
    counts: Counter[str] = Counter()
    messages: Counter[str] = Counter()
    for message, reading in reads:
        kinds = [_presence(message, reading, finding) for finding in findings - message.maybe]
        counts.update(kinds)
        messages.update(set(kinds))
    caught = counts["found"] + counts["asked"] + counts["in doubt"]
    there = caught + counts["missed"]
    seen = counts["found"] + counts["asked"]
    return Presence(
        recall=share(caught, there),
        asked=share(counts["asked"], there),
        in_doubt=share(counts["in doubt"], there),
        precision=share(counts["found"], counts["found"] + counts["false"]),
        precision_with_asked=share(seen, seen + counts["false"] + counts["needless"]),
        needless=share(messages["needless"], len(reads)),
        doubted=share(messages["doubted"], len(reads)),
    )


def _presence(message: Message, reading: Reading, finding: str) -> str:
    label = message.findings.get(finding)
    value = str(_value(reading, finding))
    if label == PRESENT:
        return {PRESENT: "found", ASKED: "asked", UNSURE: "in doubt"}.get(value, "missed")
    if label == UNSURE:
        return ""
    return {PRESENT: "false", ASKED: "needless", UNSURE: "doubted"}.get(value, "")


def agreement(reads: Iterable[Read], specs: Mapping[str, FindingSpec], findings: Iterable[str]) -> Agreement:
    """Scores findings with their values; each value of a set counts.

    Args:
        reads: Messages and their readings.
        specs: The vocabulary.
        findings: Which findings count.

    Returns:
        The counts over all messages.
    """
    chosen = frozenset(findings)
    return sum(
        (
            agree(specs[finding], message.findings.get(finding), reading.findings.get(finding))
            for message, reading in reads
            for finding in told(message, reading.findings) & chosen
        ),
        Agreement(),
    )


def told(message: Message, found: Mapping[str, Finding]) -> frozenset[str]:
    """Names what is labelled or was read, apart from what two readers could disagree about."""
    about_self = SUBJECT in found and SUBJECT not in message.findings and found[SUBJECT].value == SELF
    return frozenset((*found, *message.findings)) - message.maybe - ({SUBJECT} if about_self else set())


def agree(spec: FindingSpec, label: Label | None, finding: Finding | None) -> Agreement:
    """Compares one finding with its label.

    Args:
        spec: What kind of finding it is.
        label: What is labelled, if anything.
        finding: What was read, if anything.

    Returns:
        The counts.
    """
    if spec.kind is FindingKind.SET:
        expected, found = values_of(label), values_of(finding.value if finding else None)
        return Agreement(len(expected), len(found), len(found & expected))
    right = label is not None and finding is not None and _is_right(label, finding)
    return Agreement(label is not None, finding is not None, right)


def values_of(told: Label | FindingValue | None) -> frozenset[str]:
    """Gives the values of a set, none where nothing is told of it."""
    return frozenset(map(str, told)) if isinstance(told, frozenset | tuple) else frozenset()


def _is_right(label: Label, finding: Finding) -> bool:
    if not isinstance(label, tuple):
        return finding.value == label
    slack = duration_slack if finding.id == DURATION else _none
    if isinstance(finding.value, float) and meets(label, finding.value, slack):
        return True
    same_low = finding.low is not None and _near(label[0], finding.low, slack)
    return same_low and _near(label[1], finding.high, slack)


def meets(label: Range, best: float, slack: Slack) -> bool:
    """Whether an estimate is the labelled number.

    Args:
        label: The lowest and the highest right number.
        best: The estimate.
        slack: How far from a single number is still near enough.
    """
    low, high = label
    return _near(low, best, slack) if low == high else low <= best <= (math.inf if high is None else high)


def _near(one: float | None, other: float | None, slack: Slack) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= slack(one)


def duration_slack(days: float) -> float:
    """How far from a duration is near enough: a day, or a tenth above a month."""
    return 1.0 if days <= A_MONTH else DURATION_SLACK * days


def _none(_: float) -> float:
    return 0.0


def assertions(reads: Iterable[Read], findings: frozenset[str]) -> list[Pair]:
    """Gives for each labelled yes-or-no finding what is said of it and what was read, if it was located."""
    return [
        (str(message.findings[finding]), _value(reading, finding))
        for message, reading in reads
        for finding in sorted(message.findings.keys() & findings - message.maybe)
    ]


def right_of_located(pairs: Iterable[Pair]) -> Share | None:
    """Counts how often the right thing was read of what was located and not asked about."""
    return share_of(label == read for label, read in pairs if read not in (None, ASKED))


def read_as(pairs: Iterable[Pair], labelled: str, wrongly: str) -> Share | None:
    """Counts how often an assertion was read as another one, of all that are labelled so."""
    return share_of(read == wrongly for label, read in pairs if label == labelled)


def _value(reading: Reading, finding: str) -> str | None:
    found = reading.findings.get(finding)
    if found is None:
        return None
    return ASKED if found.confirm else str(found.value)


def intents(reads: Iterable[Read]) -> list[Pair]:
    """Gives labelled and read intents."""
    return [(message.intent, intent_of(reading)) for message, reading in reads if message.intent]


def intent_of(reading: Reading) -> str:
    """Names the intent that was read; what fell back or is in another language is out of scope."""
    return OUT_OF_SCOPE if reading.intent in (*STRANGE, OTHER_LANGUAGE) else str(reading.intent)


def macro_f1(pairs: Sequence[Pair]) -> Amount | None:
    """Takes the mean F1 of the labelled intents, however frequent each is."""
    labels, reads = Counter(label for label, _ in pairs), Counter(read for _, read in pairs)
    right = Counter(label for label, read in pairs if label == read)
    scores = [2 * right[intent] / (labels[intent] + reads[intent]) for intent in labels]
    return Amount(sum(scores) / len(scores)) if scores else None


def false_rejection(pairs: Iterable[Pair]) -> Share | None:
    """Counts the messages in scope that were read as out of it."""
    return share_of(read == OUT_OF_SCOPE for label, read in pairs if label != OUT_OF_SCOPE)


def reply_agreement(reply: Reply, answer: Answer, specs: Mapping[str, FindingSpec]) -> Agreement:
    """Scores all that was read from one reply."""
    return sum(
        (
            agree(specs[finding], reply.findings.get(finding), answer.findings.get(finding))
            for finding in told(reply, answer.findings)
        ),
        Agreement(),
    )
