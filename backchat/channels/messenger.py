"""Answers what people send over a messenger: each thing once, in its order, until the answer is delivered."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from itertools import takewhile
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import BotUttered, Event, UserUttered
from rasa.shared.exceptions import RasaException
from sanic import Blueprint
from sqlalchemy.exc import SQLAlchemyError

from backchat.channels.guard import ChannelGuard, OnNewMessage, TakenBeforeError, describe, pseudonym
from backchat.channels.http import MessageList
from backchat.channels.limits import RateLimits, TooManyRequests
from backchat.channels.mailbox import Letter, Mailbox
from backchat.channels.offers import Offers
from backchat.channels.platform import (
    Call,
    Click,
    Deed,
    Incoming,
    Offer,
    Platform,
    RefusedError,
    UnavailableError,
)
from backchat.channels.said import Message, read_turn, shorten
from backchat.database import Result, aside
from backchat.knowledge.models import Knowledge
from backchat.knowledge.texts import ENVIRONMENT

logger = logging.getLogger(__name__)

MakeMessenger = Callable[[OnNewMessage], "Messenger"]
"""Makes what answers on a channel, from what gives a message to Rasa."""

SETTLE_SECONDS = 0.2
"""Requests overtake one another on the way. What comes within this time is put in order first."""
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
GIVE_UP_SECONDS = 24 * 60 * 60.0
"""An answer that could not be delivered for so long is not worth having any more."""
SWEEP_SECONDS = 15.0
"""So often it is looked for letters that a process left behind."""
STOP_SECONDS = 2.0
PER_PERSON = "60/minute"
MOST_QUOTED = 200


class Messenger:
    """The conversations over one messenger.

    What comes in is stored before it is confirmed. One worker for each conversation takes the turns one
    after another, stores the answers and delivers them. A process that dies in the middle leaves the letter
    to the next: the conversation's record tells whether its turn was taken.
    """

    def __init__(
        self,
        platform: Platform,
        guard: ChannelGuard,
        *,
        mailbox: Mailbox,
        offers: Offers,
        record: TrackerStore,
        knowledge: Knowledge,
        limits: RateLimits | None = None,
    ) -> None:
        """Takes what it works with.

        Args:
            platform: The messenger.
            guard: Takes the turns.
            mailbox: Keeps what has come in.
            offers: Keeps what can be picked.
            record: Where the turns of the conversations are recorded.
            knowledge: The wording, and what is said for each urgency.
            limits: How much a person may send.
        """
        self._platform = platform
        self._guard = guard
        self._mailbox = mailbox
        self._offers = offers
        self._record = record
        self._wording = knowledge.wording
        self._titles = {urgency.value: advice.title for urgency, advice in knowledge.advice.items()}
        self._late_message = ENVIRONMENT.from_string(self._wording["late_message"])
        self._limits = limits or RateLimits(PER_PERSON, PER_PERSON)
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._woken: set[str] = set()
        self._is_open = False
        self._sweeper: asyncio.Task[None] | None = None

    def attach(self, routes: Blueprint) -> None:
        """Starts and stops with the server of these routes."""

        @routes.after_server_start
        async def start(*_: object) -> None:
            await self._platform.open()
            self._is_open = True
            self._sweeper = asyncio.create_task(self._sweep())

        @routes.before_server_stop
        async def stop(*_: object) -> None:
            await self._stop()

    async def receive(self, incoming: Incoming) -> None:
        """Stores what has come in; it is answered afterwards. What came before is left alone.

        Who sends too much is told so once, and that what they send is not read until they have waited.
        """
        try:
            self._limits.count_message(incoming.sender_id)
        except TooManyRequests as refusal:
            key = f"too many until {refusal.until:.0f}"
            incoming = replace(incoming, key=key, notice="too_many_messages", text=None, click=None)
        content = asdict(incoming)
        if await self._aside(self._mailbox.put, incoming.sender_id, incoming.key, incoming.position, content):
            self._wake(incoming.sender_id)

    async def _aside(self, deed: Callable[..., Result], *arguments: object) -> Result:
        """Does something with the mailbox or the offers while others are served."""
        return await aside(self._mailbox.engine, deed, *arguments)

    def _wake(self, sender_id: str) -> None:
        if not self._is_open:
            return
        self._woken.add(sender_id)
        if sender_id not in self._workers:
            self._workers[sender_id] = asyncio.create_task(self._work(sender_id))

    async def _work(self, sender_id: str) -> None:
        """Answers all that has come in of one conversation."""
        letter = None
        try:
            while letter is not None or sender_id in self._woken:
                self._woken.discard(sender_id)
                await asyncio.sleep(SETTLE_SECONDS)
                letter = await self._aside(self._mailbox.claim, sender_id)
                if letter is not None:
                    await self._handle(letter)
        except Exception as error:
            # The letter stays, and is taken up again when its lease is over.
            logger.error(
                "A message of %s on %s waits: %s", pseudonym(sender_id), self._platform.name, describe(error)
            )
        finally:
            self._woken.discard(sender_id)
            del self._workers[sender_id]

    async def _handle(self, letter: Letter) -> None:
        try:
            await self._deliver(letter, await self._calls(letter))
            await self._aside(self._mailbox.close, letter)
        except asyncio.CancelledError:
            self._mailbox.release(letter)
            raise

    async def _calls(self, letter: Letter) -> list[Call]:
        """Gives the calls that answer a letter: none where it is damaged, as nobody knows where to answer."""
        try:
            incoming = Incoming.from_dict(letter.content)
            kept = None if letter.calls is None else [Call(**call) for call in letter.calls]
        except (ValueError, TypeError, LookupError) as error:
            logger.error("Row %s of letters can't be read: %s", letter.id, describe(error))
            return []
        if kept is not None:
            return kept
        calls = await self._answer_anyhow(letter, incoming)
        if not await self._aside(self._mailbox.answer, letter, [asdict(call) for call in calls]):
            await self._aside(self._offers.close, letter.sender_id)
        return calls

    async def _answer_anyhow(self, letter: Letter, incoming: Incoming) -> list[Call]:
        """Answers a letter, with the safety net if it can't be done; it waits for a database that fails."""
        try:
            return await self._answer(letter, incoming)
        except (SQLAlchemyError, RasaException):
            raise
        except Exception as error:
            who = pseudonym(letter.sender_id)
            logger.error("A message of %s on %s: %s", who, self._platform.name, describe(error))
            return self._platform.notify(incoming.place, self._wording["safety_net_message"])

    async def _answer(self, letter: Letter, incoming: Incoming) -> list[Call]:
        if letter.begun:
            recorded = await self._recorded(incoming)
            if recorded is not None:
                return await self._say(incoming, recorded)
        if incoming.click is not None:
            return await self._answer_click(letter, incoming, incoming.click)
        notices = []
        if incoming.notice is not None:
            notices = self._platform.notify(incoming.place, self._wording[incoming.notice])
        if incoming.text is None:
            return notices
        if await self._aside(self._mailbox.overtaken, letter, incoming.position):
            # It was written before the question that is open now, so it must not be read as an answer to it.
            late = self._late_message.render(said=shorten(incoming.text, MOST_QUOTED))
            return [*notices, *self._platform.notify(incoming.place, late)]
        return [*notices, *await self._take_turn(letter, incoming, incoming.text)]

    async def _answer_click(self, letter: Letter, incoming: Incoming, click: Click) -> list[Call]:
        offer = await self._aside(self._offers.get, incoming.sender_id)
        if offer is None or not _is_offered(offer, click):
            return self._platform.acknowledge(incoming.place, self._wording["no_longer_open"])
        if click.deed is Deed.TICK:
            ticked = replace(offer, ticked=offer.ticked ^ frozenset(click.options))
            await self._aside(self._offers.put, incoming.sender_id, ticked)
            return [
                *self._platform.acknowledge(incoming.place),
                *self._platform.redraw(incoming.place, ticked),
            ]
        picked = frozenset(click.options) or offer.ticked
        if not picked:
            return self._platform.acknowledge(incoming.place, self._wording["pick_first"])
        turn = await self._take_turn(
            letter, incoming, offer.prompt.payload(picked), offer.prompt.label(picked)
        )
        return [*self._platform.acknowledge(incoming.place), *turn]

    async def _take_turn(
        self, letter: Letter, incoming: Incoming, text: str, picked: str | None = None
    ) -> list[Call]:
        await self._aside(self._mailbox.begin, letter)
        output = MessageList()
        message = UserMessage(
            text,
            output,
            incoming.sender_id,
            input_channel=self._platform.name,
            message_id=incoming.key,
        )
        try:
            await self._guard.handle(message)
        except TakenBeforeError:
            return await self._say(incoming, await self._recorded(incoming) or [], picked)
        return await self._say(incoming, output.messages, picked)

    async def _recorded(self, incoming: Incoming) -> list[Message] | None:
        """Looks up what was answered in a turn that is in the record already."""
        tracker = await self._record.retrieve_full_tracker(incoming.sender_id)
        events = list(tracker.events) if tracker else []
        taken = [isinstance(event, UserUttered) and event.message_id == incoming.key for event in events]
        if not any(taken):
            return None
        output = MessageList()
        for event in takewhile(_is_no_message, events[taken.index(True) + 1 :]):
            if isinstance(event, BotUttered):
                await output.send_response(incoming.sender_id, {"text": event.text, **event.data})
        return list(output.messages)

    async def _say(
        self, incoming: Incoming, messages: list[Message], picked: str | None = None
    ) -> list[Call]:
        """Says a turn, and takes away the options of the question before unless it is still open."""
        ref = _ref(incoming)
        calls, offer = self._platform.say(incoming.place, read_turn(messages, self._titles), ref)
        if not any(map(_moves_on, messages)):
            return calls
        before = await self._aside(self._offers.get, incoming.sender_id)
        if before is not None and before.message is not None and before.ref != ref:
            calls = [*self._platform.conclude(incoming.place, before, picked), *calls]
        if offer is None:
            await self._aside(self._offers.close, incoming.sender_id)
        else:
            await self._aside(self._offers.put, incoming.sender_id, offer)
        return calls

    async def _deliver(self, letter: Letter, calls: list[Call]) -> None:
        for number, call in enumerate(calls[letter.sent :], start=letter.sent + 1):
            posted = await self._send(letter, call)
            if call.ref and posted:
                await self._note_where(letter.sender_id, call.ref, posted)
            await self._aside(self._mailbox.note_sent, letter, number)

    async def _note_where(self, sender_id: str, ref: str, posted: str) -> None:
        """Notes in which message what can be picked is offered."""
        offer = await self._aside(self._offers.get, sender_id)
        if offer is not None and offer.ref == ref:
            await self._aside(self._offers.put, sender_id, replace(offer, message=posted))

    async def _send(self, letter: Letter, call: Call) -> str | None:
        """Makes a call, again and again where it has to be."""
        pause = FIRST_PAUSE_SECONDS
        what = f"{self._platform.name} {call.method} for {pseudonym(letter.sender_id)}"
        is_first = True  # which is made even where the clock was set forward
        while is_first or time.time() < letter.received + GIVE_UP_SECONDS:
            is_first = False
            try:
                return await self._platform.send(call)
            except UnavailableError as failure:
                wait = pause if failure.retry_after is None else failure.retry_after
                logger.warning("%s: %s; again in %.0f s", what, failure, wait)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
                await self._aside(self._mailbox.keep, letter, wait)
                await asyncio.sleep(wait)
            except RefusedError as refusal:
                logger.warning("%s: %s", what, refusal)
                plainer = self._platform.plainer(call)
                if plainer is None:
                    return None
                call = plainer
        logger.error("%s: given up", what)
        return None

    async def _sweep(self) -> None:
        """Takes up what was left behind, now and then."""
        while True:
            try:
                await self._aside(self._mailbox.forget)
                for sender_id in await self._aside(self._mailbox.waiting, f"{self._platform.name}:"):
                    self._wake(sender_id)
            except Exception as error:
                logger.error("The mailbox of %s: %s", self._platform.name, describe(error))
            await asyncio.sleep(SWEEP_SECONDS)

    async def _stop(self) -> None:
        """Lets what has begun come to an end, for a moment; the rest is taken up after the next start."""
        self._is_open = False
        if self._sweeper is not None:
            self._sweeper.cancel()
        workers = list(self._workers.values())
        if workers:
            _, unfinished = await asyncio.wait(workers, timeout=STOP_SECONDS)
            for worker in unfinished:
                worker.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)
        await self._platform.close()


def _is_offered(offer: Offer, click: Click) -> bool:
    """Tells whether a click uses an option that is there, in the way that it is there for."""
    options = offer.prompt.options
    if click.ref != offer.ref or not all(0 <= picked < len(options) for picked in click.options):
        return False
    if click.deed is Deed.PICK:
        return len(click.options) == 1
    return offer.prompt.several and not any(options[picked].exclusive for picked in click.options)


def _ref(incoming: Incoming) -> str:
    """Names the offer that answers something; the same for the same, also after a restart."""
    return hashlib.sha256(f"{incoming.sender_id} {incoming.key}".encode()).hexdigest()[:12]


def _is_no_message(event: Event) -> bool:
    return not isinstance(event, UserUttered)


def _moves_on(message: Message) -> bool:
    """Tells whether a message asks the next question or tells a result."""
    custom: Mapping[str, Any] = message.get("custom") or {}
    return "question" in custom or "assessment" in custom
