"""What must be right between the phrases and the vocabulary, beyond the shape of each file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from backchat.knowledge.models import RANGE, FindingKind, FindingSpec
from backchat.knowledge.phrases import (
    COUNTRY,
    GROUPS_OF_CODE,
    MAYBE,
    NOT_THIS,
    ONLY_DENIED,
    RELATIVE,
    Context,
    Implied,
    Lexicon,
    Places,
    Replies,
    Times,
    Words,
)
from backchat.knowledge.reading import Problem, Step

GROUP = re.compile(r"\$([^\s/?]+)")

Findings = Mapping[str, FindingSpec]
Way = tuple[Step, ...]
Wrong = Iterator[tuple[Way, str]]


def wrong_phrases(contents: Mapping[str, Any], findings: Findings) -> Iterator[Problem]:
    """Finds phrases that name what the vocabulary does not have, or a group that does not exist.

    Args:
        contents: What each file holds, as its type.
        findings: The vocabulary.

    Yields:
        Each mistake.
    """
    groups = contents["words.yml"].groups
    for file, content in contents.items():
        wrong_names = WRONG_NAMES.get(file, _in_lexicon)
        for where, reason in wrong_names(content, findings):
            yield Problem(file, where, reason)
    for file, content in contents.items():
        for where, reason in _unknown_groups(content, groups):
            yield Problem(file, where, reason)


def _in_words(words: Words, _: Findings) -> Wrong:
    if RELATIVE not in words.groups:
        yield ("groups",), f"there is no group {RELATIVE}"


def _in_times(times: Times, findings: Findings) -> Wrong:
    for place, measure in enumerate(times.measures):
        yield from _unknown(findings, ("measures", place, "finding"), [measure.finding])


def _in_context(context: Context, findings: Findings) -> Wrong:
    for place, modifier in enumerate(context.modifiers):
        yield from _unknown(findings, ("modifiers", place, "only"), modifier.only)
    for field in ("histories", "lasting", "about_others", "only_plain"):
        yield from _unknown(findings, (field,), getattr(context, field))
    yield from _unknown(findings, ("unknown",), context.unknown)
    yield from _unknown(findings, ("lessened",), context.lessened)
    yield from _unknown(findings, ("readings",), context.readings)
    after = context.after_accident
    yield from _unknown(findings, ("after_accident",), [after.accident, after.sign, *after.at_once])
    yield from _pairs(findings, ("speaks_against",), context.speaks_against)
    yield from _pairs(findings, ("yields",), context.yields)
    for finding, value in context.denied_as.items():
        yield from _value(findings, ("denied_as", finding), finding, value)
    for finding, values in context.mistaken.items():
        for value, meant in values.items():
            for name, other in ((finding, value), *meant.items()):
                yield from _value(findings, ("mistaken", finding, value), name, other)


def _in_replies(replies: Replies, findings: Findings) -> Wrong:
    yield from _unknown(findings, ("signs",), replies.signs)
    yield from _unknown(findings, ("parts",), replies.parts)
    yield from _unknown(findings, ("only_with_part",), replies.only_with_part)
    yield from _pairs(findings, ("besides",), replies.besides)
    yield from _pairs(findings, ("instead",), replies.instead)
    yield from _pairs(findings, ("shared_places",), replies.shared_places)
    yield from _unknown(findings, ("opposites",), [*replies.opposites, *replies.opposites.values()])
    yield from _unknown(findings, ("elsewhere",), replies.elsewhere)
    yield from _unknown(findings, ("passing",), replies.passing)
    for name in ("by_finding", "clear_by_finding"):
        for where, reason in _in_lexicon(getattr(replies, name), findings):
            yield (name, *where), reason


def _in_implied(entries: tuple[Implied, ...], findings: Findings) -> Wrong:
    for place, implied in enumerate(entries):
        yield from _unknown(findings, (place, "finding"), [implied.finding])
        for finding, value in implied.adds.items():
            yield from _value(findings, (place, "adds", finding), finding, value)


def _in_places(places: Places, findings: Findings) -> Wrong:
    for field in ("wide", "towns", "letters"):
        for country in getattr(places, field):
            yield from _value(findings, (field, country), COUNTRY, country)
    for name, countries in places.doubtful.items():
        for country in countries:
            yield from _value(findings, ("doubtful", name), COUNTRY, country)


def _in_lexicon(lexicon: Lexicon, findings: Findings) -> Wrong:
    for finding, values in lexicon.items():
        for value in values:
            if value not in (ONLY_DENIED, NOT_THIS, MAYBE):
                yield from _value(findings, (finding, value), finding, value)


def _pairs(findings: Findings, where: Way, pairs: Mapping[str, Iterable[str]]) -> Wrong:
    for finding, others in pairs.items():
        yield from _unknown(findings, (*where, finding), [finding, *others])


def _unknown(findings: Findings, where: Way, names: Iterable[str]) -> Wrong:
    unknown = [name for name in names if name not in findings]
    if unknown:
        yield where, f"findings.yml has no {', '.join(unknown)}"


def _value(findings: Findings, where: Way, finding: str, value: str) -> Wrong:
    if finding not in findings:
        yield where, f"findings.yml has no {finding}"
        return
    spec = findings[finding]
    possible = RANGE.fullmatch(value) if spec.kind is FindingKind.NUMBER else value in spec.values
    if not possible:
        yield where, f"{finding} has no value {value}"


WRONG_NAMES: Mapping[str, Callable[[Any, Findings], Wrong]] = {
    "context.yml": _in_context,
    "implied.yml": _in_implied,
    "places.yml": _in_places,
    "replies.yml": _in_replies,
    "times.yml": _in_times,
    "words.yml": _in_words,
}
"""What finds unknown names in a file; all the others hold phrases of findings."""


def _unknown_groups(content: Any, groups: Mapping[str, Any]) -> Wrong:
    for where, phrase in _texts(content, ()):
        named = GROUP.findall(phrase.lower())
        unknown = [name for name in named if name not in groups and name not in GROUPS_OF_CODE]
        if unknown:
            yield where, f"words.yml has no group {', '.join(unknown)}"


def _texts(content: Any, where: Way) -> Iterator[tuple[Way, str]]:
    """Yields every text of some content, keys as well, with the way to it."""
    if isinstance(content, BaseModel):
        for field in content.__fields__:
            yield from _texts(getattr(content, field), (*where, field))
    elif isinstance(content, Mapping):
        for key, entry in content.items():
            yield from _texts(key, (*where, key))
            yield from _texts(entry, (*where, key))
    elif isinstance(content, tuple):
        for place, entry in enumerate(content):
            yield from _texts(entry, (*where, place))
    elif isinstance(content, str):
        yield where, content
