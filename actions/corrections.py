"""What a message puts right, plays down or takes back of what was told before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from actions.conversation import KNOWLEDGE, PLACE, Conversation, is_sign, question_of
from actions.intents import BEEN_SEEN
from actions.messages import REMARKS, REQUESTS, UNDERSTANDING
from actions.reading import without_passing
from backchat.knowledge import Assertion, Finding, FindingKind, Question
from backchat.screening.record import SETTLED, Known
from backchat.screening.speech import SOMEBODY_ELSE

ELSEWHERE = frozenset({"region", "radiation", "side"})
"""What tells where something is, and so where a sign is instead."""


def put_right(
    conversation: Conversation,
    text: str,
    today: date,
    heard: Sequence[Finding],
    about: Sequence[str],
    *,
    stays_open: bool,
) -> list[Finding]:
    """Finds what a message puts in the place of an answer to another question than the open one."""
    # A number that is put right hardly looks like one to the network: "I meant 3 weeks, not 2".
    read = [f for f in UNDERSTANDING.read(text, today) if isinstance(f.value, float)]
    numbers = without_passing(conversation, text, read, about)
    told = [f for f in heard or numbers if f.id not in about and _is_other_value(conversation, f)]
    return told or swapped(
        conversation, text, today, {finding.id for finding in heard}, stays_open=stays_open
    )


def recalls_a_sign(
    conversation: Conversation, text: str, heard: Iterable[Finding], about: Collection[str]
) -> bool:
    """Tells whether a message speaks of an earlier answer, and tells otherwise of a sign in it."""
    signs = (f for f in heard if f.id in conversation.record and f.id not in about)
    return REQUESTS.recalls(text) and any(
        is_sign(f.id) and f.value != conversation.record[f.id].value for f in signs
    )


def _is_other_value(conversation: Conversation, finding: Finding) -> bool:
    """Tells whether a finding is a value, and no sign, and not the one that is known."""
    known = conversation.record.get(finding.id)
    if known is None or finding.confirm or is_sign(finding.id):
        return False
    if isinstance(known.value, tuple) and isinstance(finding.value, tuple):
        return not set(finding.value) <= set(known.value)
    return known.value != finding.value


def swapped(
    conversation: Conversation, text: str, today: date, heard: Collection[str], stays_open: bool
) -> list[Finding]:
    """Reads what a message puts in the place of an answer: "I said left but I meant right".

    The message has to name that answer, or to follow it at once, and can be about no other one. A choice
    is put right too where that is no answer to the open question: "actually it's the right".
    """
    parts, recalls = [part for part in REQUESTS.parts(text) if part], REQUESTS.recalls(text)
    if not recalls and not parts[1:]:
        # There has to be what was said before, and what is right.
        return []
    told_anew = []
    for question, finding in _replaceable(conversation, heard):
        known, options = conversation.record[finding], question.options_about([finding])
        replies = [UNDERSTANDING.read_reply(part, [finding], options, [], today) for part in parts]
        told = [f for reply in replies for f in reply.findings if f.id == finding]
        new = [f for f in told if f.value != known.value]
        follows = recalls and known.turn == conversation.turn - 1 and isinstance(known.value, float)
        is_choice = KNOWLEDGE.findings[finding].kind is FindingKind.CHOICE
        if new and (len(new) < len(told) or follows or (is_choice and (recalls or stays_open))):
            told_anew.append(replace(new[-1], said=text))
    return told_anew if len(told_anew) == 1 else []


def _replaceable(conversation: Conversation, heard: Collection[str]) -> Iterator[tuple[Question, str]]:
    """Yields the answers that are a value and no sign, and that a message says nothing of by itself."""
    for answer in conversation.answers():
        for finding in answer.findings:
            if not is_sign(finding) and finding not in heard:
                yield answer.question, finding


def played_down(
    conversation: Conversation, text: str, found: Sequence[Finding], about: Collection[str]
) -> tuple[list[Finding], list[Finding]]:
    """Parts what a message tells from the denials of known signs of which it says only how bad they are.

    "It's not that weak" leaves the weakness as it is, and it is asked about; where it was just asked
    about, it is as it was, or else in doubt.
    """
    if not REMARKS.plays_down(text):
        return [*found], []
    question = question_of(conversation.asking)
    confirmed = about if question is not None and question.confirms else ()
    kept, denials, doubts = [], [], []
    for finding in found:
        known = conversation.record.get(finding.id)
        lessened = finding.value in (Assertion.ABSENT.value, Assertion.UNSURE.value)
        is_known = known is not None and known.value in SETTLED
        if lessened and is_known and finding.id not in confirmed:
            denials.append(replace(finding, value=Assertion.ABSENT.value))
        elif lessened and (is_known or finding.id in confirmed):
            value = known.value if known is not None and is_known else Assertion.UNSURE.value
            kept.append(replace(finding, value=value))
        elif finding.value == Assertion.UNSURE.value and REMARKS.plays_down(finding.said):
            doubts.append(finding)
        else:
            kept.append(finding)
    # The words for a known sign are none for the one of the same name in the open list.
    return (kept, denials) if denials else ([*kept, *doubts], denials)


def taken_back(
    conversation: Conversation,
    text: str,
    today: date,
    found: Sequence[Finding],
    before: Mapping[str, Known],
) -> tuple[Finding, ...]:
    """Lists the signs that a message takes back without a word on what is right, to ask about each.

    "I was wrong about the fever" and "the fever has gone" may well mean that there is none now; but what
    can't wait is looked at though it has gone.
    """
    only_denies_others = all(f.value == Assertion.ABSENT.value and f.id not in before for f in found)
    if only_denies_others and REMARKS.corrects(text):
        return told_just_before(conversation, text)
    if slips := _slips(conversation, text, today, found):
        return slips
    over = [f for f in REMARKS.over(text) if f in before and f not in {g.id for g in found}]
    if (gone := [f for f in over if before[f].value in SETTLED]) and not conversation.urgency.is_emergency:
        return tuple(_denied(f, text) for f in gone)
    if not REMARKS.takes_back(text):
        return ()
    told = [f for f in found if f.id in before and before[f.id].value in SETTLED and f.value in SETTLED]
    return tuple(f for f in told if is_sign(f.id))


def _slips(
    conversation: Conversation, text: str, today: date, found: Sequence[Finding]
) -> tuple[Finding, ...]:
    """Denies the signs of the message before this one that this one puts in other words, or denies.

    "I meant my thigh, not my privates" does, and so does "oh no, none of them" once nothing is asked any
    more. A mere "no" then may be about what was advised.
    """
    told = {finding.id for finding in found if finding.value in SETTLED}
    signs = [sign for sign in told_just_before(conversation, text) if sign.id not in told]
    is_done, recalls = conversation.asking is None, REQUESTS.recalls(text)
    has_been_seen = REQUESTS.read(text) == BEEN_SEEN or REQUESTS.has_been_seen(text)
    if not signs or not (is_done or recalls) or REQUESTS.adds(text) or has_been_seen:
        return ()
    lessened = REMARKS.lessened(text)
    # Where the answer is known, and it is put otherwise, the person is asked which of the two is right.
    instead = is_done and recalls and any(is_sign(f.id) or f.id in ELSEWHERE for f in found)
    return tuple(
        sign
        for sign in signs
        if instead or sign.id in lessened or _denies(text, sign.id, found, today, recalls)
    )


def _denies(text: str, sign: str, found: Sequence[Finding], today: date, recalls: bool) -> bool:
    """Tells whether a message that is read as the reply about a sign denies it in more words than a "no"."""
    question = next((q for q in KNOWLEDGE.questions if sign in q.findings and not q.again), None)
    if question is None:
        return False
    reply = UNDERSTANDING.read_reply(text, [sign], question.options_about([sign]), list(found), today)
    denied = any((f.id, f.value) == (sign, Assertion.ABSENT.value) for f in reply.findings)
    in_words = not reply.exact and sign not in reply.unnamed and (recalls or reply.complete)
    return denied and (in_words or reply.denies_list)


def told_just_before(conversation: Conversation, text: str) -> tuple[Finding, ...]:
    """Denies the signs of the message before this one, which takes back what is not named."""
    return tuple(
        _denied(finding, text)
        for finding, known in conversation.record.items()
        if known.turn == conversation.turn - 1 and known.value in SETTLED and is_sign(finding)
    )


def _denied(finding: str, text: str) -> Finding:
    return Finding(finding, Assertion.ABSENT.value, text, 0, len(text))


def _is_of_another_age(conversation: Conversation, found: Iterable[Finding]) -> bool:
    """Whether a message tells another age than the writer has told of themself."""
    known = conversation.record.get("age")
    is_own = "subject" not in conversation.record
    return known is not None and is_own and any(f.id == "age" and f.value != known.value for f in found)


def is_about_somebody_else_now(conversation: Conversation, text: str, found: Sequence[Finding]) -> bool:
    """Whether a message turns to another person, of whom nothing that was told is true.

    "Sorry, that was my mum, not me" only says of whom it is true. Who never said about whom they write
    means themself where they have a result, or tell of the other one's pain as one more.
    """
    known = conversation.record.get("subject")
    told = {finding.value for finding in found if finding.id == "subject"}
    if SOMEBODY_ELSE in told and _is_of_another_age(conversation, found):
        # "It's for my mum, she's 62" from who said that they are 34.
        return True
    if not told or (SOMEBODY_ELSE in told and REQUESTS.restates(text)):
        return False
    if known is not None:
        return known.value not in told
    if SOMEBODY_ELSE not in told or not conversation.record or REQUESTS.names_whom(text):
        return False
    return conversation.assessed or REQUESTS.adds(text) or PLACE in {finding.id for finding in found}
