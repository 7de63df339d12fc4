"""Takes each message once, and tells all who follow its conversation what is said in it."""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rasa.core.channels.channel import UserMessage

from backchat.channels.guard import ChannelGuard, TakenBeforeError
from backchat.channels.limits import TooManyRequests
from backchat.channels.relay import Relay
from backchat.channels.retelling import Reteller, WireMessage
from backchat.retention import ERASED

RECENT_TURNS = 1_000
MOST_FOLLOWERS = 10
"""So many pages may follow a conversation at once; each holds a connection."""
SECONDS_TO_WAIT = 15.0

ERASURE = "erased"

LookUp = Callable[[], Awaitable[list[WireMessage]]]


@dataclass(frozen=True)
class Happening:
    """Something that happens in a conversation, as an event of its stream.

    Attributes:
        name: What happens: `told` (the conversation so far), `heard` (a message of the person is being
            answered), `answered`, or `erased` (`ERASURE`).
        data: The messages of it.
    """

    name: str
    data: dict[str, Any]

    def __str__(self) -> str:
        """Writes it as a server-sent event."""
        return f"event: {self.name}\ndata: {json.dumps(self.data)}\n\n"


Following = asyncio.Queue[Happening | None]


@dataclass(frozen=True)
class _Turn:
    heard: Happening
    answer: asyncio.Task[list[WireMessage]]


class Turns:
    """The turns that are under way or were taken of late.

    A message that is sent again under the same id gets the answer of the first time. Who follows a
    conversation is told of every turn, whichever page it came from.
    """

    def __init__(self, guard: ChannelGuard, reteller: Reteller, redis_url: str | None = None) -> None:
        """Takes what answers messages, and what puts the answers into the form for a browser.

        Args:
            guard: Answers messages.
            reteller: Puts the answers into the form for a browser.
            redis_url: Where the Redis is over which several processes tell each other what happens.
        """
        self._relay = Relay(redis_url, self._hear, self._let_go) if redis_url else None
        self._relaying: asyncio.Task[None] | None = None
        self._guard = guard
        self._reteller = reteller
        self._recent: OrderedDict[tuple[str, str], _Turn] = OrderedDict()
        self._followers: dict[str, set[Following]] = {}

    async def take(self, message: UserMessage, look_up: LookUp, again: bool = False) -> list[WireMessage]:
        """Answers a message; a page that goes away in the middle finds the answer in the history.

        Args:
            message: What the person wrote.
            look_up: Finds the answer in the record, of a message that was taken before.
            again: Whether it may have been, by another process or before this one began.

        Returns:
            The answer.
        """
        key = (message.sender_id, message.message_id)
        if key not in self._recent:
            heard = Happening("heard", {"id": message.message_id, "text": message.text})
            self._recent[key] = _Turn(
                heard, asyncio.create_task(self._answer(message, heard, look_up, again))
            )
            if len(self._recent) > RECENT_TURNS:
                self._recent.popitem(last=False)
        try:
            return await asyncio.shield(self._recent[key].answer)
        except Exception:
            self._recent.pop(key, None)
            raise

    @contextmanager
    def follow(self, sender: str) -> Iterator[Following]:
        """Tells of all that happens in a conversation, beginning with what is under way.

        Args:
            sender: The conversation.

        Yields:
            Where each happening arrives, and `None` at the end.

        Raises:
            TooManyRequests: So many follow it that one more is no person's page.
        """
        if len(self._followers.get(sender, ())) >= MOST_FOLLOWERS:
            raise TooManyRequests(time.time() + SECONDS_TO_WAIT)
        following: Following = asyncio.Queue()
        for turn in self._of(sender):
            if not turn.answer.done():
                following.put_nowait(turn.heard)
        self._followers.setdefault(sender, set()).add(following)
        try:
            yield following
        finally:
            self._followers[sender].discard(following)
            if not self._followers[sender]:
                del self._followers[sender]

    async def forget(self, sender: str) -> None:
        """Waits until no turn of a conversation is under way, and keeps none of them in memory."""
        await asyncio.gather(*(turn.answer for turn in self._of(sender)), return_exceptions=True)
        self._drop(sender)

    def _drop(self, sender: str, but: str | None = None) -> None:
        """Keeps of a conversation nothing in memory, or one turn alone."""
        for key in [key for key in self._recent if key[0] == sender and key[1] != but]:
            del self._recent[key]

    def begin(self) -> None:
        """Begins to tell other processes what happens here, and to hear what happens there."""
        if self._relay is not None:
            self._relaying = asyncio.create_task(self._relay.run())

    def tell(self, sender: str, happening: Happening) -> None:
        """Tells all who follow a conversation of something, on whichever process."""
        self._tell_here(sender, happening)
        if self._relay is not None:
            self._relay.tell(sender, happening.name, happening.data)

    def _hear(self, sender: str, name: str, data: dict[str, Any]) -> None:
        self._tell_here(sender, Happening(name, data))
        if name == ERASURE:
            self._drop(sender)

    def _tell_here(self, sender: str, happening: Happening) -> None:
        for following in self._followers.get(sender, ()):
            following.put_nowait(happening)

    async def end(self) -> None:
        """Lets everybody go who follows a conversation, and tells and hears nothing more."""
        self._let_go()
        if self._relaying is not None:
            self._relaying.cancel()
            await asyncio.wait([self._relaying])

    def _let_go(self) -> None:
        """Ends what pages follow; they follow anew, and are told all that was said."""
        for followings in self._followers.values():
            for following in followings:
                following.put_nowait(None)

    def _of(self, sender: str) -> list[_Turn]:
        return [turn for key, turn in self._recent.items() if key[0] == sender]

    async def _answer(
        self, message: UserMessage, heard: Happening, look_up: LookUp, again: bool
    ) -> list[WireMessage]:
        answer = await look_up() if again else []
        if not answer:
            self.tell(message.sender_id, heard)
            try:
                await self._guard.handle(message)
                answer = [self._reteller.tell(said) for said in message.output_channel.messages]
            except TakenBeforeError:
                answer = await look_up()
            if any((said.get("custom") or {}).get(ERASED) for said in answer):
                self._drop(message.sender_id, but=message.message_id)
        self.tell(message.sender_id, Happening("answered", {"id": message.message_id, "messages": answer}))
        return answer
