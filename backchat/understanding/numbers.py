"""Numbers in digits and words, with the range that the words leave open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from backchat.knowledge.phrases import Times
from backchat.understanding.normalise import Token

HALF = 0.5
TEN = 10
HUNDRED = 100


@dataclass(frozen=True)
class Amount:
    """A number and its place among the tokens.

    Attributes:
        low: The lowest that the words allow.
        best: The likeliest.
        high: The highest that they allow.
    """

    low: float
    best: float
    high: float
    start: int
    end: int

    @property
    def exact(self) -> bool:
        """Whether the words leave no range."""
        return self.low == self.high


class Numbers:
    """Reads numbers at a given place."""

    def __init__(self, times: Times) -> None:
        self._words = times.numbers
        self._vague = times.vague

    def at(self, tokens: Sequence[Token], start: int) -> Amount | None:
        """The number that begins at token `start`: "3", "twenty five", "3-4", "a couple of"."""
        one = self._single(tokens, start)
        if one is None:
            return None
        joiner = tokens[one.end].norm if one.end < len(tokens) else ""
        between = start > 0 and tokens[start - 1].word == "between"
        if one.exact and (joiner in ("-", "to", "or") or (joiner == "and" and between)):
            other = self._single(tokens, one.end + 1)
            if other and other.exact and other.best > one.best:
                return Amount(one.low, (one.best + other.best) / 2, other.high, start, other.end)
        words = [token.word for token in tokens[one.end : one.end + 2]]
        if words == ["or", "so"] or words[:1] == ["ish"]:
            return replace(one, end=one.end + (1 if words[0] == "ish" else 2))
        return one

    def is_vague(self, tokens: Sequence[Token], start: int) -> bool:
        """Whether the number that begins at token `start` is no more than a word such as "some"."""
        return self._vague_at(tokens, start) is not None

    def _single(self, tokens: Sequence[Token], start: int) -> Amount | None:
        vague = self._vague_at(tokens, start)
        if vague:
            return vague
        value, end = self._value(tokens, start)
        if value is None:
            return None
        words = [token.word for token in tokens[end : end + 3]]
        if words in (["and", "a", "half"], ["1", "/", "2"]):
            value, end = value + HALF, end + 3
        elif words[:1] == ["½"]:
            value, end = value + HALF, end + 1
        return Amount(value, value, value, start, end)

    def _vague_at(self, tokens: Sequence[Token], start: int) -> Amount | None:
        end = start + 1 if start < len(tokens) and tokens[start].word in ("a", "the") else start
        if end < len(tokens) and tokens[end].word in self._vague:
            low, best, high = self._vague[tokens[end].word]
            end += 1
            if end < len(tokens) and tokens[end].word == "of":
                end += 1
            return Amount(low, best, high, start, end)
        return None

    def _value(self, tokens: Sequence[Token], start: int) -> tuple[float | None, int]:
        if start >= len(tokens):
            return None, start
        number = tokens[start].number
        if number is not None:
            return number, start + 1
        total, end = 0.0, start
        while end < len(tokens):
            word = tokens[end].word
            value = self._words.get(word, self._words.get(word.removesuffix("ish")))
            if value is None and tokens[end].word == "-" and end > start:
                following = self._words.get(tokens[end + 1].word) if end + 1 < len(tokens) else None
                if following is None or not _joins(total, following):
                    break
            elif value is None:
                break
            elif end == start:
                total = value
            elif value == HUNDRED and total < TEN:
                total *= value
            elif _joins(total, value):
                total += value
            else:
                break
            end += 1
        return (None, start) if end == start else (total, end)


def is_of_ten(tokens: Sequence[Token], end: int) -> bool:
    """Tells whether what follows a number makes it a strength: "4/10", "4 out of ten".

    Args:
        tokens: Those of a message.
        end: The token after the number.
    """
    words = [token.word for token in tokens[end : end + 3]]
    return words in (["out", "of", "10"], ["out", "of", "ten"]) or words[:2] == ["/", "10"]


def _joins(tens: float, ones: float) -> bool:
    """Whether two number words make one number, as "twenty" and "five" do."""
    return tens % HUNDRED >= 2 * TEN and tens % TEN == 0 and 1 <= ones < TEN
