"""Reads messages and replies as the bot does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from backchat.knowledge import Finding, Knowledge, Question
from backchat.understanding.language import OTHER_LANGUAGE

if TYPE_CHECKING:
    from rasa.core.agent import Agent

    from backchat.understanding import Understanding


class UnknownFindingError(ValueError):
    """A finding was asked for that the vocabulary does not have."""


def load_understanding(knowledge: Knowledge) -> Understanding:
    """Makes ready what reads replies: the phrases, and the network that comes with the project.

    Raises:
        OSError: There is no network.
    """
    from backchat.screening.triage import red_flags_of
    from backchat.understanding import load_own_understanding
    from backchat.understanding.learned.paraphrases import FOLDER, ReplyReader, Trained

    network = ReplyReader(Trained.read(FOLDER))
    return load_own_understanding().with_network(red_flags_of(knowledge.rules), network)


class Reader:
    """Reads messages as the bot does: with the model's NLU, then as the reply to what was asked."""

    def __init__(self, agent: Agent, understanding: Understanding, knowledge: Knowledge) -> None:
        """Takes the parts of the bot that read.

        Args:
            agent: Holds the model.
            understanding: Reads replies.
            knowledge: The vocabulary and the questions.
        """
        self._agent = agent
        self._understanding = understanding
        self._knowledge = knowledge

    async def read(self, text: str, asked: Sequence[str]) -> dict[str, Any]:
        """Reads one message.

        Args:
            text: What a person wrote.
            asked: The findings that the question was about, in order; none where nothing was asked.

        Returns:
            The text, its intent with the confidence in it, and the findings by id.

        Raises:
            UnknownFindingError: `asked` holds an unknown id.
        """
        check_findings(self._knowledge, asked)
        parsed = await self._agent.parse_message(text)
        today = datetime.now().date()
        told = tuple(Finding(**entry) for entry in parsed["findings"])
        found = self._understanding.weighed(text, told, today)
        if asked and parsed["intent"]["name"] != OTHER_LANGUAGE:
            options = self._options(asked)
            found = self._understanding.read_reply(text, asked, options, found, today).findings
        return {
            "text": text,
            "intent": parsed["intent"]["name"],
            "confidence": parsed["intent"]["confidence"],
            "findings": {finding.id: _as_dict(finding) for finding in found},
        }

    def _options(self, asked: Sequence[str]) -> dict[str, str]:
        """Gives the options that the question about these findings shows."""

        def fits(question: Question) -> bool:
            return set(asked) <= set(question.findings)

        question = next(filter(fits, self._knowledge.questions), None)
        return question.options_about(asked) if question else {}


def check_findings(knowledge: Knowledge, findings: Sequence[str]) -> None:
    """Makes sure that all findings are in the vocabulary.

    Args:
        knowledge: Holds the vocabulary.
        findings: Finding ids.

    Raises:
        UnknownFindingError: One is not.
    """
    unknown = [finding for finding in findings if finding not in knowledge.findings]
    if unknown:
        raise UnknownFindingError(f"unknown finding: {', '.join(unknown)}")


def _as_dict(finding: Finding) -> dict[str, Any]:
    shown = {"value": finding.value, "said": finding.said, "start": finding.start, "end": finding.end}
    bounds = {"low": finding.low, "high": finding.high}
    return {**shown, **{name: bound for name, bound in bounds.items() if bound is not None}}
