"""Age, severity and weeks of pregnancy: numbers that the words beside them explain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from backchat.knowledge.phrases import Times
from backchat.understanding.lexicon import PhraseBook
from backchat.understanding.normalise import Message, Token
from backchat.understanding.numbers import Amount, Numbers

DECADE = 10
PARTS_OF_DECADE = {"early": (0, 3), "mid": (4, 6), "middle": (4, 6), "late": (7, 9)}


@dataclass(frozen=True)
class Measured:
    """A number and the finding it is."""

    finding: str
    amount: Amount


class Measures:
    """Finds the numbers that `Times.measures` describes.

    Args:
        cues: Finds, for each measure, the entries `(finding, kind)`, where the kinds are the lists of
            `backchat.knowledge.phrases.Measure`.
    """

    def __init__(self, times: Times, numbers: Numbers, cues: PhraseBook[tuple[str, str]]) -> None:
        self._times = times
        self._numbers = numbers
        self._cues = cues

    def find(self, message: Message) -> list[Measured]:
        """Every age, severity and week of pregnancy that the message gives."""
        cues = self._cues.find(message.doc)
        before = {(m.end, m.entry[0]): m.start for m in cues if m.entry[1] == "before"}
        after = {(m.start, m.entry[0]): m.end for m in cues if m.entry[1] == "after"}
        soon = {(m.end, m.entry[0]) for m in cues if m.entry[1] == "soon"}
        against = {(m.start, m.entry[0]) for m in cues if m.entry[1] == "not_after"}
        not_from = {(m.end, m.entry[0]) for m in cues if m.entry[1] == "not_before"}
        before = {place: start for place, start in before.items() if place not in not_from}
        found: list[Measured] = []
        place = 0
        while place < len(message.tokens):
            decade = self._decade(message.tokens, place)
            amount = decade or self._numbers.at(message.tokens, place)
            if amount is None:
                place += 1
                continue
            measured = Measured("age", decade) if decade else self._measured(amount, before, after, against)
            if measured is None and (amount.start, "age") in soon and (amount.end, "age") not in against:
                measured = Measured(
                    "age", replace(amount, low=amount.low - 1, best=amount.best - 1, high=amount.high - 1)
                )
            if measured:
                found.append(measured)
            place = measured.amount.end if measured else amount.end
        return found

    def _measured(
        self,
        amount: Amount,
        before: Mapping[tuple[int, str], int],
        after: Mapping[tuple[int, str], int],
        against: set[tuple[int, str]],
    ) -> Measured | None:
        for finding in (measure.finding for measure in self._times.measures):
            start, end = before.get((amount.start, finding)), after.get((amount.end, finding))
            if end is not None or (start is not None and (amount.end, finding) not in against):
                return Measured(finding, replace(amount, end=end or amount.end))
        return None

    def _decade(self, tokens: Sequence[Token], place: int) -> Amount | None:
        """An age as in "my late 60s"."""
        word = tokens[place].word
        following = tokens[place + 1].word if place + 1 < len(tokens) else ""
        if word in self._times.decades:
            first, end = self._times.decades[word], place + 1
        elif (
            word.isdigit()
            and int(word) % DECADE == 0
            and DECADE < int(word) <= DECADE * DECADE
            and following == "s"
        ):
            first, end = int(word), place + 2
        else:
            return None
        before = [token.word for token in tokens[max(place - 3, 0) : place]]
        if "my" not in before:
            return None
        part = next((PARTS_OF_DECADE[b] for b in before if b in PARTS_OF_DECADE), (0, DECADE - 1))
        low, high = first + part[0], first + part[1]
        return Amount(low, (low + high) / 2, high, place, end)
