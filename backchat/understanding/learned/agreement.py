"""What the two layers say together: the phrases are sure, and the network sees what no phrase holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from backchat.knowledge import Assertion, Finding
from backchat.understanding.learned.paraphrases import ParaphraseReader, Reading


@dataclass(frozen=True)
class Thresholds:
    """From which probability on the network counts.

    Attributes:
        ask: A red flag that no phrase holds is asked about.
        tell: Another finding that no phrase holds counts as told.
        contradict: A denial that a phrase holds is no clear denial.
        doubt: A red flag that a phrase holds is asked about first, because nothing seems said of it.
    """

    ask: float = 0.5
    tell: float = 0.8
    contradict: float = 0.5
    doubt: float = 0.98


def settle(
    text: str,
    found: Sequence[Finding],
    reader: ParaphraseReader,
    red_flags: Collection[str],
    thresholds: Thresholds,
) -> tuple[Finding, ...]:
    """Joins what the phrases found with what the network reads.

    A red flag that only the network sees has to be confirmed. No red flag is cleared by the network, and a
    denial that it doubts clears none either.

    Args:
        text: The message.
        found: What the phrases found in it.
        reader: The network.
        red_flags: The findings that can make care urgent.
        thresholds: From which probability on the network counts.

    Returns:
        The findings; those that only the network saw come last, with a sentence as the person's words.
    """
    readings = reader.read(text)
    kept = (_kept(f, readings.get(f.id), f.id in red_flags, thresholds) for f in found)
    settled = [finding for finding in kept if finding is not None]
    unseen = readings.keys() - {finding.id for finding in found}
    for finding in sorted(unseen):
        red_flag = finding in red_flags
        if readings[finding].present >= (thresholds.ask if red_flag else thresholds.tell):
            start, end = reader.locate(text, finding)
            present = Assertion.PRESENT.value
            settled.append(Finding(finding, present, text[start:end], start, end, confirm=red_flag))
    return tuple(settled)


def _kept(
    finding: Finding, reading: Reading | None, red_flag: bool, thresholds: Thresholds
) -> Finding | None:
    if reading is None:
        return finding
    if finding.value == Assertion.ABSENT.value and reading.present >= thresholds.contradict:
        return replace(finding, value=Assertion.PRESENT.value, confirm=True) if red_flag else None
    doubted = red_flag and finding.value == Assertion.PRESENT.value and reading.nothing >= thresholds.doubt
    return replace(finding, confirm=True) if doubted else finding
