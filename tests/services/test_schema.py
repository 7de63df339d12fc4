"""A database of any earlier version becomes what this one needs, and one of a later version is left alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from rasa.core.tracker_store import SQLTrackerStore

from backchat.server.schema import SchemaError, migrate
from backchat.server.store import DATABASE_VARIABLE, BoundedSQLTrackerStore


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.engine.Engine]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/backchat.db" if is_sqlite else request.getfixturevalue("postgres")
    engine = sa.create_engine(url)
    yield engine
    engine.dispose()


def differences(engine: sa.engine.Engine) -> list:
    """Finds what the code expects of the tables and the database lacks, or the other way round."""
    with engine.connect() as connection:
        return compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True}), SQLTrackerStore.Base.metadata
        )


def test_a_new_database_gets_all_that_the_code_expects(engine: sa.engine.Engine) -> None:
    migrate(engine)
    assert differences(engine) == []


def test_a_database_from_before_there_were_migrations_keeps_what_it_holds(engine: sa.engine.Engine) -> None:
    SQLTrackerStore.Base.metadata.create_all(engine)
    insert = "INSERT INTO events (sender_id, type_name, data) VALUES ('somebody', 'user', '{}')"
    with engine.begin() as connection:
        connection.execute(sa.text(insert))
        connection.execute(sa.text("DROP TABLE tombstones"))
    migrate(engine)
    assert differences(engine) == []
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT sender_id FROM events")).scalar_one() == "somebody"


def test_a_second_time_changes_nothing(engine: sa.engine.Engine) -> None:
    assert migrate(engine) == migrate(engine)


def test_processes_that_start_at_once_do_it_once(postgres: str) -> None:
    engines = [sa.create_engine(postgres) for _ in range(6)]
    with ThreadPoolExecutor(len(engines)) as pool:
        assert len(set(pool.map(migrate, engines))) == 1
    assert differences(engines[0]) == []
    for engine in engines:
        engine.dispose()


def test_a_database_of_a_later_version_is_refused_and_left_alone(engine: sa.engine.Engine) -> None:
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'later'"))
    with pytest.raises(SchemaError, match="later version"):
        migrate(engine)


def test_one_that_is_current_needs_no_right_to_change_tables(postgres: str) -> None:
    engine = sa.create_engine(postgres)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("SET default_transaction_read_only = on"))
    reading = sa.create_engine(postgres, connect_args={"options": "-c default_transaction_read_only=on"})
    migrate(reading)
    engine.dispose()
    reading.dispose()


def test_the_store_migrates_when_it_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DATABASE_VARIABLE, raising=False)
    store = BoundedSQLTrackerStore(db=str(tmp_path / "backchat.db"), secret=str(tmp_path / "secret"))
    store.engine.dispose()
    with sqlite3.connect(tmp_path / "backchat.db") as database:
        assert database.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
