"""Breaks, and what the person decides about the conversation: go on, begin anew, change, delete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from actions.conversation import CHANGE, ERASE, KNOWLEDGE, RESUME, Conversation, record_of
from actions.intents import AFFIRM, ASK_BACK, DELETE_DATA, DIGRESSIONS, GO_ON, NEVER_MIND, SURE
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
    # "What?" stands in "Only what I tell you today" and doesn't choose it.
    choice = None if intent in ASK_BACK else picked(text, conversation.options(question, ()))
    if choice is None and guess.get("confidence", 0) >= SURE:
        choice = CHOSEN_BY.get((question.id, intent))
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

    It has hurt for so much longer by now. Where it has got worse since, the signs are asked anew.
    """
    got_worse = "trend" in conversation.record and conversation.record["trend"].value == WORSE[1]
    conversation.record = {
        **lasting_on(record_of(earlier["findings"]), earlier.get("days_ago", 0)),
        **conversation.record,
    }
    conversation.asked = {**earlier["asked"], **conversation.asked}
    conversation.unconfirmed = {**earlier["unconfirmed"], **conversation.unconfirmed}
    if got_worse:
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
