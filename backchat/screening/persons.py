"""Turns texts that speak to a person about themselves into texts about somebody else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

from backchat.knowledge.models import Persons

PLURAL = "they"
NOT_KNOWN = "other"
"""The key of the pronouns of those whose sex isn't known."""


class ThirdPerson:
    """Rewrites texts for one person who is spoken about.

    Args:
        persons: How texts change.
        sex: The key of the pronouns, by the finding `sex`.
    """

    def __init__(self, persons: Persons, sex: str) -> None:
        pronouns = persons.pronouns[sex]
        self._pronouns = pronouns
        plural = pronouns["they"] == PLURAL
        self._verbs = _forms(persons.verbs, plural) | ({"am": "are"} if plural else {})
        self._auxiliaries = _forms(persons.auxiliaries, plural)
        self._further = {} if plural else persons.further
        self._short = {
            "re": "'re" if plural else "'s",
            "ve": "'ve" if plural else "'s",
            "d": "'d",
            "ll": "'ll",
        }
        kept = "|".join(re.escape(phrase) for phrase in sorted(persons.kept, key=len, reverse=True))
        self._kept = re.compile(rf"(“[^”]*”|\b(?:{kept})\b)", re.IGNORECASE)
        auxiliaries = "|".join(map(re.escape, self._auxiliaries))
        self._inverted = re.compile(rf"\b({auxiliaries}) you\b", re.IGNORECASE)

    def text(self, text: str) -> str:
        """Rewrites what is said to the person: "you" becomes the other one, except in what they told."""
        parts = self._kept.split(text)
        return "".join(part if i % 2 else self._rewrite(part, "you", "your") for i, part in enumerate(parts))

    def label(self, text: str) -> str:
        """Rewrites what the person says with an option: "I" becomes the other one."""
        return self._rewrite(text, "I", "my")

    def _rewrite(self, text: str, who: str, whose: str) -> str:
        pronouns = self._pronouns
        if who == "you":
            text = self._inverted.sub(
                lambda m: f"{_like(m[1], self._auxiliaries[m[1].lower()])} {pronouns['they']}", text
            )
        else:
            text = re.sub(r"\bI'm\b", "I're", text)
            text = re.sub(r"\bme\b", pronouns["them"], text)
        text = _sub(rf"({who})'(re|ve|d|ll)", lambda m: self._subject(m) + self._short[m[2]], text)
        text = _sub(rf"({who}) ([\w']+)", self._with_verb, text)
        for old, new in ((who, "them"), (f"{whose}self", "themself"), ("yours", "theirs"), (whose, "their")):
            text = _sub(f"({old})", partial(_in_place, pronouns[new]), text)
        for old, new in self._further.items():
            text = re.sub(rf"\b{old}\b", new, text)
        return text[:1].upper() + text[1:] if who == "I" else text

    def _subject(self, match: re.Match[str]) -> str:
        they = self._pronouns["they"]
        return they if match[1] == "I" else _like(match[1], they)

    def _with_verb(self, match: re.Match[str]) -> str:
        verb = self._verbs.get(match[2])
        return match[0] if verb is None else f"{self._subject(match)} {verb}"


def sex_told(persons: Persons, text: str) -> str | None:
    """Names the sex that the pronouns of a text tell, or its words for somebody: "she fell", "my nephew".

    Args:
        persons: What stands for each sex.
        text: What somebody wrote about somebody else.

    Returns:
        The sex; None where nothing tells one, or where several are told.
    """
    words = set(re.findall(r"[a-z]+", text.lower()))
    neutral = set(persons.pronouns[NOT_KNOWN].values())
    by_pronoun = [sex for sex, forms in persons.pronouns.items() if words & (set(forms.values()) - neutral)]
    told = by_pronoun or [sex for sex, nouns in persons.nouns.items() if words.intersection(nouns)]
    return told[0] if len(told) == 1 else None


def _sub(pattern: str, new: Callable[[re.Match[str]], str], text: str) -> str:
    return re.sub(rf"\b{pattern}\b", new, text, flags=re.IGNORECASE)


def _in_place(new: str, match: re.Match[str]) -> str:
    return _like(match[1], new)


def _forms(words: Mapping[str, str], plural: bool) -> dict[str, str]:
    return {word: word if plural else form for word, form in words.items()}


def _like(old: str, new: str) -> str:
    """Begins a word with a capital letter where the word in its place did."""
    return new.capitalize() if old[:1].isupper() else new
