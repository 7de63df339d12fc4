"""Says things on Slack, over its Web API."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from backchat.channels import slack_blocks
from backchat.channels.platform import Call, Offer, Place, Platform, RefusedError, UnavailableError
from backchat.channels.said import Part
from backchat.channels.settings import SlackSettings

POST, POST_UNSEEN, UPDATE = "chat.postMessage", "chat.postEphemeral", "chat.update"
SECONDS_TO_ANSWER = 15
TOO_MANY_REQUESTS, SERVER_ERROR = 429, 500

# Errors that say nothing against the call: Slack has a problem, or the operator has one with the token.
_PASSING_ERRORS = {
    *("ratelimited", "rate_limited", "fatal_error", "internal_error", "request_timeout"),
    *("service_unavailable", "team_added_to_org", "invalid_auth", "not_authed", "account_inactive"),
    *("token_expired", "token_revoked", "missing_scope", "no_permission"),
}


class SlackPlatform(Platform):
    """Slack, as one app in one workspace sees it."""

    name = "slack"

    def __init__(self, settings: SlackSettings, wording: Mapping[str, str]) -> None:
        """Takes what it works with.

        Args:
            settings: The app's token, and where the Web API is.
            wording: `Knowledge.wording`.
        """
        # The messenger itself tries again, in the one way for all platforms.
        self._client = AsyncWebClient(
            settings.bot_token, base_url=settings.api_url, logger=_library_logger(), retry_handlers=[]
        )
        self._wording = wording

    async def open(self) -> None:
        """Makes the session that all calls use; it connects with the first."""
        timeout = aiohttp.ClientTimeout(total=SECONDS_TO_ANSWER)
        self._client.session = aiohttp.ClientSession(timeout=timeout)

    async def close(self) -> None:
        """Closes the session."""
        if self._client.session is not None:
            await self._client.session.close()

    async def send(self, call: Call) -> str | None:
        """Makes a call, after opening the direct messages with a person where it names one and no channel."""
        arguments = dict(call.arguments)
        if call.method == POST and "channel" not in arguments:
            opened = await self._call("conversations.open", {"users": arguments.pop("user")})
            arguments["channel"] = opened["channel"]["id"]
        answer = await self._call(call.method, arguments)
        return answer.get("ts")

    async def _call(self, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = await self._client.api_call(method, json=dict(arguments))
        except SlackApiError as error:
            raise _explain(error) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise UnavailableError(type(error).__name__) from None
        data = answer.data
        return data if isinstance(data, dict) else {}

    def say(self, place: Place, parts: Sequence[Part], ref: str) -> tuple[list[Call], Offer | None]:
        """Says a turn: a message for each part, with the options of the question below it."""
        calls: list[Call] = []
        offer = None
        for part in parts:
            shown = slack_blocks.messages(part, ref, self._wording)
            posts = [Call(POST, {"channel": place["channel"], **message}) for message in shown]
            if part.prompt is not None:
                posts[-1] = Call(POST, posts[-1].arguments, ref)
                offer = Offer(ref, part.prompt, shown[-1])
            calls += posts
        return calls, offer

    def notify(self, place: Place, text: str) -> list[Call]:
        """Says something in the direct messages; to who wrote in a channel unseen by others, and in both."""
        message = {"text": slack_blocks.escape(text)}
        if not place.get("public"):
            return [Call(POST, {"channel": place["channel"], **message})]
        thread = {"thread_ts": place["thread"]} if place.get("thread") else {}
        unseen = {"channel": place["channel"], "user": place["user"], **thread, **message}
        welcome = {"user": place["user"], "text": slack_blocks.escape(self._wording["talk_here"])}
        return [Call(POST_UNSEEN, unseen), Call(POST, welcome)]

    def acknowledge(self, place: Place, text: str | None = None) -> list[Call]:
        """Says why a click did nothing; one that did something needs no answer here."""
        if text is None:
            return []
        unseen = {"channel": place["channel"], "user": place["user"], "text": slack_blocks.escape(text)}
        return [Call(POST_UNSEEN, unseen)]

    def redraw(self, place: Place, offer: Offer) -> list[Call]:  # noqa: ARG002
        """Does nothing: Slack itself shows what is ticked."""
        return []

    def conclude(self, place: Place, offer: Offer, answer: str | None) -> list[Call]:
        """Takes the options away from the message that shows them."""
        words = answer and f"{self._wording['you_answered']} {answer}"
        message = slack_blocks.without_options(offer.shown, offer.prompt, words)
        return [Call(UPDATE, {"channel": place["channel"], "ts": offer.message, **message})]

    def plainer(self, call: Call) -> Call | None:
        """Leaves the blocks out of a message: its text says the same."""
        if call.method != POST or "blocks" not in call.arguments:
            return None
        return Call(POST, {key: value for key, value in call.arguments.items() if key != "blocks"})


def _library_logger() -> logging.Logger:
    """Gives the library a log that is never so detailed as to hold whole messages."""
    quiet = logging.getLogger(f"{__name__}.library")
    quiet.setLevel(logging.INFO)
    return quiet


def _explain(error: SlackApiError) -> UnavailableError | RefusedError:
    """Tells whether a call may succeed later. Only Slack's code for the error is repeated."""
    status = getattr(error.response, "status_code", SERVER_ERROR)
    data = getattr(error.response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    reason = f"{code or 'no answer that can be read'} ({status})"
    if status == TOO_MANY_REQUESTS:
        return UnavailableError(reason, _seconds(error.response.headers.get("Retry-After")))
    if status >= SERVER_ERROR or not code or code in _PASSING_ERRORS:
        return UnavailableError(reason)
    return RefusedError(reason)


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isdecimal() else None
