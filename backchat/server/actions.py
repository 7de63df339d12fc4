"""Runs the custom actions inside the server, where Rasa would call a second one over HTTP."""

from __future__ import annotations

import importlib
import json
import logging
import traceback
from typing import Any

import ujson
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

logger = logging.getLogger(__name__)

BAD_REQUEST, NOT_FOUND, SERVER_ERROR = 400, 404, 500


class InProcessActions(EndpointConfig):
    """An action endpoint that calls the actions of a package itself.

    To Rasa it behaves as `rasa run actions` does: what passes is JSON, a rejection is a status of 400, any
    failure another error. The text of an error stays out, since it may hold a person's words.
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
        call = ujson.loads(ujson.dumps(kwargs["json"]))
        name = call["next_action"]
        try:
            return ujson.loads(ujson.dumps(await self._executor.run(call)))
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
