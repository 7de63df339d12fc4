"""What a message tells, weighed by what is known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from actions.conversation import KNOWLEDGE, SPEAKER, Conversation
from actions.crisis import DESPAIR, goes_with_despair
from actions.messages import REMARKS, REQUESTS, UNDERSTANDING
from backchat.knowledge import Assertion, Finding
from backchat.knowledge.phrases import COUNTRY
from backchat.screening.persons import sex_told
from backchat.screening.record import Known
from backchat.screening.speech import ABOUT_WHOM, SOMEBODY_ELSE
from backchat.understanding.places import Standing

OF_ANYBODY = frozenset({"age", "sex"})
"""What people also tell of others by the way."""

NOT_BY_FORCE = frozenset({"iv_drug_use", "cancer_history", "immunosuppressed", "pregnant"})
"""What words for violence may look like to the network and don't tell: "he hits me" is no injecting."""

STRENGTH, STRONG, STRONGEST = "severity", 7, 10
"""Above the second a number without a word, of which no option has it, is how strong the pain is."""

BELOW_A_LIST = ("none", "unsure")
"""The options that every list ends with."""

TRAUMA = "major_trauma"
"""Who has been attacked is asked how bad it was, so that no word for it has to be confirmed before."""


def weighed(
    conversation: Conversation,
    text: str,
    found: Iterable[Mapping[str, Any]],
    today: date,
    about: Collection[str],
) -> list[Finding]:
    """Weighs what a message tells, with what the one before left open, and nothing by the way."""
    heard = [*_heard(conversation, text, found, today), *_bare_strength(conversation, text, about)]
    return without_passing(conversation, text, [*heard, *_placed(conversation, text, heard, today)], about)


def _heard(
    conversation: Conversation, text: str, found: Iterable[Mapping[str, Any]], today: date
) -> list[Finding]:
    """Weighs what the NLU pipeline found in a message."""
    told = [Finding.from_dict(entry) for entry in found]
    heard = [*UNDERSTANDING.weighed(text, told, today, conversation.there)]
    if REQUESTS.names_whom(text) and "subject" not in {finding.id for finding in heard}:
        # It hardly looks like news to the network: "that was my mum, not me".
        heard += [f for f in UNDERSTANDING.read(text, today) if f.id in ABOUT_WHOM]
    if REQUESTS.tells_of_assault(text) and REQUESTS.speaks_of_oneself(text):
        # "My boyfriend gets rough, and my back is sore" is about the writer.
        heard = [f for f in heard if (f.id, f.value) != ("subject", SOMEBODY_ELSE)]
    attacked = any(f.id == "mechanism" for f in heard)
    asked_next = NOT_BY_FORCE | ({TRAUMA} if attacked else set())
    # "I have no plan to end my life" denies a plan, and no thoughts of it.
    return [
        replace(f, confirm=f.confirm and not goes_with_despair(conversation, f))
        for f in heard
        if not (f.confirm and f.id in asked_next and REQUESTS.tells_of_assault(f.said))
        if not ((f.id, f.value) == (DESPAIR, Assertion.ABSENT.value) and REQUESTS.denies_plan(text))
    ]


def _bare_strength(conversation: Conversation, text: str, about: Collection[str]) -> list[Finding]:
    """Takes a number that no option has for how strong the pain is: "10" after "it is so bad"."""
    number = text.strip(" .")
    if len(about) == 1 or not number.isdecimal() or STRENGTH in conversation.record:
        return []
    is_strength = max(len(about) + len(BELOW_A_LIST), STRONG) < int(number) <= STRONGEST
    return [Finding(STRENGTH, float(number), text, 0, len(text))] if is_strength else []


def without_passing(
    conversation: Conversation, text: str, found: Iterable[Finding], about: Collection[str]
) -> list[Finding]:
    """Leaves out the numbers by the way of something else, where the right one is known already.

    "It's worse since Tuesday" is no news of how long it has hurt.
    """
    heard = list(found)
    if any((f.id, f.value) == ("subject", SOMEBODY_ELSE) for f in heard):
        return heard
    restates = REQUESTS.restates(text) or REMARKS.corrects(text)
    return [
        f
        for f in _without_relatives(conversation, text, heard)
        if f.id in about
        or f.id not in conversation.record
        or not isinstance(f.value, float)
        or REMARKS.is_told_again(text, f, restates=restates)
    ]


def _without_relatives(conversation: Conversation, text: str, found: list[Finding]) -> list[Finding]:
    """Leaves out how old somebody else is, and their sex, once the person has told of their own pain."""
    told = any(finding.id == "subject" for finding in found)
    if told or not conversation.record or SPEAKER.is_about_another(conversation.record):
        return found
    return [f for f in found if f.id not in OF_ANYBODY or not REMARKS.is_of_a_relative(text, f)]


def _placed(conversation: Conversation, text: str, heard: Sequence[Finding], today: date) -> list[Finding]:
    """Reads where the sign is that the message before told without a place."""
    sign, conversation.placeless = conversation.placeless, None
    if sign is None:
        return []
    known = {finding.id for finding in heard}
    return [f for f in REMARKS.in_place(sign, text, today) if f.id not in known]


def in_one_place(conversation: Conversation, text: str, found: Sequence[Finding]) -> list[Finding]:
    """Takes in where the person is now: a home does not take the place of that, and in doubt none is known.

    "I'm on holiday in Spain" stays so after "I live in Leeds", and neither stays after "I'm in Perth", which
    may be in Australia.
    """
    said, known = UNDERSTANDING.places.whereabouts(text), conversation.record.get(COUNTRY)
    if said is None or known is None or known.value in said.countries:
        return list(found)
    told = UNDERSTANDING.places.whereabouts(known.said)
    if told is not None and said.standing < min(told.standing, Standing.HERE):
        return [finding for finding in found if finding.id != COUNTRY]
    if len(said.countries) != 1:
        conversation.record = {f: k for f, k in conversation.record.items() if f != COUNTRY}
    return list(found)


def ask_where(
    conversation: Conversation, text: str, heard: Sequence[Finding], found: Sequence[Finding]
) -> bool:
    """Asks again what a sign that is told without a place can be, though a list with it was denied.

    Where it answers the open list, only what comes next may still tell another place: "down there".
    """
    conversation.placeless = REMARKS.placeless(text, heard)
    if conversation.placeless is None or REMARKS.placeless(text, found) is None:
        return False
    can_be = REMARKS.can_be(conversation.placeless)
    denied = {
        f
        for f in can_be
        if f in conversation.record and conversation.record[f].value == Assertion.ABSENT.value
    }
    conversation.record = {
        finding: known for finding, known in conversation.record.items() if finding not in denied
    }
    for question in KNOWLEDGE.questions:
        if denied & set(question.findings) and not question.again and question.id != conversation.asking:
            conversation.asked.pop(question.id, None)
    return bool(denied)


def note_unknown(conversation: Conversation, text: str, about: Sequence[str]) -> None:
    """Notes of which values a message says unasked that the person doesn't know them."""
    conversation.news_unknown = [
        f for f in REMARKS.not_known(text) if f not in (*about, *conversation.record)
    ]
    conversation.unknown = list(dict.fromkeys([*conversation.unknown, *conversation.news_unknown]))


def note_sex(conversation: Conversation, text: str) -> None:
    """Notes the sex of somebody else where only the words for them tell it; nobody is asked for it."""
    sex = sex_told(KNOWLEDGE.persons, text) if SPEAKER.is_about_another(conversation.record) else None
    if sex is not None and "sex" not in conversation.record:
        conversation.record["sex"] = Known(sex, text, conversation.turn)
