"""Which figures are shown, beside which aims."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from backchat.knowledge import Assertion, FindingKind, Knowledge
from backchat.understanding.learned.labels import Message
from benchmarks.understanding.contenders import Answer, Reading
from benchmarks.understanding.figures import Aim, Amount, Row, Share, Table, share, share_of
from benchmarks.understanding.labels import SECONDS_A_DAY, Foreign, Reply
from benchmarks.understanding.libraries import DurationReader, Negspacy
from benchmarks.understanding.scoring import (
    ASKED,
    DURATION,
    OUT_OF_SCOPE,
    Agreement,
    Pair,
    Read,
    agreement,
    assertions,
    duration_slack,
    false_rejection,
    intent_of,
    intents,
    macro_f1,
    meets,
    presence,
    read_as,
    red_flags,
    reply_agreement,
    right_of_located,
    yes_no,
)

PRESENT, ABSENT = Assertion.PRESENT.value, Assertion.ABSENT.value
FAQ = "ask_faq"
EXPRESSION_SLACK = 0.02
SHORTEST_SLACK = 1 / SECONDS_A_DAY
MILLISECONDS = 1000
WORST = 5

AIM_RECALL, AIM_PRECISION = Aim(0.97), Aim(0.95)
AIM_REVERSED = Aim(0.005, at_least=False)
AIM_ALL_FINDINGS = Aim(0.93)
AIM_DURATIONS = Aim(0.97)
AIM_INTENTS = Aim(0.95)
AIM_OUT_OF_SCOPE, AIM_REJECTION = Aim(0.9), Aim(0.02, at_least=False)
AIM_REPLIES = Aim(0.97)
AIM_LATENCY = Aim(25, at_least=False)

Readings = Mapping[str, Mapping[str, Reading]]
"""For each contender's name what it read from each text."""


def findings_table(readings: Readings, messages: Sequence[Message], knowledge: Knowledge) -> Table:
    """Shows how well findings are read from messages.

    Args:
        readings: Of all contenders.
        messages: With their labels.
        knowledge: The vocabulary.

    Returns:
        The table.
    """
    specs = knowledge.findings
    everyone = [_beside(messages, read) for read in readings.values()]
    values = [name for name, spec in specs.items() if spec.kind in (FindingKind.SET, FindingKind.CHOICE)]
    numbers = [name for name, spec in specs.items() if spec.kind is FindingKind.NUMBER and name != DURATION]
    rows = [
        *_presence_rows("red flags", everyone, red_flags(knowledge), (AIM_RECALL, AIM_PRECISION)),
        *_presence_rows("yes-no findings", everyone, yes_no(knowledge)),
        *_assertion_rows([assertions(reads, yes_no(knowledge)) for reads in everyone], AIM_REVERSED),
        *_agreement_rows("values", [agreement(reads, specs, values) for reads in everyone]),
        *_agreement_rows("numbers", [agreement(reads, specs, numbers) for reads in everyone]),
        *_agreement_rows(
            "all findings", [agreement(reads, specs, specs) for reads in everyone], AIM_ALL_FINDINGS
        ),
    ]
    return Table("findings of messages", list(readings), rows)


def assertion_table(
    phrases: Mapping[str, Reading], messages: Sequence[Message], negspacy: Negspacy, knowledge: Knowledge
) -> Table:
    """Shows how well it is told what is denied, where something is already located.

    Args:
        phrases: What the phrases read from each text.
        messages: With their labels.
        negspacy: Judges the same places.
        knowledge: The vocabulary.

    Returns:
        The table.
    """
    ours: list[Pair] = []
    theirs: list[Pair] = []
    for message in messages:
        found = phrases[message.text].findings
        stated = {finding for finding, label in message.findings.items() if label in (PRESENT, ABSENT)}
        compared = sorted(stated & found.keys() & yes_no(knowledge) - message.maybe)
        said = negspacy.assertions(message.text, [found[finding] for finding in compared])
        ours += [(str(message.findings[finding]), str(found[finding].value)) for finding in compared]
        theirs += [(str(message.findings[finding]), said[finding]) for finding in compared]
    return Table("assertion alone", ["phrases", negspacy.name], _assertion_rows([ours, theirs]))


