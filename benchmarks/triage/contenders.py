"""Who triages on the same input: Backchat's interview, and whoever takes any red flag for an emergency."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

from backchat.knowledge import Assertion, Finding, FindingKind, Knowledge, load_phrases
from backchat.knowledge.models import Urgency
from backchat.screening.assessment import assess
from backchat.screening.interview import TRIES, next_step
from backchat.screening.record import merge, values_of, with_implied
from backchat.screening.triage import red_flags_of
from backchat.understanding import Understanding
from backchat.understanding.learned.labels import DAY_OF_WRITING
from benchmarks.triage.vignettes import Verdict, Vignette

THERE_OR_IN_DOUBT = (Assertion.PRESENT.value, Assertion.UNSURE.value)

Told = Callable[[Vignette], Iterable[Finding]]
"""What somebody who triages is told at first."""


def told_at_once(vignette: Vignette) -> Iterable[Finding]:
    """The findings that the person tells before any question."""
    return vignette.told


def everything(vignette: Vignette) -> Iterable[Finding]:
    """All that is true of the person, as if they had been asked for all of it."""
    return vignette.findings.values()


def read_by_phrases(knowledge: Knowledge) -> Told:
    """Makes ready what reads the opening: Backchat's phrases alone, so that no model is needed."""
    understanding = Understanding(load_phrases(knowledge.findings), knowledge.findings)
    return lambda vignette: understanding.read(vignette.opening, DAY_OF_WRITING)


class Contender(ABC):
    """Someone who triages.

    Attributes:
        name: The head of the column.
        told: What they are told at first.
    """

    def __init__(self, name: str, knowledge: Knowledge, told: Told) -> None:
        """Takes what it triages by."""
        self.name = name
        self._knowledge = knowledge
        self.told = told

    @abstractmethod
    def judge(self, vignette: Vignette) -> Verdict:
        """Triages one person."""


class Backchat(Contender):
    """The interview as it is held, with somebody who answers with findings instead of words."""

    def judge(self, vignette: Vignette) -> Verdict:
        """Asks until the interview is over, then decides."""
        knowledge, specs = self._knowledge, self._knowledge.findings
        record = with_implied(merge({}, self.told(vignette), 1, specs), specs)
        asked: dict[str, int] = {}
        while (step := next_step(knowledge, values_of(record, specs), asked)) is not None:
            reply = vignette.answer(step.findings, specs)
            record = with_implied(merge(record, reply, len(asked) + 2, specs, step.findings), specs)
            # As the conversation counts: what a person does not know is not asked again, nor a second asking.
            is_last = not reply or step.question.again
            asked[step.counted_as] = TRIES if is_last else asked.get(step.counted_as, 0) + 1
        result = assess(knowledge, record, asked)
        rules = tuple(rule.id for rule in result.rules)
        return Verdict(result.urgency, result.match.pattern.id, result.stage, rules, len(asked))


class AnyRedFlag(Contender):
    """Sends whoever tells a red flag to an emergency department, and everybody else home; asks nothing."""

    def judge(self, vignette: Vignette) -> Verdict:
        """Looks at nothing but what is told."""
        specs = self._knowledge.findings
        signs = {f for f in red_flags_of(self._knowledge.rules) if specs[f].kind is FindingKind.TRI}
        flagged = any(f.id in signs and f.value in THERE_OR_IN_DOUBT for f in self.told(vignette))
        return Verdict(Urgency.EMERGENCY if flagged else Urgency.SELF_CARE)


def contenders(knowledge: Knowledge) -> tuple[Contender, ...]:
    """Gives all of them, Backchat on findings first: both on findings, both on the words of the opening."""
    read = read_by_phrases(knowledge)
    return (
        Backchat("Backchat", knowledge, told_at_once),
        AnyRedFlag("any red flag", knowledge, everything),
        Backchat("Backchat, words", knowledge, read),
        AnyRedFlag("red flag, words", knowledge, read),
    )
