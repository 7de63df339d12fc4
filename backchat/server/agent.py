"""Rasa's agent, which does once what can be done once: it reads what a button says, and orders the model."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage

from backchat.knowledge import load_knowledge
from backchat.server.graph import OrderedGraphRunner


class ScreeningAgent(Agent):
    """Handles the messages of all channels.

    What people write themselves is read by the pipeline each time, and kept by nothing but their record.
    """

    def __init__(self, **parts: Any) -> None:
        """Takes what Rasa's agent takes."""
        super().__init__(**parts)
        self._labels = load_knowledge().labels
        self._read: dict[str, dict[str, Any]] = {}
        self._day = datetime.now().date()

    def load_model(self, model_path: str | Path, fingerprint: str | None = None) -> None:
        """Loads a model.

        Args:
            model_path: Its file.
            fingerprint: What Rasa knows it by.
        """
        super().load_model(model_path, fingerprint)
        self.processor.graph_runner = OrderedGraphRunner(self.processor.graph_runner)

    async def handle_message(self, message: UserMessage) -> list[dict[str, Any]] | None:
        """Takes a turn.

        Args:
            message: What came in; one that was read already is not read again.

        Returns:
            What was answered, where the channel collects it.
        """
        if message.text in self._labels and not message.parse_data:
            message.parse_data = await self._read_once(message.text)
        answer: list[dict[str, Any]] | None = await super().handle_message(message)
        return answer

    async def _read_once(self, label: str) -> dict[str, Any]:
        """Reads a label; what one says of time depends on the day."""
        today = datetime.now().date()
        if today != self._day:
            self._read, self._day = {}, today
        if label not in self._read:
            self._read[label] = await self.parse_message(label)
        return deepcopy(self._read[label])
