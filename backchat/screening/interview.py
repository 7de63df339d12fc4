"""What to ask next, given what is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backchat.knowledge.models import (
    FALLBACK_PATTERN,
    Assertion,
    Condition,
    Evidence,
    FindingValue,
    Knowledge,
    Pattern,
    Question,
    Rule,
    Urgency,
)
from backchat.screening.conditions import Values, holds, open_findings
from backchat.screening.guidance import fits
from backchat.screening.patterns import Match, all_matches, best_of
from backchat.screening.record import Vague
from backchat.screening.triage import fired, urgency_of

MOST_QUESTIONS = 16
"""No conversation asks more questions than this, the opening included."""

MOST_CONFIRMED = 4
"""So many findings are asked about one by one; with more, no room would be left for the red flags."""

TRIES = 3
"""How often one question is put before its answer is left open."""

TRIES_AGAIN = 2
"""The same for a second asking, and for one that confirms what a message may have told."""

CLOSE = 2
"""Pictures whose weights differ by no more than this are worth a question."""

WHO = frozenset({"subject", "sex", "age", "country"})
"""What tells who somebody is, and nothing of the pain."""

Asked = Mapping[str, int]
"""The questions that have been put, each with how many replies to it have been heard."""


@dataclass(frozen=True)
class Step:
    """The next question.

    Attributes:
        question: The question.
        findings: What it is still about: the findings of the question that are not known yet.
        asked: How many different questions have been put before.
        at_most: The most questions there can be altogether.
    """

    question: Question
    findings: tuple[str, ...]
    asked: int
    at_most: int

    @property
    def counted_as(self) -> str:
        """The name under which `Asked` counts it."""
        return counted_as(self.question, self.findings)


def next_step(
    knowledge: Knowledge, values: Values, asked: Asked, unconfirmed: Sequence[str] = ()
) -> Step | None:
    """Decides what to ask next.

    What the person may have told comes first, then the emergencies, as the order of the questions has them. A
    question is asked only while it can still change the urgency, the picture on which the care hangs, or care
    that asks first, or while every screening must have put it. Once an emergency is known, it is told, and
    nothing is asked any more, unless all that it rests on has been denied since.

    Args:
        knowledge: The clinical content.
        values: What is known.
        asked: The questions put so far.
        unconfirmed: The findings that the person may have told, or has both told and denied, and that nobody
            has asked them about.

    Returns:
        The next question, or None when the screening is complete: nothing that is missing could matter, or
        what is known is an emergency already.
    """
    rules = fired(knowledge.rules, values)
    if urgency_of(rules).is_emergency and not _rests_on_disputed(knowledge.rules, values, unconfirmed):
        return None
    confirming = _confirming(knowledge.questions, unconfirmed)
    unput = [step for step in confirming if counted_as(*step) not in asked]
    count = len(asked) + len(unput)
    possible, askable = _possible(knowledge.questions, values, asked)
    matters = _findings_that_matter(knowledge, rules, values, possible, askable)
    wanted = _wanted(possible, values, asked, matters)
    new = _within([q for q in wanted if q.id not in asked], values, MOST_QUESTIONS - count)
    at_most = count + len(new)
    for question, findings in confirming:
        return Step(question, findings, len(asked), at_most)
    for question in wanted:
        if (question.id in asked or question in new) and _is_due(question, values, askable):
            return Step(question, missing(question, values), len(asked), at_most)
    return None


def open_questions(
    knowledge: Knowledge, values: Values, asked: Asked
) -> tuple[list[Question], list[Question]]:
    """Lists all that can still be asked.

    Args:
        knowledge: The clinical content.
        values: What is known.
        asked: The questions put so far.

    Returns:
        The questions that would be put as things stand, and those that further answers can call for. Both are
        empty when the screening is complete.
    """
    rules = fired(knowledge.rules, values)
    if urgency_of(rules).is_emergency:
        return [], []
    possible, askable = _possible(knowledge.questions, values, asked)
    matters = _findings_that_matter(knowledge, rules, values, possible, askable)
    wanted = _wanted(possible, values, asked, matters)
    new = _within([q for q in wanted if q.id not in asked], values, MOST_QUESTIONS - len(asked))
    left = [question for question in wanted if question.id in asked or question in new]
    due = [question for question in left if _is_due(question, values, askable)]
    later = [question for question in left if question not in due]
    return (due, later) if due else ([], [])


def _rests_on_disputed(rules: Sequence[Rule], values: Values, unconfirmed: Sequence[str]) -> bool:
    """Tells whether it would be no emergency without what the person has also denied."""
    undisputed = {finding: value for finding, value in values.items() if finding not in unconfirmed}
    return len(undisputed) < len(values) and not urgency_of(fired(rules, undisputed)).is_emergency


def counted_as(question: Question, findings: Sequence[str]) -> str:
    """Names a question as `Asked` counts it: one that confirms is another one for each finding."""
    return f"{question.id}:{findings[0]}" if question.confirms else question.id


def missing(question: Question, values: Values) -> tuple[str, ...]:
    """Lists what a question is still about: the unknown, or for a second asking the unsure and the vague."""
    if question.again:
        return tuple(f for f in question.findings if _in_doubt(values.get(f)))
    return tuple(finding for finding in shown(question, values) if finding not in values)


def shown(question: Question, values: Values) -> tuple[str, ...]:
    """Lists the findings of a question that can be so for this person."""
    conditions = question.shown_when
    return tuple(
        f for f in question.findings if f not in conditions or holds(conditions[f], values, askable=())
    )


def _in_doubt(value: FindingValue | None) -> bool:
    return value == Assertion.UNSURE.value or isinstance(value, Vague)


def tries_of(question: Question) -> int:
    """Tells how often a question is put before its answer is left open; so many replies close it."""
    return TRIES_AGAIN if question.again or question.confirms else TRIES


def _confirming(
    questions: Sequence[Question], unconfirmed: Sequence[str]
) -> list[tuple[Question, tuple[str, ...]]]:
    """Lists the questions that confirm what the person may have told, one for each finding."""
    return [(question, (f,)) for question in questions if question.confirms for f in unconfirmed]


def _possible(questions: Sequence[Question], values: Values, asked: Asked) -> tuple[list[Question], set[str]]:
    """Finds the questions that can still be put, and the findings that they can make known."""
    possible = [question for question in questions if _is_open(question, values, asked.get(question.id, 0))]
    while True:
        # A second asking makes nothing known of which the first could not have been unsure.
        made_known = Counter(f for q in possible if not q.again for f in missing(q, values))
        askable = set(made_known)
        still = [
            question
            for question in possible
            if _can_come(question, values, made_known)
            and not (question.again and not _can_be_in_doubt(question, values, askable))
        ]
        if len(still) == len(possible):
            return possible, askable
        possible = still


def _wanted(possible: Sequence[Question], values: Values, asked: Asked, matters: set[str]) -> list[Question]:
    """Keeps the questions that can still change something, and those that every screening puts."""
    return [
        question
        for question in possible
        if question.id in asked
        or question.always
        or question.again
        or matters.intersection(missing(question, values))
    ]


def _can_come(question: Question, values: Values, made_known: Mapping[str, int]) -> bool:
    """Tells whether the condition of a question can still hold: by the answers to others, not by its own."""
    if question.when is None:
        return True
    own = missing(question, values)
    others = {finding for finding, times in made_known.items() if times > 1 or finding not in own}
    return holds(question.when, values, others) is not False


def _can_be_in_doubt(question: Question, values: Values, askable: set[str]) -> bool:
    return any(_in_doubt(values.get(finding)) or finding in askable for finding in question.findings)


def _is_open(question: Question, values: Values, replies: int) -> bool:
    if question.confirms:
        return False
    if not question.findings:
        return values.keys() <= WHO and replies == 0
    # A second asking can come while anything may still turn out unsure; once answered it never returns.
    return replies < tries_of(question) and (question.again or bool(missing(question, values)))


def _is_due(question: Question, values: Values, askable: set[str]) -> bool:
    """Tells whether a question can be put now: its condition holds and there is something to ask about."""
    if question.when is not None and not holds(question.when, values, askable):
        return False
    return not question.findings or bool(missing(question, values))


def _findings_that_matter(
    knowledge: Knowledge,
    rules: Sequence[Rule],
    values: Values,
    possible: Sequence[Question],
    askable: set[str],
) -> set[str]:
    """Collects the findings whose answer can still change the urgency, the picture, or care that asks first.

    With a question that asks for one of them, the findings matter on which it hangs whether it is asked.
    """
    urgency = urgency_of(rules)
    conditions = [rule.when for rule in knowledge.rules if rule.urgency.rank > urgency.rank]
    if urgency.rank < Urgency.CONSULTATION_24.rank:
        matches = all_matches(knowledge.patterns, rules, values)
        best = best_of(matches, rules, values)
        conditions += _conditions_of_the_picture(
            knowledge, matches, best, rules, values=values, askable=askable
        )
        conditions += _conditions_of_the_care(knowledge, urgency, best, values, askable)
    matters = {f for condition in conditions for f in open_findings(condition, values, askable)}
    gates = [(question, question.when) for question in possible if question.when is not None]
    while True:
        opening = {
            finding
            for question, gate in gates
            if matters.intersection(missing(question, values))
            for finding in open_findings(gate, values, askable)
        }
        if opening <= matters:
            return matters
        matters |= opening


def _conditions_of_the_picture(
    knowledge: Knowledge,
    matches: Sequence[Match],
    best: Match,
    rules: Sequence[Rule],
    *,
    values: Values,
    askable: set[str],
) -> list[Condition]:
    """Lists the conditions that can still make another pattern the best one.

    These are the rules that name a pattern, and the evidence for and against the patterns that are close.
    """
    if {rule.id for rule in rules}.intersection(best.pattern.rules):
        return []
    naming = {name for pattern in knowledge.patterns for name in pattern.rules}
    conditions = [rule.when for rule in knowledge.rules if rule.id in naming]
    score = 0 if best.pattern.id == FALLBACK_PATTERN else best.score
    rivals = []
    for match in matches:
        if match == best or match.score < score - CLOSE:
            continue
        still_open = _still_open(match.pattern, values, askable)
        within_reach = match.score + sum(evidence.weight for evidence in still_open if evidence.weight > 0)
        if within_reach >= max(match.pattern.possible, score + 1):
            rivals.append(still_open)
    if rivals:
        own = _still_open(best.pattern, values, askable)
        conditions += [evidence.when for evidences in (own, *rivals) for evidence in evidences]
    return conditions


def _still_open(pattern: Pattern, values: Values, askable: set[str]) -> list[Evidence]:
    """Lists the evidence for and against a pattern of which nothing is certain yet."""
    return [evidence for evidence in pattern.evidence if holds(evidence.when, values, askable) is None]


def _conditions_of_the_care(
    knowledge: Knowledge, urgency: Urgency, best: Match, values: Values, askable: set[str]
) -> list[Condition]:
    """Lists the conditions of care that is only told once something has been asked for it."""
    return [
        care.when
        for care in knowledge.care
        if care.when is not None
        and fits(care, urgency, best.pattern.id)
        and care.asks in open_findings(care.when, values, askable)
    ]


def _within(questions: Sequence[Question], values: Values, room: int) -> list[Question]:
    """Keeps as many questions as there is room for: first those of every screening, and second askings.

    For a second asking no room is kept before there is doubt, or it would stay empty where none arises.
    """

    def can_wait(question: Question) -> bool:
        return not (question.always or (question.again and missing(question, values)))

    return sorted(questions, key=can_wait)[: max(room, 0)]
