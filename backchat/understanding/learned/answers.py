"""What rules and network say together of a reply; the network reads it beside each option of its question."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from backchat.knowledge import Assertion, Finding, FindingKind, FindingSpec
from backchat.understanding.replies import Reply

ASSERTIONS = (None, Assertion.PRESENT, Assertion.ABSENT, Assertion.UNSURE, Assertion.LONGSTANDING)
"""What the network tells apart for each aspect and option; None where nothing is said of it."""

PLACES = frozenset({"region", "radiation", "side"})
"""What tells where something is."""

PRESENT, ABSENT, UNSURE = Assertion.PRESENT.value, Assertion.ABSENT.value, Assertion.UNSURE.value


class Beside(NamedTuple):
    """What the network reads in a reply.

    Attributes:
        told: For each option how likely the reply says each of `ASSERTIONS` of it.
        answers: How likely it is that it answers anything that was asked.
    """

    told: Mapping[str, Mapping[str | None, float]]
    answers: float


class ReadsReplies(Protocol):
    """Reads replies beside the options of their question."""

    def beside(self, text: str, options: Mapping[str, str]) -> Beside:
        """Says what a reply tells of each option.

        Args:
            text: The reply.
            options: The words of each option, in the order in which they were shown.
        """


@dataclass(frozen=True)
class ReplyThresholds:
    """From which probability on the network counts in a reply.

    Attributes:
        take: It says something of a finding of which the rules read nothing; below `overrule` it has to be
            confirmed that a red flag is there.
        unnamed: It says something else of what the rules only read as a part of all or of the rest.
        clear: The same, where it says that a red flag is not there; if the rules read it, it is asked again.
        overrule: It says something else than the rules.
        pick: It sees a value of what was asked.
        denies: It denies what the text by itself seems to tell.
        answers: It holds a text for an answer; below, what it reads does not count.
    """

    take: float = 0.95
    unnamed: float = 0.97
    clear: float = 0.999
    overrule: float = 0.995
    pick: float = 0.8
    denies: float = 0.1
    answers: float = 0.2


class ReplySettling:
    """Joins what the rules and the network read in a reply.

    Args:
        specs: The vocabulary.
        red_flags: The findings that can make care urgent.
        network: Reads the replies; without it the rules alone count.
        thresholds: From which probability on the network counts.
        tells_outright: Tells of what the rules read whether its words leave the network no say.
    """

    def __init__(
        self,
        specs: Mapping[str, FindingSpec],
        red_flags: Collection[str],
        network: ReadsReplies | None,
        thresholds: ReplyThresholds | None = None,
        tells_outright: Callable[[Finding], bool] = lambda _: False,
    ) -> None:
        self._specs = specs
        self._red_flags = red_flags
        self._network = network
        self._tells_outright = tells_outright
        self._limits = thresholds or ReplyThresholds()

    def settle(
        self,
        text: str,
        reply: Reply,
        asked: Sequence[str],
        options: Mapping[str, str],
        seen: Mapping[str, Finding] | None = None,
        *,
        otherwise: Sequence[Finding] = (),
    ) -> Reply:
        """Says what a reply tells.

        Args:
            text: The reply.
            reply: What the rules read in it.
            asked: The findings asked about.
            options: The labels shown: by finding for a checklist, by value for a choice or set.
            seen: Red flags that the text may tell, whatever was asked: where they were asked about, they are
                told, unless the reply rather denies them.
            otherwise: Values that are all that the text tells, where it tells nothing else: what the network
                alone sees in their words does not count.

        Returns:
            The reply with what both say together.
        """
        if reply.exact or not asked:
            return reply
        if otherwise:
            return _without_the_rest(_without_likely(reply, asked, otherwise), asked)
        kind = self._specs[asked[0]].kind
        if self._network is None or kind is FindingKind.NUMBER:
            if kind is FindingKind.TRI and len(asked) > 1 and reply.strays:
                reply = _without_stray_denial(reply, reply, asked)
            return _without_the_rest(reply, asked)
        if kind is FindingKind.TRI:
            options = {name: options.get(name, self._specs[name].words) for name in asked}
        read = self._network.beside(text, options)
        answers = read.answers >= self._limits.answers
        by_id = {finding.id: finding for finding in reply.findings}
        for name in asked if answers else ():
            known = by_id.pop(name, None)
            if kind is FindingKind.TRI:
                known = known or self._confirmed((seen or {}).get(name), read.told[name])
                told = self._yes_or_no(text, name, known, read.told[name], name in reply.unnamed)
            else:
                told = (
                    known if known and reply.complete else self._value(text, name, known, read, reply.apart)
                )
            if told is not None:
                by_id[name] = told
        not_known = reply.answered and kind is not FindingKind.TRI and answers
        answered = not_known or any(name in by_id for name in asked)
        settled = replace(reply, findings=tuple(by_id.values()), answered=answered)
        if kind is FindingKind.TRI and len(asked) > 1 and reply.strays:
            settled = _without_stray_denial(settled, reply, asked)
        return _without_the_rest(settled, asked)

    def _confirmed(self, seen: Finding | None, likely: Mapping[str | None, float]) -> Finding | None:
        """What a text may tell, where it answers the question about it."""
        if seen is None or likely[ABSENT] >= self._limits.denies:
            return None
        doubted = likely[UNSURE] > likely[PRESENT]
        return replace(seen, value=UNSURE if doubted else seen.value, confirm=False)

    def _yes_or_no(
        self,
        text: str,
        name: str,
        read: Finding | None,
        likely: Mapping[str | None, float],
        is_unnamed: bool,
    ) -> Finding | None:
        value = max(likely, key=lambda assertion: likely[assertion])
        share, limits = likely[value], self._limits
        if read is not None and read.value == ABSENT and self._tells_outright(read):
            return read
        if read is not None and is_unnamed and 1 - likely[str(read.value)] >= limits.unnamed:
            read = None
        if read is None:
            least = limits.clear if value == ABSENT and name in self._red_flags else limits.take
            # "Heat" may be a fever, and a stumble a serious fall: where no phrase says so, the person does.
            doubtful = value == PRESENT and name in self._red_flags and share < limits.overrule
            told = Finding(name, value or "", text, 0, len(text), confirm=doubtful)
            return told if value and share >= least else None
        if value == ABSENT and read.value == PRESENT and name in self._red_flags and share >= limits.clear:
            return None  # One of the two is wrong, so it is asked again.
        # Else the network may see more of a red flag than the rules, and never less.
        if value == read.value or (name in self._red_flags and read.value != ABSENT and value != PRESENT):
            return replace(read, confirm=False)
        if share < limits.overrule:
            return read
        return Finding(name, value, text, 0, len(text)) if value else None

    def _value(
        self, text: str, name: str, read: Finding | None, beside: Beside, apart: Collection[str]
    ) -> Finding | None:
        spec = self._specs[name]
        seen = {value: likely[PRESENT] for value, likely in beside.told.items()}
        picked = [v for v in seen if seen[v] >= self._limits.pick and v not in apart]
        if not picked:
            return read
        if spec.kind is FindingKind.CHOICE:
            return read or Finding(name, max(picked, key=lambda v: seen[v]), text, 0, len(text))
        known = read.value if read is not None and isinstance(read.value, tuple) else ()
        values = tuple(dict.fromkeys((*known, *picked)))
        return Finding(name, values, text, 0, len(text)) if read is None else replace(read, value=values)


def _without_stray_denial(settled: Reply, reply: Reply, asked: Sequence[str]) -> Reply:
    """Leaves out what a mere "no" denies of a list beside other words: it may be about those."""
    named = {finding.id for finding in reply.findings} - reply.unnamed
    kept = tuple(f for f in settled.findings if f.id not in asked or f.value != ABSENT or f.id in named)
    return replace(settled, findings=kept, answered=any(f.id in asked for f in kept))


def _without_likely(reply: Reply, asked: Sequence[str], otherwise: Sequence[Finding]) -> Reply:
    """Leaves out the signs that words may tell by which something else is told: "I've put weight on".

    A place may be where a sign is, so that it is asked about.
    """
    elsewhere = [f for f in otherwise if f.id not in PLACES]

    def is_likely(sign: Finding) -> bool:
        within = any(other.start < sign.end and sign.start < other.end for other in elsewhere)
        return sign.id in asked and sign.confirm and within

    kept = tuple(finding for finding in reply.findings if not is_likely(finding))
    return replace(reply, findings=kept, answered=any(f.id in asked for f in kept))


def _without_the_rest(reply: Reply, asked: Sequence[str]) -> Reply:
    """Leaves out what is said of the rest, where nobody understood what is not a part of it."""
    if not reply.excepts or any(f.id in asked and f.value != ABSENT for f in reply.findings):
        return reply
    kept = tuple(f for f in reply.findings if f.id not in reply.unnamed)
    return replace(reply, findings=kept, answered=any(f.id in asked for f in kept))
