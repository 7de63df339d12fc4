"""What people write becomes findings."""

import datetime

import pytest

from backchat.knowledge import FindingSpec
from backchat.knowledge.loader import KNOWLEDGE_FOLDER, read_content
from backchat.knowledge.phrases import load_phrases
from backchat.understanding import Understanding

TODAY = datetime.date(2026, 11, 23)


@pytest.fixture(scope="session")
def understanding() -> Understanding:
    specs = read_content(KNOWLEDGE_FOLDER / "findings.yml", dict[str, FindingSpec])
    return Understanding(load_phrases(), specs)


def test_a_loss_of_function_is_no_denial(understanding: Understanding) -> None:
    found = {f.id: f.value for f in understanding.read("I have no control of my bladder", TODAY)}
    assert found == {"urinary_incontinence": "present"}