def duration_table(
    backchat: Mapping[str, Reading],
    messages: Sequence[Message],
    readers: Sequence[DurationReader],
    foreign: Foreign | None,
    knowledge: Knowledge,
) -> Table:
    """Shows how well durations are read.

    Args:
        backchat: What Backchat read from each text.
        messages: With their labels.
        readers: The part of Backchat that reads durations, and libraries.
        foreign: Expressions of time from elsewhere.
        knowledge: The vocabulary.

    Returns:
        The table.
    """
    beyond_doubt = [message for message in messages if DURATION not in message.maybe]
    with_one = [message for message in beyond_doubt if DURATION in message.findings]
    without = [message.text for message in beyond_doubt if DURATION not in message.findings]
    right = agreement(_beside(with_one, backchat), knowledge.findings, [DURATION]).recall
    needless = share_of(DURATION in backchat[text].findings for text in without)
    libraries = readers[1:]
    rows = [
        Row("messages: right", [right, *(_right(one, with_one) for one in libraries)], AIM_DURATIONS),
        Row(
            "messages without one: found one",
            [needless, *(share_of(bool(one.spans(text)) for text in without) for one in libraries)],
        ),
    ]
    if foreign:
        texts = foreign.no_durations
        rows += [
            Row("expressions: right", [_right_expressions(one, foreign.durations) for one in readers]),
            Row("texts without a length: found one", [_found_a_length(one, texts) for one in readers]),
        ]
    return Table("durations", [reader.name for reader in readers], rows)


def intent_table(readings: Readings, messages: Sequence[Message], foreign: Foreign | None) -> Table:
    """Shows how well intents are read.

    Args:
        readings: Of the contenders that read intents.
        messages: With their labels.
        foreign: Messages from elsewhere.

    Returns:
        The table.
    """
    everyone = [intents(_beside(messages, read)) for read in readings.values()]
    rows = [
        Row("right", [right_of_located(pairs) for pairs in everyone], AIM_INTENTS),
        Row("macro F1", [macro_f1(pairs) for pairs in everyone]),
        Row(
            "out of scope: recall",
            [read_as(pairs, OUT_OF_SCOPE, OUT_OF_SCOPE) for pairs in everyone],
            AIM_OUT_OF_SCOPE,
        ),
        Row("false rejection", [false_rejection(pairs) for pairs in everyone], AIM_REJECTION),
    ]
    if foreign:
        rows += [
            Row(
                name,
                [share_of(intent_of(read[text]) == intent for text in texts) for read in readings.values()],
            )
            for name, texts, intent in (
                ("CLINC150: read as out of scope", foreign.out_of_scope, OUT_OF_SCOPE),
                ("MedQuAD: read as a question", foreign.questions, FAQ),
            )
        ]
    return Table("intents", list(readings), rows)


def reply_table(replies: Sequence[Reply], answers: Sequence[Answer], knowledge: Knowledge) -> Table:
    """Shows how well replies are read.

    Args:
        replies: With their labels.
        answers: What Backchat took from each.
        knowledge: The vocabulary.

    Returns:
        The table, with the questions whose replies are read worst.
    """
    pairs = list(zip(replies, answers, strict=True))
    scores = [reply_agreement(reply, answer, knowledge.findings) for reply, answer in pairs]
    whole: dict[str, list[bool]] = defaultdict(list)
    for reply, score in zip(replies, scores, strict=True):
        whole[reply.question].append(score.is_whole)
    worst = sorted(whole, key=lambda question: statistics.mean(whole[question]))[:WORST]
    total = sum(scores, Agreement())
    rows = [
        Row("all right", [share_of(score.is_whole for score in scores)], AIM_REPLIES),
        Row("wrong values", [share(total.found - total.right, total.found)]),
        Row("answered right", [share_of(reply.answered is answer.answered for reply, answer in pairs)]),
        *(Row(f"  {question}: all right", [share_of(whole[question])]) for question in worst),
    ]
    return Table("replies (the worst questions last)", ["Backchat"], rows)


