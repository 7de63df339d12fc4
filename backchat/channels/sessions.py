"""Tokens that bind a browser to one conversation, issued and signed by the server."""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

import jwt

from backchat.channels.settings import SHORTEST_SECRET, read_session_secret

SESSION_SECONDS = 24 * 60 * 60
SENDER_PREFIX = "web:"
SECRET_FILE = "var/session_secret"  # noqa: S105 (where it is, not what it is)

_ALGORITHM = "HS256"


class InvalidTokenError(Exception):
    """A token was not issued by this server, was changed, or has expired."""


class Sessions:
    """Issues tokens and tells whose conversation a token stands for."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def issue(self) -> str:
        """Starts a conversation.

        Returns:
            A token for it, valid for `SESSION_SECONDS`.
        """
        claims = {"sub": secrets.token_urlsafe(16), "exp": int(time.time()) + SESSION_SECONDS}
        return jwt.encode(claims, self._secret, algorithm=_ALGORITHM)

    def sender_id(self, token: str) -> str:
        """Tells the conversation that a token stands for.

        Args:
            token: What a client sent as its token.

        Returns:
            The id of the conversation.

        Raises:
            InvalidTokenError: The token is not valid, or not any more.
        """
        try:
            claims = jwt.decode(
                token, self._secret, algorithms=[_ALGORITHM], options={"require": ["sub", "exp"]}
            )
        except (jwt.InvalidTokenError, ValueError):  # ValueError: characters that no token can have
            raise InvalidTokenError from None
        return f"{SENDER_PREFIX}{claims['sub']}"


def load_secret(path: Path) -> bytes:
    """Reads the server's secret, and makes one at the first start.

    `BACKCHAT_SESSION_SECRET` gives it where several processes need the same.

    Args:
        path: A file that only the server's user may read; kept across restarts so that sessions outlive them.

    Returns:
        The secret.

    Raises:
        OSError: The file can't be read or made.
        ValueError: The file holds too little to be a secret.
        ChannelConfigurationError: So does the environment.
    """
    given = read_session_secret(os.environ)
    if given is not None:
        return given
    if not path.exists():
        _write_secret(path)
    secret = path.read_bytes()
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"{path} holds no usable secret; remove it to have a new one made")
    return secret


def _write_secret(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(SHORTEST_SECRET))
    try:
        # A link appears whole or not at all, and never replaces the secret of a server that was quicker.
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
