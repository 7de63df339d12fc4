"""What of a message counts as it was heard, and what may not be meant so."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from backchat.knowledge import Assertion, Finding, FindingKind, FindingSpec
from backchat.knowledge.models import DAYS_IN_A_YEAR
from backchat.knowledge.phrases import NOT_THIS, Phrases
from backchat.understanding.learned.agreement import values_of
from backchat.understanding.learned.examples import CRISIS_FINDINGS
from backchat.understanding.normalise import SENTENCE_ENDS, Message, is_payload
from backchat.understanding.reader import FindingReader
from backchat.understanding.remarks import ONESELF, Remarks, is_certain, places_of, sentence_ends

GENDERED = ("her", "him", "man", "woman")
"""The groups of words of which each tells a sex."""

OF_OTHERS = frozenset({"he", "she", "they", "his", "her", "hers", "their", "him", "them"})
"""Words for somebody else who was named."""

BARE_BETWEEN = SENTENCE_ENDS | {","}
"""What stands beside a number that is told without a word."""

BIRTH, LYING_IN = "postpartum", 42
"""A birth counts for so many days."""

CARRYING = frozenset({"lifting", "carrying_a_child"})
"""What is done with somebody of whom nothing else is told."""

YOUNGEST_WRITER = 5
"""Nobody younger writes, in years."""

OWN_BACK = frozenset({"back", "neck", "spine"})
OF_ANOTHER = frozenset({"his", "her", "their", "hers", "theirs"})
"""What tells whose back hurts, in the words as they are spelt."""

BEFORE_AN_AGE = frozenset(
    {"who", "is", "aged", "age", "of", "about", "nearly", "almost", "only", "just", "i", ",", "-"}
)
BEHIND_AN_AGE = frozenset(
    {"old", "year", "years", "yr", "yrs", "month", "months", "week", "weeks", "yo", "-"}
)
"""What may stand between somebody and how old they are, in the words that are compared."""

NEAR_OWNER = 3
"""So many words after "my" is whom or what it says to be somebody's, itself counted: "my old neighbour"."""


