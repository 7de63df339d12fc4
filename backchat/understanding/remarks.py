"""What a message says about what it tells: that something was wrong before, is over, or is asked about."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from backchat.knowledge import Assertion, Finding, FindingKind, FindingSpec
from backchat.knowledge.phrases import Category, Phrases
from backchat.understanding.durations import BESIDE, Duration
from backchat.understanding.lexicon import Match, T, by_token, overlapping
from backchat.understanding.normalise import SENTENCE_ENDS, Message, is_payload
from backchat.understanding.reader import FindingReader
from backchat.understanding.requests import AUXILIARIES, may_ask

NOTHING_REACHES = 4
"""How many words before a sign "nothing" denies it."""

ONESELF = frozenset({"i", "im", "ive", "id", "me", "myself"})

JUDGING = frozenset({("that", "bad"), ("this", "bad")})
"""What says how bad something is, in the words of an owned mistake."""

QUESTION_FOLLOWS = frozenset({",", "but", "and", "so", "-", ":"})
"""What a question within a sentence follows."""
NUMBER_GROUP = "$number"
"""Stands for any number among the words of `Context.outright`."""


class _Judging(NamedTuple):
    """The tokens of a question that asks what to make of something, and the token after the word for that."""

    start: int
    end: int
    judged: int


class Remarks:
    """Answers questions about what a message says besides the findings in it.

    Args:
        phrases: How people say things.
        findings: The vocabulary.
        reader: Reads the findings in a message.
    """

    def __init__(self, phrases: Phrases, findings: Mapping[str, FindingSpec], reader: FindingReader) -> None:
        self._phrases = phrases
        self._specs = findings
        self._reader = reader
        self._books = reader.books
        self._relatives = reader.books.relatives
        self._numerals = reader.numerals
        self._durations = reader.durations
        self._assertions = reader.assertions

    def speaks_of_the_rest(self, text: str) -> bool:
        """Tells whether a text says something of all others: "the rest is fine"."""
        answers = self._books.answers.find(self._books.normaliser.message(text).doc)
        return any(match.entry.kind in ("rest", "rest_no") for match in answers)

    def place_named(self, text: str) -> int | None:
        """Gives the place in a list that a text names and nothing besides: "the last one, please" is -1."""
        replies, message = self._phrases.replies, self._books.normaliser.message(text)
        words = (token.norm for token in message.tokens)
        return replies.ordinals.get(" ".join(word for word in words if word and word not in replies.glue))

    def place_mentioned(self, text: str) -> int | None:
        """Gives the place in a list that a text names among other words: "what is the last one" is -1."""
        words = [token.word for token in self._books.normaliser.message(text).tokens]
        named = [self._phrases.replies.ordinals.get(word) or self._counted(word) for word in words]
        places = {place for place in named if place}
        # "One" stands for a thing as well: "the second one".
        places = places - {1} if len(places) > 1 else places
        return places.pop() if len(places) == 1 else None

    def _counted(self, word: str) -> int | None:
        number = word.rstrip("stndrh") if word[0].isdigit() else word
        if number.isdigit():
            return int(number)
        value = self._phrases.times.numbers.get(word)
        return int(value) if value is not None else None

    def corrects(self, text: str) -> bool:
        """Tells whether a text says that something told before was wrong; "is that bad?" only asks."""
        message = self._books.normaliser.message(text)
        asks = self._judging(message)
        said = (*self._books.changes.find(message.doc), *self._books.corrections.find(message.doc))
        words = [token.word for token in message.tokens]
        # "Not that bad" reads like "my bad", and is no mistake of anybody.
        return any(m.start not in asks and tuple(words[m.start : m.end]) not in JUDGING for m in said)

    def takes_back(self, text: str) -> bool:
        """Tells whether a text says that what it names was wrong, and not what is right."""
        return bool(self._books.taking_back.find(self._books.normaliser.message(text).doc))

    def plays_down(self, text: str) -> bool:
        """Tells whether a text says that something is not so bad, which does not say that it is not there."""
        return any(self._books.played_down(text))

    def lessened(self, text: str) -> frozenset[str]:
        """Names the signs that may have been less than they were told to be: "only two steps" of a fall."""
        message = self._books.normaliser.message(text)
        return frozenset(match.entry for match in self._books.lessened.find(message.doc))

    def over(self, text: str) -> tuple[str, ...]:
        """Names the signs that a text says are there no more, or were there once: "the fever has gone"."""
        if is_payload(text):
            return ()
        message = self._books.normaliser.message(text)
        scopes = by_token(self._assertions.scopes(message))
        named = []
        for match in self._books.lexicon.find(message.doc):
            if self._specs[match.entry.finding].kind is FindingKind.TRI:
                near = overlapping(scopes, match)
                if any(self._assertions.is_past(match.entry.finding, match, scope) for scope in near):
                    named.append(match.entry.finding)
        return tuple(dict.fromkeys(named))

    def not_known(self, text: str) -> tuple[str, ...]:
        """Names the findings of which a text says that the person doesn't know the value."""
        message = self._books.normaliser.message(text)
        return tuple(dict.fromkeys(match.entry for match in self._books.unknown.find(message.doc)))

    def tells_of_ordinary_dose(self, text: str) -> bool:
        """Tells whether a text tells only of medicine that is taken as it should be: "30 mg of codeine"."""
        return self._reader.doses.are_ordinary(self._books.normaliser.message(text))

    def tells_outright(self, finding: Finding) -> bool:
        """Tells whether the words of a finding say for certain that it is there, or not: "kicked" a blow."""
        words = self._phrases.context.outright.get(finding.id, ())
        tokens = self._books.normaliser.message(finding.said).tokens
        wanted = {self._books.normaliser.norm(word) for word in words if not word.startswith("$")}
        has_number = NUMBER_GROUP in words and any(self._numerals.at(tokens, i) for i in range(len(tokens)))
        if finding.id in self._phrases.context.readings and finding.value == Assertion.ABSENT.value:
            return any(token.number is not None for token in tokens)
        is_there = finding.value == Assertion.PRESENT.value
        return is_there and (has_number or not wanted.isdisjoint(token.norm for token in tokens))

    def said_besides(self, finding: str) -> tuple[tuple[str, frozenset[str]], ...]:
        """Lists what the words for a finding can say besides, by finding: as `implied.yml` has it."""
        rules = [rule for rule in self._phrases.implied if rule.finding == finding]
        names = dict.fromkeys(name for rule in rules for name in rule.adds)
        return tuple((n, frozenset(r.adds[n] for r in rules if n in r.adds)) for n in names)

    def is_told_again(self, text: str, number: Finding, *, restates: bool) -> bool:
        """Tells whether a text plainly tells a number once more, and not by the way of something else.

        "It has hurt for 8 weeks" does, "off work since Monday" does not.

        Args:
            text: What the person wrote.
            number: What was found in it.
            restates: Whether the text puts something in the place of what was told before.
        """
        message = self._books.normaliser.message(text)
        tokens, times = message.tokens, self._phrases.times
        span = places_of(message, number)
        if not span:
            return False
        said = Duration(0, 0, 0, span[0], span[-1] + 1)
        around = [self._durations.clause(message, said, self._durations.clause_ends(message))]
        beside = self._words_beside(message, around[0], span)
        if beside <= BESIDE:
            around.append(self._durations.sentence(message, said))
            beside = self._words_beside(message, around[1], span)
        allowed = {*times.retelling[number.id], *(times.units if restates else ())}
        strange = {word for word in beside - allowed if not (restates and self._is_number(word))}
        is_dated = number.id == "duration_days" and not any(self._numerals.at(tokens, i) for i in span)
        told = {*beside, *(tokens[i].word for i in span)}
        return not strange and (restates or not is_dated or bool(told & set(times.onset)))

    def _is_number(self, word: str) -> bool:
        return word in self._phrases.times.numbers or word.replace(".", "").isdecimal()

    def _words_beside(self, message: Message, stretch: tuple[int, int], span: Collection[int]) -> set[str]:
        """The words of a part of a message, those of a number left out."""
        tokens = message.tokens
        return {
            tokens[place].word
            for place in range(*stretch)
            if place not in span and tokens[place].word[0].isalnum()
        }

    def is_of_a_relative(self, text: str, finding: Finding) -> bool:
        """Tells whether what a text says stands in a clause about somebody else: "my wife is 45"."""
        message = self._books.normaliser.message(text)
        return self.is_beside_a_relative(message, places_of(message, finding))

    def is_beside_a_relative(self, message: Message, span: Sequence[int]) -> bool:
        """Tells whether the clause of some tokens names somebody else, and not the person."""
        tokens = message.tokens
        if not span:
            return False
        first, end = self._durations.clause(
            message, Duration(0, 0, 0, span[0], span[-1] + 1), self._durations.clause_ends(message)
        )
        about_oneself = any(tokens[place].word in ONESELF for place in range(first, end))
        return not about_oneself and any(tokens[place].norm in self._relatives for place in range(first, end))

    def placeless(self, text: str, found: Iterable[Finding]) -> str | None:
        """Names the sign that a text tells without saying where, if there is one.

        Args:
            text: What the person wrote.
            found: What was found in it.
        """
        message = self._books.normaliser.message(text)
        scopes = by_token(self._assertions.scopes(message))
        placed = [(f.start, f.end) for f in found]
        for match in self._books.placeless.find(message.doc):
            _, start, end = message.said(match.start, match.end)
            finding, near = self.can_be(match.entry)[0], overlapping(scopes, match)
            said = self._assertions.judge(finding, match, message, near, is_denial=False)
            is_there = said in (Assertion.PRESENT, Assertion.UNSURE) and not _is_nothing(message, match)
            if is_there and not any(first < end and start < last for first, last in placed):
                return match.entry
        return None

    def can_be(self, sign: str) -> tuple[str, ...]:
        """Lists what a sign without a place can be."""
        return self._phrases.context.placeless[sign].findings

    def in_place(self, sign: str, text: str, today: datetime.date) -> tuple[Finding, ...]:
        """Reads a text as the place of a sign that was told without one: "down there", "in my foot".

        Args:
            sign: What `placeless` named.
            text: What the person wrote.
            today: The day on which they wrote it.
        """
        read = self._reader.read(f"{sign} {text}", today)
        told = (f for f in read if f.id in self.can_be(sign) and f.value != Assertion.ABSENT.value)
        return tuple(replace(f, said=text, start=0, end=len(text)) for f in told)

    def signs_named(self, text: str) -> tuple[str, ...]:
        """Names the signs that a text may be about, whatever it says of them, the surest first."""
        message = self._books.normaliser.message(text)
        plainly = (finding for _, finding in self._signs_named(message))
        shortly = (match.entry for match in self._books.short_names.find(message.doc))
        return tuple(dict.fromkeys((*plainly, *shortly)))

    def _signs_named(self, message: Message) -> Iterator[tuple[Match[Any], str]]:
        """Yields the signs that the words of a message name, whatever is said of them."""
        placed: set[int] = set()
        for match in self._reader.standing(self._books.lexicon.find(message.doc)):
            if match.entry.value == Assertion.PRESENT.value:
                placed.update(range(match.start, match.end))
                yield match, match.entry.finding
        for placeless in self._books.placeless.find(message.doc):
            if placed.isdisjoint(range(placeless.start, placeless.end)):
                yield placeless, self.can_be(placeless.entry)[0]

    def after_accident(self, text: str, today: datetime.date, known: Collection[str]) -> tuple[Finding, ...]:
        """Lists the signs in a text that count at once where a serious accident is known of.

        Those are what phrases tell of the spine, and what they tell of the legs in the plural.

        Args:
            text: What the person wrote.
            today: The day on which they wrote it.
            known: What is there.
        """
        after = self._phrases.context.after_accident
        if after.accident not in known:
            return ()
        read = (*self._reader.read_as_of_another(text, today), *self._reader.read(text, today))
        told = {f.id: f for f in read if f.id in after.at_once and is_certain(f)}
        message = self._books.normaliser.message(text)
        scopes = by_token(self._reader.scopes(message, self._books.lexicon.find(message.doc)))
        for match in self._books.after_accident.find(message.doc):
            said = self._assertions.judge(
                after.sign, match, message, overlapping(scopes, match), is_denial=False
            )
            is_plural = any(token.word in after.plural for token in message.tokens[match.start : match.end])
            if is_plural and said is Assertion.PRESENT:
                told[after.sign] = Finding(after.sign, said.value, *message.said(match.start, match.end))
        return tuple(told.values())

    def asked_after(self, text: str, today: datetime.date, among: Collection[str]) -> tuple[Finding, ...]:
        """Names the signs of which a text asks what to make of them: "is it normal to be numb there?".

        Who asks that may well have it, and has not said so.

        Args:
            text: What the person wrote.
            today: The day on which they wrote it.
            among: The findings that count.

        Returns:
            Each as a finding to be confirmed. A sign without a place is the most urgent that it can be.
        """
        if is_payload(text):
            return ()
        message = self._books.normaliser.message(text)
        judging = self._judging(message)
        if not judging:
            return ()
        stated = {f.id for f in self._reader.read(text, today) if f.value != Assertion.UNSURE.value}
        scopes = by_token(self._assertions.scopes(message))
        asked: dict[str, Finding] = {}
        taken: set[int] = set()
        # Of the signs that the same words name, it is the most urgent one.
        for match, finding in sorted(
            self._signs_named(message), key=lambda sign: not self._is_critical(sign[1])
        ):
            question, places = judging.get(match.start), range(match.start, match.end)
            if question is None or finding in stated or finding not in among or taken.intersection(places):
                continue
            near = overlapping(scopes, match)
            denials = (scope for scope in near if scope.modifier.category is Category.ABSENT)
            if not any(question.judged <= d.match.start and d.match.end <= match.start for d in denials):
                taken.update(places)
                said = message.said(question.start, question.end)
                asked.setdefault(finding, Finding(finding, Assertion.PRESENT.value, *said, confirm=True))
        return tuple(asked.values())

    def _judging(self, message: Message) -> dict[int, _Judging]:
        """Finds the questions that ask what to make of something, by each of their tokens."""
        judged = {match.start: match.end for match in self._books.judged.find(message.doc)}
        found: dict[int, _Judging] = {}
        first = 0
        for end in [*sentence_ends(message), len(message.tokens)] if judged else ():
            opens = (place for place in range(first, end) if self._may_open(message, place))
            start = next(opens, first)
            places = (judged[place] for place in range(start, end) if place in judged)
            after = next(places, None)
            if after is not None and may_ask(_with_ending(message, start, end)):
                found |= dict.fromkeys(range(start, end), _Judging(start, end, after))
            first = end + 1
        return found

    def _may_open(self, message: Message, place: int) -> bool:
        """Whether a question may begin within a sentence, after an answer: "none, but is it ...?"."""
        opens = message.tokens[place].word in AUXILIARIES | {"how", "what", "why"}
        return opens and place > 0 and message.tokens[place - 1].norm in QUESTION_FOLLOWS

    def _is_critical(self, finding: str) -> bool:
        return self._specs[finding].critical


def places_of(message: Message, finding: Finding) -> list[int]:
    """The tokens that a finding is told by."""
    return [i for i, t in enumerate(message.tokens) if t.start < finding.end and finding.start < t.end]


def sentence_ends(message: Message) -> list[int]:
    """Gives the tokens that sentences end with."""
    return [place for place, token in enumerate(message.tokens) if token.norm in SENTENCE_ENDS]


def is_certain(finding: Finding) -> bool:
    """Tells whether a finding is told to be there, without a doubt."""
    return finding.value == Assertion.PRESENT.value and not finding.confirm


def _is_nothing(message: Message, match: Match[T]) -> bool:
    """Whether a sign is denied as a whole: "nothing numb or tingling", and not "nothing but numbness"."""
    before = [token.word for token in message.tokens[max(match.start - NOTHING_REACHES, 0) : match.start]]
    return "nothing" in before and "but" not in before


def _with_ending(message: Message, start: int, end: int) -> str:
    """The words of a sentence, with the sign that ends it."""
    return message.said(start, min(end + 1, len(message.tokens)))[0]
