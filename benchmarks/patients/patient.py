"""One patient, who tells what is so in their own words, and not always at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from backchat.knowledge import FindingKind, FindingValue, Knowledge
from backchat.screening.triage import fired, urgency_of
from benchmarks.patients.people import ABSENT, HARD_INJURIES, OLD, PRESENT, UNSURE, Truth
from benchmarks.patients.words import Voice

GREETS, IS_VAGUE, NAMES_THE_PLACE, DENIES = 0.1, 0.1, 0.85, 0.12
"""How often the first message is only a greeting or an empty complaint, names the place, denies something."""
TOLD_AT_ONCE = (0, 1, 1, 2, 2, 3, 4)
CLICKS, COUNTS = 0.3, 0.15
"""How often an option is clicked, and picked by its number."""
NAMES_THE_REST, ADDS, SAYS_MORE = 0.4, 0.05, 0.2
DIGRESSES, TAKES_A_BREAK, GOES_ON_AT_ONCE = 0.12, 0.02, 0.5
DOUBTS, DOUBTS_FIRST = 0.01, 0.05
"""How often "not sure" stands in the place of an answer: for good, and where it is asked once more."""
ERRS, CLAIMS, CORRECTS, CORRECTS_FROM_THE_LIST = 0.05, 0.3, 0.5, 0.2
"""How often something wrong is told, and of lists something that is not there; and how it is put right."""
HOURS_OF_A_BREAK = 1.0
NEVER_CLAIMED = ("pain_in_waves_to_groin", "suicidal_thoughts", "suicidal_plan", "overdose")
"""Whoever claims the first tells where it hurts as well; and the others are never quite taken back."""

INJURIES = frozenset({"fall", *HARD_INJURIES})
"""Whoever tells that it began with one of these tells of an injury in the same words."""

DIGRESSIONS = {
    "why": 3,
    "question": 3,
    "progress": 2,
    "meaning": 1,
    "chat": 2,
    "hesitation": 3,
    "summary": 1,
    "pause": 2,
}
CHANGE, KEEP, NONE = "change", "keep", "none"

Form = Mapping[str, Any]
"""A question as the contract has it."""


@dataclass(frozen=True)
class Message:
    """What a patient writes.

    Attributes:
        hours_later: How long they have been away before.
    """

    text: str
    hours_later: float = 0.0


class Patient:
    """A simulated patient.

    Attributes:
        told: What they have told, as they want it to be taken in the end; nothing where they said that they
            don't know.
        errors: The findings that they told wrongly and have not put right yet.

    Args:
        truth: All that is so.
        voice: How they speak.
        knowledge: The clinical content, to know which question a finding belongs to.
        random: What is drawn from.
    """

    def __init__(self, truth: Truth, voice: Voice, knowledge: Knowledge, random: Random) -> None:
        self.told: dict[str, FindingValue | None] = {}
        self.errors: list[str] = []
        self._truth = truth
        self._voice = voice
        self._knowledge = knowledge
        self._random = random
        self._question: Form | None = None
        self._digressed = False
        self._changing = ""

    def opening(self) -> Message:
        """Begins the conversation."""
        phrases = self._voice.vocabulary
        if self._happens(GREETS):
            return self._write(self._voice.one(phrases.openings))
        if self._happens(IS_VAGUE):
            return self._write(self._voice.one(phrases.vague))
        greeting = [self._voice.one(phrases.openings)] if self._happens(GREETS) else []
        return self._write(". ".join([*greeting, self._complaint(self._happens(NAMES_THE_PLACE))]))

    def answer(self, question: Form | None) -> Message:
        """Says something to what was said last.

        Args:
            question: What is asked; nothing after a pause, or where no question was put.
        """
        if question is None:
            self._digressed = True
            if self._question is None or not self._happens(GOES_ON_AT_ONCE):
                return self._write(self._voice.one(self._voice.vocabulary.interruptions["back"]))
            return self._reply(self._question)
        self._question = question
        if question["id"] != CHANGE and self._changing not in question["findings"]:
            self._changing = ""
        if self.errors and not self._changing and self._happens(CORRECTS):
            return self.correction()
        if not self._digressed and not self._changing and self._happens(DIGRESSES):
            self._digressed = True
            kind = self._random.choices(list(DIGRESSIONS), list(DIGRESSIONS.values()))[0]
            return self._write(self._voice.one(self._voice.vocabulary.interruptions[kind]))
        self._digressed = False
        return self._reply(question)

    def correction(self) -> Message:
        """Puts right something that was told wrongly, in words or from the list of answers."""
        self._changing = finding = self.errors[0]
        if self._happens(CORRECTS_FROM_THE_LIST):
            return self._write(self._voice.one(self._voice.vocabulary.interruptions[CHANGE]))
        self.errors.remove(finding)
        self.told |= self._with_injury({finding: self._truth[finding]})
        words = self._voice.told(finding, self._truth[finding])
        return self._write(self._voice.one(self._voice.vocabulary.corrections).format(words=words))

    # --- what is told unasked -------------------------------------------------------------------------------

    def _complaint(self, with_place: bool) -> str:
        """Tells some of what is so."""
        facts = [f for f in self._tellable() if f != "region"]
        told = self._random.sample(facts, min(self._random.choice(TOLD_AT_ONCE), len(facts)))
        if with_place or not told:
            told.insert(0, "region")
        if self._happens(DENIES):
            red_flags = [
                f for f in self._knowledge.findings if self._truth.get(f) == ABSENT and self._can_say(f)
            ]
            told.append(self._random.choice(red_flags))
        return self._voice.one((", ", ". ", " and ")).join(self._tell(finding) for finding in told)

    def _tellable(self) -> list[str]:
        """Lists what is there and has not been told."""
        return [
            f
            for f, value in self._truth.items()
            if f not in self.told and value not in (ABSENT, (NONE,)) and self._can_say(f)
        ]

    def _can_say(self, finding: str) -> bool:
        return self._voice.can_say(finding, self._truth[finding])

    def _tell(self, finding: str) -> str:
        self.told |= self._with_injury({finding: self._truth[finding]})
        return self._voice.told(finding, self._truth[finding])

    def _with_injury(self, told: Truth) -> Truth:
        """Adds the injury that is told in the same words as what it began with."""
        began_with = told.get("mechanism")
        if not isinstance(began_with, tuple) or not INJURIES.intersection(began_with):
            return told
        injuries = [f for f in ("major_trauma", "minor_trauma") if self._truth[f] == PRESENT]
        return {**told, **dict.fromkeys(injuries, PRESENT)}

    # --- replies --------------------------------------------------------------------------------------------

    def _reply(self, question: Form) -> Message:
        hours = HOURS_OF_A_BREAK if self._happens(TAKES_A_BREAK) else 0.0
        findings = question["findings"]
        if question["id"] == CHANGE:
            return Message(self._picked_answer(question))
        if not findings:
            return self._write(self._complaint(with_place=True), hours)
        if self._is_left_in_doubt(findings):
            is_list = self._kind(findings[0]) is FindingKind.TRI
            self.told |= dict.fromkeys(findings, UNSURE if is_list else None)
            return self._write(self._voice.one(self._voice.vocabulary.unsure), hours)
        values = self._values(findings)
        self.told |= self._with_injury(values)
        puts_right, self._changing = bool(self._changing), ""
        text = self._clicked(question, values)
        if text is not None:
            return Message(text, hours)
        if question["kind"] == "checklist":
            text = self._of_list(question, values, puts_right)
        elif question["kind"] == "yes_no":
            text = self._yes_or_no(findings[0], values[findings[0]])
        else:
            text = self._of_choice(question, values[findings[0]])
        others = [finding for finding in self._tellable() if finding not in findings]
        if others and self._happens(ADDS):
            addition = self._voice.one(self._voice.vocabulary.additions)
            text += ". " + addition.format(words=self._tell(self._random.choice(others)))
        return self._write(text, hours)

    def _picked_answer(self, question: Form) -> str:
        """Picks what to change from the list of answers."""
        payloads = {option["id"]: option["payload"] for option in question["options"]}
        asking = [
            q.id for q in self._knowledge.questions if self._changing in q.findings and q.id in payloads
        ]
        return str(payloads[asking[0] if asking else KEEP])

    def _is_left_in_doubt(self, findings: Sequence[str]) -> bool:
        if self._changing or any(self.told.get(finding) == UNSURE for finding in findings):
            return False
        asked_again = all(self._knowledge.findings[finding].critical for finding in findings)
        return self._happens(DOUBTS_FIRST if asked_again else DOUBTS)

    def _values(self, findings: Sequence[str]) -> dict[str, FindingValue]:
        """What is told of the findings asked about: the truth, unless the patient errs."""
        values = {finding: self._truth.get(finding, ABSENT) for finding in findings}
        self.errors = [finding for finding in self.errors if finding not in findings]
        if not self._changing and not set(findings) & self.told.keys() and self._happens(ERRS):
            wrong = self._wrong(values)
            self.errors += wrong
            values |= wrong
        return values

    def _wrong(self, values: Mapping[str, FindingValue]) -> dict[str, FindingValue]:
        """Forgets something, takes something for present that is not, or gives another value."""
        finding = next(iter(values))
        kind, value = self._kind(finding), values[finding]
        if kind is FindingKind.TRI:
            there = [f for f, v in values.items() if v == PRESENT]
            if there:
                return {self._random.choice(there): ABSENT}
            absent = [f for f, v in values.items() if v == ABSENT and f not in NEVER_CLAIMED]
            return {self._random.choice(absent): PRESENT} if absent and self._happens(CLAIMS) else {}
        if isinstance(value, float):
            return {finding: value * 2 if finding == "duration_days" else value - 1}
        others = [v for v in self._knowledge.findings[finding].values if self._voice.can_say(finding, v)]
        other = self._random.choice(others)
        wrong: FindingValue = (other,) if kind is FindingKind.SET else other
        place = {f: self._truth[f] for f in ("region",)}
        alarms = urgency_of(fired(self._knowledge.rules, {**place, finding: wrong})).is_emergency
        alarms |= finding == "mechanism" and other in INJURIES
        return {} if alarms or wrong == value else {finding: wrong}

    def _clicked(self, question: Form, values: Mapping[str, FindingValue]) -> str | None:
        """The text of the buttons pressed; nothing where the patient writes, or no buttons say it."""
        payloads = {option["id"]: option["payload"] for option in question["options"]}
        picked = self._options(question, values)
        if not picked or not set(picked) <= payloads.keys() or not self._happens(CLICKS):
            return None
        return "; ".join(payloads[option] for option in picked)

    def _options(self, question: Form, values: Mapping[str, FindingValue]) -> list[str]:
        """Names the options that say all of some values; none where they can't."""
        told = set(values.values())
        if question["kind"] == "checklist":
            there = [finding for finding, value in values.items() if value == PRESENT]
            return (there or [NONE]) if told <= {PRESENT, ABSENT} else []
        value = next(iter(values.values()))
        if isinstance(value, float):
            spans = [option["id"] for option in question["options"] if " to " in option["id"]]
            return [span for span in spans if _is_within(value, span)]
        return list(value) if isinstance(value, tuple) else [value]

    def _of_list(self, question: Form, values: Mapping[str, FindingValue], puts_right: bool) -> str:
        """Tells what is there; who puts an answer right says of the rest that it is not."""
        lists = self._voice.vocabulary.lists
        there = [finding for finding, value in values.items() if value != ABSENT]
        if not there:
            return self._voice.one(lists.none)
        picked = self._options(question, values)
        if picked and self._happens(COUNTS):
            ids = [option["id"] for option in question["options"]]
            return self._voice.places([ids.index(option) + 1 for option in picked])
        sentences = [self._voice.told(finding, values[finding]) for finding in there]
        if len(there) < len(values) and (puts_right or self._happens(NAMES_THE_REST)):
            sentences.append(self._voice.one(lists.rest))
        return ". ".join(sentences)

    def _yes_or_no(self, finding: str, value: FindingValue) -> str:
        phrases = self._voice.vocabulary
        short = {PRESENT: phrases.yes, ABSENT: phrases.no, UNSURE: phrases.unsure, OLD: ()}[str(value)]
        if not short:
            return self._voice.told(finding, value)
        if value != UNSURE and self._voice.can_say(finding, value) and self._happens(SAYS_MORE):
            return f"{short[0]!s}, {self._voice.told(finding, value)}"
        return self._voice.one(short)

    def _of_choice(self, question: Form, value: FindingValue) -> str:
        finding = question["findings"][0]
        ids = [option["id"] for option in question["options"]]
        picked = self._options(question, {finding: value})
        if len(picked) == 1 and picked[0] in ids and self._happens(COUNTS):
            return self._voice.places([ids.index(picked[0]) + 1])
        return self._voice.asked(finding, value)

    def _write(self, text: str, hours_later: float = 0.0) -> Message:
        return Message(self._voice.written(text), hours_later)

    def _kind(self, finding: str) -> FindingKind:
        return self._knowledge.findings[finding].kind

    def _happens(self, share: float) -> bool:
        return self._random.random() < share


def _is_within(days: float, span: str) -> bool:
    low, high = map(float, span.split(" to "))
    return low <= days < high
