"""Libraries that do one part of the reading: who is denied what, and how long something lasts."""

from __future__ import annotations

import datetime
import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import negspacy.negation  # noqa: F401 (registers the component)
import spacy
from ctparse.ctparse import ctparse
from ctparse.types import Duration as CtparseDuration
from ctparse.types import DurationUnit, Interval, Time
from dateparser.search import search_dates
from recognizers_date_time import Culture, recognize_datetime
from spacy.util import filter_spans

from backchat.knowledge import Assertion, Finding
from backchat.understanding import Understanding
from backchat.understanding.learned.labels import DAY_OF_WRITING
from benchmarks.understanding.labels import SECONDS_A_DAY

NOON = datetime.datetime.combine(DAY_OF_WRITING, datetime.time(12))
DAYS = {
    DurationUnit.MINUTES: 1 / (24 * 60),
    DurationUnit.HOURS: 1 / 24,
    DurationUnit.DAYS: 1.0,
    DurationUnit.NIGHTS: 1.0,
    DurationUnit.WEEKS: 7.0,
    DurationUnit.MONTHS: 30.0,
}

logging.getLogger("ctparse").setLevel(logging.ERROR)  # its warnings quote what it could not read


@dataclass(frozen=True)
class Span:
    """A span of time in a text.

    Attributes:
        days: How long it is; for a moment, how far away it is.
        is_length: Whether the text names a length ("3 days") and not a moment ("Monday").
    """

    days: float
    is_length: bool = True


class DurationReader(ABC):
    """Finds spans of time."""

    name: str

    @abstractmethod
    def spans(self, text: str) -> list[Span]:
        """Gives every span that it finds in a text."""


class BackchatDurations(DurationReader):
    """Backchat's own, whatever the span of time is about."""

    name = "Backchat"

    def __init__(self, understanding: Understanding) -> None:
        """Takes the part that reads times out of the whole, which would only give what is about the pain.

        Args:
            understanding: The whole.
        """
        self._normaliser = understanding.reader.books.normaliser
        self._durations = understanding.reader.durations

    def spans(self, text: str) -> list[Span]:
        """Gives every span."""
        found = self._durations.all(self._normaliser.message(text), DAY_OF_WRITING)
        return [Span(duration.best, not duration.dated) for duration in found]


class Dateparser(DurationReader):
    """Dateparser, which turns lengths into moments: the two can't be told apart."""

    name = "dateparser"

    def spans(self, text: str) -> list[Span]:
        """Gives every span."""
        settings = {"RELATIVE_BASE": NOON, "PREFER_DATES_FROM": "past"}
        found = search_dates(text, languages=["en"], settings=settings) or []
        return [Span(_days_from_now(moment.replace(tzinfo=None))) for _, moment in found]


class Ctparse(DurationReader):
    """Ctparse, which gives the one reading of a text that it holds for the likeliest."""

    name = "ctparse"

    def spans(self, text: str) -> list[Span]:
        """Gives the one span."""
        parsed = ctparse(text, ts=NOON)
        found = parsed.resolution if parsed else None
        if isinstance(found, CtparseDuration):
            return [Span(found.value * DAYS[found.unit])]
        moment = found.t_from if isinstance(found, Interval) else found
        if isinstance(moment, Time) and moment.year and moment.month and moment.day:
            return [Span(_days_from_now(moment.dt), is_length=False)]
        return []


class Recognizers(DurationReader):
    """Microsoft's Recognizers-Text."""

    name = "recognizers-text"

    def spans(self, text: str) -> list[Span]:
        """Gives every span, and for an ambiguous date every reading."""
        found = recognize_datetime(text, Culture.English, reference=NOON)
        values = (value for one in found for value in (one.resolution or {}).get("values", ()))
        return [span for value in values for span in self._spans(value)]

    @staticmethod
    def _spans(value: dict[str, Any]) -> Iterator[Span]:
        if value["type"] == "duration":
            yield Span(float(value["value"]) / SECONDS_A_DAY)
        elif value["type"] in ("date", "datetime", "daterange", "datetimerange"):
            try:
                moment = datetime.datetime.fromisoformat(value.get("start") or value.get("value") or "")
            except ValueError:  # "not resolved", or a range without a beginning
                return
            yield Span(_days_from_now(moment), is_length=False)


class Negspacy:
    """NegEx in spaCy: says of given places in a text whether they are denied."""

    name = "negspacy"

    def __init__(self) -> None:
        """Builds the pipeline, with NegEx's own words for clinical English."""
        self._pipeline = spacy.blank("en")
        self._pipeline.add_pipe("sentencizer")
        self._pipeline.add_pipe("negex")

    def assertions(self, text: str, located: Iterable[Finding]) -> dict[str, str]:
        """Says of each finding whether it is there.

        Args:
            text: A message.
            located: Where findings stand in it. The places are handed over as they are: a pattern of the same
                words could match elsewhere.

        Returns:
            For each finding "present" or "absent".
        """
        said = {}
        for finding in located:
            doc = self._pipeline.make_doc(text)
            span = doc.char_span(finding.start, finding.end, label=finding.id, alignment_mode="expand")
            doc.ents = filter_spans([span] if span else [])
            for _, component in self._pipeline.pipeline:
                doc = component(doc)
            denied = any(entity._.negex for entity in doc.ents)
            said[finding.id] = (Assertion.ABSENT if denied else Assertion.PRESENT).value
        return said


def _days_from_now(moment: datetime.datetime) -> float:
    return abs((NOON - moment).total_seconds()) / SECONDS_A_DAY
