"""What was read wrongly, with the messages, for a clinician to look at."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from backchat.knowledge import Finding, FindingKind, FindingSpec, Knowledge
from backchat.understanding.learned.labels import Label
from benchmarks.understanding.contenders import Answer
from benchmarks.understanding.labels import Reply
from benchmarks.understanding.scoring import Read, agree, intent_of, red_flags, told, values_of

MISSED, SURPLUS, WRONG = "missed", "wrongly found", "wrong assertion or value"


@dataclass(frozen=True)
class Fault:
    """A finding that was read wrongly.

    Attributes:
        kind: In which way.
        detail: What is right or was read.
        text: The message.
    """

    kind: str
    detail: str
    text: str


def confusion_report(reads: Sequence[Read], knowledge: Knowledge) -> str:
    """Writes what was read wrongly from messages.

    Args:
        reads: Messages and their readings.
        knowledge: The vocabulary.

    Returns:
        For each finding the counts and the messages, red flags first, and there the most often wrong first.
    """
    faults: dict[str, list[Fault]] = defaultdict(list)
    for message, reading in reads:
        for finding in told(message, reading.findings):
            label, found = message.findings.get(finding), reading.findings.get(finding)
            faults[finding] += [
                Fault(kind, detail, message.text)
                for kind, detail in _faults(knowledge.findings[finding], label, found)
            ]
    labelled = Counter(finding for message, _ in reads for finding in message.findings)
    wrong, flags = {finding for finding in faults if faults[finding]}, red_flags(knowledge)
    lines: list[str] = []
    for title, group in (("RED FLAGS", wrong & flags), ("OTHER FINDINGS", wrong - flags)):
        lines += ["", title]
        for finding in sorted(group, key=lambda name: (-len(faults[name]), name)):
            lines += ["", *_section(knowledge.findings[finding], finding, labelled[finding], faults[finding])]
    return "\n".join(lines)


def intent_report(reads: Iterable[Read]) -> str:
    """Writes which intents were read as which others, the most frequent first."""
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for message, reading in reads:
        if message.intent and message.intent != intent_of(reading):
            texts[message.intent, intent_of(reading)].append(message.text)
    lines = ["", "INTENTS"]
    for (label, read), group in sorted(texts.items(), key=lambda item: (-len(item[1]), item[0])):
        lines += ["", f"{label}, read as {read}: {len(group)}", *_quoted(group)]
    return "\n".join(lines)


def reply_report(replies: Sequence[Reply], answers: Sequence[Answer], knowledge: Knowledge) -> str:
    """Writes which replies were read wrongly, by the question that they answer."""
    wrong: dict[str, list[str]] = defaultdict(list)
    for reply, answer in zip(replies, answers, strict=True):
        faults = _reply_faults(reply, answer, knowledge)
        if faults:
            wrong[reply.question] += [
                f'    "{_one_line(reply.text)}"',
                *(f"        {fault}" for fault in faults),
            ]
    lines = ["", "REPLIES"]
    for question in sorted(wrong):
        lines += ["", question, *wrong[question]]
    return "\n".join(lines)


def _reply_faults(reply: Reply, answer: Answer, knowledge: Knowledge) -> list[str]:
    faults = []
    if reply.answered is not answer.answered:
        faults.append(f"{'answers' if reply.answered else 'does not answer'} the question")
    for finding in sorted(told(reply, answer.findings)):
        label, found = reply.findings.get(finding), answer.findings.get(finding)
        wrong = _faults(knowledge.findings[finding], label, found)
        faults += [f"{finding}: {kind}, {detail}" for kind, detail in wrong]
    return faults


def _faults(spec: FindingSpec, label: Label | None, finding: Finding | None) -> Iterator[tuple[str, str]]:
    """Gives the kind of each fault, and what is right or was read."""
    if agree(spec, label, finding).is_whole:
        return
    if spec.kind is FindingKind.SET:
        expected, found = values_of(label), values_of(finding.value if finding else None)
        yield from ((MISSED, value) for value in sorted(expected - found))
        yield from ((SURPLUS, value) for value in sorted(found - expected))
    elif finding is None:
        yield MISSED, _shown(label)
    elif label is None:
        yield SURPLUS, _read(finding)
    else:
        yield WRONG, f"{_shown(label)}, read as {_read(finding)}"


def _section(spec: FindingSpec, finding: str, labelled: int, faults: Sequence[Fault]) -> list[str]:
    counts = Counter(fault.kind for fault in faults)
    summary = ", ".join(f"{kind} {counts[kind]}" for kind in (MISSED, SURPLUS, WRONG))
    lines = [f"{finding} ({spec.words}): {summary}; labelled {labelled}"]
    for kind in (MISSED, SURPLUS, WRONG):
        groups: dict[str, list[str]] = defaultdict(list)
        for fault in faults:
            if fault.kind == kind:
                groups[fault.detail].append(fault.text)
        for detail in sorted(groups):
            lines += [f"  {kind}: {detail}", *_quoted(groups[detail])]
    return lines


def _quoted(texts: Iterable[str]) -> list[str]:
    return [f'    "{_one_line(text)}"' for text in texts]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _shown(label: Label | None) -> str:
    if not isinstance(label, tuple):
        return str(label)
    low, high = label
    if low == high:
        return f"{low:g}"
    return f"{low:g} or more" if high is None else f"{low:g} to {high:g}"


def _read(finding: Finding) -> str:
    value = f"{finding.value:g}" if isinstance(finding.value, float) else str(finding.value)
    return f'{value}{" (to confirm)" if finding.confirm else ""} from "{_one_line(finding.said)}"'
