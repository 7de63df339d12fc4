"""What a message changes in what is known, and what has to be confirmed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from actions.conversation import KNOWLEDGE, PLACE, SPEAKER, Conversation, is_sign, urgency_known
from actions.messages import REMARKS, REQUESTS
from backchat.knowledge import Assertion, Finding, FindingKind
from backchat.screening.interview import MOST_CONFIRMED, TRIES_AGAIN
from backchat.screening.record import SETTLED, Known, merge


def merged(
    conversation: Conversation, found: Sequence[Finding], text: str, restates: bool, about: Sequence[str]
) -> dict[str, Known]:
    """Adds what a message told; a correction takes the place of what was known.

    Where that would end an emergency it only adds to it, but for a sign that the person takes back.
    """
    specs = KNOWLEDGE.findings
    taken_back = REMARKS.corrects(text)
    signs = [f.id for f in found if taken_back and is_sign(f.id)]
    added_to = merge(conversation.record, found, conversation.turn, specs, [*about, *signs])
    if not taken_back and not restates:
        return added_to
    in_words = taken_back or REQUESTS.restates(text)
    # A place puts another one right; of all else of which there can be several, one more is one more.
    added = [f.id for f in found if specs[f.id].kind is FindingKind.SET and f.id != PLACE]
    everywhere = [*about, *(f.id for f in found if in_words or f.id not in added)]
    corrected = merge(conversation.record, found, conversation.turn, specs, everywhere)
    kept, changed = urgency_known(added_to), urgency_known(corrected)
    return added_to if kept.is_emergency and changed.rank < kept.rank else corrected


def let_go_with_what_was_taken_back(conversation: Conversation, before: Mapping[str, Known]) -> None:
    """Lets go of the values that a sign said besides, now that it is there no more.

    Who did not fall down the stairs has no fall for a cause.
    """
    gone = [
        finding
        for finding, known in before.items()
        if known.value in SETTLED and conversation.record[finding].value == Assertion.ABSENT.value
    ]
    for sign in gone:
        for finding, values in REMARKS.said_besides(sign):
            known = conversation.record.get(finding)
            if known is not None:
                _let_go(conversation, finding, known, values, together=known.turn == before[sign].turn)


def _let_go(
    conversation: Conversation, finding: str, known: Known, values: frozenset[str], *, together: bool
) -> None:
    """Lets go of values of a set, or of a choice that was told together with the sign that said it."""
    if isinstance(known.value, tuple):
        left = tuple(value for value in known.value if value not in values)
    else:
        left = () if together and known.value in values else (str(known.value),)
    if not left:
        conversation.record = {f: k for f, k in conversation.record.items() if f != finding}
    elif isinstance(known.value, tuple) and left != known.value:
        conversation.record = {**conversation.record, finding: replace(known, value=left)}


def may_tell(read: Iterable[Finding], found: Sequence[Finding], over: Collection[str]) -> list[Finding]:
    """Lists what a message may tell, and does not plainly tell to be there, to be over or to be doubted.

    "That's all" denies a fever only by the way, so one that the message may tell has to be asked about.
    """
    plain = {*over, *(finding.id for finding in found if finding.value != Assertion.ABSENT.value)}
    return [finding for finding in read if finding.confirm and finding.id not in plain]


def take_unconfirmed(
    conversation: Conversation,
    to_confirm: Iterable[Finding],
    settled: set[str],
    denials: Iterable[Finding],
    today: date,
) -> None:
    """Keeps what has to be confirmed, and lets go of what is settled now."""
    for finding_id in settled & conversation.unconfirmed.keys():
        del conversation.unconfirmed[finding_id]
    for finding in denials:
        conversation.unconfirmed.setdefault(finding.id, finding.said)
    for finding in to_confirm:
        known = conversation.record.get(finding.id)
        confirmed = conversation.asked.get(f"confirm:{finding.id}", 0)
        if confirmed >= TRIES_AGAIN or (known is not None and known.value in SETTLED):
            continue
        if finding.id in conversation.unconfirmed or _can_confirm_more(conversation):
            conversation.unconfirmed.setdefault(finding.id, finding.said)
        elif known is None:
            # What can't be asked must never count as absent.
            conversation.record[finding.id] = Known(Assertion.UNSURE.value, finding.said, conversation.turn)
    _count_with_accident(conversation, today)


def _can_confirm_more(conversation: Conversation) -> bool:
    confirmed = [name for name in conversation.asked if ":" in name]
    return len({*confirmed, *(f"confirm:{f}" for f in conversation.unconfirmed)}) < MOST_CONFIRMED


def _count_with_accident(conversation: Conversation, today: date) -> None:
    """Counts the signs that wait to be confirmed and can't wait now that an accident is told as well."""
    texts, there = dict.fromkeys(conversation.unconfirmed.values()), conversation.there
    told = [f for text in texts for f in REMARKS.after_accident(text, today, there)]
    signs = {f.id: f for f in told if f.id in conversation.unconfirmed}
    conversation.record = merge(conversation.record, signs.values(), conversation.turn, KNOWLEDGE.findings)
    conversation.unconfirmed = {f: said for f, said in conversation.unconfirmed.items() if f not in signs}


def note_changes(conversation: Conversation, before: Mapping[str, Known], about: Sequence[str]) -> None:
    """Notes what a message told beyond what was asked, and what it changed."""
    for finding, known in conversation.record.items():
        old = before.get(finding)
        asked_for = finding in about and not conversation.changing
        is_taken_back = old is not None and old.value in SETTLED
        if known == old or (asked_for and not is_taken_back):
            continue
        if old is not None and len(known.before) > len(old.before):
            if SPEAKER.value(finding, known) != SPEAKER.value(finding, old):
                conversation.changed.append(finding)
        elif finding not in about:
            conversation.news.append(finding)