class Weighing:
    """Weighs what was heard in a message: what may not be meant so is asked about.

    Args:
        phrases: How people say things.
        findings: The vocabulary.
        reader: Reads the findings in a message.
        remarks: Tells what the message says besides.
        red_flags: The findings that can make care urgent.
    """

    def __init__(
        self,
        phrases: Phrases,
        findings: Mapping[str, FindingSpec],
        reader: FindingReader,
        remarks: Remarks,
        red_flags: Collection[str] = (),
    ) -> None:
        self._context = phrases.context
        self._specs = findings
        self._reader = reader
        self._books = reader.books
        self._remarks = remarks
        self._relatives = reader.books.relatives
        self._red_flags = frozenset(red_flags)
        self._gendered = frozenset(word for name in GENDERED for word in phrases.words.groups[name])

    def weighed(
        self, text: str, heard: Sequence[Finding], today: datetime.date, known: Collection[str] = ()
    ) -> tuple[Finding, ...]:
        """See `Understanding.weighed`."""
        if is_payload(text) or not (heard or known):
            return tuple(heard)
        message = self._books.normaliser.message(text)
        plain = {finding.id: finding for finding in self._reader.read(text, today)}
        heard = [*self._of_whom(message, heard, plain), *heard]
        heard = self._with_own_age(message, heard, plain, today)
        there = {*known, *(finding.id for finding in heard if is_certain(finding))}
        counts = {finding.id: finding for finding in self._remarks.after_accident(text, today, there)}
        heard = [*(f for f in heard if f.id not in counts), *counts.values()]
        heard = _with_bare_age(message, heard, plain)
        heard = [*self._without_old_births(message, heard, plain, today)]
        heard = self._of_a_small_child(message, [*self._without_another(message, heard)])
        heard = [self._grown_worse(finding, heard) for finding in heard]
        jests = list(self._jests(message))
        certain = frozenset(finding.id for finding in heard if is_certain(finding))
        idioms = self._idioms(message)
        of_another = any(finding.id == "subject" for finding in heard)
        understood = (
            self._without_mistaken(finding, plain)
            for finding in heard
            if not self._is_an_expression(finding, plain, idioms)
            if finding.id != "sex"
            or finding.id in plain
            or (finding.id not in idioms and self._may_tell_sex(message, of_another))
        )
        return tuple(
            replace(
                f,
                confirm=f.confirm
                or self._is_spoken_against(f, certain)
                or self._may_not_be_meant(f, plain, jests),
            )
            for f in understood
            if f
        )

    def _is_an_expression(
        self, finding: Finding, plain: Mapping[str, Finding], idioms: Collection[str]
    ) -> bool:
        """Whether only the network takes for a sign what the phrases know to be said of something else.

        A sign that can't wait is heard all the same.
        """
        is_sign = self._specs[finding.id].kind is FindingKind.TRI
        return is_sign and finding.id in idioms and finding.id not in {*plain, *self._red_flags}

    def _idioms(self, message: Message) -> frozenset[str]:
        """Names what words look like and don't tell: "I feel like an old man" no sex."""
        named = self._books.lexicon.find(message.doc)
        return frozenset(match.entry.finding for match in named if match.entry.value == NOT_THIS)

    def _grown_worse(self, finding: Finding, heard: Sequence[Finding]) -> Finding:
        """Has an old sign that can't wait asked about where the next thing told is that it gets worse.

        "I've always been unsteady, but it's worse now" tells of something new.
        """
        is_old = finding.value == Assertion.LONGSTANDING.value and finding.id in self._red_flags
        following = min((f for f in heard if f.start >= finding.end), key=lambda f: f.start, default=None)
        if not is_old or following is None or (following.id, following.value) != ("trend", "worsening"):
            return finding
        return replace(finding, value=Assertion.PRESENT.value, confirm=True)

    def _is_spoken_against(self, finding: Finding, certain: frozenset[str]) -> bool:
        """Whether a message tells something else that hardly goes with a sign in it."""
        is_there = finding.value == Assertion.PRESENT.value
        return is_there and not certain.isdisjoint(self._context.speaks_against.get(finding.id, ()))

    def _without_old_births(
        self, message: Message, heard: Sequence[Finding], plain: Collection[str], today: datetime.date
    ) -> Iterator[Finding]:
        """Leaves out a birth of the last weeks where every time and age in the message is longer ago.

        What no phrase tells is meant: "I had a section 3 months ago", "my baby is 8 months old". "I just had
        a baby" stays, however long the back has hurt.
        """
        if BIRTH in plain:
            yield from heard
            return
        times = self._reader.durations.listed(message, today)
        measured = [m.amount.best for m in self._reader.measures.find(message, today) if m.finding == "age"]
        days = [*(time.best for time in times), *(years * DAYS_IN_A_YEAR for years in measured)]
        is_old = bool(days) and min(days) > LYING_IN
        for finding in heard:
            if not (is_old and finding.id == BIRTH and finding.value == Assertion.PRESENT.value):
                yield finding

    def _without_another(self, message: Message, heard: Sequence[Finding]) -> Iterator[Finding]:
        """Leaves out somebody whom a message names by the way, and how old they are.

        That is whom the person lifted or carried, or who is named beside the person's own back, where the
        number stands right beside them: "lifting a patient who is 80", "my back hurts, my baby is 8 months".
        """
        is_own = _names_own_back(message)
        carried = any(f.id == "mechanism" and CARRYING.intersection(values_of(f)) for f in heard)
        about_another = any(f.id == "subject" and f.value == "other" for f in heard) and not is_own
        age = next((f for f in heard if f.id == "age"), None)
        by_the_way = (is_own or carried) and not about_another and age and self._is_of_another(message, age)
        left_out = ("age", "subject") if by_the_way else ()
        return (finding for finding in heard if finding.id not in left_out)

    def _of_a_small_child(self, message: Message, heard: Sequence[Finding]) -> Sequence[Finding]:
        """Takes a message for one about somebody else where they are too young to write it.

        Where it names the writer's own back, the child is only named by the way.
        """
        age = next((f for f in heard if f.id == "age"), None)
        is_small = age is not None and isinstance(age.value, float) and age.value < YOUNGEST_WRITER
        if age is None or not is_small or any(f.id == "subject" for f in heard):
            return heard
        if _names_own_back(message):
            return [finding for finding in heard if finding is not age]
        return [*heard, replace(age, id="subject", value="other", low=None, high=None)]

    def _is_of_another(self, message: Message, age: Finding) -> bool:
        """Whether a number stands beside a word for somebody else, with nothing but small words between."""
        places = places_of(message, age)
        if not places:
            return False
        norms = [token.norm for token in message.tokens]
        before = next((n for n in reversed(norms[: places[0]]) if n not in BEFORE_AN_AGE), "")
        after = next((n for n in norms[places[-1] + 1 :] if n not in BEHIND_AN_AGE), "")
        return before in self._relatives or after in self._relatives

    def _of_whom(
        self, message: Message, heard: Sequence[Finding], plain: Mapping[str, Finding]
    ) -> Iterator[Finding]:
        """Says whom a message is about where it names somebody and not the person: "my son fell"."""
        told = plain.get("subject")
        if told is None or told.value != "other" or any(f.id == "subject" for f in heard):
            return
        signs = any(self._specs[f.id].kind is FindingKind.TRI and is_certain(f) for f in heard)
        if signs and not self._names_the_person(message):
            yield told

    def _with_own_age(
        self, message: Message, heard: Sequence[Finding], plain: Mapping[str, Finding], today: datetime.date
    ) -> Sequence[Finding]:
        """Takes the right one of two ages: the person's own of "my wife is 45 and I'm 40".

        Whom it names is named by the way, unless it tells anything of them, or is said to be about them.
        """
        told = [m.amount for m in self._reader.measures.find(message, today) if m.finding == "age"]
        of_relatives = [self._remarks.is_beside_a_relative(message, range(a.start, a.end)) for a in told]
        if set(of_relatives) != {True, False}:
            return heard
        of_another = "subject" in plain
        if not of_another and not OF_OTHERS.isdisjoint(token.word for token in message.tokens):
            return heard
        amount = told[of_relatives.index(of_another)]
        age = Finding("age", amount.best, *message.said(amount.start, amount.end))
        if not amount.exact:
            age = replace(age, low=amount.low, high=amount.high)
        by_the_way = () if of_another else ("subject", *(() if "sex" in plain else ("sex",)))
        return [*(f for f in heard if f.id not in ("age", *by_the_way)), age]

    def _names_the_person(self, message: Message) -> bool:
        """Whether a message speaks of the one who writes, be it only as whose something is: "my back"."""
        tokens = message.tokens
        return any(
            token.word in ONESELF
            or (
                token.word == "my"
                and not any(near.norm in self._relatives for near in tokens[place + 1 : place + NEAR_OWNER])
            )
            for place, token in enumerate(tokens)
        )

    def _may_not_be_meant(
        self, finding: Finding, plain: Collection[str], jests: Sequence[tuple[int, int]]
    ) -> bool:
        """Whether a finding is told in jest, or only by words that can mean something else."""
        if finding.value != Assertion.PRESENT.value:
            return False
        if finding.id in self._context.only_plain:
            return finding.id not in plain
        heeded = finding.id in self._red_flags - CRISIS_FINDINGS
        return heeded and any(start < finding.end and finding.start < end for start, end in jests)

    def _jests(self, message: Message) -> Iterator[tuple[int, int]]:
        """Where sentences with words of a joke begin and end; "I can't walk. lol" is one."""
        tokens, ends = message.tokens, sentence_ends(message)
        for match in self._books.joking.find(message.doc):
            before = [end for end in ends if end < match.start - 1]
            after = [end for end in ends if end >= match.end]
            first = tokens[before[-1] + 1].start if before else 0
            yield first, tokens[after[0]].start if after else tokens[-1].end

    def _may_tell_sex(self, message: Message, of_another: bool) -> bool:
        """Whether words of a message can tell the sex of the one whom it is about.

        "My 9-year-old" tells none of the child, and "I'm 33 and my husband is 40" none of the person.
        """
        words = {token.word for token in message.tokens} | {token.norm for token in message.tokens}
        if of_another:
            return not words.isdisjoint(self._gendered)
        return not words & self._relatives or not words.isdisjoint(self._gendered - self._relatives)

    def _without_mistaken(self, finding: Finding, plain: Mapping[str, Finding]) -> Finding | None:
        """Leaves out the values that no phrase tells and that the words of another one are taken for."""
        by_value = self._context.mistaken.get(finding.id, {})
        told = values_of(plain.get(finding.id))
        kept = tuple(
            value
            for value in values_of(finding)
            if value in told
            or not any(v in values_of(plain.get(o)) for o, v in by_value.get(value, {}).items())
        )
        if not by_value or not kept:
            return None if by_value else finding
        return replace(finding, value=kept if isinstance(finding.value, tuple) else kept[0])


