"""Logs that name what happened and where, and never hold what a person said."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from copy import copy
from types import TracebackType
from typing import Any, TypeAlias

import structlog

ExceptionInfo: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


OURS = ("backchat", "actions")
SANIC_LOGGERS = ("sanic.root", "sanic.error", "sanic.access")
IS_NAME = "is_name"
"""Marks a record whose message is the constant name of a structured log."""


def configure_logging() -> None:
    """Sends warnings and errors to standard error, without people's words.

    Rasa adds the data at hand to its structured logs, such as texts and slots, messages of exceptions often
    quote what could not be used, and those of other libraries name addresses and ids. None is written.
    """
    for name in SANIC_LOGGERS:
        logging.getLogger(name).handlers.clear()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(DiscreetFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    structlog.configure(
        processors=[_name_only],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    )


class DiscreetFormatter(logging.Formatter):
    """Writes of an exception its classes and places, of other libraries' records the place: no messages."""

    def format(self, record: logging.LogRecord) -> str:
        """Writes a record; only our own messages are known to name nobody and to quote nothing."""
        if record.name.partition(".")[0] not in OURS and not getattr(record, IS_NAME, False):
            record = copy(record)
            record.msg, record.args = f"{record.module}.{record.funcName}, line {record.lineno}", None
            if record.name in SANIC_LOGGERS and record.exc_info and record.exc_info[0]:
                # Whoever sends what is no HTTP brings this about: one line each is enough.
                record.msg += f": {record.exc_info[0].__qualname__}"
                record.exc_info = record.exc_text = None
        return super().format(record)

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802 (name given by the base class)
        """Describes an exception and those that led to it, the first cause first."""
        error, described = ei[1], []
        while error is not None:
            places = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
            described.append(f"{places}{type(error).__qualname__}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(reversed(described))


def _name_only(_: Any, __: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """Leaves of a structured log its name, which is constant text, and the exception if there is one."""
    return {"msg": str(event["event"]), "exc_info": event.get("exc_info"), "extra": {IS_NAME: True}}
