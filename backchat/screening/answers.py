"""What a person has answered, question by question, so that an answer can be picked and given anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backchat.knowledge.models import Question
from backchat.screening.interview import Asked
from backchat.screening.record import Record


@dataclass(frozen=True)
class Answer:
    """What is known of the findings that one question asks about.

    Attributes:
        question: The question that can be put again.
        findings: Those of its findings that are known.
    """

    question: Question
    findings: tuple[str, ...]


def answers(questions: Sequence[Question], record: Record, asked: Asked) -> tuple[Answer, ...]:
    """Sorts what is known by the question that asks for it.

    Of several such questions it is one that has been put, else one that everybody is asked.

    Args:
        questions: All questions.
        record: Everything known.
        asked: The questions put so far.
    """
    putting = [question for question in questions if not question.again and not question.confirms]
    by_use = sorted(putting, key=lambda question: (question.id not in asked, not question.always))
    told = set(record)
    found = {}
    for question in by_use:
        findings = tuple(finding for finding in question.findings if finding in told)
        told.difference_update(findings)
        found[question.id] = Answer(question, findings)
    return tuple(found[question.id] for question in putting if found[question.id].findings)