def _names_own_back(message: Message) -> bool:
    """Whether a message speaks of the back of who writes, and of no other one: "my back", "my lower back"."""
    words = [token.word for token in message.tokens]

    def owned_by(owners: Collection[str]) -> bool:
        near = (words[place + 1 : place + NEAR_OWNER] for place, word in enumerate(words) if word in owners)
        return any(not OWN_BACK.isdisjoint(words) for words in near)

    return owned_by({"my"}) and not owned_by(OF_ANOTHER)


def _with_bare_age(
    message: Message, heard: Sequence[Finding], plain: Mapping[str, Finding]
) -> Sequence[Finding]:
    """Takes a number between commas for the age that the phrases read it as: "since Monday, 34, 3/10".

    Without a word of a pregnancy it is no week of one, and tells of none; who can be pregnant is asked.
    """
    age = plain.get("age")
    if age is None or {"pregnant", "weeks_pregnant"} & plain.keys() or not _is_bare(message, age):
        return heard
    told = [f for f in heard if f.id != "age" and not (f.id == "pregnant" and f.confirm)]
    return [*(f for f in told if not (f.id == "weeks_pregnant" and f.start == age.start)), age]


def _is_bare(message: Message, number: Finding) -> bool:
    """Whether a number stands by itself between commas, or at an end of the text."""
    places = places_of(message, number)
    around = [place for place in (places[0] - 1, places[-1] + 1) if 0 <= place < len(message.tokens)]
    return bool(around) and all(message.tokens[place].norm in BARE_BETWEEN for place in around)
