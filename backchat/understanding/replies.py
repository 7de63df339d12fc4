"""A text read as the answer to what was asked."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import NamedTuple

from spacy.lang.en.stop_words import STOP_WORDS

from backchat.knowledge import Assertion, Finding, FindingKind, FindingSpec, FindingValue
from backchat.knowledge.models import EXCLUSIVE_VALUES
from backchat.knowledge.phrases import Replies
from backchat.understanding.clauses import (
    ALTERNATIVES,
    ECHOES,
    Answer,
    Clause,
    Clauses,
    Piece,
)
from backchat.understanding.durations import LONG_KNOWN, Duration, Durations
from backchat.understanding.lexicon import NEGATORS, PhraseBook
from backchat.understanding.measures import OLDEST
from backchat.understanding.normalise import SENTENCE_ENDS, Message, Normaliser
from backchat.understanding.numbers import Amount, Numbers

SAID_WITH_YES = frozenset({"duration_days", "weeks_pregnant", "severity"})
"""What people add to a yes: "I have since Monday", "I am 20 weeks"."""
LONG_ANSWER = 3
"""From how many words on a yes or no counts beside words that are not understood: "none of that myself"."""

PRESENT, ABSENT, UNSURE, OLD = (
    str(a.value) for a in (Assertion.PRESENT, Assertion.ABSENT, Assertion.UNSURE, Assertion.LONGSTANDING)
)
ORDER = (PRESENT, UNSURE, OLD, ABSENT)
"""Which of several things said of one option counts: a doubt is never lost, nor is what is there."""
SAYS = {
    "yes": PRESENT,
    "trouble": PRESENT,
    "unsure": UNSURE,
    "old": OLD,
    "echo_yes": PRESENT,
    "echo_no": ABSENT,
    "echo_open": UNSURE,
    "no": ABSENT,
    "fine": ABSENT,
    "ok": ABSENT,
    "deny": ABSENT,
    "deny_of": ABSENT,
    "none": ABSENT,
}
"""What the pieces that pick nothing say."""
DENIALS = ("no", "deny", "deny_of", "none", "fine", "echo_no", "rest_no")
GOOD = ("fine", "ok")
AGREEING = ("no", *GOOD)
"""Those that agree with words that deny something themselves: "no, I can feel everything"."""
ONE_WORD = {"yes": PRESENT, "no": ABSENT}
OPENERS = frozenset({"yes", "no", "none", "unsure", "echo_yes"})
"""Those that answer at the start of a clause whose other words are not understood."""
FORWARD = frozenset({"yes", "no", "deny", "deny_of", "fine", "ok", "unsure", "trouble", "none"})
"""Those that may stand before what they are about."""
LONGER = frozenset({"longer", "more", "over", "above", "beyond"})
SHORTER = frozenset({"shorter", "less", "under", "below", "fewer"})
"""Words that choose the last or the first of several ranges, in a short reply that denies nothing."""
CONCESSIONS = frozenset({"but", "however", "though", "although"})
"""Words after which a reply goes on that has answered: "no, but it aches"."""
MOST_COMPARED = 4
SCALE = 10
SHORT_SCALE = 5
"""What a strength is told out of, beside ten."""
SHORTEST_PLURAL = 4
UNITS_OF_AN_ANSWER = frozenset({"years", "months", "weeks"})
"""What an age or a pregnancy is counted in; every other plural behind a number is what the number counts."""
DENIED = frozenset({"no", "not"})
OF_ONESELF = frozenset({"i", "my", "it", "just", "only"})
"""What a remark on oneself begins with."""


@dataclass(frozen=True)
class Reply:
    """What a text says in answer to a question.

    Attributes:
        findings: Everything it says, at most one finding for each id.
        answered: Whether it says something about what was asked. False for a digression, a question back,
            noise, and a "yes" that leaves open to which of several. True without a finding about it for
            "I don't know" where the finding has no value for that.
        exact: Whether it picks from what was shown, by label or by place, or says nothing but that the person
            doesn't know: then nothing else can be meant.
        unnamed: The findings that are told only by what is said of all or of the rest, beside other words.
        excepts: Whether those leave out what was not understood: "it takes me ages, rest of them no".
        complete: Whether every word of it was understood, and none of them asks anything.
        denies_list: Whether it denies the whole list in so many words: "none of these".
        strays: Whether it speaks of something else besides, so that a mere "no" in it may be about that.
        apart: The values of which it speaks without telling them of what was asked: "lying flat helps" is
            nothing that makes the pain worse, nor is the chest with asthma a place that it goes to.
        over: The findings that it tells to have been there and to be over.
    """

    findings: tuple[Finding, ...]
    answered: bool
    exact: bool = False
    unnamed: frozenset[str] = frozenset()
    excepts: bool = False
    complete: bool = False
    denies_list: bool = False
    strays: bool = False
    apart: frozenset[str] = frozenset()
    over: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Question:
    """What was asked and what came back."""

    message: Message
    asked: Sequence[str]
    options: Mapping[str, str]
    found: Mapping[str, Finding]
    clauses: Sequence[Clause]

    def has(self, kind: str) -> bool:
        return any(clause.has(kind) for clause in self.clauses if not clause.asks)

    def tell(self, finding: str, value: FindingValue, clause: Clause | None = None) -> Finding:
        """A finding that a clause says, or the whole reply."""
        first, last = (clause.start, clause.end) if clause else (0, len(self.message.tokens))
        said, start, end = self.message.said(first, last)
        return Finding(finding, value, said, start, end)

    def within(self, clause: Clause) -> list[Finding]:
        """What the text tells, without the question, in the words of a clause."""
        _, start, end = self.message.said(clause.start, clause.end)
        return [f for f in self.found.values() if start <= f.start and f.end <= end]


class _Signs(NamedTuple):
    """What is said of the signs asked about; see `Reply`."""

    findings: Sequence[Finding]
    unnamed: frozenset[str] = frozenset()
    excepts: bool = False
    over: frozenset[str] = frozenset()


class _Illnesses(NamedTuple):
    """The words of `backchat.knowledge.phrases.Elsewhere` as they count."""

    conditions: frozenset[str]
    going: frozenset[str]


@dataclass
class _Told:
    """What the clauses of a reply to a list say.

    Attributes:
        said: The values said of each option, each with the clause that says it.
        pending: Options that were named, and nothing said of them yet.
        general: What is said of no option by name, with the place of its clause, and whether it is about all
            others in so many words.
        picked: Whether options were picked by number, or as the only ones.
        left_out: Options of which the opposite of the general is true.
        unread_exception: Whether there are such that were not understood, also before "otherwise no".
        carried: What the clause before said of the options that came after it, if it did.
        last: The options told last.
        assumed: Options taken as told as nothing was said of them ...
        only_named: ... and which those were, with the places of their clauses.
        over: Options told to have been there and to be over.
        spoken: Whether anything but a yes or no has been said.
        mentioned: Options named in words that were not understood.
    """

    said: dict[str, list[tuple[str, Clause]]] = field(default_factory=dict)
    pending: list[tuple[Piece, Clause]] = field(default_factory=list)
    general: list[tuple[str, int, bool]] = field(default_factory=list)
    left_out: list[tuple[Piece, Clause]] = field(default_factory=list)
    unread_exception: bool = False
    picked: bool = False
    carried: str | None = None
    last: list[str] = field(default_factory=list)
    assumed: list[tuple[Piece, Clause]] = field(default_factory=list)
    only_named: set[tuple[str, int]] = field(default_factory=set)
    over: set[str] = field(default_factory=set)
    spoken: bool = False
    mentioned: list[tuple[Piece, Clause]] = field(default_factory=list)

    def say(self, piece: Piece, value: str, clause: Clause) -> None:
        """Notes what a clause says of the options that a piece names."""
        if piece.kind in ("all", "rest"):
            self.general.append((value, clause.start, True))
            return
        if piece.kind == "value":
            value = _value_said(piece.value, value)
        open_which = len(piece.keys) > 1 and piece.kind != "pick"
        if value == PRESENT and open_which:
            value = UNSURE
        for key in piece.keys:
            self.said.setdefault(key, []).append((value, clause))
        self.picked = self.picked or (piece.kind == "pick" and value == PRESENT)
        self.last = list(piece.keys)

    def settle(self, value: str, *, agrees: bool = False) -> None:
        """Says something of the options that wait for it; what agrees with a denial leaves it as it is."""
        for piece, clause in self.pending:
            self.say(piece, PRESENT if agrees and piece.value == ABSENT else value, clause)
        self.pending = []

    def take_as_told(self) -> None:
        """Takes the options that are only named as told, unless they were asked about."""
        self.pending = [
            (p, clause) for p, clause in self.pending if clause.closing != "?" and p.kind != "rest"
        ]
        self.assumed.extend(self.pending)
        self.only_named |= {(key, c.start) for p, c in self.pending if p.kind != "value" for key in p.keys}
        self.settle(PRESENT)

    def hedge(self, before: Clause) -> None:
        """Leaves open what a clause says to be fine where a "but" follows: "pee fine but slow"."""
        for item in before.items if before.has("fine", "ok") else ():
            for key in item.keys:
                if self.of(key) == ABSENT:
                    self.said[key] = [(UNSURE, before)]

    def say_of_mentioned(self, value: str, clause: Clause) -> None:
        """Says something of the options that were mentioned last, or of none by name."""
        for piece, where in self.mentioned:
            self.say(piece, value, where)
        if not self.mentioned:
            self.general.append((value, clause.start, False))

    def doubt(self) -> None:
        """Takes back that the options that were only named are there."""
        for piece, clause in self.assumed:
            for key in piece.keys:
                self.said[key] = [(UNSURE, clause)]

    def make_over(self, passing: Collection[str]) -> None:
        """Takes the options told last for gone: one that comes and goes is absent, another is asked again."""
        self.take_as_told()
        for key in self.last:
            if self.of(key) == PRESENT:
                self.said[key] = [(ABSENT if key in passing else UNSURE, self.said[key][0][1])]
                self.over.add(key)

    def of(self, key: str) -> str | None:
        """What counts of all that is said of an option."""
        values = [value for value, _ in self.said.get(key, ())]
        return min(values, key=ORDER.index, default=None)


class Replier:
    """Reads replies.

    Args:
        specs: The vocabulary.
        replies: How people answer.
        answers: Finds the phrases of `backchat.understanding.clauses.wordings`.
        decades: Words for the ages of a decade, with the first.
        lasting: Findings that are as true when they are old.
    """

    def __init__(
        self,
        specs: Mapping[str, FindingSpec],
        replies: Replies,
        normaliser: Normaliser,
        *,
        answers: PhraseBook[Answer],
        numbers: Numbers,
        durations: Durations,
        decades: Mapping[str, int],
        lasting: Collection[str],
    ) -> None:
        self._specs = specs
        self._clauses = Clauses(replies, normaliser, answers, numbers)
        self._numbers = numbers
        self._durations = durations
        self._normaliser = normaliser
        self._decades = decades
        self._lasting = frozenset(lasting)
        self._instead = replies.instead
        self._shared = replies.shared_places
        self._parts_of = {
            finding: {normaliser.norm(word) for name in replies.parts[finding] for word in name.split()}
            for finding in replies.only_with_part
        }
        self._sign_words = {
            finding: {normaliser.norm(word) for name in names for word in name.split()}
            for finding, names in replies.signs.items()
        }
        self._filler = {normaliser.norm(word) for word in replies.glue if word not in replies.both}
        self._whole = replies.whole
        self._passing = frozenset(replies.passing)
        self._opposites = replies.opposites
        self._illnesses = {
            finding: _Illnesses(
                frozenset({*e.conditions, *map(normaliser.norm, e.conditions)}),
                frozenset(map(normaliser.norm, e.going)),
            )
            for finding, e in replies.elsewhere.items()
        }
        self._before = {normaliser.norm(word) for phrase in replies.before for word in phrase.split()}
        self._after = {normaliser.norm(word) for word in replies.after}
        self._contrast = {normaliser.norm(word) for word in replies.contrast}

    def read(
        self,
        message: Message,
        asked: Sequence[str],
        options: Mapping[str, str],
        found: Sequence[Finding],
        today: datetime.date,
    ) -> Reply:
        """See `Understanding.read_reply`."""
        if not asked or not message.tokens:
            return Reply(tuple(found), answered=False)
        labels = _labels(message.text, options)
        kind = self._specs[asked[0]].kind
        durations = self._durations.all(message, today) if kind is FindingKind.TRI else []
        long = [d for d in durations if d.best >= LONG_KNOWN and not _is_over(message, d)]
        clauses = self._clauses.split(message, asked, options, found, {d.start: d.end for d in long})
        question = _Question(message, asked, options, {f.id: f for f in found}, clauses)
        if labels:
            picked = tuple(self._picked(question, labels))
            return Reply(picked, answered=True, exact=True, complete=True, denies_list=True)
        signs, apart = _Signs([]), frozenset[str]()
        if kind is FindingKind.TRI:
            signs = self._signs(question, durations)
            vague = PRESENT if len(asked) > 1 and _is_a_mere_part(clauses) else None
            told = [
                replace(
                    f,
                    confirm=self._may_be_another(f, question)
                    or (f.value == vague and f.id not in question.found),
                )
                for f in signs.findings
            ]
        elif kind is FindingKind.NUMBER:
            told = self._out_of(question) or self._number(question, today)
        else:
            told, apart = self._choice(question)
        merged = {f.id: f for f in (*found, *told) if not self._is_spoken_for(f, question, told)}
        dont_know = kind is not FindingKind.TRI and question.has("unsure") and not found
        picks = any(clause.has("pick") and not clause.asks for clause in clauses)
        only_doubts = dont_know and not any(clause.strange for clause in clauses)
        is_whole = kind is FindingKind.TRI and self._said_whole(question) is not None
        exact = picks or only_doubts or is_whole or bool(self._in_order(question))
        answered = dont_know or any(f in merged for f in asked)
        complete = not any(clause.strange or clause.asks or clause.closing == "?" for clause in clauses)
        denies_list = _denies_list(question)
        return Reply(
            tuple(merged.values()),
            answered,
            exact,
            signs.unnamed,
            signs.excepts,
            complete,
            denies_list,
            strays=not exact and not denies_list and _strays(question),
            apart=apart,
            over=signs.over,
        )

    def _may_be_another(self, sign: Finding, question: _Question) -> bool:
        """Whether a sign is told by a place alone that something else is told of: "pain down my groin"."""
        others = [question.found[name] for name in self._shared.get(sign.id, ()) if name in question.found]
        takes_place = any(sign.start < other.end and other.start < sign.end for other in others)
        if sign.value != PRESENT or sign == question.found.get(sign.id) or not takes_place:
            return False
        return self._sign_words.get(sign.id, set()).isdisjoint(t.norm for t in question.message.tokens)

    def is_filler(self, message: Message, place: int) -> bool:
        """Tells whether a word may stand beside what a reply tells and tells nothing by itself."""
        return message.tokens[place].norm in self._filler

    def lacks_its_part(self, sign: str, message: Message) -> bool:
        """Tells whether words can only tell a sign by what may mean something else: "it's cold"."""
        words = {token.norm for token in message.tokens}
        parts, names = self._parts_of.get(sign), self._sign_words.get(sign, set())
        return parts is not None and (parts.isdisjoint(words) or (names - parts).isdisjoint(words))

    def _is_spoken_for(self, finding: Finding, question: _Question, told: Sequence[Finding]) -> bool:
        """Whether the words of a finding answer the question, so that they don't say something else too."""
        if finding.id in question.asked:
            return False
        answering = [*told, *(f for f in question.found.values() if f.id in question.asked)]
        if any(self._are_one_number(finding, f) for f in answering):
            return True
        if finding.id == "duration_days":
            old = [f for f in answering if f.value == OLD]
            return any(_sentence(question, f) == _sentence(question, finding) for f in old)
        if finding.value == ABSENT:
            items = [p for c in question.clauses if not c.strange for p in c.items]
            spans = [question.message.said(p.start, p.end)[1:] for p in items]
            return any(start <= finding.start and finding.end <= end for start, end in spans)
        return any(finding.id in self._instead.get(f.id, ()) for f in answering)

    def _are_one_number(self, one: Finding, other: Finding) -> bool:
        """Whether two numbers are the same words: the "11 weeks" of a pain are none of a pregnancy."""
        numbers = all(self._specs[f.id].kind is FindingKind.NUMBER for f in (one, other))
        return numbers and one.start < other.end and other.start < one.end

    def _said_whole(self, question: _Question) -> str | None:
        """What a text says by itself, to whatever was asked, such as a sign or the words on a button."""
        return self._whole.get(question.message.text.strip(" .!").lower())

    # --- lists of signs ---------------------------------------------------------------------------------

    def _signs(self, question: _Question, durations: Sequence[Duration]) -> _Signs:
        """What is said of each finding asked about, beyond what the text tells without the question."""
        whole = self._said_whole(question)
        if whole is not None:
            values = [] if whole == PRESENT and len(question.asked) > 1 else [whole]
            return _Signs(self._rest(question, values))
        in_order = self._in_order(question)
        if in_order:
            return _Signs([question.tell(f, v) for f, v in zip(question.asked, in_order, strict=True)])
        told = _Told()
        old = _old_clauses(question, durations)
        for place, clause in enumerate(question.clauses):
            if clause.asks or _only_tells_of_another(question, clause):
                told.pending, told.carried = [], None
            elif clause.has("but_for", "all_but"):
                self._hear_exception(question, told, clause)
            elif clause.strange or clause.has("other_person"):
                self._hear_strange(question, told, clause)
            else:
                self._hear_clear(question, told, place)
            if _limits(clause, self._contrast) and not question.within(clause):
                told.hedge(question.clauses[place - 1])
            if place in old:
                self._make_old(question, told, clause)
            if clause.has("over"):
                told.make_over(self._passing)
        told.take_as_told()
        weighed = self._weighed(question, told)
        unnamed = frozenset(f.id for f in weighed) - told.said.keys()
        excepts = told.unread_exception and not self._is_anything_told(question, told)
        return _Signs(weighed, unnamed, excepts, frozenset(told.over))

    def _rest(self, question: _Question, values: Sequence[str]) -> list[Finding]:
        """Says the same of every finding asked about that nothing is told of."""
        return [question.tell(f, v) for v in values for f in question.asked if f not in question.found]

    def _in_order(self, question: _Question) -> list[str]:
        """One yes or no for each finding, as in "no, no, yes, no" or "n n y"; none where that is not all."""
        text, tokens = question.message.text, question.message.tokens
        words = [text[t.start : t.end].lower() for t in tokens if t.word[0].isalpha()]
        said = [self._whole.get(word) or ONE_WORD.get(word, "") for word in words]
        fits = len(said) == len(question.asked) > 1 and set(said) == {PRESENT, ABSENT}
        return said if fits else []

    def _hear_clear(self, question: _Question, told: _Told, place: int) -> None:
        """Takes in a clause of which every word is understood."""
        clause = question.clauses[place]
        sequence = _without_topic(
            _combined([p for p in clause.pieces if p.is_item or p.kind in ("all", "rest", *SAYS)])
        )
        if any(p.kind in ("sign", "part", "label") for p in sequence):
            sequence = [p for p in sequence if p.kind != "all"]
        told_of = {key for piece in sequence if piece.kind == "value" for key in piece.keys}
        sequence = [p for p in sequence if p.kind != "part" or not told_of.intersection(p.keys)]
        subjects = [p for p in sequence if p.kind not in SAYS]
        if clause.closing == "?" and [p.kind for p in sequence if p.kind in SAYS] == ["trouble"]:
            sequence = [_as_sign(p) for p in subjects]  # What follows answers it: "trouble peeing? no".
        elif subjects and clause.has("trouble") and clause.has("no", "deny", "deny_of", "none"):
            sequence = [_as_sign(p) for p in sequence if p.kind != "trouble"]
            subjects = [p for p in sequence if p.kind not in SAYS]
        carried, told.carried = told.carried, None
        if clause.has("only", "that_is_all") and len(subjects) == len(sequence):
            told.take_as_told()
            for piece in subjects:
                told.say(piece, PRESENT, clause)
            told.picked = True
            told.carried = None if subjects or told.spoken else PRESENT
        elif len(subjects) == len(sequence):
            goes_on = carried is not None and (carried != ABSENT or self._ends_a_list(question, place))
            told.pending.extend((piece, clause) for piece in subjects)
            if goes_on and carried is not None:
                told.settle(carried)
                told.carried = carried
        elif subjects and self._is_forward(told, sequence):
            told.take_as_told()
            told.carried = _forward(told, sequence, clause)
        else:
            _end_list(told, sequence, clause)
            _backward(told, sequence, clause, len(question.asked))
        if clause.has("rest_no"):
            told.take_as_told()
            told.general.append((ABSENT, clause.start, True))
            told.unread_exception |= any(c.strange for c in question.clauses[:place])
        elif clause.has("rest"):
            before = question.clauses[:place]
            told.unread_exception |= any(c.strange and not _tells_a_sign(question, c) for c in before)
        told.spoken = told.spoken or bool(subjects)

    def _is_forward(self, told: _Told, sequence: Sequence[Piece]) -> bool:
        """Whether a clause says first and names then; not in "1. no 2. yes", where the first "no" is of 1."""
        numbered = told.pending and told.pending[-1][0].kind == sequence[-1].kind == "pick"
        return sequence[0].kind in FORWARD and sequence[-1].kind not in SAYS and not numbered

    def _ends_a_list(self, question: _Question, place: int) -> bool:
        """Whether options that follow "no" belong to it: not behind a mere comma, as "no fever, numb"."""
        for clause in question.clauses[place : place + len(question.asked)]:
            if clause.strange or clause.all(*SAYS):
                return False
            words = {t.norm for t in question.message.tokens[clause.start : clause.end]}
            if clause.link == "and" or words & ALTERNATIVES:
                return True
        return False

    def _hear_strange(self, question: _Question, told: _Told, clause: Clause) -> None:
        """Takes in what can be told of a clause with words that are not understood."""
        opening = clause.pieces[0] if clause.pieces and clause.pieces[0].start == clause.start else None
        if opening and opening.kind in OPENERS and told.pending and told.pending[-1][1].closing == "?":
            told.settle(SAYS[opening.kind])  # "Leaking? Yes, when I laugh."
        told.take_as_told()
        told.carried, told.spoken = None, True
        here = [f for f in question.within(clause) if f.id in question.asked]
        present = any(f.value in (PRESENT, UNSURE) for f in here)
        norms = [token.norm for token in question.message.tokens]
        complete = {i for p in clause.all("no", "none", "rest_no") for i in range(p.start, p.end)}
        negated = any(norms[i] in NEGATORS for i in range(clause.start, clause.end) if i not in complete)
        doubted = clause.has("unsure")
        troubled = clause.has("trouble") and not clause.has(*DENIALS) and not negated
        for piece in clause.items:
            if doubted or troubled:
                told.say(_as_sign(piece), UNSURE if doubted else PRESENT, clause)
        long = [p for p in clause.all("no", "none") if p.end - p.start >= LONG_ANSWER]
        first = next(iter(clause.all(*SAYS)), None)
        if (
            doubted
            and not clause.items
            and not question.within(clause)
            and clause.pieces[-1].kind == "unsure"
        ):
            told.say_of_mentioned(UNSURE, clause)
        if (long or clause.has("rest_no")) and not present:
            told.general.append((ABSENT, clause.start, True))
            told.unread_exception |= clause.has("rest_no")
        elif first and first.kind in OPENERS and self._opens(first, norms, clause):
            closed = first.end == clause.end or norms[first.end] in self._after
            about_one = SAYS[first.kind] == UNSURE and clause.items
            clear = closed and not negated and not present
            goes_on = doubted and any(place >= first.end for place in clause.strange)
            if clear if SAYS[first.kind] == ABSENT else not about_one and not goes_on:
                told.general.append((SAYS[first.kind], clause.start, False))
        elif (
            not (clause.items or negated or here)
            and len(question.clauses) == 1
            and len(clause.strange) < LONG_ANSWER
        ):
            last = clause.pieces[-1:]
            if last and last[0].kind == "no" and last[0].end == clause.end:
                told.general.append((ABSENT, clause.start, False))
        told.mentioned = [(piece, clause) for piece in clause.items if piece.kind == "sign"]
        if clause.has("only") and present and self._picks_one(clause, here, question):
            told.picked = True

    def _opens(self, piece: Piece, norms: Sequence[str], clause: Clause) -> bool:
        return all(norm in self._before for norm in norms[clause.start : piece.start])

    def _picks_one(self, clause: Clause, here: Sequence[Finding], question: _Question) -> bool:
        """Whether "only" stands before the finding, with at most small words between: not "just started"."""
        end = clause.all("only")[0].end
        first = min(f.start for f in here if f.value in (PRESENT, UNSURE))
        tokens = question.message.tokens
        between = [i for i in range(end, clause.end) if tokens[i].start < first]
        return not any(i in clause.strange for i in between)

    def _hear_exception(self, question: _Question, told: _Told, clause: Clause) -> None:
        """Takes in what an "all" or "none" leaves out: of "all but the last are fine" that is the last."""
        said = [SAYS[p.kind] for p in clause.pieces if p.kind in SAYS]
        if clause.has("but_for") and {p.kind for p, _ in told.pending} == {"all"} and said:
            told.settle(said[-1])
        told.take_as_told()
        here = any(f.id in question.asked for f in question.within(clause))
        if clause.has("all_but"):
            told.general.append((said[-1] if said else PRESENT, clause.start, True))
        told.unread_exception |= bool(clause.strange) and not here
        if not clause.strange:
            told.left_out.extend((piece, clause) for piece in clause.items)

    def _make_old(self, question: _Question, told: _Told, clause: Clause) -> None:
        """Makes the last finding told before the end of a clause an old one."""
        _, _, end = question.message.said(clause.start, clause.end)
        before = [f for f in question.found.values() if f.id in question.asked and f.end <= end]
        before = [f for f in before if f.value == PRESENT and f.id not in self._lasting]
        keys = [max(before, key=lambda f: f.end).id] if before else told.last
        if _gets_worse_after(question, end):
            return
        for key in keys:
            if key not in self._lasting and told.of(key) in (None, PRESENT, UNSURE):
                told.said[key] = [(OLD, clause)]

    def _is_anything_told(self, question: _Question, told: _Told) -> bool:
        there = [f for f in question.asked if f in question.found and question.found[f].value != ABSENT]
        return bool(there or told.said)

    def _weighed(self, question: _Question, told: _Told) -> list[Finding]:
        """What counts of all that a reply says: what is told by name before what is said of all others."""
        rest = self._said_of_the_rest(question, told)
        opposite = {PRESENT: ABSENT, ABSENT: PRESENT}
        for piece, clause in told.left_out:
            if rest in opposite:
                told.say(piece, opposite[rest], clause)
        findings: list[Finding] = []
        for key in question.asked:
            value, known = told.of(key), question.found.get(key)
            value = PRESENT if value == OLD and key in self._lasting else value
            if value is not None and (known is None or self._overrides(question, told, known)):
                findings.append(question.tell(key, value, told.said[key][0][1]))
            elif known is not None and known.value == OLD and _gets_worse_after(question, known.start):
                findings.append(replace(known, value=UNSURE))
            elif value is None and known is None and rest is not None:
                findings.append(question.tell(key, rest))
        if len(question.asked) == 1 and not findings and question.asked[0] not in question.found:
            return self._by_its_own_words(question)
        return findings

    def _overrides(self, question: _Question, told: _Told, known: Finding) -> bool:
        """Whether what the clauses say counts more than what the text tells without the question."""
        saying = [clause for value, clause in told.said[known.id] if value == told.of(known.id)]
        if told.of(known.id) == OLD:
            return True
        if known.value == ABSENT and all(
            (known.id, clause.start) in told.only_named and clause.link not in self._contrast
            for clause in saying
        ):
            return False  # "I can feel everything down there" names it, and denies it by all its words.
        doubted = told.of(known.id) == UNSURE
        in_words = any(clause.has("unsure") for clause in saying)
        if known.value == OLD and (told.of(known.id) == PRESENT or (doubted and not in_words)):
            return False  # It is named, and the whole text says that it is not new.
        if doubted and known.value == PRESENT and not in_words:
            return False  # A part of it is named that something else has too: "my pee only dribbles out".
        said = question.message.said
        return any(
            not clause.strange
            and (known.value not in (PRESENT, UNSURE) or (start < known.end and known.start < end))
            for clause in saying
            for _, start, end in [said(clause.start, clause.end)]
        )

    def _said_of_the_rest(self, question: _Question, told: _Told) -> str | None:
        """What a reply says of the findings that it does not name."""
        values = {value for value, _, strong in told.general if strong}
        weak = {
            v
            for v, start, strong in told.general
            if not strong and not self._is_taken_up(question, told, v, start)
        }
        single = len(question.asked) == 1
        if single:
            values |= weak
            if UNSURE in values:
                return UNSURE
            return values.pop() if len(values) == 1 else None
        if PRESENT in values:
            return None if told.unread_exception or ABSENT in values else PRESENT
        told.picked = told.picked and self._is_anything_told(question, told)
        if UNSURE in values | weak and (
            ABSENT in values | weak or not self._is_anything_told(question, told)
        ):
            return UNSURE
        return ABSENT if ABSENT in values | weak or told.picked else None

    def _is_taken_up(self, question: _Question, told: _Told, value: str, start: int) -> bool:
        """Whether a "no" only opens what is told next: "no, I can't feel it" is no answer about the rest."""
        if value != ABSENT:
            return False
        tokens = question.message.tokens
        known = [
            question.found[f].start
            for f in question.asked
            if f in question.found and question.found[f].value == PRESENT
        ]
        named = [
            tokens[c.start].start for said in told.said.values() for value, c in said if value == PRESENT
        ]
        after = [place for place in (*known, *named) if place >= tokens[start].start]
        words = [t.norm for t in tokens[start:] if after and t.start < min(after)]
        return bool(after) and not self._contrast.intersection(words)

    def _by_its_own_words(self, question: _Question) -> list[Finding]:
        """What words say that mean something just because the one finding was asked about."""
        values = [p.value for c in question.clauses if not c.asks for p in c.all("value")]
        return [question.tell(question.asked[0], values[0])] if values else []

    # --- values -----------------------------------------------------------------------------------------

    def _picked(self, question: _Question, picked: Sequence[str]) -> list[Finding]:
        """What picking options says: of a checklist the rest are absent, of a choice they are nothing."""
        finding = question.asked[0]
        kind = self._specs[finding].kind
        if finding in question.options:
            return [question.tell(f, PRESENT if f in picked else ABSENT) for f in question.asked]
        if kind is FindingKind.NUMBER:
            return [self._in_range(question, picked[0])]
        return [question.tell(finding, tuple(picked) if kind is FindingKind.SET else picked[0])]

    def _in_range(self, question: _Question, option: str) -> Finding:
        """The number that an option such as "28 to 42" stands for; the last one is open."""
        finding = question.asked[0]
        low, high = (float(bound) for bound in option.split(" to "))
        is_last = high == self._specs[finding].maximum
        told = question.tell(finding, low if is_last else (low + high) / 2)
        return replace(told, low=low, high=None if is_last else high)

    def _compared(self, question: _Question, today: datetime.date) -> list[Finding]:
        """Which of several ranges is meant by "the second", "5", "4 to 6", "longer" or "less than that"."""
        options = list(question.options)
        tokens = question.message.tokens
        if len(tokens) > MOST_COMPARED:
            return []
        picked, _ = _values(question, only_clear=False)
        if picked:
            return [self._in_range(question, picked[0])]
        amounts = [a for place in range(len(tokens)) if (a := self._numbers.at(tokens, place))]
        denied = any(token.norm in DENIED for token in tokens)
        if denied or any(amount.start > amounts[0].end for amount in amounts):
            return []  # "7 out of 10"
        in_weeks = self._normaliser.message(f"{question.message.text.rstrip(' .!?')} weeks")
        for duration in self._durations.all(in_weeks, today)[:1]:
            return [self._lasting_for(question, duration)]
        words = {token.word for token in tokens}
        meant = options[-1:] if words & LONGER else options[:1] if words & SHORTER else []
        return [self._in_range(question, option) for option in meant]

    def _number(self, question: _Question, today: datetime.date) -> list[Finding]:
        finding, message = question.asked[0], question.message
        if finding in question.found:
            return []
        age = question.found.get("age")
        known_age = age.value if age and isinstance(age.value, float) else None
        durations = self._durations.all(message, today, known_age)
        if finding == "duration_days":
            if question.options and not durations:
                return self._compared(question, today)
            if not durations:
                # Asked how long, "years" is "for years".
                asked = self._normaliser.message(f"for {message.text}")
                return [self._lasting_for(question, d) for d in self._durations.all(asked, today)[:1]]
            longest = self._specs[finding].maximum or 0
            return [self._lasting_for(question, d) for d in durations if d.best <= longest][:1]
        taken = {i for duration in durations for i in range(duration.start, duration.end)}
        spec = self._specs[finding]
        # What stands behind an "I mean" counts first.
        corrected = max((p.end for c in question.clauses for p in c.all("correction")), default=0)
        for place in (*range(corrected, len(message.tokens)), *range(corrected)):
            amount = None if place in taken else self._numbers.at(message.tokens, place)
            if finding == "age":
                amount = self._age_at(message, place, amount, today)
            if amount and self._counts_something(message, amount):
                continue
            if amount and (spec.minimum or 0) <= amount.best <= (spec.maximum or 0):
                said, start, end = message.said(amount.start, amount.end)
                low, high = (None, None) if amount.exact else (amount.low, amount.high)
                return [Finding(finding, float(amount.best), said, start, end, low, high)]
        return []

    def _out_of(self, question: _Question) -> list[Finding]:
        """A strength on another scale than to ten, led back to that: "3 out of 5"."""
        message = question.message
        for place in range(len(message.tokens)) if question.asked[0] == "severity" else ():
            amount = self._numbers.at(message.tokens, place)
            words = [token.word for token in message.tokens[amount.end : amount.end + 2]] if amount else []
            gap = 2 if words == ["out", "of"] else 1 if words[:1] == ["/"] else 0
            scale = self._numbers.at(message.tokens, amount.end + gap) if amount and gap else None
            if amount and scale and scale.best == SHORT_SCALE >= amount.best:
                said = message.said(place, scale.end)
                return [Finding("severity", amount.best * SCALE / scale.best, *said)]
        return []

    def _counts_something(self, message: Message, amount: Amount) -> bool:
        """Whether a number says how many of something there are: "2 kids", "3 times", "some numbness"."""
        if self._numbers.is_vague(message.tokens, amount.start):
            return True
        following = message.tokens[amount.end].word if amount.end < len(message.tokens) else ""
        is_plural = len(following) >= SHORTEST_PLURAL and following.endswith("s")
        return is_plural and following not in STOP_WORDS and following not in UNITS_OF_AN_ANSWER

    def _lasting_for(self, question: _Question, duration: Duration) -> Finding:
        """The answer that a time gives to how long it has hurt."""
        last = min(duration.end, len(question.message.tokens))
        said, start, end = question.message.said(min(duration.start, last - 1), last)
        exact = duration.high is not None and duration.low == duration.high
        low, high = (None, None) if exact else (duration.low, duration.high)
        return Finding(question.asked[0], float(duration.best), said, start, end, low, high)

    def _age_at(
        self, message: Message, place: int, amount: Amount | None, today: datetime.date
    ) -> Amount | None:
        """An age as a decade or a year of birth: "fifties", "1962"."""
        first = self._decades.get(message.tokens[place].word)
        if first is not None:
            return Amount(first, first + 4.5, first + 9, place, place + 1)
        if amount and amount.exact and today.year - OLDEST <= amount.best <= today.year:
            years = today.year - amount.best
            return replace(amount, low=years - 1, best=years - 0.5, high=years)
        return amount

    def _choice(self, question: _Question) -> tuple[list[Finding], frozenset[str]]:
        """What a reply picks, and the values that it speaks of without picking them."""
        finding = question.asked[0]
        is_set = self._specs[finding].kind is FindingKind.SET
        known = question.found.get(finding)
        if question.has("unsure") or (known and not is_set):
            return [], frozenset()
        elsewhere = self._elsewhere(question)
        picked, refused = _values(question, elsewhere, only_clear=known is not None)
        apart = frozenset(v for piece in elsewhere for v in _values_of(piece)) - {*picked}
        if not picked and any(_is_denial(clause) for clause in question.clauses):
            picked = [value for value in self._specs[finding].values if value in EXCLUSIVE_VALUES]
        told = known.value if known and isinstance(known.value, tuple) else ()
        values = [v for v in dict.fromkeys((*told, *picked)) if v not in refused]
        nothing = [v for v in values if v in EXCLUSIVE_VALUES]
        values = [v for v in values if v not in nothing] or nothing
        if not values or tuple(values) == told:
            return [], apart
        return self._picked(question, values), apart

    def _elsewhere(self, question: _Question) -> list[Piece]:
        """The words for values that tell something else: the contrary, or where an illness is."""
        contrary = question.found.get(self._opposites.get(question.asked[0], ""))
        return [
            piece
            for clause in question.clauses
            for piece in clause.items
            if self._is_of_illness(question, clause) or (contrary and _is_within(question, piece, contrary))
        ]

    def _is_of_illness(self, question: _Question, clause: Clause) -> bool:
        """Whether a clause names a place for an illness that is there: "arthritis in my arm".

        "My chest is bad, I've got asthma" does so too.
        """
        words = self._illnesses.get(question.asked[0])
        if words is None:
            return False
        tokens = question.message.tokens
        first = clause.start
        for before in reversed(question.clauses[: question.clauses.index(clause)]):
            first = before.start if tokens[first - 1].norm == "and" else first
        here = {word for token in tokens[first : clause.end] for word in (token.word, token.norm)}
        ill = here if not clause.has("trouble") else {token.word for token in tokens}
        return not words.conditions.isdisjoint(ill) and words.going.isdisjoint(here)


