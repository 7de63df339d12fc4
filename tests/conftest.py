"""What the tests share: the knowledge, the trained model, and an agent with the real actions."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from rasa.core.agent import Agent

from backchat.knowledge import Knowledge, load_knowledge
from backchat.server.logs import configure_logging
from backchat.server.model import ensure_model
from backchat.server.runner import load_agent
from backchat.server.store import BoundedSQLTrackerStore

configure_logging()

# Speed is a matter of benchmarks: no test fails because the machine is busy.
settings.register_profile("backchat", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("backchat")


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load_knowledge()


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The model for the current data; it is trained where there is none."""
    return ensure_model(print)


@pytest.fixture(scope="session")
def agent(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Agent:
    """What `backchat run` serves: the model, the actions and the store, without channels."""
    database = tmp_path_factory.mktemp("conversations") / "conversations.db"
    return load_agent(model_path, BoundedSQLTrackerStore(db=str(database)))