def latency_table(readings: Readings, messages: Sequence[Message], answers: Sequence[Answer]) -> Table:
    """Shows how long reading a message takes.

    Args:
        readings: Of all contenders.
        messages: Those that count.
        answers: Replies as the first of the contenders read them.

    Returns:
        The table.
    """
    texts = {message.text for message in messages}
    costs = [sorted(read[text].seconds * MILLISECONDS for text in texts) for read in readings.values()]
    rows = [
        Row("p50, ms", [Amount(statistics.median(cost), 1) for cost in costs]),
        Row("p95, ms", [_p95(cost) for cost in costs], AIM_LATENCY),
        Row("max, ms", [Amount(cost[-1], 1) for cost in costs]),
    ]
    if answers:
        replies = sorted(answer.seconds * MILLISECONDS for answer in answers)
        others = [None] * (len(readings) - 1)
        rows += [
            Row("a reply beside its question: p50, ms", [Amount(statistics.median(replies), 1), *others]),
            Row("  p95, ms", [_p95(replies), *others]),
        ]
    return Table("latency on one core", list(readings), rows)


def _p95(costs: Sequence[float]) -> Amount:
    return Amount(costs[int(0.95 * (len(costs) - 1))], 1)


def _beside(messages: Iterable[Message], read: Mapping[str, Reading]) -> list[Read]:
    return [(message, read[message.text]) for message in messages]


def _presence_rows(
    name: str,
    everyone: Sequence[Sequence[Read]],
    findings: frozenset[str],
    aims: tuple[Aim | None, Aim | None] = (None, None),
) -> list[Row]:
    scores = [presence(reads, findings) for reads in everyone]
    return [
        Row(f"{name}: recall", [score.recall for score in scores], aims[0]),
        Row("  of these asked about", [score.asked for score in scores]),
        Row("  of these in doubt", [score.in_doubt for score in scores]),
        Row(f"{name}: precision", [score.precision for score in scores], aims[1]),
        Row("  with those asked about", [score.precision_with_asked for score in scores]),
        Row("  asked about without reason", [score.needless for score in scores]),
        Row("  doubted without reason", [score.doubted for score in scores]),
        Row(f"{name}: F1", [score.f1 for score in scores]),
    ]


def _assertion_rows(everyone: Sequence[Sequence[Pair]], aim: Aim | None = None) -> list[Row]:
    return [
        Row("assertion right", [right_of_located(pairs) for pairs in everyone]),
        Row("denials read as present", [read_as(pairs, ABSENT, PRESENT) for pairs in everyone], aim),
        Row("  asked about", [read_as(pairs, ABSENT, ASKED) for pairs in everyone]),
        Row("presences read as absent", [read_as(pairs, PRESENT, ABSENT) for pairs in everyone], aim),
    ]


def _agreement_rows(name: str, scores: Sequence[Agreement], aim: Aim | None = None) -> list[Row]:
    return [
        Row(f"{name}: precision", [score.precision for score in scores]),
        Row(f"{name}: recall", [score.recall for score in scores]),
        Row(f"{name}: F1", [score.f1 for score in scores], aim),
    ]


def _right(library: DurationReader, messages: Iterable[Message]) -> Share | None:
    """Counts the messages in which a library finds the right duration among others."""
    labels = [(message.text, message.findings[DURATION]) for message in messages]
    return share_of(
        any(
            isinstance(label, tuple) and meets(label, span.days, duration_slack)
            for span in library.spans(text)
        )
        for text, label in labels
    )


def _right_expressions(reader: DurationReader, expressions: Iterable[tuple[str, float]]) -> Share | None:
    def slack(days: float) -> float:
        return max(SHORTEST_SLACK, EXPRESSION_SLACK * days)

    return share_of(
        any(meets((days, days), span.days, slack) for span in reader.spans(text))
        for text, days in expressions
    )


def _found_a_length(reader: DurationReader, texts: Iterable[str]) -> Share | None:
    return share_of(any(span.is_length for span in reader.spans(text)) for text in texts)
