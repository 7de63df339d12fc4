"""Text to words: case, apostrophes, invisible characters, word forms and typos made alike, places kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from spacy.tokens import Doc
from spacy.vocab import Vocab

from backchat.knowledge.phrases import Words

MAX_CHARACTERS = 4000
"""What comes after this many characters is not analysed, so that no message takes long."""

MAX_WORD = 40
UNKNOWN = "~"
NUMBER = "#"
SCALE_END = "10"
"""The one number that phrases can name, for "7 out of 10"."""

SENTENCE_ENDS = frozenset({".", "!", "?", ";", "\n"})
CLAUSE_ENDS = SENTENCE_ENDS | {",", ":", "-"}

_TOKEN = re.compile(r"\d{1,9}(?:\.\d{1,4})?|[^\W\d_]+(?:'[^\W\d_]+)*|[^\w\s]|\n")
_ALIKE = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "–": "-", "—": "-", "−": "-", "…": "."})


@dataclass(frozen=True)
class Token:
    """A word, number or sign.

    Attributes:
        word: As spelt, in small letters and without apostrophes, or one of the words that it stands for.
        norm: The word that it counts as, `NUMBER`, or `UNKNOWN` where no phrase holds it.
        start: Where it begins in the message.
        end: Where it ends in the message.
        number: Its value where it is written in digits.
    """

    word: str
    norm: str
    start: int
    end: int
    number: float | None = None


@dataclass(frozen=True)
class Message:
    """A message and its words; `doc` holds the norms, one for each token."""

    text: str
    tokens: tuple[Token, ...]
    doc: Doc

    def said(self, start: int, end: int) -> tuple[str, int, int]:
        """The person's own words from token `start` up to token `end`, and their place in the text."""
        first, last = self.tokens[start].start, self.tokens[end - 1].end
        return self.text[first:last], first, last


class Normaliser:
    """Turns a text into a `Message`.

    Args:
        words: What is done to single words.
        vocabulary: Every word that a phrase holds, so that typos can be led back to them.
    """

    def __init__(self, words: Words, vocab: Vocab, vocabulary: Iterable[str]) -> None:
        self._vocab = vocab
        self._expand = {word: tuple(meaning.split()) for word, meaning in words.expand.items()}
        self._norms = {word: norm for norm, forms in words.same.items() for word in (norm, *forms)}
        self._skip = frozenset(words.skip)
        self._known = {*vocabulary, *self._norms}
        self._norm_of = {word: self.norm(word) for word in self._known}
        self._spellings = _Spellings(self._known, words.not_typos)

    def norms(self, words: Iterable[str]) -> tuple[str, ...]:
        """What the words of a phrase count as; those that change nothing are left out."""
        return tuple([self._norm_of[word] for word in words if word not in self._skip])

    def norm(self, word: str) -> str:
        """The word that a correctly spelt word counts as."""
        if word[0].isdecimal():
            return word if word == SCALE_END else NUMBER
        return self._norms.get(word, word)

    def message(self, text: str) -> Message:
        """Splits a text into tokens."""
        cleaned, places = clean_with_places(text)
        tokens: list[Token] = []
        for match in _TOKEN.finditer(cleaned):
            start, end = places[match.start()], places[match.end() - 1] + 1
            tokens.extend(self._tokens(match.group(), start, end))
        doc = Doc(self._vocab, words=[token.norm for token in tokens])
        return Message(text, tuple(tokens), doc)

    def _tokens(self, spelt: str, start: int, end: int) -> list[Token]:
        if spelt[0].isdecimal():
            return [Token(spelt, self.norm(spelt), start, end, float(spelt))]
        word = spelt.replace("'", "") if spelt != "'" else spelt
        if word in self._skip:
            return []
        return [
            Token(part, self._lead_back(part), start, end)
            for part in self._expand.get(spelt, self._expand.get(word, (word,)))
        ]

    def _lead_back(self, word: str) -> str:
        if word in self._known or not word[0].isalnum():
            known = word
        elif len(word) > MAX_WORD:
            known = None
        else:
            known = self._spellings.correct(word)
        if known is None:
            return UNKNOWN
        return self._norms.get(known, known)


def is_payload(text: str) -> bool:
    """Whether a text is a bot's command (`/restart`) or data (`inform{...}`): nothing that a person says."""
    stripped = text.strip()
    if stripped.startswith("/") and stripped[1:2].isalpha():
        return True
    return stripped.endswith("}") and re.match(r"\w*\s*\{", stripped) is not None


def clean(text: str) -> str:
    """The part of a text that is read: small letters, straight quotes, no invisible characters."""
    return clean_with_places(text)[0]


def clean_with_places(text: str) -> tuple[str, list[int]]:
    """Does what `clean` does, and says where in the text each character came from."""
    text = text[:MAX_CHARACTERS]
    if text.isascii():
        return text.lower(), list(range(len(text)))
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text.translate(_ALIKE)):
        category = unicodedata.category(letter)
        if category in ("Cf", "Mn", "Cs") or (category == "Cc" and letter not in "\n\t\r"):
            continue
        folded = unicodedata.normalize("NFKC", letter).lower()
        letters.append(folded if len(folded) == 1 else letter)
        places.append(place)
    return "".join(letters), places


class _Spellings:
    """Finds the one known word that differs from a misspelt one by one letter, or by two swapped.

    Words are found by what is left of them after a letter is left out, so that the time does not grow with
    their number. Short words and words that begin differently are not corrected: too many are real words.
    """

    SHORTEST = 6

    def __init__(self, words: Iterable[str], not_typos: Iterable[str]) -> None:
        self._not_typos = frozenset(not_typos)
        self._by_rest: dict[str, set[str]] = {}
        for word in words:
            if len(word) >= self.SHORTEST - 1 and word.isalpha():
                for rest in _rests(word):
                    self._by_rest.setdefault(rest, set()).add(word)

    @lru_cache(maxsize=4096)  # noqa: B019 (lives as long as the process)
    def correct(self, word: str) -> str | None:
        if len(word) < self.SHORTEST or word in self._not_typos:
            return None
        near = {
            known
            for rest in _rests(word)
            for known in self._by_rest.get(rest, ())
            if known[0] == word[0] and _one_apart(word, known)
        }
        return min(near) if near else None


def _rests(word: str) -> set[str]:
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def _one_apart(one: str, other: str) -> bool:
    """Whether one letter put in, left out or changed, or two neighbours swapped, makes them the same."""
    if len(one) > len(other):
        one, other = other, one
    start = 0
    while start < len(one) and one[start] == other[start]:
        start += 1
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    swapped = one[start + 1 : start + 2] + one[start : start + 1] + one[start + 2 :]
    return one[start + 1 :] == other[start + 1 :] or swapped == other[start:]