def _old_clauses(question: _Question, durations: Sequence[Duration]) -> set[int]:
    """The clauses that say that something told before has been so for very long."""
    places = {
        i
        for i, clause in enumerate(question.clauses)
        if clause.has("old") and (clause.strange or not clause.items)
    }
    cued = [(i, clause.start) for i, clause in enumerate(question.clauses) if clause.has("old_with")]
    ends = [i for i, token in enumerate(question.message.tokens) if cued and token.norm in SENTENCE_ENDS]
    for duration in durations if cued else ():
        if duration.best >= LONG_KNOWN:
            begin = max((end for end in ends if end < duration.start), default=-1)
            places |= {i for i, start in cued if begin < start <= duration.end}
    return places


def _gets_worse_after(question: _Question, end: int) -> bool:
    """Whether a reply goes on that it gets worse: "I've always been clumsy, but it's worse now"."""
    trend = question.found.get("trend")
    return trend is not None and trend.value == "worsening" and trend.start >= end


def _is_a_mere_part(clauses: Sequence[Clause]) -> bool:
    """Whether a reply names a part of the body and says nothing of it: "my leg"."""
    pieces = [piece for clause in clauses for piece in clause.pieces]
    return [piece.kind for piece in pieces] == ["part"] and not any(clause.strange for clause in clauses)


