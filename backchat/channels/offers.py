"""What can be picked in each conversation: of what a messenger sends as picked, only this counts."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore

from backchat.channels.guard import describe
from backchat.channels.platform import Offer
from backchat.channels.said import Option, Prompt

logger = logging.getLogger(__name__)

_OFFERS = sa.Table(
    "offers",
    SQLTrackerStore.Base.metadata,
    sa.Column("sender_id", sa.String(255), primary_key=True),
    sa.Column("content", sa.JSON, nullable=False),
)


class Offers:
    """The open offer of each conversation, kept for as long as its question is open."""

    def __init__(self, engine: sa.engine.Engine) -> None:
        """Takes what it works with.

        Args:
            engine: The database of the tracker store, which has made the table.
        """
        self._engine = engine

    def get(self, sender_id: str) -> Offer | None:
        """Gives what can be picked in a conversation, if anything; a damaged offer counts as none."""
        content = sa.select(_OFFERS.c.content).where(_OFFERS.c.sender_id == sender_id)
        try:
            with self._engine.connect() as connection:
                found = connection.execute(content).scalar()
            return None if found is None else _offer(found)
        except (ValueError, TypeError, LookupError) as error:
            logger.error("An offer can't be read: %s", describe(error))
            return None

    def put(self, sender_id: str, offer: Offer) -> None:
        """Makes an offer the one that counts."""
        content = {**asdict(offer), "ticked": sorted(offer.ticked)}
        with self._engine.begin() as connection:
            connection.execute(_OFFERS.delete().where(_OFFERS.c.sender_id == sender_id))
            connection.execute(_OFFERS.insert().values(sender_id=sender_id, content=content))

    def close(self, sender_id: str) -> None:
        """Ends the offer of a conversation; nothing else of the conversation is kept here."""
        with self._engine.begin() as connection:
            connection.execute(_OFFERS.delete().where(_OFFERS.c.sender_id == sender_id))


def _offer(content: dict[str, Any]) -> Offer:
    prompt = Prompt(
        tuple(Option(**option) for option in content["prompt"]["options"]), content["prompt"]["several"]
    )
    return Offer(**{**content, "prompt": prompt, "ticked": frozenset(content["ticked"])})
