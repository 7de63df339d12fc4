"""Puts the findings of a message into what Rasa's NLU pipeline gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from backchat.knowledge import Assertion, Finding, Knowledge, Urgency, load_knowledge
from backchat.knowledge.phrases import load_phrases
from backchat.screening.conditions import findings_of
from backchat.understanding import Understanding

FINDINGS = "findings"
"""The key under which `/model/parse` and the tracker's messages carry the findings."""

COMPLAINT = "describe_pain"
CRISIS = "crisis"
CRISIS_FINDINGS = {"suicidal_thoughts", "suicidal_plan", "overdose"}
STRANGE = ("out_of_scope", "nlu_fallback")
REPORTED = (Assertion.PRESENT.value, Assertion.UNSURE.value)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class FindingsExtractor(GraphComponent, EntityExtractorMixin):
    """Reads findings from free text: as entities, and with their values and ranges under `findings`."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        knowledge = load_knowledge()
        self._red_flags = _red_flags(knowledge)
        self._understanding = Understanding(load_phrases(), knowledge.findings)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,  # noqa: ARG003
        resource: Resource,  # noqa: ARG003
        execution_context: ExecutionContext,  # noqa: ARG003
    ) -> FindingsExtractor:
        """Creates the component; see Rasa's `GraphComponent`."""
        return cls(config)

    @staticmethod
    def required_packages() -> list[str]:
        """Names the packages that it needs."""
        return ["spacy"]

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds what each message tells."""
        today = datetime.now().date()
        for message in messages:
            findings = self._understanding.read(message.get(TEXT) or "", today)
            message.set(FINDINGS, [asdict(finding) for finding in findings], add_to_output=True)
            intent = self._intent(findings, (message.get(INTENT) or {}).get(INTENT_NAME_KEY))
            if intent:
                message.set(
                    INTENT, {INTENT_NAME_KEY: intent, PREDICTED_CONFIDENCE_KEY: 1.0}, add_to_output=True
                )
            entities = self.add_extractor_name([_entity(finding) for finding in findings])
            message.set(ENTITIES, message.get(ENTITIES, []) + entities, add_to_output=True)
        return messages

    def _intent(self, findings: Sequence[Finding], predicted: str | None) -> str | None:
        """Names the intent where the findings leave no doubt: a red flag is heard whatever else is said."""
        reported = {finding.id for finding in findings if finding.value in REPORTED}
        if reported & CRISIS_FINDINGS:
            return CRISIS
        not_strange = bool(findings) and predicted in STRANGE
        return COMPLAINT if reported & self._red_flags or not_strange else None


def _red_flags(knowledge: Knowledge) -> set[str]:
    """Collects the findings that an urgent rule looks at."""
    urgent = [rule for rule in knowledge.rules if rule.urgency.rank >= Urgency.CONSULTATION_24.rank]
    return {finding for rule in urgent for finding in findings_of(rule.when)}


def _entity(finding: Finding) -> dict[str, Any]:
    value = list(finding.value) if isinstance(finding.value, tuple) else finding.value
    return {"entity": finding.id, "value": value, "start": finding.start, "end": finding.end}