def _denies_list(question: _Question) -> bool:
    """Whether a reply denies what was listed in so many words: "none of these", "others no".

    "None of them answer" denies something else. What stands before a "but" is about the list: "no, but sore".
    """
    clauses = [clause for clause in question.clauses if not clause.asks and clause.closing != "?"]
    in_words = any(
        not any(place >= piece.end for place in clause.strange)
        and (piece.end - piece.start >= LONG_ANSWER or not clause.strange)
        for clause in clauses
        for piece in clause.all("none", "rest", "rest_no")
    )
    return in_words or any(_is_denial(clause) and clause.closing in CONCESSIONS for clause in clauses)


def _strays(question: _Question) -> bool:
    """Whether a reply speaks of what is neither asked about nor found: a person, a question, a remark.

    A question or a remark on oneself after a "no" that stands for itself leaves that as it is: "no. is heat
    better?", "no. I work at a desk", "no, but my foot tingles".
    """
    has_denied = False
    for clause in question.clauses:
        stands_apart = clause.link in (*SENTENCE_ENDS, *CONCESSIONS)
        if not (has_denied and stands_apart and _is_besides(question, clause)) and (
            clause.asks
            or clause.closing == "?"
            or clause.has("other_person", "correction")
            or _has_other_words(question, clause)
        ):
            return True
        has_denied |= _is_denial(clause)
    return False


