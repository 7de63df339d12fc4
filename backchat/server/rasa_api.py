"""Rasa's own HTTP API, which is off unless the environment holds a token for it."""

from __future__ import annotations

import hmac

from rasa import server
from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from backchat.channels.http import RequestRefused
from backchat.channels.limits import Guesses

_MODEL = "/model"
_UNDERSTANDING = "/model/parse"


def leave_origins_to_channels() -> None:
    """Keeps Rasa from sending headers for pages of other origins: with its own, credentials are allowed.

    The channels let in whom the operator lists. This private part of Rasa is replaced.
    """
    server.configure_cors = lambda *_: None


def lead_to_page(app: Sanic, place: str | None) -> None:
    """Leads whoever comes to the front door to the chat, where Rasa greets in its own name.

    Args:
        app: The app.
        place: Where the chat is, if there is one.
    """

    @app.middleware("request")
    async def front_door(request: Request) -> HTTPResponse | None:
        if request.path != "/":
            return None
        return response.redirect(place) if place else response.json({"service": "Backchat"})


def close_to_strangers(app: Sanic, token: str) -> None:
    """Refuses wrong tokens before Rasa compares them, and whatever would change the model that was checked.

    Args:
        app: The app with Rasa's API, which itself asks for the token.
        token: The token.
    """
    guesses = Guesses()

    @app.middleware("request")
    async def admit(request: Request) -> None:
        given = request.args.get("token")
        if given is not None:
            with guesses.counted(request):
                _check(given, token)
        if request.path.startswith(_MODEL) and request.path != _UNDERSTANDING:
            raise RequestRefused("The model of a running server stays the one that was checked.", status=403)


def _check(given: str, token: str) -> None:
    if not hmac.compare_digest(given.encode(errors="replace"), token.encode()):
        raise RequestRefused("The token is not valid.", status=401)
