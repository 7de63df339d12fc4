"""With a full disk people are told that it failed, nothing is stored by half, and with room it goes on."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from rasa.core.agent import Agent

from backchat.knowledge import Knowledge
from backchat.server.runner import load_agent
from backchat.server.store import DATABASE_VARIABLE, BoundedSQLTrackerStore
from tests.server.test_damaged_rows import OPENING, Person

Filled = Callable[[BoundedSQLTrackerStore], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def own_agent(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Agent:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(DATABASE_VARIABLE, raising=False)
        store = BoundedSQLTrackerStore(db=str(tmp_path_factory.mktemp("full") / "own.db"))
    return load_agent(model_path, store)


@contextmanager
def no_more_pages(store: BoundedSQLTrackerStore) -> Iterator[None]:
    """SQLite itself says that the disk is full."""

    def limit(connection: sa.engine.Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # which means: no more than there are

    sa.event.listen(store.engine, "engine_connect", limit)
    yield
    sa.event.remove(store.engine, "engine_connect", limit)
    store.engine.dispose()


@contextmanager
def no_longer_files(store: BoundedSQLTrackerStore) -> Iterator[None]:
    """The operating system refuses to make a file longer."""
    database = Path(store.engine.url.database)
    sizes = [file.stat().st_size for file in database.parent.glob(f"{database.name}*")]
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (min(filter(None, sizes)), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def stored(store: BoundedSQLTrackerStore) -> list[list[tuple[object, ...]]]:
    with store.engine.connect() as connection:
        return [connection.execute(sa.select(table)).all() for table in store.Base.metadata.sorted_tables]


@pytest.mark.parametrize("filled", [no_more_pages, no_longer_files])
async def test_a_full_disk_is_told_and_the_conversation_goes_on_when_there_is_room(
    own_agent: Agent, knowledge: Knowledge, filled: Filled
) -> None:
    store = own_agent.tracker_store
    person, late = Person(own_agent, knowledge), Person(own_agent, knowledge)
    first = (await person.say(OPENING)).custom("question")
    before = stored(store)
    with filled(store):
        for somebody in (person, late):
            turn = await somebody.say(" ".join([OPENING] * 100))
            assert turn.text == knowledge.wording["safety_net_message"]
    assert stored(store) == before
    assert (await late.say(OPENING)).custom("question") is not None
    assert (await person.say("why do you ask that?")).custom("question")["id"] == first["id"]
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
