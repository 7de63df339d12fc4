from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from rasa.core.agent import Agent

from actions.conversation import SPEAKER
from backchat.knowledge import Knowledge
from backchat.knowledge.models import UNKNOWN_COUNTRY
from tests.conversations.runner import play

SCRIPTS = [
    pytest.param(script, id=f"{path.stem}: {script['name']}")
    for path in sorted(Path(__file__).parent.glob("*.yml"))
    for script in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("script", SCRIPTS)
async def test_conversation(
    agent: Agent, script: dict[str, Any], knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SPEAKER, "operator_country", script.get("country", UNKNOWN_COUNTRY))
    await play(agent, uuid4().hex, script, knowledge)
