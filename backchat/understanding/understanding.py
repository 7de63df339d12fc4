"""All that is understood of a text, as the rest of the project asks for it."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import replace

from backchat.knowledge import Assertion, Finding, FindingKind, FindingSpec
from backchat.knowledge.phrases import MAYBE, NOT_THIS, Phrases
from backchat.understanding.learned.answers import ReadsReplies, ReplySettling
from backchat.understanding.measures import MEASURES, YOUNGEST
from backchat.understanding.normalise import Message, is_payload
from backchat.understanding.reader import FindingReader
from backchat.understanding.remarks import Remarks, places_of
from backchat.understanding.replies import Replier, Reply
from backchat.understanding.slips import SlipFinder, Slips
from backchat.understanding.weighing import Weighing

FINE_BY_DEGREE, PLAYED_DOWN_WITHIN = "bad", 5
"""A word that tells how good a thing is, and names none, and in how many words after a "not" it stands."""

HINTS = frozenset({"quality", "mechanism"})
"""What tells a value and may tell a sign as well: "burning", "fell yesterday"."""


class Understanding:
    """Reads findings from what people write.

    Building it takes a moment, reading does not; it holds no state about any person.

    Args:
        phrases: How people say things.
        findings: The vocabulary.

    Attributes:
        reader: Reads the findings in a message.
        remarks: Tells what a message says besides.
        places: Reads in which country the person is.
    """

    def __init__(self, phrases: Phrases, findings: Mapping[str, FindingSpec]) -> None:
        self._phrases = phrases
        self._specs = findings
        self.reader = reader = FindingReader(phrases, findings)
        self.remarks = Remarks(phrases, findings, reader)
        self.places = reader.places
        self._slips = SlipFinder(findings, reader, self.remarks)
        self._weighing = Weighing(phrases, findings, reader, self.remarks)
        self._red_flags: frozenset[str] = frozenset()
        self._reply_settling = ReplySettling(findings, frozenset(), None)
        self._books = reader.books
        self._replier = Replier(
            findings,
            phrases.replies,
            self._books.normaliser,
            answers=self._books.answers,
            numbers=reader.numerals,
            durations=reader.durations,
            decades=phrases.times.decades,
            lasting=(*phrases.context.histories, *phrases.context.lasting),
        )

    def with_network(self, red_flags: Collection[str], network: ReadsReplies) -> Understanding:
        """Gives one that reads replies beside a network too, and shares all else with this one.

        Args:
            red_flags: The findings that can make care urgent.
            network: Reads replies beside the options of their question.
        """
        reading = copy(self)
        reading._weighing = Weighing(self._phrases, self._specs, self.reader, self.remarks, red_flags)
        reading._red_flags = frozenset(red_flags)
        reading._reply_settling = ReplySettling(
            self._specs, red_flags, network, tells_outright=self.remarks.tells_outright
        )
        return reading

    def read(self, text: str, today: datetime.date) -> tuple[Finding, ...]:
        """Reads every finding that a text states or denies.

        Args:
            text: What the person wrote; only the first `MAX_CHARACTERS` are read.
            today: The day on which they wrote it.

        Returns:
            At most one finding for each id, in the order of the text.
        """
        return self.reader.read(text, today)

    def read_as_of_another(self, text: str, today: datetime.date) -> tuple[Finding, ...]:
        """Reads a text as one about the person that it names: "my daughter won't walk, her back hurts".

        Args:
            text: What somebody wrote.
            today: The day on which they wrote it.

        Returns:
            As `read`; nothing where no other person is named.
        """
        return self.reader.read_as_of_another(text, today)

    def numbers(self, text: str, today: datetime.date) -> tuple[Finding, ...]:
        """Finds every number that a text names, as each of the findings that it might be.

        Args:
            text: What the person wrote.
            today: The day on which they wrote it.
        """
        return self.reader.numbers(text, today)

    def weighed(
        self, text: str, heard: Sequence[Finding], today: datetime.date, known: Collection[str] = ()
    ) -> tuple[Finding, ...]:
        """Weighs what was heard in a message: what may not be meant so is asked about.

        A sign told in jest may well be there, and what nobody said in plain words may be so of somebody else.

        Args:
            text: What the person wrote.
            heard: What the phrases and the network find in it together.
            today: The day on which they wrote it.
            known: What is there by what they wrote before.

        Returns:
            The same findings, some to be confirmed, without values that words were mistaken for, and with
            what only the phrases say for certain.
        """
        return self._weighing.weighed(text, heard, today, known)

    def slips(self, text: str, asked: Sequence[str], today: datetime.date) -> Slips:
        """Finds what can't be taken as it is told.

        Args:
            text: What the person wrote.
            asked: The findings asked about.
            today: The day on which they wrote it.
        """
        return self._slips.find(text, asked, today)

    def read_reply(
        self,
        text: str,
        asked: Sequence[str],
        options: Mapping[str, str],
        found: Sequence[Finding],
        today: datetime.date,
    ) -> Reply:
        """Reads a text as the answer to a question.

        Args:
            text: What the person wrote.
            asked: The findings asked about, in the order in which they were shown.
            options: The labels shown: by finding for a checklist, by value for a choice or set.
            found: What the text tells whatever was asked, and what it may tell (`confirm`).
            today: The day on which they wrote it.

        Returns:
            Everything that the text says, and whether that answers the question.
        """
        message = self._books.normaliser.message(text)
        looks_like = self._books.lexicon.find(message.doc)
        idioms = {m.entry.finding for m in looks_like if m.entry.value in (MAYBE, NOT_THIS)}
        idioms |= self._spoken_against(found)
        seen = {finding.id: finding for finding in found if finding.confirm and finding.id not in idioms}
        found = [finding for finding in found if not finding.confirm]
        if is_payload(text):
            return Reply(tuple(found), answered=False)
        if seen.keys() & {*asked}:
            # What a phrase tells of what was asked counts, though the network alone is in doubt.
            plain = [f for f in self.read(text, today) if f.id in seen and f.id in asked and not f.confirm]
            found += [f for f in plain if f.value == Assertion.PRESENT.value]
        if asked and self._specs[asked[0]].kind is FindingKind.NUMBER:
            # Where a number is asked for, it is one, whatever it might be in another message.
            told = {finding.id for finding in found}
            found = [*found, *(f for f in self.read(text, today) if f.id in asked and f.id not in told)]
        read = self._replier.read(message, asked, options, found, today)
        read = self._without_doubtful_age(text, read, {finding.id for finding in found})
        if read.exact:
            # The numbers of "1 and 4" pick, and say nothing else.
            findings = tuple(f for f in read.findings if f.id not in MEASURES or f.id in asked)
            read = replace(read, findings=findings)
        doubtful = {finding.id for finding in read.findings if finding.confirm}
        otherwise = self._told_otherwise(message, asked, found, today)
        settled = self._reply_settling.settle(text, read, asked, options, seen, otherwise=otherwise)
        untold = {*asked} - {finding.id for finding in found}
        if not read.exact:
            # What can make care urgent is asked about, unless all of the text tells something else.
            by_phrases = {finding.id for finding in read.findings}
            heeded = frozenset[str]() if otherwise else self._red_flags | by_phrases
            settled = self._without_idioms(settled, asked, untold & idioms - heeded)
        if not read.exact and len(asked) > 1:
            doubtful |= untold & idioms | {f for f in untold if self._replier.lacks_its_part(f, message)}
        present = Assertion.PRESENT.value
        weighed = (
            replace(f, confirm=f.confirm or (f.id in doubtful and f.value == present))
            for f in settled.findings
        )
        named = {*asked} - settled.unnamed
        return replace(settled, findings=tuple(self._without_playing_down(f, named) for f in weighed))

    def _without_idioms(self, settled: Reply, asked: Collection[str], idioms: Collection[str]) -> Reply:
        """Leaves out signs that words look like and don't tell: "I've had my womb out" tells of no birth."""
        gone = {f for f in idioms if self._specs[f].kind is FindingKind.TRI}
        kept = tuple(finding for finding in settled.findings if finding.id not in gone)
        if len(kept) == len(settled.findings):
            return settled
        return replace(settled, findings=kept, answered=any(f.id in asked for f in kept))

    def _spoken_against(self, found: Sequence[Finding]) -> set[str]:
        """Names what a text may tell, though it tells something else that hardly goes with it."""
        against = self._phrases.context.speaks_against
        certain = {f.id for f in found if f.value == Assertion.PRESENT.value and not f.confirm}
        return {name for name, others in against.items() if not certain.isdisjoint(others)}

    def _told_otherwise(
        self, message: Message, asked: Sequence[str], found: Sequence[Finding], today: datetime.date
    ) -> tuple[Finding, ...]:
        """Lists the values that are all that a reply to a list of signs tells: "it's in my left leg".

        A place, a time or a number that holds every word of it leaves none for a sign.

        Returns:
            Nothing where a word is left that may tell a sign.
        """
        if not asked or len(asked) == 1 or self._specs[asked[0]].kind is not FindingKind.TRI:
            return ()
        words = [place for place, token in enumerate(message.tokens) if token.word[0].isalnum()]
        read = found if len(words) == 1 else self.read(message.text, today)
        values = tuple(f for f in read if f.id not in HINTS and self._specs[f.id].kind is not FindingKind.TRI)
        told = {place for finding in values for place in places_of(message, finding)}
        is_all = all(place in told or self._replier.is_filler(message, place) for place in words)
        return values if values and is_all else ()

    def _without_playing_down(self, finding: Finding, named: Collection[str]) -> Finding:
        """Leaves in doubt what a reply denies only by its degree: "not that weak", but "not too bad"."""
        denied = finding.id in named and finding.value == Assertion.ABSENT.value
        ways = [finding.said[place.start() :].split() for place in self._books.played_down(finding.said)]
        lessened = denied and any(FINE_BY_DEGREE not in words[:PLAYED_DOWN_WITHIN] for words in ways)
        return replace(finding, value=Assertion.UNSURE.value) if lessened else finding

    def _without_doubtful_age(self, text: str, reply: Reply, told: Collection[str]) -> Reply:
        """Leaves out a small number among words that tell no age: "it was 9 yesterday"."""
        age = next((f for f in reply.findings if f.id == "age" and f.id not in told), None)
        if age is None or not isinstance(age.value, float) or age.value >= YOUNGEST:
            return reply
        if self.remarks.is_told_again(text, age, restates=True):
            return reply
        return replace(reply, findings=tuple(f for f in reply.findings if f is not age), answered=False)
