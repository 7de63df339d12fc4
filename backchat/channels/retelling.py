"""What has been said, as the chat widget gets it: at once, and retold from the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rasa.shared.core.events import BotUttered, Event, UserUttered

from backchat.channels.http import MessageList
from backchat.screening.record import Known
from backchat.screening.speech import Speaker

WireMessage = dict[str, Any]


class Reteller:
    """Puts messages into the form in which a browser gets them."""

    def __init__(self, speaker: Speaker) -> None:
        """Takes what names findings."""
        self._speaker = speaker
        self._patterns = {pattern.id: pattern.name for pattern in speaker.knowledge.patterns}

    def tell(self, message: WireMessage) -> WireMessage:
        """Leaves out the conversation's id, of no use to a browser, and puts words to a result's ids."""
        sent = {key: value for key, value in message.items() if key != "recipient_id"}
        assessment = (sent.get("custom") or {}).get("assessment") or {}
        if "findings" in assessment:
            sent["custom"] = {**sent["custom"], "words": self._words(assessment)}
        return sent

    async def retell(self, events: Iterable[Event]) -> list[WireMessage]:
        """Turns a conversation's record into messages as they were sent, each with who it is from.

        Args:
            events: The record.

        Returns:
            The messages; those of the person with the id under which they were sent.
        """
        told: list[WireMessage] = []
        for event in events:
            if isinstance(event, UserUttered) and event.text:
                told.append({"from": "person", "id": event.message_id, "text": event.text})
            elif isinstance(event, BotUttered):
                said = MessageList()
                await said.send_response("", {"text": event.text, **event.data})
                told += [{"from": "bot", **self.tell(message)} for message in said.messages]
        return told

    def understood(self, finding: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Gives something known as it is shown to the person, with what it takes to change it."""
        spec = self._speaker.knowledge.findings[finding]
        return {
            "id": finding,
            "kind": spec.kind.value,
            "unit": spec.unit,
            "label": spec.words,
            "words": self._speaker.name(finding, Known.from_dict(entry)),
            "said": entry["said"],
            "value": entry["value"],
        }

    def _words(self, assessment: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "findings": {
                finding: self._speaker.name(finding, Known.from_dict(entry))
                for finding, entry in assessment["findings"].items()
            },
            "pattern": self._patterns[assessment["pattern"]["id"]],
        }


def answer_to(message_id: str, told: Iterable[WireMessage]) -> list[WireMessage]:
    """Finds the answer to a message in a conversation that was retold; nothing if it was never taken."""
    answer: list[WireMessage] = []
    is_answer = False
    for message in told:
        if message["from"] == "person":
            is_answer = message["id"] == message_id
        elif is_answer:
            answer.append({key: value for key, value in message.items() if key != "from"})
    return answer
