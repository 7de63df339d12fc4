"""What whoever runs the server asks it: whether it lives, whether it can serve, and what it has counted.

`GET /healthz` answers while the process lives, `GET /readyz` where every part that a turn needs answers, or
else with status 503 and the names of those that don't. `GET /metrics` gives the counts in Prometheus' form to
whoever may use REST.
"""

from __future__ import annotations

import asyncio
import logging
import re
import uuid
from collections.abc import Callable, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from backchat.channels.guard import describe
from backchat.channels.http import answer_errors
from backchat.channels.rest import Door
from backchat.metrics import LETTERS_WAITING, REGISTRY
from backchat.server.logs import REQUEST_ID

logger = logging.getLogger(__name__)

PROBE_SECONDS = 2.0
"""A part that takes longer to answer counts as gone."""
UNAVAILABLE = 503
REQUEST_ID_HEADER = "X-Request-ID"

_USABLE_ID = re.compile(r"[\w.\-]{1,64}", re.ASCII)

Probe = Callable[[], object]
"""Asks a part for something; it raises where the part does not answer."""


class Readiness:
    """Finds out which parts answer.

    A part that hangs is asked again only when it has answered, so that waiting threads don't pile up.
    """

    def __init__(self, probes: Mapping[str, Probe], seconds: float = PROBE_SECONDS) -> None:
        """Takes what is asked.

        Args:
            probes: By the name of a part how it is asked, in a thread of its own.
            seconds: How long a part may take.
        """
        self._probes = probes
        self._seconds = seconds
        self._asking: dict[str, asyncio.Task[object]] = {}
        self.is_stopping = False

    async def lacking(self) -> list[str]:
        """Names the parts that don't answer, and "stopping" where the server takes no more work."""
        answers = await asyncio.gather(*(self._answers(name) for name in self._probes))
        lacking = [name for name, does in zip(self._probes, answers, strict=True) if not does]
        return [*lacking, *(["stopping"] if self.is_stopping else [])]

    async def _answers(self, name: str) -> bool:
        if name not in self._asking or self._asking[name].done():
            self._asking[name] = asyncio.create_task(asyncio.to_thread(self._probes[name]))
        asked = self._asking[name]
        await asyncio.wait([asked], timeout=self._seconds)
        if not asked.done():
            logger.error("The %s has not answered for %s seconds", name, self._seconds)
            return False
        if error := asked.exception():
            logger.error("The %s does not answer: %s", name, describe(error))
            return False
        return True


def operation_routes(readiness: Readiness, door: Door, count_letters: Callable[[], int]) -> Blueprint:
    """Builds the routes.

    Args:
        readiness: Knows which parts answer.
        door: Keeps strangers from the counts.
        count_letters: Counts the messages of messengers that are not answered yet.
    """
    routes = Blueprint("operation")
    answer_errors(routes)

    @routes.get("/healthz")
    async def alive(_: Request) -> HTTPResponse:
        return response.json({"alive": True})

    @routes.get("/readyz")
    async def ready(_: Request) -> HTTPResponse:
        lacking = await readiness.lacking()
        if lacking:
            return response.json({"ready": False, "lacking": lacking}, status=UNAVAILABLE)
        return response.json({"ready": True})

    @routes.get("/metrics")
    async def metrics(request: Request) -> HTTPResponse:
        door.admit(request)
        LETTERS_WAITING.set(await asyncio.to_thread(count_letters))
        return response.raw(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)

    return routes


def name_requests(app: Sanic) -> None:
    """Gives every request an id, which its lines in the logs and its answer bear.

    An id that a proxy gave is kept where it is short and plain: it stands in the logs.

    Args:
        app: The app.
    """

    @app.middleware("request")
    async def name(request: Request) -> None:
        given = request.headers.get(REQUEST_ID_HEADER, "")
        REQUEST_ID.set(given if _USABLE_ID.fullmatch(given) else uuid.uuid4().hex)

    @app.middleware("response")
    async def tell(_: Request, answer: HTTPResponse) -> None:
        if request_id := REQUEST_ID.get():
            answer.headers[REQUEST_ID_HEADER] = request_id
