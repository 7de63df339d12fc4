"""A message as the reply to the open question."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from actions.conversation import KNOWLEDGE, OPENING, PLACE, Conversation, is_sign, question_of
from actions.corrections import played_down, put_right, recalls_a_sign
from actions.crisis import DESPAIR, says_of_danger
from actions.intents import AFFIRM, CHANGE_ANSWER, CRISIS, DIGRESSIONS, STRANGE
from actions.messages import REMARKS, REQUESTS, UNDERSTANDING
from actions.reading import TRAUMA
from backchat.knowledge import Assertion, Finding, FindingKind, Question
from backchat.screening.record import improbable, longer_than_life, turned_young
from backchat.screening.triage import red_flags_of
from backchat.understanding.language import OTHER_LANGUAGE
from backchat.understanding.learned.agreement import values_of
from backchat.understanding.learned.examples import CRISIS_FINDINGS
from backchat.understanding.replies import Reply
from backchat.understanding.requests import answers_in

FEW = 2
"""An answer of no more words than this to the first question is about the place."""

INJURIES = frozenset({"fall", "road_crash", "direct_blow", "assault"})
"""What hurt the person, where it is asked how bad it was."""

SMALL_INJURY = "minor_trauma"

RED_FLAGS = red_flags_of(KNOWLEDGE.rules) - CRISIS_FINDINGS


def replied(
    conversation: Conversation,
    text: str,
    today: date,
    heard: Sequence[Finding],
    question: Question | None,
    *,
    about: tuple[str, ...],
    parsed: Mapping[str, Any],
) -> tuple[Reply, bool, bool]:
    """Reads a message as the reply to the open question, unless it is about something else.

    Returns:
        The reply, whether what it tells takes the place of what was known, and whether it is about an
        earlier answer instead of the open question.
    """
    intent = (parsed.get("intent") or {}).get("name")
    asked_after = REMARKS.asked_after(text, today, RED_FLAGS)
    answering = answers_in(text) if _is_number(about) else text
    heard = [f for f in heard if f.id not in about or answering[f.start : f.end].strip()]
    only_asks = not answering.strip() or any(_is_all_of(text, finding) for finding in asked_after)
    may_reply = _may_reply(question, parsed) and not only_asks
    reply = read_as_reply(conversation, answering, today, heard, question, about=about if may_reply else ())
    reply = _with_doubt_about(reply, {finding.id for finding in asked_after})
    reply = _without_denial_of_injury(reply, about)
    restates = intent == CHANGE_ANSWER or REQUESTS.restates(text)
    may_revise = restates or _leaves_room(reply)
    instead = (
        put_right(conversation, text, today, heard, about, stays_open=not reply.answered)
        if may_revise
        else []
    )
    revises = bool(instead) or recalls_a_sign(conversation, text, heard, about)
    told_besides = conversation.news_unknown or intent == CRISIS or any(map(_is_value, heard))
    if revises or (told_besides and _only_doubts(reply, about)):
        # "No, it's the left side" denies no sign, "I said 4 but it's 7" tells no age, "I said none but
        # I'm numb" is about an earlier list, and "I don't know, I just want to die", "can't remember when
        # it began" and "not sure, a 6 I think" doubt none.
        reply = read_as_reply(conversation, text, today, [*heard, *instead])
    return reply, restates or bool(instead), revises


def read_as_reply(
    conversation: Conversation,
    text: str,
    today: date,
    heard: Sequence[Finding],
    question: Question | None = None,
    *,
    about: Sequence[str] = (),
) -> Reply:
    """Reads a message as the reply to what a question is about, if there is anything."""
    places = question_of(PLACE)
    opens = question is not None and question.id == OPENING and len(text.split()) <= FEW
    if opens and places is not None and not any(finding.id == "subject" for finding in heard):
        # "Low" is where it hurts, and no mood.
        reply = UNDERSTANDING.read_reply(text, [PLACE], places.options, heard, today)
        if reply.answered:
            apart = (f for f in reply.findings if f.id == PLACE or f.said.strip() != text.strip())
            return replace(reply, findings=tuple(apart))
    if question is None or not about:
        return Reply(tuple(finding for finding in heard if not finding.confirm), answered=False)
    reply = UNDERSTANDING.read_reply(text, about, conversation.options(question, about), heard, today)
    if _is_the_rest_of_nothing(conversation, question, reply, text):
        # "The rest is no" after an earlier list was refused is hardly about the one that came next.
        reply = _without_denials(reply, about, about)
    return _with_thoughts(_without_denials_of_else(reply, text, question, about), text, today, about)


def sorted_out(
    conversation: Conversation,
    text: str,
    today: date,
    heard: Sequence[Finding],
    reply: Reply,
    *,
    about: Sequence[str],
) -> tuple[list[Finding], list[Finding], list[Finding]]:
    """Parts what a reply told: what counts, and what the person is asked about.

    That is what hardly can be so, and what is said to be less than it was told to be. What can't be so at
    all is refused.
    """
    slips = UNDERSTANDING.slips(text, () if asks_back(text, about) else about, today)
    too_long = longer_than_life(conversation.record, reply.findings)
    conversation.refused = {f.id: f.said for f in (*slips.impossible, *([too_long] if too_long else []))}
    doubtful = improbable(conversation.record, reply.findings, KNOWLEDGE.findings, about)
    conflicts = [replace(f, said=text) for f in (*slips.conflicts, *doubtful) if f.id not in about]
    if young := turned_young(conversation.record, reply.findings, about):
        conversation.refused[young.id] = young.said
    left_out = {*conversation.refused, *(finding.id for finding in conflicts)}
    found = [_quoted(conversation, f) for f in reply.findings if f.id not in left_out and not f.confirm]
    doubted = {f.id for f in heard if f.confirm} | {f.id for f in doubtful}
    likely = doubted - {finding.id for finding in found}
    found = [finding for finding in found if not _counts_only_with(likely, finding)]
    kept, lessened = played_down(conversation, text, found, about)
    return kept, conflicts, lessened


def leaves_an_answer(
    conversation: Conversation,
    found: Sequence[Finding],
    conflicts: Sequence[Finding],
    lessened: Sequence[Finding],
    about: Sequence[str],
) -> bool:
    """Tells whether an answer is left once what can't be taken as it is told is sorted out."""
    is_left = not lessened or any(finding.id in about for finding in found)
    return is_left and not set(about) <= {*conversation.refused, *(finding.id for finding in conflicts)}


