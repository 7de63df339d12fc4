"""Makes the channels that the environment switches on."""

from __future__ import annotations

from collections.abc import Mapping

from rasa.core.channels.channel import InputChannel

from backchat.channels.guard import ChannelGuard, OnNewMessage
from backchat.channels.messenger import MakeMessenger, Messenger
from backchat.channels.platform import Platform
from backchat.channels.settings import read_slack, read_telegram
from backchat.channels.slack import SlackChannel
from backchat.channels.slack_client import SlackPlatform
from backchat.channels.telegram import TelegramChannel
from backchat.channels.telegram_client import TelegramPlatform
from backchat.knowledge import Knowledge
from backchat.server.store import BoundedSQLTrackerStore


class Messengers:
    """Slack and Telegram, with the database and the clinical content that they share."""

    def __init__(self, store: BoundedSQLTrackerStore, knowledge: Knowledge) -> None:
        """Takes what they share.

        Args:
            store: The record of the conversations, beside which the messengers keep theirs.
            knowledge: The clinical content.
        """
        self._store = store
        self._knowledge = knowledge

    def channels(self, environment: Mapping[str, str]) -> list[InputChannel]:
        """Makes the channels that are on.

        Args:
            environment: The variables of the environment.

        Returns:
            The channels, none of which has used the network yet.

        Raises:
            ChannelConfigurationError: One is set up by half.
        """
        channels: list[InputChannel] = []
        wording = self._knowledge.wording
        if slack := read_slack(environment):
            channels.append(SlackChannel(slack, self._serving(SlackPlatform(slack, wording))))
        if telegram := read_telegram(environment):
            channels.append(TelegramChannel(telegram, self._serving(TelegramPlatform(telegram, wording))))
        return channels

    def _serving(self, platform: Platform) -> MakeMessenger:
        def make(on_new_message: OnNewMessage) -> Messenger:
            return Messenger(
                platform,
                ChannelGuard(on_new_message, self._knowledge.wording),
                mailbox=self._store.mailbox,
                offers=self._store.offers,
                record=self._store,
                knowledge=self._knowledge,
            )

        return make