def _is_besides(question: _Question, clause: Clause) -> bool:
    """Whether a clause asks something, or tells more of the person and denies nothing else."""
    if clause.asks or clause.closing == "?":
        return True
    words = [token.norm for token in question.message.tokens[clause.start : clause.end]]
    tells = bool(question.within(clause))
    is_own = tells or (words[:1] and words[0] in OF_ONESELF and NEGATORS.isdisjoint(words))
    return bool(is_own) and not clause.has("other_person", "correction")


def _has_other_words(question: _Question, clause: Clause) -> bool:
    """Whether words of a clause are about nothing that was asked: not the "big" of a "big no"."""
    tells = any(item.kind != "part" for item in clause.items) or any(
        finding.id in question.asked or finding.value not in ORDER for finding in question.within(clause)
    )
    ends_in_no = (
        bool(clause.pieces) and clause.pieces[-1].kind == "no" and clause.pieces[-1].end == clause.end
    )
    if tells or (ends_in_no and len(clause.strange) < LONG_ANSWER):
        return False
    tokens = question.message.tokens
    told = [(f.start, f.end) for f in question.found.values() if f.value not in ORDER]
    return any(
        tokens[place].norm not in STOP_WORDS
        and not any(start <= tokens[place].start < end for start, end in told)
        for place in clause.strange
    )


