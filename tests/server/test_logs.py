"""Nothing that a person said reaches a log."""

from __future__ import annotations

import io
import logging

import pytest
import structlog

from backchat.server.logs import DiscreetFormatter, configure_logging

WORDS = "my legs went numb last night"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    configure_logging()
    return written


def fail() -> None:
    try:
        raise ValueError(WORDS)
    except ValueError as error:
        raise RuntimeError(f"no use for {WORDS}") from error


def test_an_exception_is_logged_with_classes_and_places_alone(log: io.StringIO) -> None:
    try:
        fail()
    except RuntimeError:
        logging.getLogger("rasa.core.processor").exception("An action failed")
    written = log.getvalue()
    assert "An action failed" in written
    assert "in fail" in written
    assert written.index("ValueError\n") < written.index("RuntimeError")
    assert WORDS not in written


def test_a_structured_log_keeps_its_name_alone(log: io.StringIO) -> None:
    logger = structlog.get_logger()
    try:
        fail()
    except RuntimeError:
        logger.exception("rest.message.received.failure", text=WORDS, slot_values={"said": WORDS})
    logger.warning("event.deserialization.failed", rasa_event=WORDS)
    logger.info("processor.message.parse", parse_data_text=WORDS)
    written = log.getvalue()
    assert "rest.message.received.failure" in written
    assert "RuntimeError" in written
    assert "event.deserialization.failed" in written
    assert "processor.message.parse" not in written
    assert WORDS not in written


def test_only_warnings_and_worse_are_logged(log: io.StringIO) -> None:
    logging.getLogger("rasa").info(WORDS)
    logging.getLogger("rasa").debug(WORDS)
    assert not log.getvalue()


def test_an_exception_without_a_traceback_can_be_described() -> None:
    assert DiscreetFormatter().formatException((ValueError, ValueError(WORDS), None)) == "ValueError"
