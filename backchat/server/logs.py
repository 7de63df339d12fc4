"""Logs that name what happened and where, and never hold what a person said."""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from collections.abc import MutableMapping
from contextvars import ContextVar
from copy import copy
from datetime import datetime, timezone
from types import TracebackType
from typing import Any, TypeAlias

import structlog
from rasa.shared.exceptions import RasaException

FORMAT_VARIABLE = "BACKCHAT_LOG_FORMAT"
TEXT, JSON = "text", "json"

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request that is being answered, by which its lines in all logs are found."""

ExceptionInfo: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


OURS = ("backchat", "actions")
SANIC_LOGGERS = ("sanic.root", "sanic.error", "sanic.access")
IS_NAME = "is_name"
"""Marks a record whose message is the constant name of a structured log."""


class LogFormatError(RasaException):
    """The environment asks for a format of the logs that there is not."""


def configure_logging() -> None:
    """Sends warnings and errors to standard error, without people's words.

    Rasa adds the data at hand to its structured logs, such as texts and slots, messages of exceptions often
    quote what could not be used, and those of other libraries name addresses and ids. None is written.

    With `BACKCHAT_LOG_FORMAT=json` each record is one line of JSON.

    Raises:
        LogFormatError: The environment asks for another format.
    """
    wanted = os.environ.get(FORMAT_VARIABLE) or TEXT
    if wanted not in _FORMATTERS:
        raise LogFormatError(f'{FORMAT_VARIABLE} must be "{TEXT}" or "{JSON}".')
    for name in SANIC_LOGGERS:
        logging.getLogger(name).handlers.clear()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_FORMATTERS[wanted]())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    structlog.configure(
        processors=[_name_only],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    )


class DiscreetFormatter(logging.Formatter):
    """Writes of an exception its classes and places, of other libraries' records the place: no messages."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Writes a record, ending with the id of the request that brought it about."""
        request = REQUEST_ID.get()
        line = super().format(self._discreet(record))
        return f"{line} [request {request}]" if request else line

    def _discreet(self, record: logging.LogRecord) -> logging.LogRecord:
        """Leaves out what others write; only our own messages are known to name nobody and quote nothing."""
        if record.name.partition(".")[0] not in OURS and not getattr(record, IS_NAME, False):
            record = copy(record)
            record.msg, record.args = f"{record.module}.{record.funcName}, line {record.lineno}", None
            if record.name in SANIC_LOGGERS and record.exc_info and record.exc_info[0]:
                # Whoever sends what is no HTTP brings this about: one line each is enough.
                record.msg += f": {record.exc_info[0].__qualname__}"
                record.exc_info = record.exc_text = None
        return record

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802 (name given by the base class)
        """Describes an exception and those that led to it, the first cause first."""
        error, described = ei[1], []
        while error is not None:
            places = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
            described.append(f"{places}{type(error).__qualname__}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(reversed(described))


class JsonFormatter(DiscreetFormatter):
    """Writes the same as one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Writes a record."""
        discreet = self._discreet(record)
        content = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": discreet.getMessage(),
            "request": REQUEST_ID.get(),
            "exception": self.formatException(discreet.exc_info) if discreet.exc_info else None,
        }
        return json.dumps({name: value for name, value in content.items() if value is not None})


_FORMATTERS: dict[str, type[DiscreetFormatter]] = {TEXT: DiscreetFormatter, JSON: JsonFormatter}


def _name_only(_: Any, __: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """Leaves of a structured log its name, which is constant text, and the exception if there is one."""
    return {"msg": str(event["event"]), "exc_info": event.get("exc_info"), "extra": {IS_NAME: True}}
