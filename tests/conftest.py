"""What the tests share: the knowledge, the trained model, and an agent that talks through the real actions."""

from __future__ import annotations

import pytest

from backchat.knowledge import Knowledge, load_knowledge


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load_knowledge()
