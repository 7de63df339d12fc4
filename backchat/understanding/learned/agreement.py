"""What the two layers say together: the phrases are sure, and the network sees what no phrase holds.

Where both say the same, it counts. Where they differ about a red flag, the person is asked; about anything
else, what is in doubt is left out, so that it can still be asked. The network alone never clears a red flag.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from backchat.knowledge import Assertion, Finding, FindingValue
from backchat.understanding.learned.paraphrases import ParaphraseReader, Reading

PRESENT, ABSENT = Assertion.PRESENT.value, Assertion.ABSENT.value
UNSURE, LONGSTANDING = Assertion.UNSURE.value, Assertion.LONGSTANDING.value


@dataclass(frozen=True)
class Thresholds:
    """From which probability on the network counts.

    Attributes:
        ask: It sees a red flag that no phrase holds.
        tell: It sees something else that no phrase holds.
        contradict: It says the contrary of a phrase.
        soften: It hears a doubt, or something long known, in what a phrase takes for new.
        dismiss: It takes words that a phrase holds for something that is not said of the person.
    """

    ask: float = 0.6
    tell: float = 0.8
    contradict: float = 0.6
    soften: float = 0.6
    dismiss: float = 0.95


def settle(
    text: str,
    found: Sequence[Finding],
    reader: ParaphraseReader,
    red_flags: Collection[str],
    thresholds: Thresholds,
) -> tuple[Finding, ...]:
    """Joins what the phrases found with what the network reads.

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
    settled = []
    for finding in found:
        reading = readings.get(finding.id)
        value = _joined(finding.value, reading, thresholds) if reading else finding.value
        if value is not None:
            settled.append(replace(finding, value=value))
        elif finding.id in red_flags:
            settled.append(replace(finding, value=PRESENT, confirm=True))
    for finding_id in sorted(readings.keys() - {finding.id for finding in found}):
        red_flag = finding_id in red_flags
        value = _alone(readings[finding_id], red_flag, thresholds)
        if value is not None:
            start, end = reader.locate(text, finding_id)
            settled.append(Finding(finding_id, value, text[start:end], start, end, confirm=red_flag))
    return tuple(settled)


def _joined(value: FindingValue, reading: Reading, thresholds: Thresholds) -> FindingValue | None:
    """What a phrase and the network say together; None where they differ."""
    contraries = {PRESENT: reading.absent, ABSENT: reading.present, LONGSTANDING: reading.present}
    contrary = contraries.get(str(value), 0.0)
    if contrary >= thresholds.contradict or reading.nothing >= thresholds.dismiss:
        return None
    if value in (PRESENT, ABSENT) and reading.unsure >= thresholds.soften:
        return UNSURE
    if value == PRESENT and reading.longstanding >= thresholds.soften:
        return LONGSTANDING
    return value


def _alone(reading: Reading, red_flag: bool, thresholds: Thresholds) -> str | None:
    """What the network says where no phrase holds anything; None where it is not likely enough."""
    if red_flag:
        return PRESENT if reading.present + reading.unsure >= thresholds.ask else None
    likely = {PRESENT: reading.present, ABSENT: reading.absent, LONGSTANDING: reading.longstanding}
    likely[UNSURE] = reading.unsure
    value = max(likely, key=lambda assertion: likely[assertion])
    return value if likely[value] >= thresholds.tell else None