def _limits(clause: Clause, contrast: Collection[str]) -> bool:
    """Whether a clause may limit the one before in words that are not understood: "but slow"."""
    return bool(clause.strange) and (clause.link in contrast or clause.has("but_for"))


def _only_tells_of_another(question: _Question, clause: Clause) -> bool:
    """Whether a clause begins as a yes and tells something else: "I'm 45", "it's my lower back"."""
    begins = [p for p in clause.pieces if p.kind in ECHOES or (p.kind == "yes" and p.end - p.start > 1)]
    others = {finding.id for finding in question.within(clause)} - {*question.asked, *SAID_WITH_YES}
    return bool(begins) and len(begins) == len(clause.pieces) and bool(others)


def _is_over(message: Message, duration: Duration) -> bool:
    """Whether a time tells when something was: "2 years ago", "last year"."""
    words = [token.word for token in message.tokens[duration.start : duration.end]]
    return words[-1] == "ago" or words[0] == "last"


def _combined(sequence: Sequence[Piece]) -> list[Piece]:
    """Makes one of what is said at once: "maybe a bit" is a doubt, "isn't fine" is trouble."""
    if sequence and sequence[0].kind == "unsure":
        sequence = [piece for piece in sequence if piece.kind != "yes"]
    kept: list[Piece] = []
    for piece in sequence:
        last = kept[-1] if kept else None
        says, said = SAYS.get(piece.kind), SAYS.get(last.kind) if last else None
        touching = last is not None and last.end == piece.start
        if last is None or says is None:
            kept.append(piece)
        elif touching and last.kind in ("deny", "echo_no", "none") and piece.kind in ("fine", "ok"):
            kept[-1] = replace(piece, kind="trouble", start=last.start)
        elif touching and last.kind == "deny" and says == ABSENT:
            kept.pop()  # "not nothing"
        elif said == PRESENT and says in (UNSURE, OLD):
            kept[-1] = piece
        elif said != UNSURE or says != PRESENT:
            kept.append(piece)
    return kept


