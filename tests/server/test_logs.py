"""Nothing that a person said reaches a log."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from backchat.server.logs import (
    FORMAT_VARIABLE,
    REQUEST_ID,
    DiscreetFormatter,
    LogFormatError,
    configure_logging,
)

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
    assert "ERROR rasa.core.processor: test_logs.test_an_exception_is_logged" in written
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


def test_what_other_libraries_say_is_logged_by_its_place_alone(log: io.StringIO) -> None:
    logging.getLogger("sanic.error").error("no page /chat/%s", WORDS)
    logging.getLogger("rasa.core.processor").warning(f"Circuit breaker tripped for sender '{WORDS}'")
    written = log.getvalue()
    assert "ERROR sanic.error: test_logs.test_what_other_libraries_say" in written
    assert "WARNING rasa.core.processor: test_logs.test_what_other_libraries_say" in written
    assert WORDS not in written


def test_what_is_no_http_fills_no_log(log: io.StringIO) -> None:
    try:
        fail()
    except RuntimeError:
        logging.getLogger("sanic.error").exception(WORDS)
    written = log.getvalue()
    assert len(written.splitlines()) == 1
    assert written.endswith(": RuntimeError\n")
    assert WORDS not in written


def test_what_backchat_says_is_logged(log: io.StringIO) -> None:
    logging.getLogger("backchat.server.erasure").error("It could not be purged: %s", "the disk is full")
    logging.getLogger("actions.ask").error("It can't be asked")
    assert "ERROR backchat.server.erasure: It could not be purged: the disk is full" in log.getvalue()
    assert "ERROR actions.ask: It can't be asked" in log.getvalue()


def test_only_warnings_and_worse_are_logged(log: io.StringIO) -> None:
    logging.getLogger("rasa").info(WORDS)
    logging.getLogger("rasa").debug(WORDS)
    assert not log.getvalue()


def test_an_exception_without_a_traceback_can_be_described() -> None:
    assert DiscreetFormatter().formatException((ValueError, ValueError(WORDS), None)) == "ValueError"


def test_as_json_each_record_is_one_line_with_the_id_of_its_request(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    monkeypatch.setenv(FORMAT_VARIABLE, "json")
    configure_logging()
    request = REQUEST_ID.set("r1")
    try:
        fail()
    except RuntimeError:
        logging.getLogger("rasa.core.processor").exception("An action failed")
    REQUEST_ID.reset(request)
    logging.getLogger("backchat.server").warning("Redis is gone")
    failed, gone = map(json.loads, written.getvalue().splitlines())
    assert {"level": "ERROR", "logger": "rasa.core.processor", "request": "r1"}.items() <= failed.items()
    assert failed["exception"].index("ValueError") < failed["exception"].index("RuntimeError")
    assert (gone["message"], "request" in gone) == ("Redis is gone", False)
    assert WORDS not in written.getvalue()


def test_a_line_of_text_ends_with_the_id_of_its_request(log: io.StringIO) -> None:
    request = REQUEST_ID.set("r2")
    logging.getLogger("backchat.server").warning("Redis is gone")
    REQUEST_ID.reset(request)
    assert log.getvalue().endswith("Redis is gone [request r2]\n")


def test_a_format_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FORMAT_VARIABLE, "xml")
    with pytest.raises(LogFormatError, match=FORMAT_VARIABLE):
        configure_logging()
