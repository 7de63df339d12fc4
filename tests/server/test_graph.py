from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphComponent, GraphSchema, SchemaNode
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from backchat.server.graph import OrderedGraphRunner


def node(**needs: str) -> SchemaNode:
    return SchemaNode(needs, GraphComponent, "load", "process", {})


def runner_of(nodes: dict[str, Any], schema: dict[str, SchemaNode]) -> OrderedGraphRunner:
    return OrderedGraphRunner(SimpleNamespace(_graph_schema=GraphSchema(schema), _instantiated_nodes=nodes))


def test_gives_what_rasas_own_runner_gives(model_path: Path) -> None:
    _, about, own = MessageProcessor._load_model(model_path)
    domain = about.domain
    events = [ActionExecuted("action_listen"), UserUttered("hello", {"name": "greet", "confidence": 1.0})]
    tracker = DialogueStateTracker.from_events("a", events, domain.slots)
    ordered = OrderedGraphRunner(own)
    for text in ("my lower back has hurt for two weeks", "hola, me duele la espalda"):
        inputs = {"__message__": [UserMessage(text)], "__tracker__": tracker}
        read, expected = (runner.run(inputs, [about.nlu_target]) for runner in (ordered, own))
        assert read.keys() == expected.keys()
        assert read[about.nlu_target][0].as_dict() == expected[about.nlu_target][0].as_dict()
    chosen, expected = (
        runner.run({"__tracker__": tracker}, [about.core_target]) for runner in (ordered, own)
    )
    assert chosen[about.core_target] == expected[about.core_target]
    assert domain.action_names_or_texts[chosen[about.core_target].max_confidence_index] == "action_greet"


def test_each_node_runs_once_after_what_it_needs_and_only_where_it_is_wanted() -> None:
    ran: list[str] = []

    def named(name: str) -> Any:
        def run(*given: tuple[str, str]) -> tuple[str, str]:
            ran.append(name)
            return name, "+".join([value for _, value in given] + [name])

        return run

    schema = {"last": node(a="left", b="right"), "left": node(a="first"), "right": node(a="first")}
    schema |= {"first": node(a="input"), "unwanted": node(a="first")}
    runner = runner_of({name: named(name) for name in schema}, schema)
    for _ in range(2):
        ran.clear()
        result = runner.run({"input": "in"}, ["last"])
        assert result == {"last": "in+first+left+in+first+right+last"}
        assert sorted(ran) == ["first", "last", "left", "right"]


def test_a_failing_node_is_the_same_error_as_with_rasas_runner() -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError

    with pytest.raises(GraphRunError):
        runner_of({"only": fail}, {"only": node()}).run(targets=["only"])


def test_the_agent_runs_its_model_so(agent: Agent) -> None:
    assert isinstance(agent.processor.graph_runner, OrderedGraphRunner)
