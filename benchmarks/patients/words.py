"""What patients say, chosen at random from words that people would use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

from pydantic import BaseModel, Extra

from backchat.knowledge import FindingValue
from backchat.knowledge.reading import read_content
from benchmarks.patients.people import DAYS_IN

WORDS = Path(__file__).with_name("words.yml")

OTHER_NUMBER = "other"
IN_WORDS = 0.3
"""How often a number is written in words."""


class _Data(BaseModel):
    class Config:
        extra = Extra.forbid


class Wording(_Data):
    """How one value is told unasked, and in answer to the question for it."""

    told: tuple[str, ...]
    asked: tuple[str, ...]


class Lists(_Data):
    """How lists are answered."""

    none: tuple[str, ...]
    rest: tuple[str, ...]
    one: tuple[str, ...]
    several: tuple[str, ...]


class Numbers(_Data):
    """Numbers in words."""

    small: tuple[str, ...]
    tens: tuple[str, ...]
    places: tuple[str, ...]


class Vocabulary(_Data):
    """What patients can say; `words.yml` says what each part is."""

    findings: dict[str, dict[str, Wording | tuple[str, ...]]]
    lists: Lists
    numbers: Numbers
    yes: tuple[str, ...]
    no: tuple[str, ...]
    unsure: tuple[str, ...]
    openings: tuple[str, ...]
    vague: tuple[str, ...]
    additions: tuple[str, ...]
    corrections: tuple[str, ...]
    interruptions: dict[str, tuple[str, ...]]


def load_vocabulary() -> Vocabulary:
    """Reads what patients can say.

    Raises:
        KnowledgeError: The file does not keep to its form.
    """
    vocabulary: Vocabulary = read_content(WORDS, Vocabulary)
    return vocabulary


class Voice:
    """How one patient speaks.

    Args:
        vocabulary: What patients can say.
        random: What is drawn from.
    """

    def __init__(self, vocabulary: Vocabulary, random: Random) -> None:
        self.vocabulary = vocabulary
        self._random = random
        self._lower = random.random() < 0.4
        self._drops_apostrophes = random.random() < 0.2
        self._ends = random.choice(("", "", "."))

    def one(self, phrases: Sequence[str]) -> str:
        """Chooses one of several phrases."""
        return self._random.choice(phrases)

    def can_say(self, finding: str, value: FindingValue) -> bool:
        """Tells whether there are words for all of a value."""
        known = self.vocabulary.findings.get(finding, {})
        return all(key in known for key in _keys(known, value))

    def told(self, finding: str, value: FindingValue) -> str:
        """Tells a finding by itself."""
        return self._say(finding, value, "told")

    def asked(self, finding: str, value: FindingValue) -> str:
        """Tells a finding in answer to the question for it."""
        return self._say(finding, value, "asked")

    def places(self, places: Sequence[int]) -> str:
        """Picks from a list by number, counted from 1."""
        lists = self.vocabulary.lists
        ordinals = [self.vocabulary.numbers.places[place - 1] for place in places]
        if len(places) == 1:
            return self.one(lists.one).format(n=places[0], nth=ordinals[0])
        return self.one(lists.several).format(list=_listed(map(str, places)), nths=_listed(ordinals))

    def written(self, text: str) -> str:
        """Writes as this person does: with or without capitals, apostrophes and a full stop."""
        text = text.lower() if self._lower else _with_capitals(text)
        if self._drops_apostrophes:
            text = text.replace("'", "")
        return text if text.endswith(".") else text + self._ends

    def _say(self, finding: str, value: FindingValue, way: str) -> str:
        known = self.vocabulary.findings[finding]
        parts = []
        for key in _keys(known, value):
            wording = known[key]
            phrases = getattr(wording, way) if isinstance(wording, Wording) else wording
            parts.append(self._filled(self.one(phrases), value))
        return " and ".join(parts)

    def _filled(self, phrase: str, value: FindingValue) -> str:
        if not isinstance(value, float):
            return phrase
        if "{time}" in phrase:
            return phrase.format(time=self._time(int(value)))
        return phrase.format(n=self._number(int(value)))

    def _time(self, days: int) -> str:
        unit = next((unit for unit, length in DAYS_IN.items() if days and days % length == 0), "days")
        amount = days // DAYS_IN[unit]
        if amount == 1:
            return f"{self.one(('a', 'one', '1'))} {unit[:-1]}"
        return f"{self._number(amount)} {unit}"

    def _number(self, number: int) -> str:
        if self._random.random() > IN_WORDS:
            return str(number)
        words = self.vocabulary.numbers
        if number < len(words.small):
            return words.small[number]
        tens, units = divmod(number, 10)
        return f"{words.tens[tens - 2]}-{words.small[units]}" if units else words.tens[tens - 2]


def _keys(known: dict[str, object], value: FindingValue) -> list[str]:
    """Names the entries that the parts of a value are told by."""
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float):
        number = str(int(value))
        return [number if number in known else OTHER_NUMBER]
    return [value]


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _with_capitals(text: str) -> str:
    return re.sub(r"(^|[.?] )([a-z])", lambda match: match[1] + match[2].upper(), text)
