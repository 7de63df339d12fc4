"""Runs the custom actions inside the server, where Rasa would call a second one over HTTP.

Two private parts of Rasa are replaced, which would take a fifth of a turn; `tests/server/test_actions.py`
fails when they change. Actions are given what rasa_sdk reads of a conversation, without the domain, which
none of ours looks at, and without what began the form. What they return is not checked against Rasa's schema:
ours make events with the helpers of rasa_sdk alone, which leaves out what is none.
"""

from __future__ import annotations

import importlib
import json
import logging
import traceback
from typing import Any

import ujson
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

logger = logging.getLogger(__name__)

BAD_REQUEST, NOT_FOUND, SERVER_ERROR = 400, 404, 500


class InProcessActions(EndpointConfig):
    """An action endpoint that calls the actions of a package itself.

    To Rasa it behaves as `rasa run actions` does: a rejection is a status of 400, any failure another error.
    The text of an error stays out, since it may hold a person's words. What actions may change, the slots and
    the message, they get as a copy, and what they return is JSON. The events are what was: no action changes
    them, and they are not copied.
    """

    def __init__(self, package: str = "actions") -> None:
        """Finds the actions.

        Args:
            package: Name of the package that holds them.

        Raises:
            ImportError: The package or something that it needs is missing.
        """
        super().__init__(url="in process", enable_selective_domain=True)
        importlib.import_module(package)  # before the executor, which would end the process if this fails
        self._executor = ActionExecutor()
        self._executor.register_package(package)

    async def request(self, *_: Any, **kwargs: Any) -> Any:
        """Runs one action.

        Args:
            **kwargs: What a call over HTTP would need; only `json`, the action call, is used.

        Returns:
            The events and responses of the action.

        Raises:
            ClientResponseError: The action refused to run (400), is unknown (404), or failed (500).
        """
        call = kwargs["json"]
        name, tracker = call["next_action"], call["tracker"]
        copied = {part: _as_json(tracker[part]) for part in ("slots", "latest_message")}
        try:
            return _as_json(await self._executor.run({**call, "tracker": {**tracker, **copied}}))
        except ActionExecutionRejection as rejection:
            body = json.dumps({"error": rejection.message, "action_name": rejection.action_name})
            raise ClientResponseError(BAD_REQUEST, "rejected", body) from None
        except ActionNotFoundException:
            raise ClientResponseError(NOT_FOUND, f"no action {name}", "") from None
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            cause = f"{type(error).__qualname__} in {place.name} ({place.filename}:{place.lineno})"
            logger.error("Action %s failed: %s", name, cause)
            raise ClientResponseError(SERVER_ERROR, cause, "") from None


def call_own_actions() -> None:
    """Makes Rasa call the actions with what they need, and take what they return as it is."""

    def is_valid(_: RemoteAction, __: dict[str, Any]) -> bool:
        return True

    RemoteAction._action_call_format = _call
    RemoteAction._validate_action_result = is_valid


def _call(action: RemoteAction, tracker: DialogueStateTracker, _: Domain) -> dict[str, Any]:
    state = {
        "sender_id": tracker.sender_id,
        "slots": tracker.current_slot_values(),
        "latest_message": tracker._latest_message_data(),
        "events": [event.as_dict() for event in tracker.events],
        "paused": tracker.is_paused(),
        "followup_action": tracker.followup_action,
        "active_loop": {"name": tracker.active_loop_name} if tracker.active_loop else {},
        "latest_action_name": tracker.latest_action_name,
    }
    return {"next_action": action.name(), "sender_id": tracker.sender_id, "tracker": state}


def _as_json(content: Any) -> Any:
    return ujson.loads(ujson.dumps(content))
