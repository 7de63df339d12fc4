"""Runs the parts of a model one after the other.

Rasa lets a general scheduler find their order anew each time, which takes longer than its policies do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner


class OrderedGraphRunner:
    """Runs the nodes of a graph in an order that is found once for each list of targets.

    The nodes are a private part of Rasa's runner; `tests/server/test_graph.py` fails when it changes.
    """

    def __init__(self, runner: DaskGraphRunner) -> None:
        """Takes over the nodes of Rasa's own runner.

        Args:
            runner: It has loaded them.
        """
        self._schema = runner._graph_schema
        self._nodes: Mapping[str, GraphNode] = runner._instantiated_nodes
        self._steps: dict[tuple[str, ...], list[tuple[str, list[str]]]] = {}

    def run(
        self, inputs: Mapping[str, Any] | None = None, targets: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """Runs the graph; see Rasa's `GraphRunner`."""
        wanted = tuple(targets or self._schema.target_names)
        made = {name: (name, value) for name, value in (inputs or {}).items()}
        try:
            for name, needs in self._steps_to(wanted):
                made[name] = self._nodes[name](*(made.get(need, need) for need in needs))
        except RuntimeError as error:
            raise GraphRunError("Error running runner.") from error
        return dict(made[name] for name in wanted)

    def _steps_to(self, targets: tuple[str, ...]) -> list[tuple[str, list[str]]]:
        """Lists the nodes that lead to the targets, with what each needs, which comes before it."""
        if targets not in self._steps:
            nodes = self._schema.minimal_graph_schema(list(targets)).nodes
            needs = {name: list(node.needs.values()) for name, node in nodes.items()}
            order = TopologicalSorter(needs).static_order()
            self._steps[targets] = [(name, needs[name]) for name in order if name in needs]
        return self._steps[targets]
