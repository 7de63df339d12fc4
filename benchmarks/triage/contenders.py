"""Who triages: Backchat's interview, and whoever takes any red flag for an emergency."""

from __future__ import annotations

from abc import ABC, abstractmethod

from backchat.knowledge import Assertion, FindingKind, Knowledge, load_phrases
from backchat.knowledge.models import Urgency
from backchat.screening.assessment import assess
from backchat.screening.interview import TRIES, next_step
from backchat.screening.record import merge, values_of
from backchat.screening.triage import red_flags_of
from backchat.understanding import Understanding
from backchat.understanding.learned.labels import DAY_OF_WRITING
from benchmarks.triage.vignettes import Verdict, Vignette

THERE_OR_IN_DOUBT = (Assertion.PRESENT.value, Assertion.UNSURE.value)


class Contender(ABC):
    """Someone who triages."""

    name: str

    @abstractmethod
    def judge(self, vignette: Vignette) -> Verdict:
        """Triages one person."""


class Backchat(Contender):
    """The interview as it is held, with somebody who tells findings instead of writing words."""

    name = "Backchat"

    def __init__(self, knowledge: Knowledge) -> None:
        """Takes the clinical content."""
        self._knowledge = knowledge

    def judge(self, vignette: Vignette) -> Verdict:
        """Asks until the interview is over, then decides."""
        knowledge, specs = self._knowledge, self._knowledge.findings
        record = merge({}, vignette.told, 1, specs)
        asked: dict[str, int] = {}
        while (step := next_step(knowledge, values_of(record, specs), asked)) is not None:
            reply = vignette.answer(step.findings, specs)
            record = merge(record, reply, len(asked) + 2, specs, step.findings)
            # As the conversation counts: what a person does not know is not asked again.
            asked[step.counted_as] = asked.get(step.counted_as, 0) + 1 if reply else TRIES
        result = assess(knowledge, record, asked)
        rules = tuple(rule.id for rule in result.rules)
        return Verdict(result.urgency, result.match.pattern.id, result.stage, rules, len(asked))


class AnyRedFlag(Contender):
    """Sends whoever names a red flag to an emergency department, and everybody else home."""

    name = "any red flag"

    def __init__(self, knowledge: Knowledge) -> None:
        """Makes ready the phrases, which alone read the openings."""
        self._understanding = Understanding(load_phrases(knowledge.findings), knowledge.findings)
        yes_no = {name for name, spec in knowledge.findings.items() if spec.kind is FindingKind.TRI}
        self._red_flags = yes_no & red_flags_of(knowledge.rules)

    def judge(self, vignette: Vignette) -> Verdict:
        """Reads nothing but the opening."""
        read = self._understanding.read(vignette.opening, DAY_OF_WRITING)
        flagged = any(f.id in self._red_flags and f.value in THERE_OR_IN_DOUBT for f in read)
        return Verdict(Urgency.EMERGENCY if flagged else Urgency.SELF_CARE)
