"""How a conversation with one patient goes, and what came of it."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any
from unittest import mock

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.shared.core.trackers import DialogueStateTracker

from backchat.knowledge import FindingKind, FindingValue, Knowledge
from backchat.knowledge.models import Urgency
from backchat.screening.assessment import assess
from backchat.screening.interview import TRIES
from backchat.screening.record import Known
from backchat.understanding.learned.labels import DAY_OF_WRITING
from benchmarks.patients.patient import Message, Patient
from benchmarks.patients.people import Odds, Truth, draw
from benchmarks.patients.words import Vocabulary, Voice

MOST_TURNS = 30
"""No conversation should take more messages of the patient than this."""
GIVEN_UP = 45
"""After so many messages the patient goes."""
SECONDS_A_TURN = 20
CLOSE = 0.15
"""By how much of it a number may be heard otherwise than it was told: "about 3 months"."""

IMPRECISE = frozenset({"leg"})
"""What may be held besides: "down my leg, past the knee"."""
MOST_SHOWN = 300
"""So many characters of what Backchat says at once are shown."""

Answer = list[dict[str, Any]]


@dataclass(frozen=True)
class Stage:
    """What every conversation needs.

    Attributes:
        agent: The real agent.
        knowledge: The clinical content.
        odds: How patients are drawn.
        vocabulary: What they can say.
    """

    agent: Agent
    knowledge: Knowledge
    odds: Odds
    vocabulary: Vocabulary


@dataclass(frozen=True)
class Decision:
    """What of an assessment is compared."""

    urgency: str
    rules: tuple[str, ...]
    pattern: str
    stage: str

    @classmethod
    def of(cls, assessment: Mapping[str, Any]) -> Decision:
        """Takes it from the assessment of the contract."""
        rules, pattern = tuple(assessment["rules"]), assessment["pattern"]["id"]
        return cls(assessment["urgency"], rules, pattern, assessment["stage"])

    @property
    def rank(self) -> int:
        """How urgent it is."""
        return Urgency(self.urgency).rank

    @property
    def is_emergency(self) -> bool:
        """Whether it ends the questions."""
        return Urgency(self.urgency).is_emergency


@dataclass(frozen=True)
class Talk:
    """What came of one conversation.

    Attributes:
        number: Which patient it was.
        lines: What was said by whom, with what was asked and decided.
        turns: The messages of the patient.
        questions: The ids of the questions put, each time that they were.
        decision: The last result; nothing where there was none.
        told: What the screening makes of what the patient told; see `benchmarks.patients`.
        drawn: What it makes of all that was drawn.
        misheard: The findings that were told one way and are held another way, each with both.
        besides: The findings that are held and were not told.
        compared: How many findings were told.
        faults: Exceptions and errors that were logged.
    """

    number: int
    lines: tuple[str, ...]
    turns: int
    questions: tuple[str, ...]
    decision: Decision | None
    told: Decision
    drawn: Decision
    misheard: tuple[str, ...]
    besides: tuple[str, ...]
    compared: int
    faults: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """Whether it went as no conversation ever should."""
        return self.decision is None or self.turns > MOST_TURNS or bool(self.faults)


@dataclass
class _Course:
    """A conversation in progress."""

    agent: Agent
    sender: str
    clock: float = datetime.datetime.combine(DAY_OF_WRITING, datetime.time(12)).timestamp()
    lines: list[str] = field(default_factory=list)
    turns: int = 0
    questions: list[str] = field(default_factory=list)
    assessment: dict[str, Any] | None = None

    async def say(self, message: Message) -> dict[str, Any] | None:
        """Sends one message of the patient, and gives the question that is asked then, if any."""
        self.turns += 1
        self.clock += SECONDS_A_TURN + message.hours_later * 3600
        self.lines.append(
            f"> {message.text}" + (f"   (after {message.hours_later:g} h)" if message.hours_later else "")
        )
        channel = CollectingOutputChannel()
        with mock.patch("time.time", lambda: self.clock):
            await self.agent.handle_message(UserMessage(message.text, channel, self.sender))
        return self._hear(channel.messages)

    def _hear(self, answer: Answer) -> dict[str, Any] | None:
        self.lines += [f"    {message['text'][:MOST_SHOWN]}" for message in answer if message.get("text")]
        custom = {key: value for message in answer for key, value in message.get("custom", {}).items()}
        question: dict[str, Any] | None = custom.get("question")
        if question is not None:
            self.questions.append(question["id"])
            self.lines.append(f"    [{question['id']}: {', '.join(question['findings'])}]")
        if "assessment" in custom:
            self.assessment = custom["assessment"]
            self.lines.append(f"    [{Decision.of(custom['assessment'])}]")
        return question

    async def is_over(self) -> bool:
        """Tells whether the result is told, and nothing is asked any more; a pause is no end."""
        tracker = await self._tracker()
        return tracker.active_loop_name is None and tracker.get_slot("completed") is True

    async def known(self) -> dict[str, dict[str, Any]]:
        """Gives what Backchat holds of the patient."""
        return (await self._tracker()).get_slot("findings") or {}

    async def _tracker(self) -> DialogueStateTracker:
        return await self.agent.tracker_store.get_or_create_tracker(self.sender)


async def talk(stage: Stage, seed: int, number: int) -> Talk:
    """Plays one conversation to its end.

    Args:
        stage: What every conversation needs.
        seed: What all patients of a run are drawn from.
        number: Which patient of the run this is.
    """
    random, knowledge = Random(f"{seed}/{number}"), stage.knowledge
    truth = draw(stage.odds, knowledge.findings, random)
    patient = Patient(truth, Voice(stage.vocabulary, random), knowledge, random)
    course = _Course(stage.agent, f"patient-{seed}-{number}")
    with _faults_of_this_talk() as faults:
        try:
            await _go_through(course, patient)
        except Exception as error:
            faults.append(repr(error))
        heard = await course.known()
    told = {finding: value for finding, value in patient.told.items() if value is not None}
    drawn = {finding: value for finding, value in {**truth, **patient.told}.items() if value is not None}
    return Talk(
        number=number,
        lines=tuple(course.lines),
        turns=course.turns,
        questions=tuple(course.questions),
        decision=Decision.of(course.assessment) if course.assessment else None,
        told=_decide(knowledge, told),
        drawn=_decide(knowledge, drawn),
        misheard=tuple(_misheard(knowledge, told, heard)),
        besides=tuple(
            f"{finding}: {known['value']}" for finding, known in heard.items() if finding not in told
        ),
        compared=len(told),
        faults=tuple(faults),
    )


async def _go_through(course: _Course, patient: Patient) -> None:
    """Talks until there is a result and the patient has nothing to put right any more."""
    question = await course.say(patient.opening())
    while course.turns < GIVEN_UP:
        if await course.is_over():
            if not patient.errors:
                return
            question = await course.say(patient.correction())
        else:
            question = await course.say(patient.answer(question))


def _decide(knowledge: Knowledge, values: Truth) -> Decision:
    """Decides directly on findings, as if every question had been put."""
    record = {finding: Known(value, "", 1) for finding, value in values.items()}
    asked = dict.fromkeys((question.id for question in knowledge.questions), TRIES)
    return Decision.of(assess(knowledge, record, asked).as_dict())


def _misheard(knowledge: Knowledge, told: Truth, heard: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for finding, value in told.items():
        held = heard.get(finding, {}).get("value")
        if not _is_same(knowledge.findings[finding].kind, value, heard.get(finding)):
            yield f"{finding}: told {value}, held {held}"


def _is_same(kind: FindingKind, value: FindingValue, held: Mapping[str, Any] | None) -> bool:
    if held is None:
        return False
    if isinstance(value, tuple):
        return set(value) == set(held["value"]) - IMPRECISE
    if isinstance(value, float) and kind is FindingKind.NUMBER:
        low, high = held.get("low", held["value"]), held.get("high")
        is_open = "low" in held and high is None
        most = value if is_open else (held["value"] if high is None else high)
        return bool(low * (1 - CLOSE) <= value <= most * (1 + CLOSE))
    return bool(value == held["value"])


@contextmanager
def _faults_of_this_talk() -> Iterator[list[str]]:
    """Collects the errors that are logged, such as those of an action that failed."""
    faults: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: faults.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    try:
        yield faults
    finally:
        logging.getLogger().removeHandler(handler)
