"""Where the person is, as they say it: whose emergency number they are told rests on it.

A place counts where the words beside it say that the person is there. What happened somewhere, a stay that is
over, and where somebody else is say nothing. Where there is any doubt, no country is told.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from backchat.knowledge import Finding
from backchat.knowledge.phrases import COUNTRY, Places
from backchat.understanding.normalise import clean_with_places, is_payload

_TOKEN = re.compile(r"\bu\.s\.a\b\.?|\bu\.[sk]\b\.?|[^\W_]+(?:['.][^\W_]+)*|[.,;:!?()\n]|-(?=\s)")
_FULL_FORMS = {
    "im": ("i", "am"),
    "i'm": ("i", "am"),
    "we're": ("we", "are"),
    "he's": ("he", "is"),
    "she's": ("she", "is"),
    "who's": ("who", "is"),
    **dict.fromkeys(("u.k.", "u.k"), ("uk",)),
    **dict.fromkeys(("u.s.", "u.s"), ("us",)),
    **dict.fromkeys(("u.s.a.", "u.s.a"), ("usa",)),
}
_NAMED_UNKNOWN = re.compile(
    r"(?:\b[Ii]'?m|\b[Ii] am|\b[Nn]ow|\b[Cc]urrently|\bholiday) in (?!I\b)([A-Z][a-z]+)"
)

FROM, TO, HERE, BASED = "from", "to", "here", "based"
LEADING_ELSEWHERE = frozenset({TO, "of", "on", "for"})
"""Prepositions that lead to a place where nobody has to be."""

OPEN_WORDS = 2
"""So many words of any kind may stand before a place at the start of a clause: "retired nurse in leeds"."""
MOST_WORDS = 4
"""With a number among them, so many: "34 year old male, ohio"."""
REACH = 40
"""How many words beside a place are looked at."""
MOST_PLACES = 50
"""Of so many places in a text what is said is read."""
NEAR = 4
"""How many words before a cue say who is there, or that it is over: "used to live"."""


class Standing(IntEnum):
    """How surely a person is at a place that they name."""

    ASKED = 0
    """They ask for the number there."""
    ORIGIN = 1
    """They are from there."""
    HOME = 2
    """They live there, or name it and nothing else."""
    HERE = 3
    """They say that they are there."""
    NOW = 4
    """They say that they are there at this moment, or for a while."""


@dataclass(frozen=True)
class _Word:
    """A word or sign of a text, and where it stands in it."""

    word: str
    start: int
    end: int
    as_written: str


@dataclass(frozen=True)
class _Mention:
    """A place that a text names: its words, and the countries in which it may be."""

    start: int
    end: int
    countries: frozenset[str]
    is_wide: bool


@dataclass(frozen=True)
class _Around:
    """The words around a place, in its clause.

    Attributes:
        before: All before it.
        left: Those behind the place that was named before it.
        right: All behind it.
        may_be_called_so: Whether its name may be one of a person.
    """

    before: Sequence[str]
    left: Sequence[str]
    right: Sequence[str]
    may_be_called_so: bool


@dataclass(frozen=True)
class Whereabouts:
    """Where a text says that the person is.

    Attributes:
        countries: The countries that it may be; one, where there is no doubt.
        standing: How surely they are there.
        start: Where the words for it begin.
        end: Where they end.
    """

    countries: frozenset[str]
    standing: Standing
    start: int
    end: int


class PlaceReader:
    """Finds in which country a person says to be.

    Args:
        places: The names of places, and the words that tell who is there and when.
        relatives: The words for somebody else.
    """

    def __init__(self, places: Places, relatives: Iterable[str]) -> None:
        self._names: dict[tuple[str, ...], tuple[frozenset[str], bool]] = {}
        for names, is_wide in ((places.towns, False), (places.wide, True)):
            for country, some in names.items():
                for name in some:
                    self._names[tuple(name.split())] = (frozenset({country}), is_wide)
        for name, countries in places.doubtful.items():
            self._names[tuple(name.split())] = (frozenset(countries), False)
        self._longest = max(map(len, self._names))
        self._letters: dict[str, frozenset[str]] = {}
        for country, some in places.letters.items():
            for letters in some:
                self._letters[letters] = self._letters.get(letters, frozenset()) | {country}
        self._ordinary = frozenset(places.words)
        self._called_so = frozenset(places.called_so)
        self._own, self._staying, self._now = map(_phrases, (places.own, places.staying, places.now))
        self._here, self._home, self._arriving = map(_phrases, (places.here, places.home, places.arriving))
        self._gone, self._planned, self._over = map(_phrases, (places.gone, places.planned, places.over))
        self._others = _phrases([*places.others, *relatives])
        self._own_words = frozenset(places.own_words)
        self._together, self._together_with = frozenset(places.together), _phrases(places.together_with)
        self._moved, self._asked = frozenset(places.moved), frozenset(places.asked)
        self._prepositions, self._between = frozenset(places.places), frozenset(places.between)
        self._corrections = _phrases(places.corrections)
        self._away, self._ends = _phrases(places.away), frozenset(places.ends)

    def read(self, text: str) -> Finding | None:
        """Reads in which country a text says that the person is, if it leaves no doubt."""
        found = self.whereabouts(text)
        if found is None or len(found.countries) != 1:
            return None
        (country,) = found.countries
        return Finding(COUNTRY, country, text[found.start : found.end], found.start, found.end)

    def whereabouts(self, text: str) -> Whereabouts | None:
        """Reads where a text says that the person is; in doubt, with several countries or with none.

        Returns:
            What counts of all that it says; None where it says nothing.
        """
        if is_payload(text):
            return None
        words = _words(text)
        told = [w for w in self._told(words) if w.standing is not Standing.ASKED]
        if not told:
            return None
        surest = max(w.standing for w in told)
        counting = [w for w in told if w.standing is surest]
        countries = frozenset.intersection(*(w.countries for w in counting))
        if len(countries) > 1:
            # "I'm in Perth. I live in Scotland."
            countries = frozenset.intersection(countries, *(w.countries for w in told)) or countries
        if surest <= Standing.HOME and self._is_away(words, text):
            countries = frozenset()
        return Whereabouts(countries, surest, counting[-1].start, counting[-1].end)

    def asked_for(self, text: str) -> str | None:
        """Names the country of which a text asks for the number: "what's the ambulance number in Dublin"."""
        asked = [w for w in self._told(_words(text)) if w.standing is Standing.ASKED]
        countries = frozenset.intersection(*(w.countries for w in asked)) if asked else frozenset()
        return next(iter(countries)) if len(countries) == 1 else None

    def without(self, text: str) -> str:
        """Blanks what a text says of where somebody is, so that what else it asks can be read."""
        for told in self._told(_words(text)):
            text = f"{text[: told.start]}{' ' * (told.end - told.start)}{text[told.end :]}"
        return text

    def _told(self, words: Sequence[_Word]) -> list[Whereabouts]:
        """What a text says of each place that it names, but those that it takes back."""
        told: list[Whereabouts] = []
        mentions = self._mentions(words)
        for place, mention in enumerate(mentions):
            around = self._around(words, mention, mentions[place - 1].end if place else 0)
            standing, length = self._standing(around)
            if standing is not None:
                start, end = words[mention.start - length].start, words[mention.end - 1].end
                told.append(Whereabouts(mention.countries, standing, start, end))
        corrected = _starts([word.word for word in words], self._corrections)
        last = max((words[place].start for place in corrected), default=-1)
        return [w for w in told if w.start > last] or told

    def _around(self, words: Sequence[_Word], mention: _Mention, nearest: int) -> _Around:
        """The words of a clause around a place; those before it begin behind the place named before."""
        first, last = self._clause(words, mention)
        before = [word.word for word in words[first : mention.start]]
        left = self._without_town(mention, before[max(nearest - first, 0) :])
        right = [word.word for word in words[mention.end : last]]
        name = " ".join(word.word for word in words[mention.start : mention.end])
        return _Around(before, left, right, name in self._called_so)

    def _mentions(self, words: Sequence[_Word]) -> list[_Mention]:
        """The places that are named, each town with the country or part of one behind it."""
        mentions: list[_Mention] = []
        place = 0
        while place < len(words) and len(mentions) < MOST_PLACES:
            mention = self._name_at(words, place)
            if mention is not None and not mention.is_wide:
                mention = self._qualified(words, mention)
            if mention is not None:
                mentions.append(mention)
            place = mention.end if mention else place + 1
        return mentions

    def _name_at(self, words: Sequence[_Word], place: int) -> _Mention | None:
        for length in range(min(self._longest, len(words) - place), 0, -1):
            known = self._names.get(tuple(word.word for word in words[place : place + length]))
            if known is not None:
                return _Mention(place, place + length, *known)
        return None

    def _qualified(self, words: Sequence[_Word], town: _Mention) -> _Mention:
        """Takes in which country or part of one a town is said to be: "boston, lincolnshire"."""
        place = town.end
        link = words[place].word if place < len(words) else ""
        place += link in (",", "in", "(")
        wide = self._name_at(words, place)
        if wide is not None and wide.is_wide:
            countries = town.countries & wide.countries
            if link == "," and not countries and not _ends_at(words, wide.end):
                return town
            return _Mention(town.start, wide.end, countries or wide.countries, is_wide=True)
        letters = self._letters.get(words[place].word) if place < len(words) and link != "in" else None
        capital = words[place].as_written.isupper() if letters else False
        is_word = letters and words[place].word in self._ordinary
        if letters and (capital or (town.countries & letters and not is_word)):
            countries = town.countries & letters or letters
            return _Mention(town.start, place + 1, countries, is_wide=True)
        return town

    def _clause(self, words: Sequence[_Word], mention: _Mention) -> tuple[int, int]:
        """Where what is said of a place begins and ends."""
        first, last = mention.start, mention.end
        earliest, latest = max(first - REACH, 0), min(last + REACH, len(words))
        while first > earliest and (self._joins(words, first - 1) or not self._is_end(words[first - 1].word)):
            first -= 1
        while last < latest and not self._is_end(words[last].word):
            last += 1
        return first, last

    def _joins(self, words: Sequence[_Word], place: int) -> bool:
        """Whether an "and" joins the person with somebody else: "me and my wife"."""
        beside = [word.word for word in words[max(place - 1, 0) : place + 2]]
        return any(tuple(beside[start : start + 2]) in self._together_with for start in (0, 1))

    def _is_end(self, word: str) -> bool:
        return not word[0].isalnum() or word in self._ends

    def _standing(self, around: _Around) -> tuple[Standing | None, int]:
        """How surely a person is at a place, and how many words before it say so."""
        left = around.left
        cue = self._last_cue(left)
        if cue is not None:
            return self._with_cue(around, *cue), len(left) - cue[0]
        if self._has_come(around):
            return Standing.HOME, len(left)
        if not self._asked.isdisjoint(left):
            led = left[-1] in self._prepositions
            return (Standing.ASKED if led or left[-1] in self._asked else None), int(led)
        return self._named(around), len(left)

    def _named(self, around: _Around) -> Standing | None:
        """How surely a person is at a place that is named without saying who is there."""
        left, right = around.left, around.right
        if any(_has(left, phrases) for phrases in (self._gone, self._planned, self._others)):
            return None
        if right[:1] == [HERE]:
            return None if around.may_be_called_so and not left else Standing.HERE
        if _has(right, self._over) or _has(right[:NEAR], self._gone):
            return None
        if not (self._is_bare(around) or self._is_led(left) or self._is_numbered(around)):
            return None
        return Standing.ORIGIN if left[-1:] == [FROM] else Standing.HOME

    def _is_bare(self, around: _Around) -> bool:
        """Whether a clause is the place and nothing else: "52, glasgow, lower back"."""
        restated = any(tuple(around.left[-len(phrase) :]) == phrase for phrase in self._corrections)
        alone = (not around.left or restated) and (not around.right or around.right == [BASED])
        return alone and not around.may_be_called_so

    def _is_led(self, left: Sequence[str]) -> bool:
        """Whether hardly more than a preposition stands before a place: "nurse in leeds"."""
        return 0 < len(left) <= OPEN_WORDS and left[-1] in self._prepositions - LEADING_ELSEWHERE

    def _is_numbered(self, around: _Around) -> bool:
        """Whether an age or so stands before a place: "34 male leeds"."""
        left = around.left
        return not around.right and len(left) <= MOST_WORDS and any(word.isdigit() for word in left)

    def _last_cue(self, left: Sequence[str]) -> tuple[int, int, Standing] | None:
        """The last words before a place that say that somebody is there."""
        kinds = (
            (self._home, Standing.HOME),
            (self._own, Standing.HERE),
            (self._here, Standing.HERE),
            (self._now, Standing.NOW),
            (self._staying, Standing.NOW),
        )
        found = [
            (start, start + len(phrase), standing)
            for phrases, standing in kinds
            for phrase in phrases
            for start in range(len(left) - len(phrase) + 1)
            if tuple(left[start : start + len(phrase)]) == phrase
        ]
        led = [cue for cue in found if self._leads(left, cue[1])]
        return max(led, key=lambda cue: (cue[1], cue[2], -cue[0]), default=None)

    def _leads(self, left: Sequence[str], end: int) -> bool:
        """Whether words lead to a place: a preposition stands between, or is their last word."""
        behind = left[end:]
        if not behind:
            return left[end - 1] in self._prepositions
        return behind[-1] in self._prepositions | self._between and not self._prepositions.isdisjoint(behind)

    def _with_cue(self, around: _Around, start: int, end: int, standing: Standing) -> Standing | None:
        """How surely a person is at a place where the words `start` to `end` before it say so."""
        left = around.left
        earlier, behind = left[max(start - NEAR, 0) : start], left[end:]
        is_own = tuple(left[start:end]) in self._own
        if is_own and left[-1] == FROM:
            return None
        if _has(behind, self._gone) or _has(behind, self._planned) or self._is_with_another(left[end - 1 :]):
            return None
        if not is_own and (self._is_of_another(left[:start]) or self._is_over(earlier)):
            return None
        if _has(left[max(start - 1, 0) : end + 1], self._gone):
            return None  # "back from", "am from"
        beside = [*earlier, *left[start:end], *behind, *around.right]
        if standing is not Standing.HOME and (_has(beside, self._now) or _has(beside, self._staying)):
            return Standing.NOW
        return standing

    def _is_over(self, earlier: Sequence[str]) -> bool:
        """Whether the words right before a cue say that it is over or not so: "used to live"."""
        place = max((i + 1 for i, word in enumerate(earlier) if word in self._own_words), default=0)
        near = earlier[place:] if tuple(earlier[place - 1 : place + 1]) not in self._own else ()
        return _has(near, self._gone) or _has(near, self._planned) or "to" in near

    def _is_of_another(self, left: Sequence[str]) -> bool:
        """Whether the last one named before a cue is somebody else."""
        if _has(left, self._together_with):
            return False
        others = max((start for start in _starts(left, self._others)), default=-1)
        own = max((i for i, word in enumerate(left) if word in self._own_words), default=-1)
        return others > own

    def _is_with_another(self, behind: Sequence[str]) -> bool:
        """Whether words behind a cue are about somebody else, and not about who the person is with."""
        for start in _starts(behind[1:], self._others):
            led = [w for w in behind[: start + 1] if w not in self._between or w in self._together]
            if not led or led[-1] not in self._together:
                return True
        return False

    def _has_come(self, around: _Around) -> bool:
        """Whether the person has moved to a place: "moved from sydney to auckland"."""
        before, left = around.before, around.left
        arrives = any(tuple(left[-len(phrase) :]) == phrase for phrase in self._arriving)
        moved = left[-1:] == [TO] and not self._moved.isdisjoint(before)
        return (arrives or moved) and not _has(before, self._planned) and not _has(before, self._others)

    def _without_town(self, mention: _Mention, left: Sequence[str]) -> Sequence[str]:
        """Leaves out the name of a town that is not known here: "in gore nz"."""
        is_led = len(left) > 1 and left[-2] in self._prepositions
        if not mention.is_wide or not is_led or left[-1] in self._prepositions | self._between:
            return left
        return left if _has(left[-1:], self._gone | self._planned | self._now) else left[:-1]

    def _is_away(self, words: Sequence[_Word], text: str) -> bool:
        """Whether somebody who tells their home is elsewhere, be it at a place with no name known here."""
        plain = [word.word for word in words]
        for start in _starts(plain, self._away):
            first = max((i + 1 for i in range(start) if self._is_end(plain[i])), default=0)
            if not _has(plain[first:start], self._gone) and not _has(plain[first:start], self._planned):
                return True
        named = list(_NAMED_UNKNOWN.finditer(text.replace("’", "'")))
        wide = {words[m.start].start for m in self._mentions(words) if m.is_wide}
        return any(
            not self._is_part_of_name(match[1].lower())
            and wide.isdisjoint(range(match.end(), match.end() + 3))
            for match in named
        )

    def _is_part_of_name(self, word: str) -> bool:
        return any(name[0] == word for name in self._names) or word in self._between


def _words(text: str) -> list[_Word]:
    cleaned, places = clean_with_places(text)
    words = []
    for match in _TOKEN.finditer(cleaned):
        spelt = match.group()
        start, end = places[match.start()], places[match.end() - 1] + 1
        parts = _FULL_FORMS.get(spelt) or (spelt if len(spelt) == 1 else spelt.replace("'", ""),)
        words += [_Word(part, start, end, text[start:end]) for part in parts]
    return words


def _phrases(texts: Iterable[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(text.split()) for text in texts)


def _starts(words: Sequence[str], phrases: Collection[tuple[str, ...]]) -> list[int]:
    """Where any of some phrases stands."""
    longest = max(map(len, phrases))
    return [
        start
        for start in range(len(words))
        if any(tuple(words[start : start + length]) in phrases for length in range(1, longest + 1))
    ]


def _has(words: Sequence[str], phrases: Collection[tuple[str, ...]]) -> bool:
    return bool(_starts(words, phrases))


def _ends_at(words: Sequence[_Word], place: int) -> bool:
    return place >= len(words) or not words[place].word[0].isalnum() or words[place].word in ("here", "and")
