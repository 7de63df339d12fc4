"""How findings stand in a message of Rasa, and what they mean for its intent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import (
    ENTITIES,
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
)
from rasa.shared.nlu.training_data.message import Message

from backchat.knowledge import Assertion, Finding
from backchat.understanding.learned.examples import COMPLAINT, CRISIS, CRISIS_FINDINGS

FINDINGS = "findings"
"""The key under which `/model/parse` and the tracker's messages carry the findings."""

NUMBERS = "numbers"
"""The key under which a message carries the numbers that it names to the next component."""

OF_ANOTHER = "of_another"
"""The same for what a message tells if it is about the person that it names, and not about its writer."""

TOPIC = "topic"
"""The same for what a question is about."""

STRANGE = ("out_of_scope", "nlu_fallback")
DOUBTFUL = 0.5
"""Below this confidence an intent gives way to what was found."""
REPORTED = (Assertion.PRESENT.value, Assertion.UNSURE.value)


def told_in(message: Message) -> tuple[Finding, ...]:
    """Gives the findings that a message holds so far."""
    return tuple(Finding.from_dict(entry) for entry in message.get(FINDINGS) or ())


def tell(message: Message, findings: Sequence[Finding], extractor: EntityExtractorMixin) -> None:
    """Puts findings into a message, in the place of those that it holds: by value, and as entities.

    Args:
        message: The message.
        findings: Everything it tells.
        extractor: The component that found them.
    """
    before = {finding.id for finding in told_in(message)}
    others = [entity for entity in message.get(ENTITIES, []) if entity["entity"] not in before]
    entities = extractor.add_extractor_name([_entity(finding) for finding in findings])
    message.set(ENTITIES, [*others, *entities], add_to_output=True)
    message.set(FINDINGS, [dict(vars(finding)) for finding in findings], add_to_output=True)


def name_intent(message: Message, shares: Mapping[str, float]) -> None:
    """Sets the intent of a message.

    Args:
        message: The message.
        shares: How likely each intent is.
    """
    ranking = [
        {INTENT_NAME_KEY: intent, PREDICTED_CONFIDENCE_KEY: share}
        for intent, share in sorted(shares.items(), key=lambda entry: -entry[1])
    ]
    message.set(INTENT, ranking[0], add_to_output=True)
    message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)


def heed_findings(message: Message, red_flags: Collection[str]) -> None:
    """Sets the intent where the findings leave no doubt: a red flag is heard whatever else is said.

    One that has to be confirmed waits for somebody who is in danger: "my husband beats me".

    Args:
        message: The message, with its findings and the intent that was guessed.
        red_flags: The findings that are heard in any case.
    """
    findings = told_in(message)
    reported = {finding.id for finding in findings if finding.value in REPORTED}
    certain = {finding.id for finding in findings if finding.id in reported and not finding.confirm}
    guessed = message.get(INTENT) or {}
    doubtful = guessed.get(INTENT_NAME_KEY) in STRANGE or guessed.get(PREDICTED_CONFIDENCE_KEY, 0) < DOUBTFUL
    if reported & CRISIS_FINDINGS:
        name_intent(message, {CRISIS: 1.0})
    elif guessed.get(INTENT_NAME_KEY) == CRISIS and not doubtful and not certain.intersection(red_flags):
        return
    elif reported.intersection(red_flags) or (findings and doubtful):
        name_intent(message, {COMPLAINT: 1.0})


def _entity(finding: Finding) -> dict[str, Any]:
    value = list(finding.value) if isinstance(finding.value, tuple) else finding.value
    return {"entity": finding.id, "value": value, "start": finding.start, "end": finding.end}
