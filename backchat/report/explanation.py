"""An explanation as text, for whoever reviews a decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from backchat.knowledge.models import Assertion, Knowledge, Question, Urgency
from backchat.report.words import cite, in_words, name_of, value_of
from backchat.screening.conditions import Values, witnesses
from backchat.screening.explain import Change, Explanation, NearMiss, Weighed
from backchat.screening.record import Record, values_of

NOTHING, NO_RULE = "nothing", "no rule"
MOST_NEAR = 5
"""So many of the rules that come near are told."""
MOST_WAYS = 6
"""By so many rules it is told how another tier would be reached; the rest are counted."""
MOST_NAMED = 4
"""So many findings are named that would make a rule hold; the rest are counted."""
UNKNOWN_STEP = 0.1
"""What nobody knows of yet is as far as a number by a tenth of all that it can be."""


def explanation_text(knowledge: Knowledge, record: Record, explanation: Explanation) -> str:
    """Writes an explanation out.

    Args:
        knowledge: The clinical content.
        record: What is known.
        explanation: The explanation of the decision on that.

    Returns:
        The text, in sections with a heading each.
    """
    writer = _Writer(knowledge, values_of(record, knowledge.findings), explanation)
    sections = {
        f"{writer.state()}: {writer.tier()}": writer.result(),
        "What is known": writer.known(),
        "Why this urgent": writer.reasons(),
        "Why not more urgent": writer.higher(),
        "What would change it": writer.changes(),
        "The picture": writer.picture(),
        "What can add to it": writer.contributors(),
        "Sources": writer.sources(),
        "What would still be asked": writer.questions(),
    }
    return "\n\n".join(
        "\n".join((heading, *(f"  {line}" for line in lines))) for heading, lines in sections.items()
    )


class _Writer:
    """Writes each section of an explanation as lines."""

    def __init__(self, knowledge: Knowledge, values: Values, explanation: Explanation) -> None:
        self._knowledge = knowledge
        self._values = values
        self._told = explanation

    def state(self) -> str:
        return "So far" if self._told.due else "Result"

    def tier(self) -> str:
        return f"{self._knowledge.advice[self._told.urgency].title} ({self._told.urgency.value})"

    def result(self) -> Iterator[str]:
        if self._told.due:
            yield "Not final: more would be asked first (see the end)."
        elif self._told.urgency.is_emergency:
            yield "Final: an emergency is told at once, and nothing more is asked."
        else:
            yield "Final: nothing that could still be asked would change it."
        yield f"Clinical content {self._knowledge.version}"

    def known(self) -> Iterator[str]:
        yield from [self._name(finding) for finding in self._values] or [NOTHING]
        for finding, value in self._values.items():
            spec = self._knowledge.findings[finding]
            for other, hardly in spec.not_with.items() if value != Assertion.ABSENT.value else ():
                if self._values.get(other) == hardly:
                    yield f"To be asked: is {spec.words} right, with {self._name(other)}?"

    def reasons(self) -> Iterator[str]:
        for reason in self._told.reasons:
            rule = reason.rule
            kind = "decides" if reason in self._told.deciding else f"holds too, {rule.urgency.value}"
            yield f"{rule.id} ({kind}), pointing to {rule.condition}: {rule.why}"
            yield f"    rests on {self._names(reason.findings)}"
            yield f"    from {'; '.join(cite(self._knowledge.sources[source]) for source in rule.sources)}"
        if not self._told.reasons:
            yield "No rule holds."
        elif self._told.deciding:
            ids = ", ".join(reason.rule.id for reason in self._told.deciding)
            yield f"Why not less urgent: without {ids} it would be {self._told.otherwise.value}."

    def higher(self) -> Iterator[str]:
        if self._told.higher is None:
            yield "Nothing is more urgent."
            return
        urgency, reason = self._told.higher
        yield f"No rule of {urgency.value} holds."
        for miss in reason.near[:MOST_NEAR]:
            yield self._near_miss(miss)
        if reason.ruled_out:
            yield f"Known, and none of them calls for it: {self._names(reason.ruled_out)}"
        if reason.unknown:
            unknown = [self._knowledge.findings[finding].words for finding in reason.unknown]
            yield f"Not known: {'; '.join(unknown)}"

    def _near_miss(self, miss: NearMiss) -> str:
        start = f"{miss.rule.id} ({miss.rule.condition}) comes near with {self._names(miss.there)};"
        if miss.excuses:
            return f"{start} held back by {self._names(miss.excuses)}"
        return f"{start} it needs {in_words(self._knowledge.findings, miss.rule.when)}"

    def changes(self) -> Iterator[str]:
        """Tells, tier by tier from the nearest, by which rules a single finding would lead there."""
        now = self._told.urgency.rank
        for urgency in sorted(Urgency, key=lambda urgency: (abs(urgency.rank - now), -urgency.rank)):
            by_rules = self._by_rules(urgency)
            if by_rules:
                more = urgency.rank > now
                yield f"{'More' if more else 'Less'} urgent, {urgency.value}, with one of these alone:"
                yield from (f"    {name}: {_some(told)}" for name, told in by_rules[:MOST_WAYS])
                if rest := by_rules[MOST_WAYS:]:
                    count = sum(len(told) for _, told in rest)
                    yield f"    and {count} more, by {', '.join(name for name, _ in rest)}"
        if not any(change.urgency.rank < now for change in self._told.changes):
            yield "No other value of a single finding makes it less urgent."

    def _by_rules(self, urgency: Urgency) -> list[tuple[str, list[str]]]:
        """Sorts the changes that lead to a tier by the rule that would decide first.

        The rules to which most of what is known already contributes come first, then those that need the
        smallest change.
        """
        ways: dict[str, list[Change]] = {}
        for change in self._told.changes:
            if change.urgency is urgency:
                ways.setdefault(change.rules[0].id if change.rules else NO_RULE, []).append(change)
        rules = {rule.id: rule for rule in self._knowledge.rules}

        def farness(name: str) -> tuple[int, float]:
            there = witnesses(rules[name].when, self._values) if name in rules else ()
            return -len(there), min(map(self._step, ways[name]))

        return [(name, self._named(ways[name])) for name in sorted(ways, key=farness)]

    def _step(self, change: Change) -> float:
        """Measures how far a change is: nothing for what is known otherwise, and for a number its way."""
        spec, now = self._knowledge.findings[change.finding], self._values.get(change.finding)
        if now is None:
            return UNKNOWN_STEP
        if not isinstance(now, (int, float)) or not isinstance(change.value, (int, float)):
            return 0.0
        return abs(change.value - now) / ((spec.maximum or 0.0) - (spec.minimum or 0.0))

    def _named(self, changes: Iterable[Change]) -> list[str]:
        """Names changes, the values of one finding together."""
        values: dict[str, dict[str, None]] = {}
        for change in changes:
            values.setdefault(change.finding, {})[self._value(change)] = None
        return [self._change(finding, list(being)) for finding, being in values.items()]

    def _value(self, change: Change) -> str:
        """Says what a finding would be; of a set only what is new, or gone."""
        spec, now = self._knowledge.findings[change.finding], self._values.get(change.finding)
        if isinstance(change.value, tuple) and isinstance(now, tuple):
            added = tuple(value for value in change.value if value not in now)
            gone = tuple(value for value in now if value not in change.value)
            return value_of(spec, added) if added else f"without {value_of(spec, gone)}"
        return value_of(spec, change.value)

    def _change(self, finding: str, values: Sequence[str]) -> str:
        spec, now = self._knowledge.findings[finding], self._values.get(finding)
        known = f", now {value_of(spec, now)}" if now is not None else ""
        return f"{spec.words}: {' or '.join(values)}{known}"

    def picture(self) -> Iterator[str]:
        match = self._told.match
        named = [reason.rule.id for reason in self._told.reasons if reason.rule.id in match.pattern.rules]
        by_rule = f", named by {', '.join(named)}" if named else ""
        yield f"{match.pattern.name} ({match.pattern.id}): {match.strength}, weight {match.score}{by_rule}"
        for heading, sign in (("For", 1), ("Against", -1)):
            weighed = [
                self._weighed(entry) for entry in self._told.evidence if entry.evidence.weight * sign > 0
            ]
            yield f"{heading}: {'; '.join(weighed) or NOTHING}"
        rivals = [
            f"{rival.pattern.id} ({rival.strength}, weight {rival.score})" for rival in self._told.rivals
        ]
        yield f"It also fits: {', '.join(rivals) or NOTHING}"

    def _weighed(self, entry: Weighed) -> str:
        return f"{entry.evidence.weight:+d} {self._names(entry.findings)}"

    def contributors(self) -> Iterable[str]:
        labels = self._knowledge.findings["lifestyle"].labels
        return [labels[habit] for habit in self._told.contributors] or [f"{NOTHING} that is known"]

    def sources(self) -> Iterable[str]:
        return map(cite, self._told.sources)

    def questions(self) -> Iterator[str]:
        yield from map(_question, self._told.due)
        if self._told.later:
            yield f"Depending on the answers also: {', '.join(question.id for question in self._told.later)}"
        if not self._told.due:
            yield NOTHING

    def _name(self, finding: str) -> str:
        return name_of(self._knowledge.findings[finding], self._values[finding])

    def _names(self, findings: Iterable[str]) -> str:
        return "; ".join(self._name(finding) for finding in findings)


def _some(told: Sequence[str]) -> str:
    """Names the first of some changes, and counts the others."""
    more = len(told) - MOST_NAMED
    return "; ".join([*told[:MOST_NAMED], *([f"and {more} more"] if more > 0 else [])])


def _question(question: Question) -> str:
    return f"{question.id}: {question.text}"
