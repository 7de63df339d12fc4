"""What messengers have in common: what comes in, what goes out, and what they must be able to do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from backchat.channels.said import Part, Prompt

Place = Mapping[str, Any]
"""Where an answer goes, as the messenger needs it."""


class UnavailableError(Exception):
    """The messenger can't do it now, but may do it later.

    Attributes:
        retry_after: The seconds to wait, where the messenger says so.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class RefusedError(Exception):
    """The messenger does not do it, however often it is asked."""


class Deed(str, Enum):
    """What a person does with the options of a question."""

    PICK = "pick"
    TICK = "tick"
    DONE = "done"


@dataclass(frozen=True)
class Click:
    """A person's use of a button, a box or a menu.

    Attributes:
        ref: The offer that it belongs to.
        deed: What was done.
        options: The options that it was done with.
    """

    ref: str
    deed: Deed
    options: tuple[int, ...] = ()


@dataclass(frozen=True)
class Offer:
    """The options of the question that is open in a conversation.

    Attributes:
        ref: Names it; each of its buttons carries it.
        prompt: The options.
        shown: The message that shows them, without them, as the messenger takes it.
        message: What the messenger knows that message by, once it is posted.
        ticked: The options that are ticked.
    """

    ref: str
    prompt: Prompt
    shown: Mapping[str, Any]
    message: str | None = None
    ticked: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Incoming:
    """Something that a person sends.

    Attributes:
        key: What the messenger knows it by.
        sender_id: The conversation.
        position: Where it stands among all that the person sends.
        place: Where the answer goes.
        notice: The wording that answers it without a turn, or before one.
        text: What was written.
        click: What was clicked.
    """

    key: str
    sender_id: str
    position: int
    place: Place
    notice: str | None = None
    text: str | None = None
    click: Click | None = None

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Incoming:
        """Reads what `dataclasses.asdict` has made, after JSON."""
        click = content["click"]
        if click:
            click = Click(click["ref"], Deed(click["deed"]), tuple(click["options"]))
        return cls(**{**content, "click": click})


@dataclass(frozen=True)
class Call:
    """A call of the messenger's programming interface.

    Attributes:
        method: Its name.
        arguments: What goes with it.
        ref: The offer that it shows, if any.
    """

    method: str
    arguments: Mapping[str, Any]
    ref: str | None = None


class Platform(ABC):
    """A messenger: how things are said there, and how they are sent."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Its name, with which the ids of its conversations begin."""

    @abstractmethod
    async def open(self) -> None:
        """Gets ready to send, without sending anything."""

    @abstractmethod
    async def close(self) -> None:
        """Lets go of all connections."""

    @abstractmethod
    async def send(self, call: Call) -> str | None:
        """Makes a call.

        Returns:
            What the messenger knows a posted message by.

        Raises:
            UnavailableError: It can't be done now.
            RefusedError: It can't be done.
        """

    @abstractmethod
    def say(self, place: Place, parts: Sequence[Part], ref: str) -> tuple[list[Call], Offer | None]:
        """Says what the bot said in a turn.

        Args:
            place: Where.
            parts: What.
            ref: Names the offer, if the turn makes one.

        Returns:
            The calls, and the offer that they make.
        """

    @abstractmethod
    def notify(self, place: Place, text: str) -> list[Call]:
        """Says something that is no turn."""

    @abstractmethod
    def acknowledge(self, place: Place, text: str | None = None) -> list[Call]:
        """Answers a click, with words where it did nothing."""

    @abstractmethod
    def redraw(self, place: Place, offer: Offer) -> list[Call]:
        """Shows which options are ticked."""

    @abstractmethod
    def conclude(self, place: Place, offer: Offer, answer: str | None) -> list[Call]:
        """Takes away the options of a posted offer, and shows what was picked."""

    @abstractmethod
    def plainer(self, call: Call) -> Call | None:
        """Gives a call in words alone that says the same, if there is one: words must reach the person."""
