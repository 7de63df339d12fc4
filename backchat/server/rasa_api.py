"""Rasa's own HTTP API, which is off unless the environment holds a token for it."""

from __future__ import annotations

import hmac
import os

from rasa.shared.exceptions import RasaException
from sanic import Sanic
from sanic.request import Request

from backchat.channels.http import RequestRefused

TOKEN_VARIABLE = "BACKCHAT_RASA_TOKEN"  # noqa: S105 (where it is, not what it is)
SHORTEST_TOKEN = 32

_MODEL = "/model"
_UNDERSTANDING = "/model/parse"


class WeakTokenError(RasaException):
    """The token for Rasa's API could be guessed."""


def read_token() -> str | None:
    """Reads the token for Rasa's API from the environment.

    Returns:
        The token, or None where there is none and the API stays off.

    Raises:
        WeakTokenError: It is so short that it could be guessed.
    """
    token = os.environ.get(TOKEN_VARIABLE) or None
    if token is not None and len(token) < SHORTEST_TOKEN:
        raise WeakTokenError(f"{TOKEN_VARIABLE} must have at least {SHORTEST_TOKEN} characters.")
    return token


def close_to_strangers(app: Sanic, token: str) -> None:
    """Refuses wrong tokens before Rasa compares them, and whatever would change the model that was checked.

    Args:
        app: The app with Rasa's API, which itself asks for the token.
        token: The token.
    """

    @app.middleware("request")
    async def admit(request: Request) -> None:
        given = request.args.get("token")
        if given is not None and not hmac.compare_digest(given.encode(errors="replace"), token.encode()):
            raise RequestRefused("The token is not valid.", status=401)
        if request.path.startswith(_MODEL) and request.path != _UNDERSTANDING:
            raise RequestRefused("The model of a running server stays the one that was checked.", status=403)