def _value_said(value: str, said: str) -> str:
    """What words of their own value say under what is said of them: "not" before "dry" leaves it open."""
    if said == PRESENT:
        return value
    return said if value == PRESENT else UNSURE


def _as_sign(piece: Piece) -> Piece:
    """A part with trouble: "pee problem" names the problem."""
    return Piece("sign", piece.start, piece.end, piece.keys) if piece.kind == "part" else piece


def _forward(told: _Told, sequence: Sequence[Piece], clause: Clause) -> str | None:
    """Takes in "no fever", "yes to the first"; "no pee" is left open, it may be the trouble itself."""
    kind = ""
    for piece in sequence:
        if piece.kind in SAYS:
            kind = piece.kind
        elif piece.kind == "part" and kind in ("no", "deny"):
            kind = ""
        elif (kind == "no" and piece.kind == "pick") or (kind in AGREEING and piece.value == ABSENT):
            told.say(piece, PRESENT, clause)
        elif kind in ("trouble", "unsure") and piece.value == ABSENT:
            told.say(piece, UNSURE, clause)
        elif kind:
            told.say(piece, SAYS[kind], clause)
    return SAYS.get(kind)


def _end_list(told: _Told, sequence: Sequence[Piece], clause: Clause) -> None:
    """Decides on the options that wait where the next clause names others and says something of them.

    "Pee, poo, sex fine" is said of all, "3 and 4, the rest fine" is not. Nor is "leaking, weakness no";
    what that leaves open is asked again.
    """
    if not told.pending or sequence[0].kind in SAYS:
        return
    waiting = {piece.kind for piece, _ in told.pending}
    value = SAYS[next(piece.kind for piece in sequence if piece.kind in SAYS)]
    ends = clause.link in SENTENCE_ENDS - {"?"}
    if ends or sequence[0].kind in ("all", "rest") or (sequence[0].kind == "part" and waiting - {"part"}):
        told.take_as_told()
    elif value == ABSENT and waiting != {"part"} and clause.link != "and":
        told.pending = []


