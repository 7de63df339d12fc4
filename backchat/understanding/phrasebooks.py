"""The reviewed phrases, made ready to be found in messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

import spacy

from backchat.knowledge.phrases import RELATIVE, Modifier, Phrases
from backchat.understanding.clauses import Answer, wordings
from backchat.understanding.lexicon import PhraseBook, T, Words, spell_out, vary
from backchat.understanding.measures import Cue
from backchat.understanding.normalise import NUMBER, SCALE_END, Normaliser

CUES = (
    *("start", "injury", "not_before", "not_after"),
    *("other_matters", "activities", "pain", "this_time"),
)
"""The lists of `Times` that tell what a duration is of."""

MEASURE_CUES = ("before", "after", "not_before", "not_after", "soon", "whole", "near")
"""The lists of each measure of `Times`."""

DOSE_LISTS = ("taking", "medicines", "together", "spread", "ordinary")
"""The lists of `Doses` that are phrases."""


@dataclass(frozen=True)
class Named:
    """A finding and the value that a phrase of the lexicon names."""

    finding: str
    value: str


@dataclass(frozen=True)
class PhraseBooks:
    """Find the phrases of each kind in a message.

    Attributes:
        normaliser: Makes a message of a text; it knows every word that a phrase holds.
        relatives: The words for somebody else.
        lexicon: What names a finding.
        modifiers: What changes what is said of a finding.
        ends: Where that ends.
        corrections: What takes back the words before it.
        changes: What says that something told before was wrong.
        taking_back: The same, where what is right isn't said.
        joking: What tells that something is a joke.
        judged: What asks what to make of something.
        short_names: Short names of signs.
        unknown: What says that a value is not known.
        lessened: What says that a sign may have been less than it was told to be.
        placeless: What tells a sign and not where it is.
        after_accident: What counts at once after an accident.
        cues: What tells what a duration is of.
        moments: Points in time.
        holidays: Days that have a name.
        measures: What stands around the numbers of a measure.
        answers: What replies are made of.
        doses: What tells how much of a medicine was taken, by list.
        playing_down: A denial of a degree, with what is behind it.
    """

    normaliser: Normaliser
    relatives: frozenset[str]
    lexicon: PhraseBook[Named]
    modifiers: PhraseBook[Modifier]
    ends: PhraseBook[str]
    corrections: PhraseBook[str]
    changes: PhraseBook[str]
    taking_back: PhraseBook[str]
    joking: PhraseBook[str]
    judged: PhraseBook[str]
    short_names: PhraseBook[str]
    unknown: PhraseBook[str]
    lessened: PhraseBook[str]
    placeless: PhraseBook[str]
    after_accident: PhraseBook[str]
    cues: PhraseBook[str]
    moments: PhraseBook[str]
    holidays: PhraseBook[str]
    measures: PhraseBook[Cue]
    answers: PhraseBook[Answer]
    doses: Mapping[str, PhraseBook[str]]
    playing_down: re.Pattern[str]

    @classmethod
    def of(cls, phrases: Phrases) -> PhraseBooks:
        """Makes the phrases ready."""
        context, times, replies = phrases.context, phrases.times, phrases.replies

        def spelt(wordings: Iterable[str]) -> set[Words]:
            return _spelt(phrases, wordings)

        def by_name(named: Iterable[tuple[T, Iterable[str]]]) -> list[tuple[Words, T]]:
            return [(words, name) for name, ways in named for words in spelt(ways)]

        def each(wordings: Iterable[str]) -> list[tuple[Words, str]]:
            return by_name((wording, [wording]) for wording in wordings)

        lexicon = by_name(
            (Named(finding, value), ways)
            for finding, values in phrases.lexicon.items()
            for value, ways in values.items()
        )
        modifiers = by_name((modifier, modifier.phrases) for modifier in context.modifiers)
        ends, corrections = by_name([("end", context.ends)]), by_name([("correction", context.corrections)])
        cues = by_name((kind, getattr(times, kind)) for kind in CUES)
        moments, holidays = [*each(times.moments), *each(times.hints)], each(times.holidays)
        measures = by_name(
            ((place, kind), getattr(measure, kind))
            for place, measure in enumerate(times.measures)
            for kind in MEASURE_CUES
        )
        answers = wordings(replies, spelt)
        taking_back = by_name([("taken back", context.takes_back)])
        joking, judged = by_name([("joking", context.joking)]), by_name([("judged", context.judged)])
        unknown, lessened = by_name(context.unknown.items()), by_name(context.lessened.items())
        placeless = by_name((name, sign.phrases) for name, sign in context.placeless.items())
        after_accident = by_name([("both", context.after_accident.phrases)])
        doses = {kind: by_name([(kind, getattr(context.doses, kind))]) for kind in DOSE_LISTS}
        entries: Iterable[tuple[Words, object]] = chain(
            *(lexicon, modifiers, ends, corrections, cues, moments, holidays, measures, answers),
            *(taking_back, joking, judged, unknown, lessened, placeless, after_accident, *doses.values()),
        )
        vocabulary = {word for words, _ in entries for word in words} | _single_words(phrases)
        vocab = spacy.blank("en").vocab
        normaliser = Normaliser(phrases.words, vocab, vocabulary)

        def book(told: Iterable[tuple[Words, T]]) -> PhraseBook[T]:
            return PhraseBook(vocab, normaliser, told)

        return cls(
            normaliser=normaliser,
            relatives=frozenset(phrases.words.groups[RELATIVE]),
            lexicon=book(lexicon),
            modifiers=book(modifiers),
            ends=book(ends),
            corrections=book(corrections),
            changes=book(by_name([("change", context.changes)])),
            taking_back=book(taking_back),
            joking=book(joking),
            judged=book(judged),
            short_names=book(by_name([*replies.signs.items(), *replies.parts.items()])),
            unknown=book(unknown),
            lessened=book(lessened),
            placeless=book(placeless),
            after_accident=book(after_accident),
            cues=book(cues),
            moments=book(moments),
            holidays=book(holidays),
            measures=book(measures),
            answers=book(answers),
            doses={kind: book(told) for kind, told in doses.items()},
            playing_down=_playing_down(context.played_down, context.not_played_down),
        )

    def played_down(self, text: str) -> Iterator[re.Match[str]]:
        """Finds where a text denies only the degree of something: "not that weak"."""
        return self.playing_down.finditer(text.replace("’", "'"))


def _spelt(phrases: Phrases, wordings: Iterable[str]) -> set[Words]:
    """Writes out what phrases allow, with the words that stand for others in their place."""
    units = tuple(phrases.times.units)
    groups = {**phrases.words.groups, "unit": units, "number": (NUMBER, SCALE_END)}
    spelt = {words for wording in wordings for words in spell_out(wording, groups)}
    for wording, others in phrases.words.variants.items():
        spelt |= {varied for words in spelt for varied in vary(words, wording, others)}
    return spelt


def _single_words(phrases: Phrases) -> set[str]:
    """The words that matter outside the phrases, so that they too are known when they are misspelt."""
    times, replies = phrases.times, phrases.replies
    return {
        *(word for words in _spelt(phrases, phrases.context.changes) for word in words),
        *(*times.numbers, *times.vague, *times.units, *times.decades),
        *(*times.weekdays, *times.more, *times.less, *times.about),
        *(*replies.before, *replies.after, *replies.glue, *replies.contrast),
    }


def _playing_down(degrees: Iterable[str], not_before: Iterable[str]) -> re.Pattern[str]:
    """Finds a denial of a degree, with the words behind it that don't name what it is the degree of."""
    longest_first = sorted(degrees, key=len, reverse=True)
    degree, other = ("|".join(map(re.escape, words)) for words in (longest_first, not_before))
    return re.compile(
        rf"(?:\bnot|n'?t|\bnothing)\s+(?:{degree})\b(?!\s*[,;:])(?!\s+(?:{other})\b)", re.IGNORECASE
    )
