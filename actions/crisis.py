"""Crises: what a message tells of one, and where help is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from actions.conversation import PLACE, SPEAKER, Conversation
from actions.intents import AFRAID, CRISIS
from actions.messages import REQUESTS, UNDERSTANDING, before, last_action, since_start
from backchat.knowledge import Assertion, Finding
from backchat.knowledge.models import Condition
from backchat.screening.conditions import holds
from backchat.screening.record import SETTLED, Known, Record
from backchat.screening.speech import SOMEBODY_ELSE
from backchat.understanding.learned.examples import CRISIS_FINDINGS

CRISIS_ACTION, DESPAIR = "action_crisis", "suicidal_thoughts"
OVERDOSE, PLAN = "overdose", "suicidal_plan"
COUNTRY = "country"
PLANS = CRISIS_FINDINGS - {OVERDOSE}

ASSAULTED: Condition = {"mechanism": "assault"}
"""Who has been attacked is first told where to be safe."""


def fears_danger(events: Sequence[Mapping[str, Any]], message: Mapping[str, Any]) -> bool:
    """Tells whether a message answers whether the person is in danger, and not from somebody else."""
    parsed = message.get("parse_data") or message
    if last_action(events, message) != CRISIS_ACTION or (parsed.get("intent") or {}).get("name") == AFRAID:
        # "I'm scared" says neither yes nor no.
        return False
    earlier = _message_before(events, message)
    return not fears_violence(earlier) and not tells_of_anothers_crisis(earlier, {})


def _message_before(events: Sequence[Mapping[str, Any]], message: Mapping[str, Any]) -> Mapping[str, Any]:
    messages = (event for event in before(events, message) if event["event"] == "user")
    return next(messages, {})


def goes_on_about_another(events: Sequence[Mapping[str, Any]], message: Mapping[str, Any]) -> bool:
    """Tells whether a message goes on about the crisis of whom the one before named: "she has a plan"."""
    parsed = message.get("parse_data") or message
    if last_action(events, message) != CRISIS_ACTION or (parsed.get("intent") or {}).get("name") != CRISIS:
        return False
    earlier = _message_before(events, message)
    named = tells_of_anothers_crisis(earlier, {}) or goes_on_about_another(events, earlier)
    return named and REQUESTS.goes_on_about_another(message.get("text") or "")


def fears_violence(message: Mapping[str, Any]) -> bool:
    """Tells whether a message in words of a crisis is about being hurt by somebody."""
    text = message.get("text") or ""
    return REQUESTS.tells_of_assault(text) or (
        REQUESTS.tells_of_violence(text) and not (REQUESTS.is_weary(text) or PLANS & found_in(message))
    )


def sounds_like_despair(message: Mapping[str, Any]) -> bool:
    """Tells whether a message in words of a crisis may tell of thoughts of ending one's life."""
    text = message.get("text") or ""
    return REQUESTS.is_weary(text) or REQUESTS.read(text) == CRISIS or bool(PLANS & found_in(message))


def sounds_like_overdose(message: Mapping[str, Any]) -> bool:
    """Tells whether a message in words of a crisis may tell of too much of a medicine."""
    return OVERDOSE in found_in(message)


def found_in(message: Mapping[str, Any]) -> set[str]:
    """Names what a message tells, and be it in doubt."""
    parsed = message.get("parse_data") or message
    return {f["id"] for f in parsed.get("findings", ()) if f["value"] != Assertion.ABSENT.value}


def tells_of_anothers_crisis(message: Mapping[str, Any], record: Record) -> bool:
    """Tells whether a message is about the crisis of somebody who is not the one that is asked about.

    Args:
        message: A user event of Rasa, with what the NLU pipeline found in it.
        record: What was known before.
    """
    text, parsed = message.get("text") or "", message.get("parse_data") or message
    if SPEAKER.is_about_another(record) or (parsed.get("intent") or {}).get("name") != CRISIS:
        return False
    return bool(crisis_of_another(text, parsed)) and PLACE not in {
        f["id"] for f in parsed.get("findings", ())
    }


def crisis_of_another(text: str, parsed: Mapping[str, Any]) -> frozenset[str]:
    """Names what a message tells of the crisis of somebody else than its writer.

    Args:
        text: What the person wrote.
        parsed: What the NLU pipeline found in it.
    """
    today = date.today()
    read = UNDERSTANDING.read(text, today)
    named = {f.id for f in read if REQUESTS.names_another(f.said)}
    own = {f.id for f in read} - named
    found = {f["id"] for f in parsed.get("findings", ()) if f["value"] == Assertion.PRESENT.value}
    is_named = any((f["id"], f["value"]) == ("subject", SOMEBODY_ELSE) for f in parsed.get("findings", ()))
    theirs = named.union(f.id for f in UNDERSTANDING.read_as_of_another(text, today))
    if REQUESTS.goes_on_about_another(text):
        # "My mate says she will overdose."
        own, is_named = set(), True
    theirs |= found if is_named else set()
    return CRISIS_FINDINGS & (theirs - own)