def _backward(told: _Told, sequence: Sequence[Piece], clause: Clause, asked: int) -> None:
    """Takes in "fever no", "pee and poo ok", and what is said of no option by name."""
    if {piece.kind for piece in sequence} in ({"no", "trouble"}, {"trouble", "fine"}):
        return  # "no, not normal", "been off work"
    waiting: list[Piece] = []
    said = False
    for piece in sequence:
        value = SAYS.get(piece.kind)
        said = said or value is not None
        if value is None:
            waiting.append(piece)
        elif waiting or told.pending:
            told.pending.extend((subject, clause) for subject in waiting)
            told.settle(value, agrees=piece.kind in GOOD)  # "can pee, no problem"
            waiting = []
        elif piece.kind in ("echo_yes", "echo_no", "deny", "deny_of") and told.mentioned:
            told.say_of_mentioned(value, clause)
        elif value == UNSURE and told.assumed:
            told.doubt()
        elif (
            piece.kind not in ("old", "ok", "deny_of")
            and not (piece.kind == "deny" and piece.end - piece.start > 1)
            and not (value == PRESENT and asked > 1)
            and not (piece.kind in ("fine", "trouble") and told.spoken)
        ):
            told.general.append((value, clause.start, piece.kind == "none"))
    told.pending.extend((piece, clause) for piece in waiting if not (said and piece.kind == "part"))
    told.assumed, told.mentioned = [], []


