"""One conversation as the actions see it: what Rasa's tracker holds, in the terms of the screening."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from backchat.knowledge import Assertion, Finding, FindingKind, FindingValue, Question, load_knowledge
from backchat.screening.assessment import Assessment, assess
from backchat.screening.interview import (
    MOST_CONFIRMED,
    MOST_QUESTIONS,
    TRIES,
    Step,
    counted_as,
    missing,
    next_step,
)
from backchat.screening.record import SETTLED, Known, disputed, merge, values_of
from backchat.screening.speech import UNKNOWN_COUNTRY, Speaker
from backchat.server.reading import load_understanding
from backchat.understanding.language import OTHER_LANGUAGE

FORM = "screening_form"

# Loaded when the actions are, so that content that can't be used stops the start and no person waits for it.
KNOWLEDGE = load_knowledge()
UNDERSTANDING = load_understanding(KNOWLEDGE)
SPEAKER = Speaker(KNOWLEDGE, os.environ.get("BACKCHAT_COUNTRY", UNKNOWN_COUNTRY))


def question_of(question_id: str | None) -> Question | None:
    """Finds a question by its id, which is also the name of its slot."""
    return next((question for question in KNOWLEDGE.questions if question.id == question_id), None)


KEPT = ("asked", "unconfirmed", "refused", "turn", "heard", "news", "outcome", "at_most")
"""What the slot `interview` keeps of a conversation."""


class Outcome:
    """What becomes of a message: it told something, nothing was understood, or it is for the rules."""

    TOLD = "told"
    MISSED = "missed"
    DIGRESSION = "digression"


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
        asking: The id of the question whose answer is awaited.
        news: The findings that the last message told beyond what was asked.
        outcome: What became of the last message.
        at_most: The most questions there can be altogether.
    """

    record: dict[str, Known] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    unconfirmed: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    turn: int = 0
    heard: str | None = None
    asking: str | None = None
    news: list[str] = field(default_factory=list)
    outcome: str = Outcome.TOLD
    at_most: int = MOST_QUESTIONS

    @classmethod
    def of(cls, tracker: Tracker) -> Conversation:
        """Reads a conversation from the slots."""
        findings = tracker.slots.get("findings") or {}
        return cls(
            record={finding: Known.from_dict(entry) for finding, entry in findings.items()},
            asking=tracker.slots.get("requested_slot"),
            **(tracker.slots.get("interview") or {}),
        )

    @classmethod
    def caught_up(cls, tracker: Tracker) -> Conversation:
        """Reads a conversation and takes in what the person has said since."""
        conversation = cls.of(tracker)
        for message in unheard(tracker, conversation.heard):
            conversation.hear(message)
        return conversation

    def as_events(self) -> list[EventType]:
        """Gives the slots that keep the conversation."""
        interview = {name: getattr(self, name) for name in KEPT}
        return [
            SlotSet("findings", {finding: known.as_dict() for finding, known in self.record.items()}),
            SlotSet("interview", interview),
        ]

    @property
    def values(self) -> dict[str, FindingValue]:
        """Everything known, as conditions look at it."""
        return values_of(self.record, KNOWLEDGE.findings)

    def next_step(self) -> Step | None:
        """Decides what to ask next, and counts it as asked."""
        step = next_step(KNOWLEDGE, self.values, self.asked, list(self.unconfirmed))
        if step is not None:
            self.asked.setdefault(step.counted_as, 0)
            self.at_most = step.at_most
        return step

    def assess(self) -> Assessment:
        """Decides on what is known.

        Raises:
            IncompleteScreeningError: The screening is not complete.
        """
        return assess(KNOWLEDGE, self.record, self.asked, list(self.unconfirmed))

    def about(self, question: Question) -> tuple[str, ...]:
        """Lists what a question is still about."""
        if question.confirms:
            return tuple(self.unconfirmed)[:1]
        return missing(question, self.values)

    def hear(self, message: Mapping[str, Any]) -> None:
        """Takes in one message of the person.

        Args:
            message: A user event of Rasa, with what the NLU pipeline found in it.
        """
        self.heard = message["message_id"]
        parsed = message.get("parse_data") or {}
        if (parsed.get("intent") or {}).get("name") == OTHER_LANGUAGE:
            # Nothing in it is read: "no puedo orinar" would be a no.
            self.news, self.refused, self.outcome = [], {}, Outcome.DIGRESSION
            return
        self.turn += 1
        text = message.get("text") or ""
        today = datetime.fromtimestamp(message["timestamp"]).date()
        heard = [Finding.from_dict(entry) for entry in parsed.get("findings", ())]
        found = [finding for finding in heard if not finding.confirm]
        before = self.record
        question = question_of(self.asking)
        about = self.about(question) if question else ()
        answered = False
        if question is not None and about:
            options = question.options_about(about)
            reply = UNDERSTANDING.read_reply(text, about, options, heard, today)
            found, answered = list(reply.findings), reply.answered
        self.refused = {f.id: f.said for f in UNDERSTANDING.impossible(text, about, today)}
        conflicts = [replace(f, said=text) for f in UNDERSTANDING.conflicts(text, today) if f.id not in about]
        left_out = {*self.refused, *(finding.id for finding in conflicts)}
        found = [finding for finding in found if finding.id not in left_out]
        answered = answered and not set(about) <= left_out
        changed = [f.id for f in found] if UNDERSTANDING.corrects(text) else []
        denials = [replace(f, said=text) for f in disputed(before, found, [*about, *changed])]
        self.record = merge(before, found, self.turn, KNOWLEDGE.findings, [*about, *changed])
        to_confirm = [*conflicts, *(f for f in heard if f.confirm)]
        self._take_unconfirmed(to_confirm, {f.id for f in found} - {f.id for f in denials}, denials)
        self.news = [f for f in self.record if self.record[f] != before.get(f) and f not in about]
        told = answered or self.record != before or bool(to_confirm or denials)
        self.outcome = _outcome(told, (parsed.get("intent") or {}).get("name"))
        if question is not None and (answered or self.outcome == Outcome.MISSED):
            self._count_reply(question, answered, about)

    def _take_unconfirmed(
        self, to_confirm: Iterable[Finding], settled: set[str], denials: Iterable[Finding]
    ) -> None:
        """Keeps what has to be confirmed, and lets go of what is settled now."""
        for finding_id in settled & self.unconfirmed.keys():
            del self.unconfirmed[finding_id]
        for finding in denials:
            self.unconfirmed.setdefault(finding.id, finding.said)
        for finding in to_confirm:
            known = self.record.get(finding.id)
            if known is not None and known.value in SETTLED:
                continue
            if finding.id in self.unconfirmed or self._can_confirm_more:
                self.unconfirmed.setdefault(finding.id, finding.said)
            elif known is None:
                # What can't be asked must never count as absent.
                self.record[finding.id] = Known(Assertion.UNSURE.value, finding.said, self.turn)

    @property
    def _can_confirm_more(self) -> bool:
        confirmed = [name for name in self.asked if ":" in name]
        return len({*confirmed, *(f"confirm:{f}" for f in self.unconfirmed)}) < MOST_CONFIRMED

    def _count_reply(self, question: Question, answered: bool, about: tuple[str, ...]) -> None:
        """Counts a reply to a question, and leaves the question open where asking again would not help."""
        name = counted_as(question, about)
        self.asked[name] = self.asked.get(name, 0) + 1
        if answered and not self.record.keys() & set(about):
            # "I don't know" to a number or a choice.
            self.asked[name] = TRIES
        if self.asked[name] < TRIES:
            return
        specs = KNOWLEDGE.findings
        for finding in about:
            # What could not be found out must never count as absent.
            if finding not in self.record and specs[finding].kind is FindingKind.TRI:
                self.record[finding] = Known(Assertion.UNSURE.value, "", self.turn)
            self.unconfirmed.pop(finding, None)


