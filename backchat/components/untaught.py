"""What the components share that are made of the knowledge alone and learn nothing."""

from __future__ import annotations

from typing import Any, TypeVar

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage

C = TypeVar("C", bound="Untaught")


class Untaught(GraphComponent):
    """A component that is ready when it is made, whatever its configuration."""

    @classmethod
    def create(
        cls: type[C],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> C:
        """Creates the component; see Rasa's `GraphComponent`."""
        return cls()
