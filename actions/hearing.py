"""How a message of the person changes what a conversation knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from rasa_sdk import Tracker

from actions.changes import let_go_with_what_was_taken_back, may_tell, merged, note_changes, take_unconfirmed
from actions.conversation import KNOWLEDGE, OPENING, RESUME, Conversation, Outcome, is_sign, question_of
from actions.corrections import is_about_somebody_else_now, taken_back, told_just_before
from actions.crisis import (
    danger_told,
    fears_danger,
    goes_on_about_another,
    may_think_of_it_too,
    tells_of_anothers_crisis,
)
from actions.intents import (
    AFFIRM,
    CHANGE_ANSWER,
    COMPLAINT,
    CRISIS,
    DELETE_DATA,
    DIGRESSIONS,
    GO_ON,
    LEAVING,
    REFUSE,
    STRANGE,
    SURE,
)
from actions.messages import REQUESTS, asked_last, unheard
from actions.reading import ask_where, in_one_place, note_sex, note_unknown, weighed
from actions.replies import (
    asks_about_the_question,
    asks_back,
    is_mere,
    leaves_an_answer,
    read_as_reply,
    replied,
    sorted_out,
)
from actions.steering import (
    MOST_MISSES_OF_A_CHANGE,
    WORSE,
    begin_anew,
    begin_turn,
    question_about,
    resume_by_telling,
    screen_anew,
    steer,
)
from backchat.knowledge import Assertion, Finding, Question, QuestionKind
from backchat.screening.interview import counted_as, missing, tries_of
from backchat.screening.record import Known, disputed, with_implied
from backchat.understanding.language import OTHER_LANGUAGE
from backchat.understanding.replies import Reply

MOST_MISSES = 5
"""With so many messages in a row that are not understood the screening ends without a result."""

AGE = frozenset({"age"})
"""What decides who is a child."""

NO_ANSWER = (Outcome.MISSED, Outcome.WHICH, Outcome.VAGUE)
"""What becomes of a message that the open question is not answered by, nor another one put."""


def _offers_several(question: Question | None, about: Collection[str]) -> bool:
    """Tells whether a mere yes leaves open which of several is meant."""
    return len(about) > 1 or (question is not None and question.kind is QuestionKind.CHOICE)


@dataclass
class Listener(Conversation):
    """A conversation that takes in what the person says."""

    @classmethod
    def caught_up(cls, tracker: Tracker) -> Listener:
        """Reads a conversation and takes in what the person has said since."""
        conversation = cls.of(tracker)
        for message in unheard(tracker, conversation.heard):
            conversation.hear(
                message,
                fears_danger=fears_danger(tracker.events, message),
                of_another=tells_of_anothers_crisis(message, conversation.record)
                or goes_on_about_another(tracker.events, message),
                besides=may_think_of_it_too(tracker.events, message),
                interrupted=not asked_last(tracker.events, message),
            )
        return conversation

    def hear(
        self,
        message: Mapping[str, Any],
        *,
        fears_danger: bool = False,
        of_another: bool = False,
        besides: Sequence[Finding] = (),
        interrupted: bool = False,
    ) -> None:
        """Takes in one message of the person.

        Args:
            message: A user event of Rasa, with what the NLU pipeline found in it.
            fears_danger: Whether it follows the question whether the person is in danger from themself.
            of_another: Whether it is about the crisis of somebody whom the screening is not about.
            besides: What it may tell besides, after the message before it.
            interrupted: Whether something else was said since the open question was asked.
        """
        begin_turn(self, message["message_id"], message["timestamp"])
        parsed = message.get("parse_data") or {}
        guess = parsed.get("intent") or {}
        intent = guess.get("name")
        if intent == OTHER_LANGUAGE:
            # Nothing in it is read: "no puedo orinar" would be a no.
            self.outcome = Outcome.DIGRESSION
            return
        self.turn += 1
        question = question_of(self.asking)
        text = message.get("text") or ""
        if question in KNOWLEDGE.steering and steer(self, question, text, guess):
            self.outcome, self.misses = Outcome.TOLD, 0
            return
        today = datetime.fromtimestamp(message["timestamp"]).date()
        about = self.about(question) if question else ()
        told_in = () if of_another else parsed.get("findings", ())
        heard = [*weighed(self, text, told_in, today, about), *besides]
        if fears_danger and (danger := danger_told(self, text, today)):
            question, about, heard = None, (), [*heard, danger]
        note_unknown(self, text, about)
        reply, restates, revises = replied(self, text, today, heard, question, about=about, parsed=parsed)
        answers_interruption = bool(about) and interrupted and is_mere(reply, about, intent)
        if answers_interruption:
            # "No" after words of despair or a pause says nothing of the list before them, which comes back.
            question, about = None, ()
            reply = read_as_reply(self, text, today, heard)
        found, conflicts, lessened = sorted_out(
            self, text, today, heard, reply, about=() if revises else about
        )
        answered = reply.answered and leaves_an_answer(self, found, conflicts, lessened, about)
        if not answered and is_about_somebody_else_now(self, text, found):
            self.turned_from = self.urgency.value
            begin_anew(self)
        before, doubted_before = self.record, dict(self.unconfirmed)
        self.record = with_implied(
            merged(self, in_one_place(self, text, found), text, restates, about), KNOWLEDGE.findings
        )
        let_go_with_what_was_taken_back(self, before)
        disputes = (
            *disputed(self.record, found, about),
            *lessened,
            *taken_back(self, text, today, found, before),
        )
        if answers_interruption and fears_danger and intent != AFFIRM and not REQUESTS.denies_plan(text):
            disputes = (*disputes, *told_just_before(self, text))
        denials = [replace(f, said=text) for f in disputes]
        to_confirm = [*conflicts, *may_tell((*heard, *reply.findings), found, reply.over)]
        take_unconfirmed(self, to_confirm, {f.id for f in found} - {f.id for f in denials}, denials, today)
        note_changes(self, before, about)
        note_sex(self, text)
        is_new = ask_where(self, text, heard, found) or bool(found or to_confirm or denials)
        told = is_new or bool(self.news_unknown) or answered or answers_interruption
        self._judge(text, told, reply, guess, _offers_several(question, about))
        if not told and asks_back(text, about) and asks_about_the_question(parsed):
            self.outcome = Outcome.ASKED
        self._put_again(parsed, about)
        if question is not None:
            repeats = told and (self.record, self.unconfirmed) == (before, doubted_before)
            # Who tells something else instead of confirming a sign is asked once more, and not for ever.
            self._close_or_keep(question, about, answered, repeats or (question.confirms and told))
        self._take_up(question if told and intent not in DIGRESSIONS else None, found)

    def _take_up(self, answering: Question | None, found: Sequence[Finding]) -> None:
        """Takes up what was told before a break, or asks again what may be otherwise now that it is worse."""
        if answering == RESUME:
            resume_by_telling(self, found)
        if self.assessed and WORSE in {(finding.id, finding.value) for finding in found}:
            screen_anew(self)

    def _put_again(self, parsed: Mapping[str, Any], about: Collection[str]) -> None:
        """Puts an earlier question again: the one that a message asks for, or an age that may be a slip."""
        named = question_about(self, parsed.get("request_about") or "") if self.picking else None
        wanted = named.findings if named else AGE & self.refused.keys() - set(about)
        if again := [finding for finding in wanted if finding in self.record]:
            self.changing, self.picking = again, False

    def _judge(self, text: str, told: bool, reply: Reply, guess: Mapping[str, Any], is_list: bool) -> None:
        """Says what came of a message, and counts those of which nothing came."""
        self.outcome = self._outcome_of(told, guess, is_list)
        self.outcome = self._told_how(reply)
        if self.outcome == Outcome.MISSED and REQUESTS.is_bereaved(text):
            self.outcome = Outcome.SHARED
        is_miss = self.outcome == Outcome.MISSED or guess.get("name") == STRANGE
        self.misses = self.misses + 1 if is_miss else 0
        if told or self.misses >= MOST_MISSES_OF_A_CHANGE:
            self.changing = []

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
        if intent == COMPLAINT and self.asking in (None, OPENING):
            return Outcome.VAGUE
        self.paused = intent in LEAVING
        is_digression = intent in DIGRESSIONS and not (intent == STRANGE and self.misses)
        return Outcome.DIGRESSION if is_digression else Outcome.MISSED

    def _told_how(self, reply: Reply) -> str:
        """Says of a message that told something whether it is an answer and nothing else."""
        is_answer = self.outcome == Outcome.TOLD and reply.answered and reply.complete
        return Outcome.ANSWERED if is_answer else self.outcome

    def _close_or_keep(
        self, question: Question, about: tuple[str, ...], answered: bool, passes: bool
    ) -> None:
        """Counts what a message is to the open question: a refusal, a reply, or nothing.

        Who passes it over has replied, as who repeats what is known, or the same question would come back
        for ever.
        """
        if self.outcome == Outcome.REFUSED:
            self._leave_open(question, about)
        elif answered or passes or self.outcome in NO_ANSWER:
            self._count_reply(question, answered, about)

    def _count_reply(self, question: Question, answered: bool, about: tuple[str, ...]) -> None:
        """Counts a reply to a question, and leaves the question open where asking again would not help."""
        name, tries = counted_as(question, about), tries_of(question)
        self.asked[name] = self.asked.get(name, 0) + 1
        if answered and (question.again or not set(about) & {*self.record, *self.unconfirmed}):
            # A second asking, or "I don't know" to a number or a choice.
            self.asked[name] = tries
        if self.asked[name] >= tries and not self.changing:
            again = {f for f in about if question.confirms and not answered and self._is_asked_later(f)}
            self.left_open = not answered and not again.issuperset(about)
            self._carry_as_unsure(about, again)

    def _leave_open(self, question: Question, about: tuple[str, ...]) -> None:
        """Leaves a question open that the person does not want to answer, and does not ask it again."""
        if self.changing:
            return
        self.asked[counted_as(question, about)] = tries_of(question)
        for other in KNOWLEDGE.questions:
            if other.again and set(about) & set(other.findings):
                self.asked.setdefault(other.id, tries_of(other))
        self._carry_as_unsure(about)

    def _is_asked_later(self, finding: str) -> bool:
        """Tells whether a list that every screening puts still asks for a finding."""
        return any(
            finding in missing(question, self.values) and self.asked.get(question.id, 0) < tries_of(question)
            for question in KNOWLEDGE.questions
            if question.always and not question.again
        )

    def _carry_as_unsure(self, about: Iterable[str], asked_later: Collection[str] = ()) -> None:
        """Notes as unsure what could not be found out: it must never count as absent."""
        for finding in about:
            if finding not in {*self.record, *asked_later} and is_sign(finding):
                self.record[finding] = Known(Assertion.UNSURE.value, "", self.turn)
            self.unconfirmed.pop(finding, None)