def _without_topic(sequence: list[Piece]) -> list[Piece]:
    """Leaves out the part that what follows is about: "the leg is not weak", "my leg is a bit weak"."""
    parts = list(takewhile(lambda piece: piece.kind == "part", sequence))
    rest = sequence[len(parts) :]
    tells = len(rest) > 1 and rest[0].kind in SAYS and rest[-1].kind in ("sign", "label")
    return rest if tells else sequence


def _tells_a_sign(question: _Question, clause: Clause) -> bool:
    return any(finding.value in ORDER for finding in question.within(clause))


def _is_denial(clause: Clause) -> bool:
    """Whether a clause says no and nothing else: "not really"."""
    return any(clause.is_just(piece) for piece in clause.all("no", "none", "deny", "echo_no"))


def _values(
    question: _Question, elsewhere: Collection[Piece] = (), *, only_clear: bool
) -> tuple[list[str], set[str]]:
    """The values of a choice that a reply gives, and those that it rules out."""
    tokens = question.message.tokens
    picked: list[str] = []
    refused: set[str] = set()
    negated = False
    for clause in question.clauses:
        negated = clause.has("deny", "deny_of") or (negated and clause.link == "and")
        if clause.asks or (only_clear and any(tokens[i].norm not in STOP_WORDS for i in clause.strange)):
            continue
        for piece in clause.items:
            if piece in elsewhere or (not negated and _is_said_by(question, piece)):
                continue
            if piece.kind != "value" and (clause.strange or (piece.kind == "label" and len(piece.keys) > 1)):
                continue
            values = _values_of(piece)
            is_exception = clause.has("but_for") and set(picked) - EXCLUSIVE_VALUES
            if is_exception or (negated and not clause.has("but_for")):
                refused.update(values)
            else:
                picked.extend(values)
    return picked, refused - set(picked)


def _is_said_by(question: _Question, piece: Piece) -> bool:
    """Whether the words of a piece already gave a value without the question."""
    known = question.found.get(question.asked[0])
    return known is not None and _is_within(question, piece, known)


def _is_within(question: _Question, piece: Piece, finding: Finding) -> bool:
    """Whether the words of a piece are among those of a finding."""
    _, start, end = question.message.said(piece.start, piece.end)
    return finding.start <= start and end <= finding.end


def _values_of(piece: Piece) -> tuple[str, ...]:
    """The values that a piece stands for."""
    return (piece.value,) if piece.kind == "value" else piece.keys


def _sentence(question: _Question, finding: Finding) -> int:
    """Which sentence a finding stands in."""
    text = question.message.text[: finding.start]
    return sum(text.count(end) for end in SENTENCE_ENDS)


def _labels(text: str, options: Mapping[str, str]) -> list[str]:
    """The options whose labels a text consists of, as when buttons are pressed."""
    keys = {_plain(label): key for key, label in options.items()}
    longest_first = sorted(keys, key=len, reverse=True)
    rest = _plain(text)
    picked: list[str] = []
    while rest:
        label = next((label for label in longest_first if label and rest.startswith(label)), None)
        if label is None or (rest[len(label) :] and rest[len(label)] not in ",;"):
            return []
        picked.append(keys[label])
        rest = rest[len(label) :].lstrip(",; ")
    return picked


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").split()).rstrip(".")
