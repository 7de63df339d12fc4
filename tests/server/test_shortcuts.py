"""What is left out is still nothing but that, in the version of Rasa that is installed."""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Iterator
from types import ModuleType

import pytest
from rasa.core import processor
from rasa.core.agent import Agent
from rasa.shared.core.events import Event
from rasa.shared.core.slots import Slot
from rasa.shared.utils.common import all_subclasses

from backchat.server.shortcuts import COPYING_FOR_LOGS
from backchat.server.stored_events import event_class


def called(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


@pytest.mark.parametrize("module", COPYING_FOR_LOGS, ids=lambda module: module.__name__)
def test_rasa_copies_there_for_debug_logs_alone(module: ModuleType) -> None:
    tree = ast.parse(inspect.getsource(module))
    logs = [call for call in called(tree) if ast.unparse(call.func) == "structlogger.debug"]
    used_for_logs = [node for log in logs for node in ast.walk(log)]
    uses = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "copy"]
    assert uses
    assert all(use in used_for_logs for use in uses)
    of_module = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.value in uses]
    assert {node.attr for node in of_module} == {"deepcopy"}
    assert len(of_module) == len(uses)


def test_rasa_only_logs_slots_where_it_says_so() -> None:
    tree = ast.parse(inspect.getsource(processor))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    [logging] = [function for function in functions if function.name == "_log_slots"]
    assert {ast.unparse(call.func).rpartition(".")[2] for call in called(logging)} == {
        *("join", "values", "strip"),
        *("debug", "deepcopy"),
    }


def test_a_copied_slot_is_one_of_its_own_that_is_the_same(agent: Agent) -> None:
    assert agent.domain.slots
    for slot in agent.domain.slots:
        copied = copy.copy(slot)
        assert type(copied) is type(slot)
        assert vars(copied) == vars(slot)
        kept = slot.value
        copied.value = "changed"
        assert slot.value == kept
    own = {"__copy__", "__reduce__", "__reduce_ex__", "__getstate__", "__slots__"}
    assert not any(own & vars(kind).keys() for kind in all_subclasses(Slot))


def test_each_kind_of_event_is_found_as_rasa_finds_it(agent: Agent) -> None:
    assert Event.resolve_by_type is event_class
    for kind in all_subclasses(Event):
        assert event_class(kind.type_name) is event_class.__wrapped__(kind.type_name)
    with pytest.raises(ValueError, match="Unknown event"):
        event_class("no event")
