"""Tells a message in another language from an English one, however short, misspelt or odd.

A statistical model names the language of a phrase well and that of a word or two badly, and much of what
people write is a word or two. So what is in doubt counts as English: asking again costs less than turning a
person away.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier
from pydantic import BaseModel
from spacy.lang.en.stop_words import STOP_WORDS

from backchat.knowledge import Finding
from backchat.knowledge.models import ANOTHER_LANGUAGE, Languages
from backchat.understanding.normalise import clean, is_payload

OTHER_LANGUAGE = "other_language"
"""The intent of a message in another language."""

ENGLISH = "en"
OTHERS = (
    *("it", "pt", "nl", "sv", "da", "no", "fi", "ro", "cs", "sk", "hu", "hr"),
    *("sl", "tr", "vi", "id", "tl", "so", "sw", "sq", "lt", "lv", "et"),
)
"""Languages in Latin letters that the model chooses from, beside those spoken here. Among all that it knows,
the probability of a phrase would be shared out between Spanish, Aragonese, Galician and their like."""

SURE = 0.9
"""From this probability on a message is in a language spoken here, the choice being those and English."""
SURE_OF_ONE_WORD = 0.94
"""The same where a single word tells."""
SURE_WITH_A_WORD = 0.6
"""The same where one of the words is known to be of that language."""
SURE_WITH_WORDS = 0.3
"""The same where more than one of them is."""
SURE_OF_ANOTHER = 0.75
"""The same for any other language, the choice being all of them."""

_WORD = re.compile(r"[^\W\d_]+")
_LETTERS = str.maketrans({"ł": "l", "ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "đ": "d"})


class LanguageRecogniser:
    """Names the language of messages that are not in English.

    Args:
        languages: The languages spoken here, and the words that tell nothing.
        english: Content whose texts hold the English words that people use about their backs.
    """

    def __init__(self, languages: Languages, english: Iterable[Any]) -> None:
        self._shared = frozenset(languages.shared)
        self._noise = frozenset(languages.noise)
        texts = [text.lower() for text in _texts(english)]
        texts += [text.replace("'", "") for text in texts]
        self._english = frozenset(word for text in texts for word in _words(text)) - self._shared
        self._phrases = {
            tuple(_plain(_words(phrase))): language
            for language, entry in languages.entries.items()
            for phrase in entry.phrases
        }
        self._longest = max(map(len, self._phrases))
        self._known = {
            language: frozenset(_plain(_words(" ".join((*entry.words, *entry.phrases)))))
            for language, entry in languages.spoken.items()
        }
        self._identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        self._identifier.set_languages((ENGLISH, *languages.spoken, *OTHERS))

    def recognise(self, text: str, findings: Iterable[Finding]) -> str | None:
        """Names the language of a message.

        Args:
            text: What the person wrote.
            findings: What was read from it.

        Returns:
            The key of a language of `Languages.entries`; None for English and for what is in doubt.
        """
        cleaned = clean(text)
        words = _words(cleaned)
        if not words or is_payload(text):
            return None
        if _is_in_other_letters(words):
            return ANOTHER_LANGUAGE
        return self._said_in(_plain(words)) or self._guess(cleaned, words, findings)

    def knows_no_word(self, text: str) -> bool:
        """Tells whether no word of a text is one that people use here: "asdf qwer"."""
        words = _words(clean(text))
        return bool(words) and not any(
            word in self._english or word in self._shared or word in STOP_WORDS
            for word in words
            if word not in self._noise
        )

    def _said_in(self, words: Sequence[str]) -> str | None:
        """The language of a message of nothing but its phrases, and words that tell nothing."""
        languages: dict[int, str | None] = {0: None}
        for start in range(len(words)):
            if start not in languages:
                continue
            if words[start] in self._shared:
                languages.setdefault(start + 1, languages[start])
            for end in range(start + 1, min(start + self._longest, len(words)) + 1):
                language = self._phrases.get(tuple(words[start:end]))
                if language is not None:
                    languages[end] = languages[start] or language
        return languages.get(len(words))

    def _guess(self, cleaned: str, words: Sequence[str], findings: Iterable[Finding]) -> str | None:
        """The one language that knows all the words that are not English, or that the model is sure of."""
        telling = self._telling(words)
        foreign = telling - self._english
        if len(set(words)) == 1 or 2 * len(foreign) <= len(telling) or any(map(self._is_english, findings)):
            return None
        known = [language for language, words in self._known.items() if set(_plain(foreign)) <= words]
        if len(foreign) > 1 and len(known) == 1:
            return known[0]
        shares = dict(self._identifier.rank(cleaned))
        first, probability = next(iter(shares.items()))
        if first in OTHERS and probability >= SURE_OF_ANOTHER:
            return ANOTHER_LANGUAGE if 1 < len(foreign) == len(telling) else None
        choice = shares[ENGLISH] + sum(shares[language] for language in self._known)
        likely = (
            language
            for language, share in shares.items()
            if language in self._known and share >= choice * self._floor(language, telling)
        )
        return next(likely, None)

    def _is_english(self, finding: Finding) -> bool:
        """Whether a finding was read from English words, and not from foreign ones that look like them."""
        telling = self._telling(_words(clean(finding.said)))
        return bool(telling) and 2 * len(telling & self._english) >= len(telling)

    def _telling(self, words: Iterable[str]) -> set[str]:
        return {word for word in words if len(word) > 1} - self._shared - self._noise

    def _floor(self, language: str, telling: Iterable[str]) -> float:
        """How likely the model must find a language for a message with these words."""
        if not self._english.isdisjoint(telling):
            return SURE
        words = set(_plain(telling))
        known = len(words & self._known[language])
        if known:
            return SURE_WITH_A_WORD if known == 1 else SURE_WITH_WORDS
        return SURE_OF_ONE_WORD if len(words) == 1 else SURE


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _plain(words: Iterable[str]) -> list[str]:
    """The words as they are typed on an English keyboard."""
    decomposed = (unicodedata.normalize("NFD", word.translate(_LETTERS)) for word in words)
    return ["".join(letter for letter in word if not unicodedata.combining(letter)) for word in decomposed]


def _is_in_other_letters(words: Iterable[str]) -> bool:
    """Whether most letters are other ones than English has."""
    letters = "".join(words)
    return 2 * sum("LATIN" in unicodedata.name(letter, "") for letter in letters) < len(letters)


def _texts(content: Any) -> Iterator[str]:
    """Every text in some content, keys too."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, BaseModel):
        yield from _texts(content.dict())
    elif isinstance(content, Mapping):
        yield from _texts([*content.keys(), *content.values()])
    elif isinstance(content, Iterable):
        yield from chain.from_iterable(map(_texts, content))
