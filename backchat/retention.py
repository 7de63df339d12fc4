"""How long conversations are kept, and where people read about it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import timedelta

RETENTION_VARIABLE = "BACKCHAT_RETENTION_DAYS"
DEFAULT_DAYS = 30
MOST_DAYS = 3650

PRIVACY_VARIABLE = "BACKCHAT_PRIVACY_URL"
PRIVACY_PLACE = "/chat/privacy"

ERASED = "erased"
"""What the bot says with this in its `custom` deletes the conversation when the turn is stored."""
DELETED = "deleted"
"""The wording that tells of it."""

_AGE = re.compile(r"(\d{1,5})\s*([hdw])", re.IGNORECASE)
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


class RetentionError(ValueError):
    """How long conversations are kept is not given in a way that can be used."""


def retention_days(environment: Mapping[str, str] = os.environ) -> int:
    """Reads how many days after its last message a conversation is kept.

    Args:
        environment: The variables of the environment.

    Returns:
        The days.

    Raises:
        RetentionError: It is no whole number from 1 to `MOST_DAYS`.
    """
    given = environment.get(RETENTION_VARIABLE) or str(DEFAULT_DAYS)
    if not given.isdecimal() or not 1 <= int(given) <= MOST_DAYS:
        raise RetentionError(f"{RETENTION_VARIABLE} must be a number of days from 1 to {MOST_DAYS}.")
    return int(given)


def read_age(text: str) -> timedelta:
    """Reads an age such as "30d", "12h" or "4w".

    Args:
        text: The age as it was written.

    Returns:
        The age.

    Raises:
        RetentionError: It is not written like that, or is nothing.
    """
    match = _AGE.fullmatch(text.strip())
    if match is None or not int(match[1]):
        raise RetentionError('An age is written like "30d" (days), "12h" (hours) or "4w" (weeks).')
    return timedelta(**{_UNITS[match[2].lower()]: int(match[1])})
