"""A text read as the answer to what was asked."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from backchat.knowledge import Assertion, Finding, FindingKind, FindingSpec, FindingValue
from backchat.knowledge.phrases import Replies
from backchat.understanding.durations import Durations
from backchat.understanding.lexicon import Match, PhraseBook, Words, by_token
from backchat.understanding.normalise import UNKNOWN, Message, Normaliser
from backchat.understanding.numbers import Numbers

KINDS = ("yes", "no", "unsure", "none", "all", "only", "all_but", "question")
SIGNS = frozenset({".", ",", "!", "?", ";", ":", "-", "\n"})
LONG_ANSWER = 3
"""From how many words on a yes or no counts wherever it stands, as "not that I've noticed"."""


@dataclass(frozen=True)
class Answer:
    """What a reply phrase means.

    Attributes:
        kind: A list of `Replies`, or "value" for those of `Replies.by_finding`.
        value: The place in the list, or the value.
        finding: The finding that it is about, where it is about one.
    """

    kind: str
    value: str = ""
    finding: str = ""


@dataclass(frozen=True)
class Reply:
    """What a text says in answer to a question.

    Attributes:
        findings: Everything it says, at most one finding for each id.
        answered: Whether it says something about what was asked. False for a digression, a question back,
            noise, and a "yes" that leaves open to which of several. True without a finding about it for
            "I don't know" where the finding has no value for that.
    """

    findings: tuple[Finding, ...]
    answered: bool


@dataclass(frozen=True)
class _Question:
    """What was asked and what came back."""

    message: Message
    asked: Sequence[str]
    options: Mapping[str, str]
    found: Mapping[str, Finding]
    answers: Sequence[Match[Answer]]

    def has(self, kind: str) -> bool:
        return any(match.entry.kind == kind for match in self.answers)

    def tell(self, finding: str, value: FindingValue) -> Finding:
        """A finding that the whole reply says."""
        said, start, end = self.message.said(0, len(self.message.tokens))
        return Finding(finding, value, said, start, end)


class Replier:
    """Reads replies.

    Args:
        specs: The vocabulary.
        replies: How people answer.
        answers: Finds the phrases of `wordings`.
    """

    def __init__(
        self,
        specs: Mapping[str, FindingSpec],
        replies: Replies,
        normaliser: Normaliser,
        *,
        answers: PhraseBook[Answer],
        numbers: Numbers,
        durations: Durations,
    ) -> None:
        self._specs = specs
        self._normaliser = normaliser
        self._answers = answers
        self._numbers = numbers
        self._durations = durations
        self._before = {normaliser.norm(word) for phrase in replies.before for word in phrase.split()} | SIGNS
        self._after = {normaliser.norm(word) for word in replies.after} | SIGNS
        self._glue = {normaliser.norm(word) for word in replies.glue}

    @staticmethod
    def wordings(
        replies: Replies, spelt: Callable[[Iterable[str]], set[Words]]
    ) -> list[tuple[Words, Answer]]:
        """Every wording of the reply phrases, with what it means."""
        simple = [(words, Answer(kind)) for kind in KINDS for words in spelt(getattr(replies, kind))]
        places = [
            (words, Answer(kind, str(number)))
            for kind in ("ordinals", "first_of")
            for phrase, number in getattr(replies, kind).items()
            for words in spelt([phrase])
        ]
        values = [
            (words, Answer("value", value, finding))
            for finding, by_value in replies.by_finding.items()
            for value, phrases in by_value.items()
            for words in spelt(phrases)
        ]
        return [*simple, *places, *values]

    def read(
        self,
        message: Message,
        asked: Sequence[str],
        options: Mapping[str, str],
        found: Sequence[Finding],
        today: datetime.date,
    ) -> Reply:
        """See `Understanding.read_reply`."""
        if not asked or not message.tokens:
            return Reply(tuple(found), answered=False)
        labels = _labels(message.text, options)
        question = _Question(
            message, asked, options, {f.id: f for f in found}, self._relevant(message, set(asked), found)
        )
        if labels:
            told = self._picked(question, labels)
            return Reply(tuple(told), answered=True)
        if len(asked) > 1:
            told = self._checklist(question)
        elif self._specs[asked[0]].kind is FindingKind.TRI:
            told = self._yes_no(question)
        elif self._specs[asked[0]].kind is FindingKind.NUMBER:
            told = self._number(question, today)
        else:
            told = self._choice(question)
        merged = {finding.id: finding for finding in (*found, *told)}
        dont_know = question.has("unsure") and not question.has("question") and not found
        return Reply(
            tuple(merged.values()), answered=dont_know or any(finding in merged for finding in asked)
        )

    def _relevant(self, message: Message, asked: set[str], found: Sequence[Finding]) -> list[Match[Answer]]:
        """The longest reply phrases, without those about other findings and a yes or no that is none."""
        matches = [
            match
            for match in self._answers.find(message.doc)
            if (not match.entry.finding or match.entry.finding in asked) and self._in_place(match, message)
        ]
        holding = by_token(matches)
        elsewhere = [(f.start, f.end) for f in found if f.id not in asked]
        return [
            match
            for match in matches
            if not any(other.covers(match) for other in holding[match.start])
            and not (match.entry.finding and _inside(message.said(match.start, match.end)[1:], elsewhere))
        ]

    def _in_place(self, match: Match[Answer], message: Message) -> bool:
        """Whether a yes or no stands where one can be: first, and before nothing that it belongs to."""
        if match.entry.kind not in ("yes", "no", "none", "all"):
            return True
        norms = [token.norm for token in message.tokens]
        length = match.end - match.start
        first = length >= LONG_ANSWER or all(norm in self._before for norm in norms[: match.start])
        closed = match.end == len(norms) or norms[match.end] in self._after
        return first and (closed or (match.entry.kind == "yes" and length == 1))

    def _yes_no(self, question: _Question) -> list[Finding]:
        finding = question.asked[0]
        if finding in question.found:
            return []
        value = self._said_of(question, finding)
        return [question.tell(finding, value)] if value else []

    def _said_of(self, question: _Question, finding: str) -> str | None:
        if question.has("unsure"):
            return str(Assertion.UNSURE.value)
        values = [m.entry.value for m in question.answers if m.entry.finding == finding]
        if values:
            return values[0]
        short = [m.entry.kind for m in question.answers if m.entry.kind in ("yes", "no", "none")]
        if not short or question.has("question"):
            return None
        return str((Assertion.PRESENT if short[0] == "yes" else Assertion.ABSENT).value)

    def _checklist(self, question: _Question) -> list[Finding]:
        places = self._places(question)
        picked = places or self._by_words(question)
        mentioned = [f for f in question.asked if f in question.found]
        present = [f for f in mentioned if question.found[f].value == Assertion.PRESENT.value]
        rest = [f for f in question.asked if f not in mentioned]
        told: list[Finding] = []
        if question.has("all_but"):
            left_out = picked or mentioned
            told = (
                self._picked(question, [f for f in question.asked if f not in left_out]) if left_out else []
            )
        elif question.has("unsure"):
            doubted = picked or ([] if question.found else question.asked)
            told = [question.tell(f, Assertion.UNSURE.value) for f in doubted]
        elif places or (picked and question.has("only")):
            told = self._picked(question, picked)
        elif picked:
            told = [question.tell(f, Assertion.PRESENT.value) for f in picked if f in rest]
        elif question.has("question"):
            told = []
        elif question.has("none") or self._denies_all(question) or (present and question.has("only")):
            told = [question.tell(f, Assertion.ABSENT.value) for f in rest]
        elif question.has("all") and not mentioned:
            told = self._picked(question, question.asked)
        return told

    def _denies_all(self, question: _Question) -> bool:
        """Whether a "no" is about everything asked: in "no, nothing is numb" it is about what it names."""
        named = any(f.value == Assertion.ABSENT.value for f in question.found.values())
        return question.has("no") and not named

    def _picked(self, question: _Question, picked: Sequence[str]) -> list[Finding]:
        """What picking options says: of a checklist the rest are absent, of a choice they are nothing."""
        if len(question.asked) > 1:
            return [
                question.tell(f, (Assertion.PRESENT if f in picked else Assertion.ABSENT).value)
                for f in question.asked
            ]
        finding = question.asked[0]
        is_set = self._specs[finding].kind is FindingKind.SET
        return [question.tell(finding, tuple(picked) if is_set else picked[0])]

    def _places(self, question: _Question) -> list[str]:
        """The options picked by their place in the list, where the reply does nothing but pick."""
        keys = question.asked if len(question.asked) > 1 else list(question.options)
        kinds = ("ordinals", "first_of", "all_but", "only", "unsure", "yes")
        picking = {i for m in question.answers if m.entry.kind in kinds for i in range(m.start, m.end)}
        places: list[int] = []
        for i, token in enumerate(question.message.tokens):
            if token.number is not None:
                places.append(int(token.number))
            elif i not in picking and token.norm not in self._glue:
                return []
        for match in question.answers:
            if match.entry.kind == "ordinals":
                places.append(int(match.entry.value) % (len(keys) + 1))
            elif match.entry.kind == "first_of":
                places.extend(range(1, int(match.entry.value) + 1))
        return [key for place, key in enumerate(keys, start=1) if place in places]

    def _by_words(self, question: _Question) -> list[str]:
        """The options that a reply names by words that stand in no other option, and in nothing but those."""
        labels = {
            key: self._content(self._normaliser.message(label)) for key, label in question.options.items()
        }
        skipped = {i for m in question.answers if m.entry.kind in KINDS for i in range(m.start, m.end)}
        words = self._content(question.message, skipped)
        if not words:
            return []
        holding = {word: [key for key, label in labels.items() if word in label] for word in words}
        if not all(holding.values()):
            return []
        meant = [self._meant(word, keys) for word, keys in holding.items()]
        return [key for key in labels if key in meant]

    def _meant(self, word: str, keys: Sequence[str]) -> str | None:
        """Which of the options that hold a word it means: the only one, or the one that is named for it."""
        if len(keys) == 1:
            return keys[0]
        named = [key for key in keys if word in {self._normaliser.norm(part) for part in key.split("_")}]
        return min(named, key=len, default=None)

    def _content(self, message: Message, skipped: Iterable[int] = ()) -> set[str]:
        left_out = set(skipped)
        return {
            token.word if token.norm == UNKNOWN else token.norm
            for i, token in enumerate(message.tokens)
            if i not in left_out and token.norm not in self._glue and token.norm not in SIGNS
        }

    def _number(self, question: _Question, today: datetime.date) -> list[Finding]:
        finding, message = question.asked[0], question.message
        if finding in question.found:
            return []
        age = question.found.get("age")
        durations = self._durations.all(
            message, today, age.value if age and isinstance(age.value, float) else None
        )
        if finding == "duration_days":
            longest = self._specs[finding].maximum or 0
            for duration in [duration for duration in durations if duration.best <= longest][:1]:
                said, start, end = message.said(duration.start, duration.end)
                exact = duration.high is not None and duration.low == duration.high
                low, high = (None, None) if exact else (duration.low, duration.high)
                return [Finding(finding, float(duration.best), said, start, end, low, high)]
            return []
        taken = {i for duration in durations for i in range(duration.start, duration.end)}
        spec = self._specs[finding]
        for place in range(len(message.tokens)):
            amount = None if place in taken else self._numbers.at(message.tokens, place)
            if amount and (spec.minimum or 0) <= amount.best <= (spec.maximum or 0):
                said, start, end = message.said(amount.start, amount.end)
                low, high = (None, None) if amount.exact else (amount.low, amount.high)
                return [Finding(finding, float(amount.best), said, start, end, low, high)]
        return []

    def _choice(self, question: _Question) -> list[Finding]:
        finding = question.asked[0]
        if finding in question.found or question.has("unsure"):
            return []
        values = [m.entry.value for m in question.answers if m.entry.finding == finding]
        picked = list(dict.fromkeys(values)) or self._by_words(question) or self._places(question)
        return self._picked(question, picked) if picked else []


def _labels(text: str, options: Mapping[str, str]) -> list[str]:
    """The options whose labels a text consists of, as when buttons are pressed."""
    keys = {_plain(label): key for key, label in options.items()}
    longest_first = sorted(keys, key=len, reverse=True)
    rest = _plain(text)
    picked: list[str] = []
    while rest:
        label = next((label for label in longest_first if label and rest.startswith(label)), None)
        if label is None or (rest[len(label) :] and rest[len(label)] not in ",;"):
            return []
        picked.append(keys[label])
        rest = rest[len(label) :].lstrip(",; ")
    return picked


def _inside(place: tuple[int, int], spans: Iterable[tuple[int, int]]) -> bool:
    return any(start <= place[0] and place[1] <= end for start, end in spans)


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").split()).rstrip(".")
