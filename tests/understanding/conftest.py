"""The understanding as shipped."""

import datetime
from collections.abc import Callable

import pytest

from backchat.knowledge import Finding, FindingSpec, load_phrases
from backchat.knowledge.reading import KNOWLEDGE_FOLDER, read_content
from backchat.understanding import Understanding

TODAY = datetime.date(2026, 11, 23)


@pytest.fixture(scope="session")
def specs() -> dict[str, FindingSpec]:
    return read_content(KNOWLEDGE_FOLDER / "findings.yml", dict[str, FindingSpec])


@pytest.fixture(scope="session")
def understanding(specs: dict[str, FindingSpec]) -> Understanding:
    return Understanding(load_phrases(specs), specs)


@pytest.fixture(scope="session")
def read(understanding: Understanding) -> Callable[[str], dict[str, Finding]]:
    """Reads a text on a Monday, 23 November 2026."""

    def by_id(text: str) -> dict[str, Finding]:
        return {finding.id: finding for finding in understanding.read(text, TODAY)}

    return by_id