def _outcome(told: bool, intent: str | None) -> str:
    if told and intent != CRISIS:
        return Outcome.TOLD
    return Outcome.DIGRESSION if intent in DIGRESSIONS else Outcome.MISSED


CRISIS = "crisis"
"""The intent that is answered before anything else, whatever the message tells besides."""

DIGRESSIONS = frozenset(
    {
        "greet",
        "goodbye",
        "thank",
        "ask_faq",
        "ask_why",
        "change_answer",
        "restart",
        "stop",
        "human_handoff",
        CRISIS,
        "out_of_scope",
        OTHER_LANGUAGE,
    }
)
"""Intents that rules answer when a message tells nothing about the pain."""


def unheard(tracker: Tracker, heard: str | None) -> Iterator[Mapping[str, Any]]:
    """Yields the person's messages since the last one heard, the oldest first.

    There is one, except after a failure: then what could not be taken in at the time is taken in now.
    """
    messages: list[Mapping[str, Any]] = []
    for event in reversed(tracker.events):
        if event["event"] in ("restart", "session_started"):
            break
        if event["event"] == "user":
            if event.get("message_id") == heard:
                break
            messages.append(event)
    yield from reversed(messages)


def answered(tracker: Tracker) -> bool:
    """Tells whether a rule has already answered the person's last message, before it called the form."""
    for event in reversed(tracker.events):
        if event["event"] == "user":
            return False
        if event["event"] == "action" and event["name"] not in (FORM, "action_listen"):
            return True
    return False