def asks_back(text: str, about: Sequence[str]) -> bool:
    """Tells whether a message asks, and gives no number, where one is asked for."""
    return _is_number(about) and not answers_in(text).strip()


def asks_about_the_question(parsed: Mapping[str, Any]) -> bool:
    """Tells whether a question is about the one that is open, and so about none that a rule answers.

    A number in it is one of those asked for: "is 10 like childbirth?".
    """
    intent = (parsed.get("intent") or {}).get("name")
    if parsed.get("request") or intent in (CRISIS, OTHER_LANGUAGE):
        return False
    has_number = any(letter.isdigit() for letter in parsed.get("text") or "")
    return has_number or intent not in DIGRESSIONS - {STRANGE, "ask_faq"}


def is_mere(reply: Reply, about: Container[str], intent: str | None) -> bool:
    """Whether a reply is no more than a yes or no, and doesn't deny the list in so many words."""
    mere = _only_denies(reply, about) or (intent == AFFIRM and not reply.answered)
    return mere and not reply.denies_list


def _quoted(conversation: Conversation, finding: Finding) -> Finding:
    """Gives what is confirmed with the words that told it first, and not with the "yes"."""
    first = None if finding.id in conversation.record else conversation.unconfirmed.get(finding.id)
    return replace(finding, said=first) if first else finding


def _may_reply(question: Question | None, parsed: Mapping[str, Any]) -> bool:
    """Whether a message can be a reply: a request is none, but "just kidding" to whether something is so."""
    request = parsed.get("request")
    return not request or (question is not None and question.confirms and request == CHANGE_ANSWER)


def _is_number(about: Sequence[str]) -> bool:
    """Tells whether a number is asked for."""
    return bool(about) and KNOWLEDGE.findings[about[0]].kind is FindingKind.NUMBER


def _is_all_of(text: str, finding: Finding) -> bool:
    """Tells whether a text is the words of a finding and nothing else."""
    return not f"{text[: finding.start]}{text[finding.end :]}".strip(" .?!")


