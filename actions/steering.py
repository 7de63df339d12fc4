"""Breaks, and what the person decides about the conversation: go on, begin anew, change, delete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from actions.conversation import CHANGE, ERASE, KNOWLEDGE, RESUME, Conversation, record_of
from actions.intents import AFFIRM, ASK_BACK, DELETE_DATA, DIGRESSIONS, GO_ON, NEVER_MIND, SURE
from actions.messages import REMARKS, REQUESTS
from backchat.knowledge import Finding, Question
from backchat.screening.record import SETTLED, lasting_on
from backchat.understanding.requests import picked

KEEP, CONTINUE, ANEW, DELETE = "keep", "continue", "anew", "delete"
"""The options of these questions that are no answer of the person."""

BREAK, DAY = 30 * 60, 24 * 60 * 60
"""After so many seconds a person is told where they were, or asked whether to start anew."""

MOST_MISSES_OF_A_CHANGE = 2
"""After so many messages in a row that are not understood an answer stays what it was."""

WORSE = ("trend", "worsening")

CHOSEN_BY = {
    (CHANGE.id, "deny"): KEEP,
    (CHANGE.id, GO_ON): KEEP,
    (CHANGE.id, NEVER_MIND): KEEP,
    (RESUME.id, AFFIRM): CONTINUE,
    (RESUME.id, GO_ON): CONTINUE,
    (RESUME.id, "deny"): ANEW,
    (ERASE.id, AFFIRM): DELETE,
    (ERASE.id, DELETE_DATA): DELETE,
    (ERASE.id, "deny"): KEEP,
    (ERASE.id, NEVER_MIND): KEEP,
}
"""What an intent chooses from the options of a question about the conversation."""


def steer(conversation: Conversation, question: Question, text: str, guess: Mapping[str, Any]) -> bool:
    """Does what the answer to a question about the conversation itself says, if the message is one."""
    intent = guess.get("name", "")
    choice = _choice(conversation, question, text, guess)
    earlier, conversation.earlier = conversation.earlier, None
    if question == CHANGE and choice not in (None, KEEP):
        conversation.changing = next(
            list(a.findings) for a in conversation.answers() if a.question.id == choice
        )
    elif question == ERASE:
        conversation.erased, conversation.spared = choice == DELETE, choice == KEEP
        conversation.earlier, conversation.erasing = earlier, choice is None and intent in ASK_BACK
    elif earlier and choice == CONTINUE:
        _go_on_from(conversation, earlier)
    elif choice is None and (intent in DIGRESSIONS or _may_ask_again(conversation, question)):
        conversation.earlier, conversation.picking = earlier, question == CHANGE
    return choice is not None


def _choice(
    conversation: Conversation, question: Question, text: str, guess: Mapping[str, Any]
) -> str | None:
    """Reads which option a message chooses."""
    intent = guess.get("name", "")
    if intent in ASK_BACK:
        return None  # "What?" stands in "Only what I tell you today" and doesn't choose it.
    choice = picked(text, conversation.options(question, ()))
    if choice is None and guess.get("confidence", 0) >= SURE:
        choice = CHOSEN_BY.get((question.id, intent))
    return choice or (_answer_named(conversation, text) if question == CHANGE else None)


def _answer_named(conversation: Conversation, text: str) -> str | None:
    """Reads which answer a message wants to change by its place in the list, or by what it is about."""
    answers = [answer.question.id for answer in conversation.answers()]
    place = REMARKS.place_named(text)
    if place is not None and abs(place) <= len(answers):
        return answers[place if place < 0 else place - 1]
    named = question_about(conversation, text) if REQUESTS.is_name(text) else None
    return named.id if named and named.id in answers else None


def question_about(conversation: Conversation, about: str) -> Question | None:
    """Finds the question that is about what some words name, one that was put if possible."""
    named = [f for f in (*REMARKS.signs_named(about), REQUESTS.value_named(about)) if f]
    answered = [answer.question for answer in conversation.answers()]
    others = [question for question in KNOWLEDGE.questions if not question.again]
    put = [question for question in others if question.id in conversation.asked]
    found = (q for some in (answered, put, others) for f in named for q in some if f in q.findings)
    return next(found, None)


def _may_ask_again(conversation: Conversation, question: Question) -> bool:
    """Whether it is asked once more whether to go on; else only what is told today counts."""
    return question == RESUME and conversation.misses < MOST_MISSES_OF_A_CHANGE


def begin_turn(conversation: Conversation, message_id: str, written_at: float) -> None:
    """Lets go of what was only for the last turn, and looks at how long ago that was."""
    away = written_at - (conversation.heard_at or written_at)
    conversation.heard, conversation.heard_at = message_id, written_at
    conversation.news, conversation.changed, conversation.refused, conversation.news_unknown = [], [], {}, []
    conversation.picking = conversation.erasing = conversation.left_open = conversation.screened_anew = False
    conversation.turned_from = None
    conversation.returned, conversation.paused = conversation.paused or away >= BREAK, False
    if away >= DAY and conversation.record:
        found = {finding: known.as_dict() for finding, known in conversation.record.items()}
        kept = {"findings": found, "asked": conversation.asked, "unconfirmed": conversation.unconfirmed}
        kept["assessed"] = conversation.assessed
        conversation.earlier = {**kept, "days_ago": away // DAY}
        begin_anew(conversation)


def begin_anew(conversation: Conversation) -> None:
    """Lets go of all that was told and asked, and of a result that rests on it."""
    conversation.record, conversation.asked, conversation.unconfirmed = {}, {}, {}
    conversation.changing, conversation.unknown = [], []
    conversation.asking, conversation.assessed = None, False


def resume_by_telling(conversation: Conversation, found: Iterable[Finding]) -> None:
    """Leaves what was told before a break for what is told now; "it got worse" goes on with it."""
    earlier, conversation.earlier = conversation.earlier, None
    if earlier and {(finding.id, finding.value) for finding in found} == {WORSE}:
        _go_on_from(conversation, earlier)


def _go_on_from(conversation: Conversation, earlier: Mapping[str, Any]) -> None:
    """Takes up what was known before a break; what has been told since, or may have been, stays.

    It has hurt for so much longer by now. The signs of a screening that was complete are asked anew, as are
    those of pain that has got worse since.
    """
    got_worse = "trend" in conversation.record and conversation.record["trend"].value == WORSE[1]
    conversation.record = {
        **lasting_on(record_of(earlier["findings"]), earlier.get("days_ago", 0)),
        **conversation.record,
    }
    conversation.asked = {**earlier["asked"], **conversation.asked}
    conversation.unconfirmed = {**earlier["unconfirmed"], **conversation.unconfirmed}
    if got_worse or earlier.get("assessed"):
        screen_anew(conversation)


def screen_anew(conversation: Conversation) -> None:
    """Forgets the answers that may be others now that the pain is worse, so that they are asked again."""
    anew = {f for question in KNOWLEDGE.questions if question.anew for f in question.findings}
    stale = {f for f in anew & conversation.record.keys() if _may_have_changed(conversation, f)}
    conversation.record = {
        finding: known for finding, known in conversation.record.items() if finding not in stale
    }
    for question in KNOWLEDGE.questions:
        if stale & set(question.findings):
            conversation.asked.pop(question.id, None)
    conversation.screened_anew = bool(stale) and not conversation.urgency.is_emergency


def _may_have_changed(conversation: Conversation, finding: str) -> bool:
    known = conversation.record[finding]
    return known.turn < conversation.turn and known.value not in SETTLED
