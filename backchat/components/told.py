"""How findings stand in a message of Rasa, and what they mean for its intent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY
from rasa.shared.nlu.training_data.message import Message

from backchat.knowledge import Assertion, Finding, Knowledge, Urgency
from backchat.screening.conditions import findings_of

FINDINGS = "findings"
"""The key under which `/model/parse` and the tracker's messages carry the findings."""

COMPLAINT = "describe_pain"
CRISIS = "crisis"
CRISIS_FINDINGS = {"suicidal_thoughts", "suicidal_plan", "overdose"}
STRANGE = ("out_of_scope", "nlu_fallback")
REPORTED = (Assertion.PRESENT.value, Assertion.UNSURE.value)


def told_in(message: Message) -> tuple[Finding, ...]:
    """Gives the findings that a message holds so far."""
    return tuple(Finding.from_dict(entry) for entry in message.get(FINDINGS) or ())


def tell(
    message: Message, findings: Sequence[Finding], extractor: EntityExtractorMixin, red_flags: Collection[str]
) -> None:
    """Puts findings into a message, in the place of those that it holds: by value, as entities, as intent.

    Args:
        message: The message.
        findings: Everything it tells.
        extractor: The component that found them.
        red_flags: The findings that are heard whatever else is said.
    """
    before = {finding.id for finding in told_in(message)}
    others = [entity for entity in message.get(ENTITIES, []) if entity["entity"] not in before]
    entities = extractor.add_extractor_name([_entity(finding) for finding in findings])
    message.set(ENTITIES, [*others, *entities], add_to_output=True)
    message.set(FINDINGS, [asdict(finding) for finding in findings], add_to_output=True)
    intent = _intent(findings, (message.get(INTENT) or {}).get(INTENT_NAME_KEY), red_flags)
    if intent:
        message.set(INTENT, {INTENT_NAME_KEY: intent, PREDICTED_CONFIDENCE_KEY: 1.0}, add_to_output=True)


def red_flags_of(knowledge: Knowledge) -> frozenset[str]:
    """Collects the findings that an urgent rule looks at."""
    urgent = [rule for rule in knowledge.rules if rule.urgency.rank >= Urgency.CONSULTATION_24.rank]
    return frozenset(finding for rule in urgent for finding in findings_of(rule.when))


def _intent(findings: Sequence[Finding], predicted: str | None, red_flags: Collection[str]) -> str | None:
    """Names the intent where the findings leave no doubt: a red flag is heard whatever else is said."""
    reported = {finding.id for finding in findings if finding.value in REPORTED}
    if reported & CRISIS_FINDINGS:
        return CRISIS
    not_strange = bool(findings) and predicted in STRANGE
    return COMPLAINT if reported.intersection(red_flags) or not_strange else None


def _entity(finding: Finding) -> dict[str, Any]:
    value = list(finding.value) if isinstance(finding.value, tuple) else finding.value
    return {"entity": finding.id, "value": value, "start": finding.start, "end": finding.end}
