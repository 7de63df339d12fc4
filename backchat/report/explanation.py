"""An explanation as text, for whoever reviews a decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from backchat.knowledge.models import Knowledge, Question, Urgency
from backchat.report.words import cite, in_words, name_of, value_of
from backchat.screening.conditions import Values
from backchat.screening.explain import Change, Explanation, NearMiss, Weighed
from backchat.screening.record import Record, values_of

NOTHING = "nothing"
MOST_NEAR = 5
"""So many of the rules that come near are told."""


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
        f"Result: {writer.tier()}": writer.result(),
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

    def known(self) -> Iterable[str]:
        return [self._name(finding) for finding in self._values] or [NOTHING]

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
        for urgency in Urgency:
            there = [change for change in self._told.changes if change.urgency is urgency]
            if there:
                more = urgency.rank > self._told.urgency.rank
                yield f"{'More' if more else 'Less'} urgent, {urgency.value}, with one of these alone:"
                yield from (f"    {self._change(change)}" for change in there)
        if not any(change.urgency.rank < self._told.urgency.rank for change in self._told.changes):
            yield "No other value of a single finding makes it less urgent."

    def _change(self, change: Change) -> str:
        spec, now = self._knowledge.findings[change.finding], self._values.get(change.finding)
        instead = f", now {value_of(spec, now)}" if now is not None else ""
        rules = ", ".join(rule.id for rule in change.rules) or "no rule"
        return f"{name_of(spec, change.value)}{instead} [{rules}]"

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


def _question(question: Question) -> str:
    return f"{question.id}: {question.text}"
