"""One conversation as the actions see it: what Rasa's tracker holds, in the terms of the screening."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from backchat.knowledge import Assertion, FindingKind, FindingValue, Question, Urgency, load_knowledge
from backchat.knowledge.models import UNKNOWN_COUNTRY
from backchat.retention import PRIVACY_PLACE, PRIVACY_VARIABLE, retention_days
from backchat.screening.answers import Answer, answers
from backchat.screening.assessment import Assessment, assess
from backchat.screening.interview import MOST_QUESTIONS, Step, missing, next_step
from backchat.screening.record import SETTLED, Known, values_of
from backchat.screening.speech import Speaker
from backchat.screening.triage import fired, urgency_of

FORM = "screening_form"
MOST_MESSAGES = 3
"""With more messages at once nobody reads them all."""
MOST_OFFERED = 4
"""So many questions are offered as examples to who asked none that was recognised."""
OPENING = "opening"
"""The question that everything begins with."""
PLACE = "region"
"""Where it hurts, and the question that asks for it."""

# Loaded when the actions are, so that content that can't be used stops the start and no person waits for it.
KNOWLEDGE = load_knowledge()
SPEAKER = Speaker(KNOWLEDGE, os.environ.get("BACKCHAT_COUNTRY", UNKNOWN_COUNTRY))
PRIVACY_URL = os.environ.get(PRIVACY_VARIABLE) or PRIVACY_PLACE


def question_of(question_id: str | None) -> Question | None:
    """Finds a question by its id, which is also the name of its slot."""
    questions = (*KNOWLEDGE.questions, *KNOWLEDGE.steering)
    return next((question for question in questions if question.id == question_id), None)


CHANGE, RESUME, ERASE = KNOWLEDGE.steering
"""Which answer shall be changed, whether to go on after a day or to start anew, and whether to delete all."""

KEPT = (
    "asked",
    "unconfirmed",
    "refused",
    "turn",
    "heard",
    "heard_at",
    "news",
    "changed",
    "unknown",
    "news_unknown",
    "changing",
    "picking",
    "erasing",
    "informed",
    "outcome",
    "misses",
    "paused",
    "returned",
    "left_open",
    "screened_anew",
    "turned_from",
    "earlier",
    "at_most",
    "placeless",
)
"""What the slot `interview` keeps of a conversation."""


class Outcome:
    """What becomes of a message."""

    TOLD = "told"
    ANSWERED = "answered"
    """It is an answer and nothing else."""
    MISSED = "missed"
    REFUSED = "refused"
    WHICH = "which"
    """It says yes to a list and not to which of it."""
    VAGUE = "vague"
    """It complains, and tells nothing that could be noted: "my back hurts"."""
    SHARED = "shared"
    """It tells of a loss, and nothing of the back."""
    ASKED = "asked"
    """It asks about the open question, and has no rule that answers it."""
    DIGRESSION = "digression"
    """It is for the rules to answer."""


C = TypeVar("C", bound="Conversation")


@dataclass
class Conversation:
    """What a conversation knows and has asked.

    Attributes:
        record: Everything known.
        asked: The questions put so far, each with how many replies to it have been heard.
        unconfirmed: The findings that the person may have told, each with their words, until they are asked.
        refused: The numbers of the last message that can't be, each with its words, by finding.
        turn: How many messages of the person have been heard; those in another language are not.
        heard: The id of the last message heard.
        heard_at: When it was written, in seconds.
        asking: The id of the question whose answer is awaited.
        news: The findings that the last message told beyond what was asked.
        changed: The findings that the last message changed.
        unknown: The findings of which the person said unasked that they don't know the value.
        news_unknown: Those of the last message.
        changing: The findings that are asked again because the person wants to change them.
        picking: Whether the person wants to change an answer and has not said which.
        erasing: Whether the person wants everything deleted and has not been asked whether that is so.
        erased: Whether the last message confirms that.
        spared: Whether the last message takes that back.
        informed: The id of the message whose answer tells what happens with what the person writes.
        outcome: What became of the last message.
        misses: How many messages in a row were not understood.
        paused: Whether the person asked for a pause.
        returned: Whether the last message came after a break.
        left_open: Whether a question was given up with the last message.
        screened_anew: Whether the signs are asked again because the pain has got worse.
        turned_from: How urgent it is for the one before, where the last message turns to another person.
        assessed: Whether a result has been told.
        earlier: What was known before a break of a day, until the person says whether it still counts.
        at_most: The most questions there can be altogether.
        placeless: A sign of the last message that depends on a place, where none was told.
    """

    record: dict[str, Known] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    unconfirmed: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    turn: int = 0
    heard: str | None = None
    heard_at: float | None = None
    asking: str | None = None
    news: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    news_unknown: list[str] = field(default_factory=list)
    changing: list[str] = field(default_factory=list)
    picking: bool = False
    erasing: bool = False
    erased: bool = False
    spared: bool = False
    informed: str | None = None
    outcome: str = Outcome.TOLD
    misses: int = 0
    paused: bool = False
    returned: bool = False
    left_open: bool = False
    screened_anew: bool = False
    turned_from: str | None = None
    assessed: bool = False
    earlier: dict[str, Any] | None = None
    at_most: int = MOST_QUESTIONS
    placeless: str | None = None

    @classmethod
    def of(cls: type[C], tracker: Tracker) -> C:
        """Reads a conversation from the slots; another version may have kept more, or less."""
        interview = tracker.slots.get("interview") or {}
        return cls(
            record=record_of(tracker.slots.get("findings") or {}),
            asking=tracker.slots.get("requested_slot"),
            assessed=tracker.slots.get("assessment") is not None,
            **{name: interview[name] for name in KEPT if name in interview},
        )

    def as_events(self) -> list[EventType]:
        """Gives the slots that keep the conversation."""
        interview = {name: getattr(self, name) for name in KEPT}
        events = [
            SlotSet("findings", {finding: known.as_dict() for finding, known in self.record.items()}),
            SlotSet("interview", interview),
        ]
        return events if self.assessed else [*events, SlotSet("assessment", None)]

    @property
    def consent(self) -> str | None:
        """What happens with what the person writes, where it is told with the answer to the last message."""
        if self.informed is None or self.informed != self.heard:
            return None
        return consent_words()

    @property
    def values(self) -> dict[str, FindingValue]:
        """Everything known, as conditions look at it."""
        return values_of(self.record, KNOWLEDGE.findings)

    @property
    def urgency(self) -> Urgency:
        """How urgent what is known is by itself."""
        return urgency_known(self.record)

    @property
    def doubted(self) -> tuple[str, ...]:
        """The findings that may be there: the person is not sure of them, or has yet to confirm them."""
        unsure = [f for f, known in self.record.items() if known.value == Assertion.UNSURE.value]
        return (*self.unconfirmed, *unsure)

    @property
    def there(self) -> set[str]:
        """What is known to be there."""
        return {finding for finding, known in self.record.items() if known.value in SETTLED}

    @property
    def known_earlier(self) -> dict[str, Known]:
        """What was known before a break of a day."""
        return record_of((self.earlier or {}).get("findings", {}))

    @property
    def known(self) -> dict[str, Known]:
        """Everything known, with what was before a break of a day."""
        return {**self.known_earlier, **self.record}

    def next_step(self) -> Step | None:
        """Decides what to ask next, and counts it as asked."""
        step = self._steering_step()
        if step is not None:
            return step
        step = next_step(KNOWLEDGE, self.values, self.asked, list(self.unconfirmed))
        if step is not None:
            self.asked.setdefault(step.counted_as, 0)
            self.at_most = step.at_most
        return step

    def _steering_step(self) -> Step | None:
        """Gives the question that the person's own wish brings up; news of an emergency comes before it."""
        if self.urgency.is_emergency and (self.news or self.changed or self.earlier):
            return None
        question: Question | None = None
        if self.erasing:
            question = ERASE
        elif self.earlier or self.picking:
            question = RESUME if self.earlier else CHANGE
        elif self.changing:
            question = next(a.question for a in self.answers() if self.changing[0] in a.findings)
        if question is None:
            return None
        return Step(question, tuple(self.changing), len(self.asked), self.at_most)

    def assess(self) -> Assessment:
        """Decides on what is known.

        Raises:
            IncompleteScreeningError: The screening is not complete.
        """
        return assess(KNOWLEDGE, self.record, self.asked, list(self.unconfirmed))

    def answers(self) -> tuple[Answer, ...]:
        """Lists the answers that can be changed."""
        return answers(KNOWLEDGE.questions, self.record, self.asked)

    def about(self, question: Question) -> tuple[str, ...]:
        """Lists what a question is still about."""
        if question.confirms:
            return tuple(self.unconfirmed)[:1]
        return tuple(self.changing) or missing(question, self.values)

    def fill(self, question: Question, text: str, about: Sequence[str]) -> str:
        """Fills a text of a question that confirms what a message may have told; others stay as they are."""
        return SPEAKER.confirm(text, about[0], self.unconfirmed[about[0]]) if question.confirms else text

    def options(self, question: Question, about: Sequence[str]) -> dict[str, str]:
        """Gives the words on the options of a question, those that every list ends with left out."""
        if question != CHANGE:
            return question.options_about(about)
        known = {answer.question.id: SPEAKER.answered(answer, self.record) for answer in self.answers()}
        return {**known, **question.options}


