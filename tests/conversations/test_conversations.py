from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from rasa.core.agent import Agent

from actions.conversation import SPEAKER
from backchat.knowledge import Knowledge
from backchat.knowledge.models import UNKNOWN_COUNTRY
from tests.conversations.coverage import Coverage
from tests.conversations.runner import play

SCRIPTS = {
    f"{path.stem}: {script['name']}": script
    for path in sorted(Path(__file__).parent.glob("*.yml"))
    for script in yaml.safe_load(path.read_text(encoding="utf-8"))
}


@pytest.fixture(scope="module")
def coverage(knowledge: Knowledge) -> Coverage:
    return Coverage(knowledge)


@pytest.mark.parametrize("name", SCRIPTS)
async def test_conversation(
    agent: Agent, name: str, knowledge: Knowledge, coverage: Coverage, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, sender = SCRIPTS[name], uuid4().hex
    coverage.played.add(name)
    monkeypatch.setattr(SPEAKER, "operator_country", script.get("country", UNKNOWN_COUNTRY))
    turns = await play(agent, sender, script, knowledge)
    coverage.note(turns, await agent.tracker_store.retrieve_full_tracker(sender))


def test_the_conversations_reach_everything(coverage: Coverage) -> None:
    if coverage.played < SCRIPTS.keys():
        pytest.skip("only some conversations were played")
    print(coverage.table())
    left = "\n".join(f"{kind}: {name}" for kind, name in coverage.gaps)
    assert not left, left
