"""The clinical content as data, and the types that the other rooms share.

Clinicians read and change the YAML files of this folder; `load_knowledge` checks them and turns them into
typed, unchangeable objects. No other room holds clinical content or wording.
"""

from backchat.knowledge.loader import load_knowledge, load_phrases
from backchat.knowledge.models import (
    Assertion,
    Finding,
    FindingKind,
    FindingSpec,
    FindingValue,
    Knowledge,
    Pattern,
    Question,
    QuestionKind,
    Rule,
    Urgency,
)
from backchat.knowledge.reading import KnowledgeError

__all__ = [
    "Assertion",
    "Finding",
    "FindingKind",
    "FindingSpec",
    "FindingValue",
    "Knowledge",
    "KnowledgeError",
    "Pattern",
    "Question",
    "QuestionKind",
    "Rule",
    "Urgency",
    "load_knowledge",
    "load_phrases",
]