def questions_offered() -> list[str]:
    """Gives a few questions as examples of what can be asked."""
    return [topic.question for topic in KNOWLEDGE.topics.values()][:MOST_OFFERED]


def consent_words() -> str:
    """Says what happens with what the person writes."""
    return SPEAKER.say("consent", days=retention_days(), url=PRIVACY_URL)


def is_sign(finding: str) -> bool:
    """Tells whether a finding is a sign, which is there or not, and no value."""
    return KNOWLEDGE.findings[finding].kind is FindingKind.TRI


def record_of(findings: Mapping[str, Any]) -> dict[str, Known]:
    """Reads what is known from the slot that keeps it."""
    return {finding: Known.from_dict(entry) for finding, entry in findings.items()}


def urgency_known(record: Mapping[str, Known]) -> Urgency:
    """Tells how urgent what is known is by itself."""
    return urgency_of(fired(KNOWLEDGE.rules, values_of(record, KNOWLEDGE.findings)))


def answered(tracker: Tracker) -> bool:
    """Tells whether a rule has already answered the person's last message, before it called the form."""
    for event in reversed(tracker.events):
        if event["event"] == "user":
            return False
        if event["event"] == "action" and event["name"] not in (FORM, "action_listen"):
            return True
    return False


def messages_left(tracker: Tracker) -> int:
    """Tells how many more messages the answer to the person's last message can have."""
    said = 0
    for event in reversed(tracker.events):
        if event["event"] == "user":
            break
        said += bool(event["event"] == "bot" and event.get("text"))
    return MOST_MESSAGES - said
