"""What the two layers say together of a reply.

What the network reads in a text goes along with the message, and is weighed where it is known what was asked.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from backchat.knowledge import Assertion, Finding, FindingKind, FindingSpec
from backchat.understanding.learned.examples import aspect
from backchat.understanding.replies import Reply

ASSERTIONS = (None, Assertion.PRESENT, Assertion.ABSENT, Assertion.UNSURE, Assertion.LONGSTANDING)
"""What the network tells apart for each aspect; None where nothing is said of it."""

ASKED = ("alone", "list")
"""Whether a reply is about one finding or about several."""

SURE = -5.0
"""The least logarithm of a probability that what a text says by itself brings into a reply."""

PRESENT, ABSENT, UNSURE = Assertion.PRESENT.value, Assertion.ABSENT.value, Assertion.UNSURE.value


@dataclass(frozen=True)
class Heard:
    """What the network reads in a text, in case that it is a reply.

    Attributes:
        told: How likely the text by itself says each of `ASSERTIONS` of an aspect, where it may tell it.
        rest: What it says of findings asked about that it does not name: for each of `ASKED` the evidence for
            each of `ASSERTIONS`, in logarithms.
        answers: How likely it is that it answers what it is a reply to.
    """

    told: Mapping[str, Sequence[float]]
    rest: Mapping[str, Sequence[float]]
    answers: float

    def as_dict(self) -> dict[str, Any]:
        """Gives the form in which it goes along with a message."""
        return asdict(self)

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any] | None) -> Heard | None:
        """Reads what `as_dict` gave; None where there is nothing."""
        return cls(entry["told"], entry["rest"], entry["answers"]) if entry else None

    def of(self, finding: str, number_asked: int) -> dict[str | None, float]:
        """Gives how likely each of `ASSERTIONS` is for a finding that was asked about."""
        rest = self.rest["alone" if number_asked == 1 else "list"]
        told = self.told.get(finding, (1.0, *[0.0] * (len(ASSERTIONS) - 1)))
        evidence = [
            max(math.log(max(p, math.exp(SURE))), SURE) + more for p, more in zip(told, rest, strict=True)
        ]
        highest = max(evidence)
        shares = [math.exp(e - highest) for e in evidence]
        total = sum(shares)
        return {
            None if assertion is None else assertion.value: share / total
            for assertion, share in zip(ASSERTIONS, shares, strict=True)
        }

    def of_value(self, name: str, value: str) -> float:
        """Gives how likely a text by itself tells a value."""
        told = self.told.get(aspect(name, value))
        return 1 - told[0] if told else 0.0


@dataclass(frozen=True)
class ReplyThresholds:
    """From which probability on the network counts in a reply.

    Attributes:
        take: It says something of a finding of which the rules read nothing.
        clear: The same, where it says that a red flag is not there.
        overrule: It says something else than the rules.
        overrule_presence: It says that what the rules read as there is not.
        pick: It sees a value of what was asked.
        answers: It holds a text for an answer of which the rules read nothing.
    """

    take: float = 0.5
    clear: float = 0.99
    overrule: float = 0.7
    overrule_presence: float = 0.9
    pick: float = 0.4
    answers: float = 0.5


class ReplySettling:
    """Joins what the rules and the network read in a reply.

    Args:
        specs: The vocabulary.
        red_flags: The findings that can make care urgent.
        thresholds: From which probability on the network counts.
    """

    def __init__(
        self,
        specs: Mapping[str, FindingSpec],
        red_flags: Collection[str],
        thresholds: ReplyThresholds | None = None,
    ) -> None:
        self._specs = specs
        self._red_flags = red_flags
        self._limits = thresholds or ReplyThresholds()

    def settle(self, text: str, reply: Reply, asked: Sequence[str], heard: Heard | None) -> Reply:
        """Says what a reply tells.

        Args:
            text: The reply.
            reply: What the rules read in it.
            asked: The findings asked about.
            heard: What the network reads in it; None where it has not read it.

        Returns:
            The reply with what both say together.
        """
        if heard is None or reply.exact or not asked:
            return reply
        kind = self._specs[asked[0]].kind
        by_id = {finding.id: finding for finding in reply.findings}
        if kind is FindingKind.NUMBER:
            return reply
        if kind is FindingKind.TRI:
            for name in asked:
                told = self._yes_or_no(text, name, by_id.get(name), heard.of(name, len(asked)))
                by_id.pop(name, None)
                if told is not None:
                    by_id[name] = told
        else:
            told = self._value(text, asked[0], by_id.get(asked[0]), heard)
            if told is not None:
                by_id[asked[0]] = told
        answered = any(name in by_id for name in asked) or (
            reply.answered and kind is not FindingKind.TRI and heard.answers >= self._limits.answers
        )
        return replace(reply, findings=tuple(by_id.values()), answered=answered)

    def _yes_or_no(
        self, text: str, name: str, read: Finding | None, likely: Mapping[str | None, float]
    ) -> Finding | None:
        value = max(likely, key=lambda assertion: likely[assertion])
        share, limits = likely[value], self._limits
        if read is None:
            least = limits.clear if value == ABSENT and name in self._red_flags else limits.take
            return Finding(name, value, text, 0, len(text)) if value and share >= least else None
        # Of a red flag the network may see more than the rules, and never less.
        if value == read.value or (name in self._red_flags and read.value != ABSENT and value != PRESENT):
            return replace(read, confirm=False)
        least = limits.overrule_presence if read.value == PRESENT else limits.overrule
        if share < least:
            return read
        return Finding(name, value, text, 0, len(text)) if value else None

    def _value(self, text: str, name: str, read: Finding | None, heard: Heard) -> Finding | None:
        spec = self._specs[name]
        seen = {value: heard.of_value(name, value) for value in spec.values}
        picked = [value for value in spec.values if seen[value] >= self._limits.pick]
        if not picked:
            return read
        if spec.kind is FindingKind.CHOICE:
            return read or Finding(name, max(picked, key=lambda v: seen[v]), text, 0, len(text))
        known = read.value if read is not None and isinstance(read.value, tuple) else ()
        values = tuple(dict.fromkeys((*known, *picked)))
        return Finding(name, values, text, 0, len(text)) if read is None else replace(read, value=values)