def says_of_danger(text: str, today: date) -> str | None:
    """Says whether a message answers yes or no to the question whether the person is in danger.

    "No, no plan" may mean that there are thoughts all the same.
    """
    reply = UNDERSTANDING.read_reply(text, [DESPAIR], {}, [], today)
    said = next((f.value for f in reply.findings if f.id == DESPAIR), None)
    if said == Assertion.ABSENT.value and (not reply.complete or REQUESTS.denies_plan(text)):
        return None
    return str(said) if said else None


def danger_told(conversation: Conversation, text: str, today: date) -> Finding | None:
    """Says what a "yes" to being in danger tells: what their words sounded like, or else a doubt.

    A "no" lets go of what they sounded like, so that it is not asked about a second time.
    """
    said = says_of_danger(text, today)
    if said == Assertion.ABSENT.value:
        conversation.unconfirmed = {
            f: words for f, words in conversation.unconfirmed.items() if f not in CRISIS_FINDINGS
        }
    if said != Assertion.PRESENT.value or CRISIS_FINDINGS & conversation.record.keys():
        return None
    likely = next((finding for finding in (OVERDOSE, DESPAIR) if finding in conversation.unconfirmed), None)
    value = Assertion.PRESENT if likely else Assertion.UNSURE
    return Finding(likely or DESPAIR, value.value, text, 0, len(text))


def goes_with_despair(conversation: Conversation, finding: Finding) -> bool:
    """Whether a plan or an overdose is told by somebody who told of such thoughts: it counts at once."""
    despairs = DESPAIR in conversation.record and conversation.record[DESPAIR].value in SETTLED
    return despairs and finding.id in CRISIS_FINDINGS


def crisis_signs(record: Record) -> list[Known]:
    """Lists what is told, and be it in doubt, of thoughts of ending one's life and of an overdose."""
    told = (record[finding] for finding in CRISIS_FINDINGS & record.keys())
    return [known for known in told if known.value != Assertion.ABSENT.value]


def in_crisis(record: Record) -> list[str]:
    """Tells the writer where to find help at once, for themself or for whom they write about."""
    has_overdosed = OVERDOSE in record and record[OVERDOSE].value != Assertion.ABSENT.value
    template = "overdose" if has_overdosed else "crisis"
    if SPEAKER.is_about_another(record):
        template = f"{template}_of_another"
    return SPEAKER.in_messages(template, record)


def may_think_of_it_too(
    events: Sequence[Mapping[str, Any]], message: Mapping[str, Any]
) -> tuple[Finding, ...]:
    """Gives the thoughts of ending one's life to ask about, where a message shares those of somebody else.

    That is "I feel the same" after "my son wants to kill himself", or after a death by suicide.
    """
    text, earlier = message.get("text") or "", _message_before(events, message)
    if not REQUESTS.feels_the_same(text):
        return ()
    named = tells_of_anothers_crisis(earlier, {}) or REQUESTS.tells_of_a_suicide(earlier.get("text") or "")
    return (Finding(DESPAIR, Assertion.PRESENT.value, text, 0, len(text), confirm=True),) if named else ()


def numbers_of_country(conversation: Conversation, events: Sequence[Mapping[str, Any]]) -> str:
    """Names the numbers of the country that the last message tells, after a crisis told before it."""
    if COUNTRY not in (*conversation.news, *conversation.changed):
        return ""
    template = _numbers_needed(conversation, events)
    if not template:
        return ""
    return SPEAKER.told(SPEAKER.in_country(template, conversation.record), conversation.record)


def _numbers_needed(conversation: Conversation, events: Sequence[Mapping[str, Any]]) -> str:
    """Names the wording of the numbers for the crisis that was spoken of last, if there was one."""
    signs = crisis_signs(conversation.record)
    if signs:
        return "overdose_numbers" if OVERDOSE in conversation.record else "crisis_numbers"
    for event in since_start(events):
        if event["event"] == "action" and event["name"] == CRISIS_ACTION:
            return "violence_numbers" if fears_violence(_message_before(events, event)) else "crisis_numbers"
    texts = (event.get("text") or "" for event in since_start(events) if event["event"] == "user")
    hurt = holds(ASSAULTED, conversation.values, askable=()) or any(map(REQUESTS.tells_of_assault, texts))
    return "violence_numbers" if hurt else ""


def to_who_is_hurt(conversation: Conversation, message: Mapping[str, Any]) -> str:
    """Says where to be safe to whom somebody hurts, as the last message tells beside other things."""
    told = "mechanism" in conversation.news and holds(ASSAULTED, conversation.values, askable=())
    if not told and not REQUESTS.tells_of_assault(message.get("text") or ""):
        return ""
    return SPEAKER.told(SPEAKER.in_country("hurt_by_somebody", conversation.record), conversation.record)