def _with_doubt_about(reply: Reply, asked_after: Container[str]) -> Reply:
    """Leaves open the signs of which a reply asks what to make of them."""
    present = Assertion.PRESENT.value
    findings = (
        replace(f, confirm=f.confirm or (f.id in asked_after and f.value == present)) for f in reply.findings
    )
    return replace(reply, findings=tuple(findings))


def _without_denial_of_injury(reply: Reply, about: Collection[str]) -> Reply:
    """Leaves open how serious an injury was that is told beside a mere "no" to the list with it.

    "No, but I had a crash on Tuesday" denies the weakness and the rest, and no crash.
    """
    told = {f.id: f for f in reply.findings}
    injured = INJURIES.intersection(values_of(told.get("mechanism")))
    small = told.get(SMALL_INJURY)
    denied = told.get(TRAUMA)
    is_by_the_way = denied is not None and denied.value == Assertion.ABSENT.value and TRAUMA in reply.unnamed
    if not injured or not is_by_the_way or (small is not None and small.value != Assertion.ABSENT.value):
        return reply
    kept = tuple(f for f in reply.findings if f is not denied)
    return replace(reply, findings=kept, answered=any(f.id in about for f in kept))


def _is_value(finding: Finding) -> bool:
    """Tells whether a finding surely has a value of its own, and is no sign."""
    return not is_sign(finding.id) and not finding.confirm


def _leaves_room(reply: Reply) -> bool:
    """Whether a reply about the rest may put something else right, too; what is picked means just that."""
    return bool(reply.unnamed) and not reply.exact


def _only_doubts(reply: Reply, about: Container[str]) -> bool:
    return {f.value for f in reply.findings if f.id in about} == {Assertion.UNSURE.value}


def _only_denies(reply: Reply, about: Container[str]) -> bool:
    return {f.value for f in reply.findings if f.id in about} == {Assertion.ABSENT.value}


def _counts_only_with(likely: Container[str], finding: Finding) -> bool:
    """Tells whether a number is one of something that has to be asked about first: weeks of a pregnancy."""
    spec = KNOWLEDGE.findings[finding.id]
    return spec.kind is FindingKind.NUMBER and any(other in likely for other in spec.implies)


def _without_denials_of_else(reply: Reply, text: str, question: Question, about: Collection[str]) -> Reply:
    """Leaves out what a mere "no" denies that goes on about something else than what was asked.

    "No, I don't want the police" denies no hard blow, and "no, no plan" no thoughts of ending one's life.
    """
    of_blow = question.confirms or TRAUMA in about
    beside = set(about) if of_blow and REQUESTS.speaks_of_else(text) and not reply.denies_list else set()
    if REQUESTS.denies_plan(text) and not reply.denies_list:
        beside |= {DESPAIR}
    return _without_denials(reply, beside, about)


def _without_denials(reply: Reply, beside: Collection[str], about: Collection[str]) -> Reply:
    """Leaves out of some signs that they are not there, where no word names them."""
    gone = reply.unnamed.intersection(beside)
    kept = tuple(f for f in reply.findings if not (f.id in gone and f.value == Assertion.ABSENT.value))
    if len(kept) == len(reply.findings):
        return reply
    return replace(reply, findings=kept, answered=any(f.id in about for f in kept))


def _is_the_rest_of_nothing(conversation: Conversation, question: Question, reply: Reply, text: str) -> bool:
    """Whether a reply is about the rest of a list of which nothing has been told yet."""
    is_begun = question.id in conversation.asked or not conversation.record.keys().isdisjoint(
        question.findings
    )
    names_any = any(f.id in question.findings and f.id not in reply.unnamed for f in reply.findings)
    return not is_begun and not names_any and REMARKS.speaks_of_the_rest(text)


def _with_thoughts(reply: Reply, text: str, today: date, about: Collection[str]) -> Reply:
    """Takes "yes, but I have no plan" for thoughts of ending one's life, in answer to a list with both."""
    others = tuple(f for f in reply.findings if not (f.id == DESPAIR and f.confirm))
    if DESPAIR not in about or not REQUESTS.denies_plan(text) or DESPAIR in {f.id for f in others}:
        return reply
    if says_of_danger(text, today) != Assertion.PRESENT.value:
        return reply
    thoughts = Finding(DESPAIR, Assertion.PRESENT.value, text, 0, len(text))
    return replace(reply, findings=(*others, thoughts), answered=True)
