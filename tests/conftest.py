"""What the tests share: the knowledge, the model, an agent with the real actions, PostgreSQL and Redis."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
import redis
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from rasa.core.agent import Agent

from backchat.knowledge import Knowledge, load_knowledge
from backchat.server.logs import configure_logging
from backchat.server.model import ensure_model
from backchat.server.runner import load_agent
from backchat.server.store import BoundedSQLTrackerStore

configure_logging()

POSTGRES = os.environ.get("BACKCHAT_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/test")
REDIS = os.environ.get("BACKCHAT_TEST_REDIS", "redis://127.0.0.1:6379/0")

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


def lacks(service: str) -> NoReturn:
    """Says loudly that a service is missing: a failure in CI, where nothing may go untested."""
    reason = f"THERE IS NO {service}: several processes are not tested on it"
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


@pytest.fixture
def postgres() -> Iterator[str]:
    """The URL of a new, empty database."""
    server = sa.create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    name = f"backchat_test_{uuid.uuid4().hex[:12]}"
    try:
        with server.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
    except sa.exc.OperationalError:
        lacks("PostgreSQL (BACKCHAT_TEST_POSTGRES names another)")
    yield str(sa.engine.make_url(POSTGRES).set(database=name))
    with server.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def redis_url(monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of Redis, which the environment names for the time of the test."""
    try:
        redis.Redis.from_url(REDIS, socket_timeout=2).ping()
    except redis.RedisError:
        lacks("Redis (BACKCHAT_TEST_REDIS names another)")
    monkeypatch.setenv("BACKCHAT_REDIS_URL", REDIS)
    return REDIS
