"""A text read as the answer to what was asked."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from backchat.knowledge import Assertion, Finding, FindingKind, FindingSpec
from backchat.knowledge.phrases import Replies
from backchat.understanding.durations import Durations
from backchat.understanding.lexicon import Match, PhraseBook, Words
from backchat.understanding.normalise import Message, Normaliser
from backchat.understanding.numbers import Numbers

Answer = tuple[str, str]
"""What a reply phrase means: its kind (a field of `Replies`) and, where it has one, its value."""

LABEL_BREAKS = (", ", "; ")


@dataclass(frozen=True)
class Reply:
    """What a text says in answer to a question.

    Attributes:
        findings: Everything it says, at most one finding for each id.
        answered: Whether it says something about what was asked. False for a digression, a question back,
            and noise.
    """

    findings: tuple[Finding, ...]
    answered: bool


class Replier:
    """Reads replies.

    Args:
        answers: Finds the phrases of `wordings`.
    """

    def __init__(
        self,
        specs: Mapping[str, FindingSpec],
        normaliser: Normaliser,
        answers: PhraseBook[Answer],
        numbers: Numbers,
        durations: Durations,
    ) -> None:
        self._specs = specs
        self._normaliser = normaliser
        self._answers = answers
        self._numbers = numbers
        self._durations = durations

    @staticmethod
    def wordings(
        replies: Replies, spelt: Callable[[Iterable[str]], set[Words]]
    ) -> list[tuple[Words, Answer]]:
        """Every wording of the reply phrases, with what it means."""
        kinds = ("yes", "no", "unsure", "none", "all", "only", "all_but", "question")
        simple = [(words, (kind, "")) for kind in kinds for words in spelt(getattr(replies, kind))]
        places = [
            (words, (kind, str(number)))
            for kind in ("ordinals", "first_of")
            for phrase, number in getattr(replies, kind).items()
            for words in spelt([phrase])
        ]
        special = [
            (words, (finding, value))
            for finding, values in replies.by_finding.items()
            for value, phrases in values.items()
            for words in spelt(phrases)
        ]
        return [*simple, *places, *special]

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
        answers = self._answers.find(message.doc)
        answers = [a for a in answers if not any(other.covers(a) for other in answers)]
        if len(asked) > 1:
            told = self._checklist(message, asked, options, found, answers)
        elif self._specs[asked[0]].kind is FindingKind.TRI:
            told = self._yes_no(message, asked[0], found, answers)
        elif self._specs[asked[0]].kind is FindingKind.NUMBER:
            told = self._number(message, asked[0], today)
        else:
            told = self._choice(message, asked[0], options, answers)
        by_id = {finding.id: finding for finding in found}
        for finding in told:
            by_id.setdefault(finding.id, finding)
        return Reply(tuple(by_id.values()), answered=any(finding in by_id for finding in asked))

    def _whole(self, message: Message, finding: str, value: object) -> Finding:
        said, start, end = message.said(0, len(message.tokens))
        return Finding(finding, value, said, start, end)  # type: ignore[arg-type]

    def _yes_no(
        self, message: Message, finding: str, found: Sequence[Finding], answers: Sequence[Match[Answer]]
    ) -> list[Finding]:
        by_finding = [a.entry[1] for a in answers if a.entry[0] == finding]
        kinds = {a.entry[0] for a in answers}
        if by_finding:
            return [self._whole(message, finding, by_finding[0])]
        if "question" in kinds:
            return []
        if "unsure" in kinds:
            return [self._whole(message, finding, Assertion.UNSURE.value)]
        first = min(
            (a for a in answers if a.entry[0] in ("yes", "no", "none")), key=lambda a: a.start, default=None
        )
        if first is None:
            return []
        value = Assertion.PRESENT if first.entry[0] == "yes" else Assertion.ABSENT
        return [self._whole(message, finding, value.value)]

    def _checklist(
        self,
        message: Message,
        asked: Sequence[str],
        options: Mapping[str, str],
        found: Sequence[Finding],
        answers: Sequence[Match[Answer]],
    ) -> list[Finding]:
        kinds = {a.entry[0] for a in answers}
        picked = self._labels(message.text, options)
        if not picked:
            picked = self._places(message, asked, answers)
        if picked:
            return [
                self._whole(message, f, (Assertion.PRESENT if f in picked else Assertion.ABSENT).value)
                for f in asked
            ]
        value = None
        if "question" in kinds:
            return []
        if "unsure" in kinds:
            value = Assertion.UNSURE
        elif kinds & {"none", "no"} and not any(f.id in asked for f in found):
            value = Assertion.ABSENT
        elif "all" in kinds:
            value = Assertion.PRESENT
        return [self._whole(message, finding, value.value) for finding in asked] if value else []

    def _places(self, message: Message, asked: Sequence[str], answers: Sequence[Match[Answer]]) -> set[str]:
        if not all(
            t.number is not None or t.norm in (",", "and", "&", "number", "option") for t in message.tokens
        ):
            return set()
        numbers = [int(token.number) for token in message.tokens if token.number is not None]
        return {asked[n - 1] for n in numbers if 1 <= n <= len(asked)}

    def _number(self, message: Message, finding: str, today: datetime.date) -> list[Finding]:
        spec = self._specs[finding]
        if finding == "duration_days":
            for duration in self._durations.all(message, today):
                said, start, end = message.said(duration.start, duration.end)
                return [Finding(finding, float(duration.best), said, start, end, duration.low, duration.high)]
            return []
        for place in range(len(message.tokens)):
            amount = self._numbers.at(message.tokens, place)
            if amount and (spec.minimum or 0) <= amount.best <= (spec.maximum or 0):
                said, start, end = message.said(amount.start, amount.end)
                bounds = (None, None) if amount.exact else (amount.low, amount.high)
                return [Finding(finding, amount.best, said, start, end, *bounds)]
        return []

    def _choice(
        self, message: Message, finding: str, options: Mapping[str, str], answers: Sequence[Match[Answer]]
    ) -> list[Finding]:
        picked = [a.entry[1] for a in answers if a.entry[0] == finding] or self._labels(message.text, options)
        if not picked:
            return []
        is_set = self._specs[finding].kind is FindingKind.SET
        return [self._whole(message, finding, tuple(picked) if is_set else picked[0])]

    def _labels(self, text: str, options: Mapping[str, str]) -> list[str]:
        """The options whose labels a text consists of."""
        whole = {_plain(label): key for key, label in options.items()}
        if _plain(text) in whole:
            return [whole[_plain(text)]]
        rest = _plain(text)
        picked: list[str] = []
        while rest:
            label = next(
                (label for label in sorted(whole, key=len, reverse=True) if rest.startswith(label)), None
            )
            if label is None:
                return []
            picked.append(whole[label])
            rest = rest[len(label) :].lstrip(",; ")
        return picked


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").split()).rstrip(".")
