"""How a message of the person changes what a conversation knows."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import dropwhile
from typing import Any

from rasa_sdk import Tracker

from actions.conversation import (
    CHANGE,
    ERASE,
    FORM,
    KNOWLEDGE,
    RESUME,
    SPEAKER,
    Conversation,
    Outcome,
    question_of,
    urgency_known,
)
from backchat.knowledge import Assertion, Finding, FindingKind, Question
from backchat.screening.interview import MOST_CONFIRMED, TRIES, counted_as
from backchat.screening.record import (
    SETTLED,
    Known,
    disputed,
    improbable,
    longer_than_life,
    merge,
    with_implied,
)
from backchat.server.reading import load_understanding
from backchat.understanding.language import OTHER_LANGUAGE
from backchat.understanding.replies import Reply
from backchat.understanding.requests import RequestReader, picked

# Loaded when the actions are, so that no person waits for it.
UNDERSTANDING = load_understanding(KNOWLEDGE)
REQUESTS = RequestReader(KNOWLEDGE.requests)

KEEP, CONTINUE, ANEW, DELETE = "keep", "continue", "anew", "delete"
"""The options of these questions that are no answer of the person."""

BREAK, DAY = 30 * 60, 24 * 60 * 60
"""After so many seconds a person is told where they were, or asked whether to start anew."""

MOST_MISSES = 5
"""With so many messages in a row that are not understood the screening ends without a result."""

CRISIS = "crisis"
"""The intent that is answered before anything else, whatever the message tells besides."""

REFUSE, CHANGE_ANSWER, GO_ON, STRANGE, AFFIRM = "refuse", "change_answer", "go_on", "out_of_scope", "affirm"
LEAVING = ("pause", "stop", "goodbye")
DELETE_DATA = "delete_data"

WORSE = ("trend", "worsening")

SURE = 0.7
"""From this confidence an intent chooses an option, or says yes."""

CHOSEN_BY = {
    (CHANGE.id, "deny"): KEEP,
    (CHANGE.id, GO_ON): KEEP,
    (RESUME.id, AFFIRM): CONTINUE,
    (RESUME.id, GO_ON): CONTINUE,
    (RESUME.id, "deny"): ANEW,
    (ERASE.id, AFFIRM): DELETE,
    (ERASE.id, DELETE_DATA): DELETE,
    (ERASE.id, "deny"): KEEP,
}
"""What an intent chooses from the options of a question about the conversation."""

CRISIS_ACTION, DESPAIR = "action_crisis", "suicidal_thoughts"
CRISIS_FINDINGS = frozenset({DESPAIR, "suicidal_plan", "overdose"})

ASK_BACK = frozenset({"ask_why", "ask_meaning"})
"""They ask about the open question, so that it stays."""

DIGRESSIONS = frozenset(
    {
        *ASK_BACK,
        "greet",
        "thank",
        "ask_faq",
        "ask_progress",
        "summary",
        "ask_my_data",
        DELETE_DATA,
        CHANGE_ANSWER,
        *LEAVING,
        REFUSE,
        "restart",
        "human_handoff",
        CRISIS,
        STRANGE,
        OTHER_LANGUAGE,
    }
)
"""Intents that rules answer when a message tells nothing about the pain."""


@dataclass
class Listener(Conversation):
    """A conversation that takes in what the person says."""

    @classmethod
    def caught_up(cls, tracker: Tracker) -> Listener:
        """Reads a conversation and takes in what the person has said since."""
        conversation = cls.of(tracker)
        for message in _unheard(tracker, conversation.heard):
            conversation.hear(message, after=last_action(tracker.events, message))
        return conversation

    def hear(self, message: Mapping[str, Any], after: str | None = None) -> None:
        """Takes in one message of the person.

        Args:
            message: A user event of Rasa, with what the NLU pipeline found in it.
            after: The action that spoke last before it.
        """
        self._begin_turn(message["message_id"], message["timestamp"])
        parsed = message.get("parse_data") or {}
        guess = parsed.get("intent") or {}
        intent = guess.get("name")
        if intent == OTHER_LANGUAGE:
            # Nothing in it is read: "no puedo orinar" would be a no.
            self.outcome = Outcome.DIGRESSION
            return
        self.turn += 1
        question = question_of(self.asking)
        if question in KNOWLEDGE.steering and self._steer(question, message.get("text") or "", guess):
            self.outcome, self.misses = Outcome.TOLD, 0
            return
        text = message.get("text") or ""
        today = datetime.fromtimestamp(message["timestamp"]).date()
        heard = [Finding.from_dict(entry) for entry in parsed.get("findings", ())]
        heard = [replace(f, confirm=f.confirm and not self._goes_with_despair(f)) for f in heard]
        if after == CRISIS_ACTION and intent == AFFIRM and not CRISIS_FINDINGS & self.record.keys():
            # "Yes" to whether they are in danger: which danger it is, is asked next.
            question, heard = None, [*heard, Finding(DESPAIR, Assertion.UNSURE.value, text, 0, len(text))]
        about = self.about(question) if question else ()
        restates = intent == CHANGE_ANSWER or REQUESTS.restates(text)
        reply = self._read(text, today, heard, question, () if parsed.get("request") else about)
        put_right = self._put_right(text, today, heard, about) if restates or reply.unnamed else []
        if put_right or (intent == CRISIS and _only_doubts(reply, about)):
            # "No, it's the left side" denies no sign, "I said 4 but it's 7" tells no age, and "I don't know,
            # I just want to die" doubts nothing.
            reply = self._read(text, today, [*heard, *put_right], None, ())
        found, conflicts = self._sorted_out(text, today, heard, reply, () if put_right else about)
        answered = reply.answered and not set(about) <= {*self.refused, *(f.id for f in conflicts)}
        if not answered and self._is_about_somebody_else_now(found):
            self._begin_anew()
        before, restates = self.record, restates or bool(put_right)
        self.record = with_implied(self._merged(found, text, restates, about), KNOWLEDGE.findings)
        denials = [replace(f, said=text) for f in disputed(self.record, found, about)]
        to_confirm = [*conflicts, *(finding for finding in heard if finding.confirm)]
        self._take_unconfirmed(to_confirm, {f.id for f in found} - {f.id for f in denials}, denials)
        self._note_changes(before, about)
        told = answered or bool(found or to_confirm)
        self.outcome = self._outcome_of(told, guess, len(about) > 1)
        if self.outcome == Outcome.TOLD and reply.answered and reply.complete:
            self.outcome = Outcome.ANSWERED
        self.misses = self.misses + 1 if self.outcome == Outcome.MISSED or intent == STRANGE else 0
        if question is not None and self.outcome == Outcome.REFUSED:
            self._leave_open(question, about)
        elif question is not None and (answered or self.outcome in (Outcome.MISSED, Outcome.WHICH)):
            self._count_reply(question, answered, about)
        if told or self.misses >= TRIES - 1:
            self.changing = []
        if self.assessed and WORSE in {(finding.id, finding.value) for finding in found}:
            self._screen_anew()

    def _is_about_somebody_else_now(self, found: Iterable[Finding]) -> bool:
        """Whether a message turns to another person, of whom nothing that was told is true."""
        known = self.record.get("subject")
        told = {finding.value for finding in found if finding.id == "subject"}
        return known is not None and bool(told) and known.value not in told

    def _goes_with_despair(self, finding: Finding) -> bool:
        """Whether a plan or an overdose is told by somebody who told of such thoughts: it counts at once."""
        despairs = DESPAIR in self.record and self.record[DESPAIR].value in SETTLED
        return despairs and finding.id in CRISIS_FINDINGS

    def _sorted_out(
        self, text: str, today: date, heard: Sequence[Finding], reply: Reply, about: Sequence[str]
    ) -> tuple[list[Finding], list[Finding]]:
        """Parts what a reply told: what counts, and what hardly can be so, which the person is asked about.

        What can't be so at all is refused.
        """
        slips = UNDERSTANDING.slips(text, about, today)
        too_long = longer_than_life(self.record, reply.findings)
        self.refused = {f.id: f.said for f in (*slips.impossible, *([too_long] if too_long else []))}
        doubtful = improbable(self.record, reply.findings, KNOWLEDGE.findings, about)
        conflicts = [replace(f, said=text) for f in (*slips.conflicts, *doubtful) if f.id not in about]
        left_out = {*self.refused, *(finding.id for finding in conflicts)}
        found = [finding for finding in reply.findings if finding.id not in left_out]
        doubted = {f.id for f in heard if f.confirm} | {f.id for f in doubtful}
        likely = doubted - {finding.id for finding in found}
        return [finding for finding in found if not _counts_only_with(likely, finding)], conflicts

    def _begin_turn(self, message_id: str, written_at: float) -> None:
        """Lets go of what was only for the last turn, and looks at how long ago that was."""
        away = written_at - (self.heard_at or written_at)
        self.heard, self.heard_at = message_id, written_at
        self.news, self.changed, self.refused = [], [], {}
        self.picking = self.erasing = self.left_open = self.screened_anew = False
        self.returned, self.paused = self.paused or away >= BREAK, False
        if away >= DAY and self.record:
            found = {finding: known.as_dict() for finding, known in self.record.items()}
            self.earlier = {"findings": found, "asked": self.asked, "unconfirmed": self.unconfirmed}
            self._begin_anew()

    def _begin_anew(self) -> None:
        """Lets go of all that was told and asked, and of a result that rests on it."""
        self.record, self.asked, self.unconfirmed, self.changing = {}, {}, {}, []
        self.asking, self.assessed = None, False

    def _steer(self, question: Question, text: str, guess: Mapping[str, Any]) -> bool:
        """Does what the answer to a question about the conversation itself says, if the message is one."""
        intent = guess.get("name", "")
        choice = picked(text, self.options(question, ()))
        if choice is None and guess.get("confidence", 0) >= SURE:
            choice = CHOSEN_BY.get((question.id, intent))
        known_earlier, earlier, self.earlier = self.known_earlier, self.earlier, None
        if question == CHANGE and choice not in (None, KEEP):
            self.changing = next(list(a.findings) for a in self.answers() if a.question.id == choice)
        elif question == ERASE:
            self.erased, self.spared = choice == DELETE, choice == KEEP
            self.earlier, self.erasing = earlier, choice is None and intent in ASK_BACK
        elif earlier and choice == CONTINUE:
            # What has been told since, or may have been, stays.
            self.record = {**known_earlier, **self.record}
            self.asked = {**earlier["asked"], **self.asked}
            self.unconfirmed = {**earlier["unconfirmed"], **self.unconfirmed}
        elif choice is None and intent in DIGRESSIONS:
            self.earlier, self.picking = earlier, question == CHANGE
        return choice is not None

    def _read(
        self,
        text: str,
        today: date,
        heard: Sequence[Finding],
        question: Question | None,
        about: Sequence[str],
    ) -> Reply:
        """Reads a message as the reply to what a question is about, if there is anything."""
        if question is None or not about:
            return Reply(tuple(finding for finding in heard if not finding.confirm), answered=False)
        return UNDERSTANDING.read_reply(text, about, self.options(question, about), heard, today)

    def _put_right(
        self, text: str, today: date, heard: Sequence[Finding], about: Sequence[str]
    ) -> list[Finding]:
        """Finds what a message puts in the place of an answer to another question than the open one."""
        told = [finding for finding in heard if finding.id not in about and self._is_other_value(finding)]
        return told or self._swapped(text, today, {finding.id for finding in heard})

    def _is_other_value(self, finding: Finding) -> bool:
        """Tells whether a finding is a value, and no sign, and not the one that is known."""
        known = self.record.get(finding.id)
        if known is None or finding.confirm or KNOWLEDGE.findings[finding.id].kind is FindingKind.TRI:
            return False
        if isinstance(known.value, tuple) and isinstance(finding.value, tuple):
            return not set(finding.value) <= set(known.value)
        return known.value != finding.value

    def _swapped(self, text: str, today: date, heard: Collection[str]) -> list[Finding]:
        """Reads what a message puts in the place of an answer: "I said left but I meant right".

        The message has to name that answer, or to follow it at once, and can be about no other one.
        """
        parts, recalls = REQUESTS.parts(text), REQUESTS.recalls(text)
        swapped = []
        for question, finding in self._replaceable(heard):
            known, options = self.record[finding], question.options_about([finding])
            replies = [UNDERSTANDING.read_reply(part, [finding], options, [], today) for part in parts]
            told = [f for reply in replies for f in reply.findings if f.id == finding]
            new = [f for f in told if f.value != known.value]
            follows = recalls and known.turn == self.turn - 1 and isinstance(known.value, float)
            if new and (len(new) < len(told) or follows):
                swapped.append(replace(new[-1], said=text))
        return swapped if len(swapped) == 1 else []

    def _replaceable(self, heard: Collection[str]) -> Iterator[tuple[Question, str]]:
        """Yields the answers that are a value and no sign, and that a message says nothing of by itself."""
        for answer in self.answers():
            for finding in answer.findings:
                if KNOWLEDGE.findings[finding].kind is not FindingKind.TRI and finding not in heard:
                    yield answer.question, finding

    def _merged(
        self, found: Sequence[Finding], text: str, restates: bool, about: Sequence[str]
    ) -> dict[str, Known]:
        """Adds what a message told; a correction takes the place of what was known, unless less urgent.

        A sign is taken back even so where the person says that it was wrong to tell it.
        """
        specs = KNOWLEDGE.findings
        taken_back = UNDERSTANDING.corrects(text)
        signs = [f.id for f in found if taken_back and specs[f.id].kind is FindingKind.TRI]
        merged = merge(self.record, found, self.turn, specs, [*about, *signs])
        if not taken_back and not restates:
            return merged
        everywhere = [*about, *(finding.id for finding in found)]
        corrected = merge(self.record, found, self.turn, specs, everywhere)
        falls = urgency_known(corrected).rank < urgency_known(merged).rank
        return merged if falls else corrected

    def _note_changes(self, before: Mapping[str, Known], about: Sequence[str]) -> None:
        """Notes what a message told beyond what was asked, and what it changed."""
        for finding, known in self.record.items():
            old = before.get(finding)
            asked_for = finding in about and not self.changing
            if known == old or asked_for:
                continue
            if old is not None and len(known.before) > len(old.before):
                if SPEAKER.value(finding, known) != SPEAKER.value(finding, old):
                    self.changed.append(finding)
            elif finding not in about:
                self.news.append(finding)

    def _outcome_of(self, told: bool, guess: Mapping[str, Any], is_list: bool) -> str:
        intent = guess.get("name")
        if told and intent != CRISIS:
            self.picking = self.erasing = False
            return Outcome.TOLD
        if intent == AFFIRM and is_list and guess["confidence"] >= SURE:
            return Outcome.WHICH
        if intent == REFUSE and self.asking is not None:
            return Outcome.REFUSED
        wants_list = intent == CHANGE_ANSWER and bool(self.record)
        self.picking = self.picking or wants_list
        self.erasing = self.erasing or intent == DELETE_DATA
        goes_on = intent == GO_ON or (self.returned and intent not in DIGRESSIONS)
        if wants_list or intent == DELETE_DATA or goes_on:
            return Outcome.TOLD
        self.paused = intent in LEAVING
        is_digression = intent in DIGRESSIONS and not (intent == STRANGE and self.misses)
        return Outcome.DIGRESSION if is_digression else Outcome.MISSED

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
        if self.asked[name] >= TRIES and not self.changing:
            self.left_open = not answered and bool(about)
            self._carry_as_unsure(about)

    def _leave_open(self, question: Question, about: tuple[str, ...]) -> None:
        """Leaves a question open that the person does not want to answer, and does not ask it again."""
        if self.changing:
            return
        self.asked[counted_as(question, about)] = TRIES
        for other in KNOWLEDGE.questions:
            if other.again and set(about) & set(other.findings):
                self.asked.setdefault(other.id, TRIES)
        self._carry_as_unsure(about)

    def _carry_as_unsure(self, about: Iterable[str]) -> None:
        """Notes as unsure what could not be found out: it must never count as absent."""
        for finding in about:
            if finding not in self.record and KNOWLEDGE.findings[finding].kind is FindingKind.TRI:
                self.record[finding] = Known(Assertion.UNSURE.value, "", self.turn)
            self.unconfirmed.pop(finding, None)

    def _screen_anew(self) -> None:
        """Forgets the answers that may be others now that the pain is worse, so that they are asked again."""
        anew = {f for question in KNOWLEDGE.questions if question.anew for f in question.findings}
        stale = {f for f in anew & self.record.keys() if self._may_have_changed(f)}
        self.record = {finding: known for finding, known in self.record.items() if finding not in stale}
        for question in KNOWLEDGE.questions:
            if stale & set(question.findings):
                self.asked.pop(question.id, None)
        self.screened_anew = bool(stale) and not self.urgency.is_emergency

    def _may_have_changed(self, finding: str) -> bool:
        known = self.record[finding]
        return known.turn < self.turn and known.value not in SETTLED


def _only_doubts(reply: Reply, about: Container[str]) -> bool:
    return {f.value for f in reply.findings if f.id in about} == {Assertion.UNSURE.value}


def _counts_only_with(likely: Container[str], finding: Finding) -> bool:
    """Tells whether a number is one of something that has to be asked about first: weeks of a pregnancy."""
    spec = KNOWLEDGE.findings[finding.id]
    return spec.kind is FindingKind.NUMBER and spec.implies in likely


def last_action(events: Sequence[Mapping[str, Any]], message: Mapping[str, Any] | None = None) -> str | None:
    """Names the action that spoke last, apart from questions of the form.

    Args:
        events: Those of a conversation.
        message: Where given, one of the person's: what came before it counts.
    """
    earlier = reversed(events)
    if message is not None:
        earlier = dropwhile(lambda event: event is not message, earlier)
    names = (event["name"] for event in earlier if event["event"] == "action")
    return next((name for name in names if name not in ("action_listen", FORM)), None)


def _unheard(tracker: Tracker, heard: str | None) -> Iterator[Mapping[str, Any]]:
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
