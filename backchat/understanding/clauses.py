"""A reply, clause by clause: what each picks of the list that was shown, and what it says of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from spacy.lang.en.stop_words import STOP_WORDS

from backchat.knowledge import Assertion, Finding
from backchat.knowledge.phrases import Replies
from backchat.understanding.lexicon import NEGATORS, Match, PhraseBook, Words
from backchat.understanding.normalise import CLAUSE_ENDS, SENTENCE_ENDS, UNKNOWN, Message, Normaliser, Token
from backchat.understanding.numbers import Numbers, is_of_ten

KINDS = (
    *(
        "yes",
        "no",
        "fine",
        "trouble",
        "echo_yes",
        "echo_no",
        "echo_open",
        "unsure",
        "old",
        "deny",
        "deny_of",
        "none",
        "all",
        "rest",
    ),
    *("both", "rest_no", "only", "that_is_all", "but_for", "all_but", "other_person", "old_with", "over"),
    *("question", "refusal", "correction", "aside"),
)
"""The lists of `Replies`; where a phrase stands in several, the later one counts."""
NAMED = ("signs", "parts")
ALTERNATIVES = frozenset({"or", "nor", "/"})
ORDINAL_ENDS = frozenset({"st", "nd", "rd", "th"})
RANGE = frozenset({"-", "to", "through", "till"})
LEADS = ("number", "option", "only", "just")
"""Words before a number word that picks."""
ESTIMATES = frozenset({"a", "around", "roughly", "nearly", "almost"})
"""Words before a number that is a measure and picks nothing: "it's roughly a 3"."""
LETTERS = "abcdefgh"
"""Some people count options so."""
BESIDE_LETTERS = frozenset({"and", "or", "only", "just", "please"})
SAID_OF_LETTERS = frozenset({"yes", "no"})
BEFORE_NUMBER = frozenset({"only", "just", "and", "or", "yes", "not", "to"})
"""Words after which "no" before a number stands for "number"."""
BOTH = 2
ECHOES = ("echo_yes", "echo_no", "echo_open")
BY_FINDING = {"by_finding": "value", "clear_by_finding": "clear"}
"""The lists of `Replies` with words that stand for a value, and the kind of answer that they give."""
THERE = frozenset(a.value for a in Assertion if a is not Assertion.ABSENT)


@dataclass(frozen=True)
class Answer:
    """What a reply phrase means.

    Attributes:
        kind: A list of `Replies`, "value" for those of `Replies.by_finding`, or "clear" for those of
            `Replies.clear_by_finding`.
        value: The place in the list, or the value.
        finding: The finding that it is about, where it is about one.
    """

    kind: str
    value: str = ""
    finding: str = ""


@dataclass(frozen=True)
class Piece:
    """Words that mean something in a reply.

    Attributes:
        kind: As in `Answer`; also "ok" for a word that may be mere politeness, "pick" for a place in the
            list, "label" for words of the options, and "sign" or "part" for the name of a finding or of what
            it is about.
        start: The first token.
        end: The token after the last.
        keys: The options that they may mean.
        value: For "value", which; "" otherwise.
    """

    kind: str
    start: int
    end: int
    keys: tuple[str, ...] = ()
    value: str = ""

    @property
    def is_item(self) -> bool:
        """Whether it names options."""
        return self.kind in ("pick", "label", "sign", "part", "value")


@dataclass
class Clause:
    """A stretch of the reply with one thing to say.

    Attributes:
        start: Its first token.
        link: The sign or word before it.
        pieces: What was understood of it, in order.
        strange: The tokens that were not.
        end: The token after its last.
        closing: The sign or word after it.
        asks: Whether it asks or refuses, so that nothing in it is an answer.
    """

    start: int
    link: str
    pieces: list[Piece] = field(default_factory=list)
    strange: list[int] = field(default_factory=list)
    end: int = 0
    closing: str = ""
    asks: bool = False

    @property
    def items(self) -> list[Piece]:
        """The options that it names."""
        return [piece for piece in self.pieces if piece.is_item]

    def all(self, *kinds: str) -> list[Piece]:
        """Its pieces of some kinds."""
        return [piece for piece in self.pieces if piece.kind in kinds]

    def has(self, *kinds: str) -> bool:
        """Whether it holds a piece of some kinds."""
        return bool(self.all(*kinds))

    def is_just(self, piece: Piece) -> bool:
        """Whether it says nothing but that."""
        return not self.strange and self.pieces == [piece]

    def holds(self, start: int, end: int) -> bool:
        """Whether the tokens are in it."""
        return self.start <= start and end <= self.end


def wordings(replies: Replies, spelt: Callable[[Iterable[str]], set[Words]]) -> list[tuple[Words, Answer]]:
    """Every wording of the reply phrases, with what it means."""
    simple = [(words, Answer(kind)) for kind in KINDS for words in spelt(getattr(replies, kind))]
    places = [
        (words, Answer(kind, str(number)))
        for kind in ("ordinals", "first_of")
        for phrase, number in getattr(replies, kind).items()
        for words in spelt([phrase])
    ]
    names = [
        (words, Answer(kind[:-1], finding=finding))
        for kind in NAMED
        for finding, phrases in getattr(replies, kind).items()
        for words in spelt(phrases)
    ]
    values = [
        (words, Answer(kind, value, finding))
        for name, kind in BY_FINDING.items()
        for finding, by_value in getattr(replies, name).items()
        for value, phrases in by_value.items()
        for words in spelt(phrases)
    ]
    return [*simple, *places, *names, *values]


class Clauses:
    """Splits replies into clauses.

    Args:
        replies: How people answer.
        answers: Finds the phrases of `wordings`.
    """

    def __init__(
        self, replies: Replies, normaliser: Normaliser, answers: PhraseBook[Answer], numbers: Numbers
    ) -> None:
        self._normaliser = normaliser
        self._answers = answers
        self._numbers = numbers
        self._glue = {normaliser.norm(word) for word in replies.glue}
        self._before = frozenset(replies.before)
        self._besides = replies.besides
        self._breaks = CLAUSE_ENDS | {normaliser.norm(word) for word in (*replies.contrast, "and", "plus")}

    def split(
        self,
        message: Message,
        asked: Sequence[str],
        options: Mapping[str, str],
        found: Sequence[Finding],
        long: Mapping[int, int],
    ) -> list[Clause]:
        """The clauses of a reply, in order; what it takes back is left out.

        Args:
            message: The reply.
            asked: The findings asked about.
            options: The labels shown, by finding for a checklist, else by value.
            found: What the whole text tells without the question.
            long: Where very long times stand: the first token and that after the last.
        """
        keys = list(asked) if len(asked) > 1 else list(options)
        tiles = {piece.start: piece for piece in self._tiles(message, asked, keys, found)}
        labels = self._labels(options)
        clauses = [Clause(0, "")]
        place = 0
        while place < len(message.tokens):
            piece = tiles.get(place)
            if piece is None or piece.kind != "aside":  # "last 3 days" picks nothing
                piece = _counted(message.tokens, place, keys) or piece
            piece = piece or self._pick(message.tokens, place, keys, tiles)
            norm = message.tokens[place].norm
            if place in long and clauses[-1].items:
                piece = Piece("old", place, long[place])
            if piece is not None:
                if piece.kind in ("only", "but_for", "all_but", "correction") and clauses[-1].pieces:
                    _close(clauses, place, "")
                clauses[-1].pieces.append(piece)
            elif norm in self._breaks:
                _close(clauses, place, norm)
                clauses[-1].start = place + 1
            elif norm not in self._glue and message.tokens[place].word[0].isalnum():
                word = message.tokens[place].word if norm == UNKNOWN else norm
                if word in labels:
                    clauses[-1].pieces.append(Piece("label", place, place + 1, labels[word]))
                else:
                    clauses[-1].strange.append(place)
            place = piece.end if piece is not None else place + 1
        clauses[-1].end = len(message.tokens)
        clauses = [clause for clause in clauses if clause.pieces or clause.strange]
        for clause in clauses:
            clause.pieces = _grouped(clause, message, self._normaliser)
            clause.pieces = [p for piece in clause.pieces for p in _settled(piece, clause)]
            if len(asked) > 1:
                _forget_lone_words(clause)
        clauses = [part for clause in clauses for part in _denial_split_off(clause)]
        _mark_questions(clauses, message)
        numbers = [finding.start for finding in found if isinstance(finding.value, float)]
        telling = {i for i, token in enumerate(message.tokens) if token.start in numbers}
        return _without_what_is_taken_back(clauses, telling)

    def _labels(self, options: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
        """The words that can tell options apart, with the options whose labels hold them.

        Not those of labels that deny: "hold" names nothing of "can't hold poo".
        """
        holding: dict[str, tuple[str, ...]] = {}
        for key, label in options.items():
            tokens = self._normaliser.message(label).tokens
            words = {token.word if token.norm == UNKNOWN else token.norm for token in tokens}
            for word in words if words.isdisjoint(NEGATORS) else ():
                if word not in self._glue and word not in STOP_WORDS and word[0].isalpha():
                    holding[word] = (*holding.get(word, ()), key)
        return {word: keys for word, keys in holding.items() if len(keys) < max(len(options), 2)}

    def _tiles(
        self, message: Message, asked: Sequence[str], keys: Sequence[str], found: Sequence[Finding]
    ) -> list[Piece]:
        """The reply phrases that matter, the longest first where some share words."""
        matches = [
            match
            for match in self._answers.find(message.doc)
            if (not match.entry.finding or match.entry.finding in asked)
            and not (match.entry.kind == "value" and len(asked) > 1)
            and not (match.entry.kind == "both" and len(keys) != BOTH)
            and not self._belongs_elsewhere(match, message, asked, found)
        ]
        at_same: dict[tuple[int, int], list[Answer]] = {}
        for match in sorted(matches, key=_claim):
            at_same.setdefault((match.start, match.end), []).append(match.entry)
        taken: set[int] = set()
        tiles: list[Piece] = []
        for (start, end), answers in at_same.items():
            if taken.isdisjoint(range(start, end)):
                taken.update(range(start, end))
                piece = _piece(start, end, answers, keys)
                is_filler = end - start == 1 and message.tokens[start].word in self._before
                tiles.append(replace(piece, kind="ok") if piece.kind == "fine" and is_filler else piece)
        return tiles

    def _belongs_elsewhere(
        self, match: Match[Answer], message: Message, asked: Sequence[str], found: Sequence[Finding]
    ) -> bool:
        """Whether a phrase is part of what a text tells besides: "numb" of a foot, "no" of "no control"."""
        _, start, end = message.said(match.start, match.end)
        inside = [f for f in found if f.start <= start and end <= f.end and CLAUSE_ENDS.isdisjoint(f.said)]
        if match.entry.finding:
            shared = (*asked, *self._besides.get(match.entry.finding, ()))
            return any(f.id not in shared and f.value in THERE for f in inside)
        is_short = match.entry.kind in ("no", "deny", "none", "only") and match.end - match.start == 1
        return is_short and any(f.start == start and f.end > end and f.value == "present" for f in inside)

    def _pick(
        self, tokens: Sequence[Token], place: int, keys: Sequence[str], tiles: Mapping[int, Piece]
    ) -> Piece | None:
        """A number or letter that picks an option, or a range: "2", "2nd", "no. 6", "1-3", "one", "b"."""
        start = place
        if tokens[place].norm == "no" and (not place or tokens[place - 1].norm in BEFORE_NUMBER):
            place += 2 if tokens[place + 1 : place + 2] and tokens[place + 1].word == "." else 1
            if place >= len(tokens) or tokens[place].number is None:
                return None
        first = self._place(tokens, place)
        if first is None or is_of_ten(tokens, place + 1):
            return None
        end, last = place + 1, first
        if end + 1 < len(tokens) and tokens[end].word in RANGE and (tokens[end + 1].number or 0) > first:
            end, last = end + 2, int(tokens[end + 1].number or 0)
        if end < len(tokens) and tokens[end].word in ORDINAL_ENDS:
            end += 1
        is_said = end in tiles and not tiles[end].is_item
        fits = first >= 1 and last <= len(keys) and (is_said or self._may_follow_a_pick(tokens, end))
        return Piece("pick", start, end, tuple(keys[first - 1 : last])) if fits else None

    def _place(self, tokens: Sequence[Token], place: int) -> int | None:
        """A whole number in digits, or in a word that stands where a pick does: not "the chest one"."""
        letter = LETTERS.find(tokens[place].word) if _are_letters(tokens) else -1
        before = tokens[place - 1].norm if place else ""
        stands_alone = not before or before in self._breaks or before in (*LEADS, *ALTERNATIVES)
        if letter >= 0:
            return letter + 1 if stands_alone else None
        if place and tokens[place - 1].word in ESTIMATES:
            return None
        amount = self._numbers.at(tokens[place : place + 1], 0)
        if amount is None or amount.best != int(amount.best) or not amount.exact:
            return None
        compound = place > 1 and self._numbers.at(tokens[place - 2 : place + 1], 0)
        if compound and compound.end > 1:
            return None  # the "three" of "eighty-three"
        return int(amount.best) if tokens[place].number is not None or stands_alone else None

    def _may_follow_a_pick(self, tokens: Sequence[Token], place: int) -> bool:
        if place >= len(tokens) or not tokens[place].word[0].isalpha():
            return True
        norm = tokens[place].norm
        return norm in self._glue or norm in self._breaks


def _are_letters(tokens: Sequence[Token]) -> bool:
    """Whether a reply is nothing but letters that pick: "b", "a yes b no", but not "e no be so" or "a 6"."""
    if any(token.number is not None for token in tokens):
        return False
    words = [token.word for token in tokens if token.word[0].isalpha()]
    letters = [word for word in words if word in LETTERS]
    said = [word for word in words if word in SAID_OF_LETTERS]
    others = [word for word in words if word not in LETTERS and word not in SAID_OF_LETTERS]
    return BESIDE_LETTERS.issuperset(others) and (not said or len(letters) > 1)


def _counted(tokens: Sequence[Token], place: int, keys: Sequence[str]) -> Piece | None:
    """The first or last so many, with the number in digits: "first 3"."""
    number = int(tokens[place + 1].number or 0) if place + 1 < len(tokens) else 0
    if tokens[place].word not in ("first", "last") or not 1 < number <= len(keys):
        return None
    picked = keys[:number] if tokens[place].word == "first" else keys[-number:]
    return Piece("pick", place, place + 2, tuple(picked))


def _claim(match: Match[Answer]) -> tuple[int, int, bool]:
    """Which phrases take their words first: the longest, those last that mean the least."""
    denies = match.entry.kind == "deny"
    length = match.end - match.start
    rank = 2 if (denies or match.entry.kind == "no") and length == 1 else int(match.entry.kind in ECHOES)
    return rank, -length, denies


def _piece(start: int, end: int, answers: Sequence[Answer], keys: Sequence[str]) -> Piece:
    places = [answer for answer in answers if answer.kind in ("ordinals", "first_of")]
    if places:
        number = int(places[0].value)
        one = number % (len(keys) + 1) if keys else 0
        if places[0].kind == "first_of":
            return Piece("pick", start, end, tuple(keys[:number] if number > 0 else keys[number:]))
        return Piece("pick", start, end, tuple(keys[one - 1 : one] if one else ()))
    about = [answer for answer in answers if answer.finding]
    if not about:
        kind = max((a.kind for a in answers), key=KINDS.index)
        return Piece("all" if kind == "both" else kind, start, end)
    clear = [answer for answer in about if answer.kind == "clear"]
    values = clear or [answer for answer in about if answer.kind == "value"]
    if clear or len(values) == len(about):
        return Piece("value", start, end, tuple(dict.fromkeys(a.finding for a in values)), values[0].value)
    findings = dict.fromkeys(a.finding for a in about if a.kind == about[0].kind)
    value = about[0].value if about[0].kind == "value" else ""
    return Piece(about[0].kind, start, end, tuple(findings), value)


def _grouped(clause: Clause, message: Message, normaliser: Normaliser) -> list[Piece]:
    """Makes one name of the words that name something together: "bowel accident" is but one thing."""
    grouped: list[Piece] = []
    for piece in clause.pieces:
        last = grouped[-1] if grouped else None
        if last and _joins(last, piece, message):
            common = tuple(key for key in last.keys if key in piece.keys)
            if common:
                kind = "sign" if "sign" in (last.kind, piece.kind) else piece.kind
                grouped[-1] = Piece(kind, last.start, piece.end, common)
                continue
            clause.strange.append(piece.start)
        grouped.append(piece)
    return [_narrowed(piece, message, normaliser) for piece in grouped]


def _settled(piece: Piece, clause: Clause) -> list[Piece]:
    """What an answer that repeats the verb is where other words follow: a denial of those, or nothing."""
    if piece.kind not in ECHOES:
        return [piece]
    if not any(place > piece.start for place in (*(p.start for p in clause.pieces), *clause.strange)):
        return [piece]
    if piece.kind == "echo_open":
        return [replace(piece, kind="deny", start=piece.end - 1)]  # the "not" of "I can't"
    return [replace(piece, kind="deny")] if piece.kind == "echo_no" else []


def _forget_lone_words(clause: Clause) -> None:
    """Takes a single word of a label for no name: the short names are listed, the rest is chance."""
    lone = [p for p in clause.pieces if p.kind == "label" and p.end - p.start == 1]
    clause.strange.extend(piece.start for piece in lone)
    clause.pieces = [piece for piece in clause.pieces if piece not in lone]


def _denial_split_off(clause: Clause) -> list[Clause]:
    """Splits off a clear denial behind other words: "apart from wind there's nothing with my chest"."""
    denials = [
        piece for piece in clause.all("deny_of") if piece.start > max(clause.strange, default=clause.end)
    ]
    if not denials or not any(item.start > denials[0].start for item in clause.items):
        return [clause]
    place = denials[0].start
    before = [piece for piece in clause.pieces if piece.start < place]
    after = [piece for piece in clause.pieces if piece.start >= place]
    return [
        replace(clause, pieces=before, end=place, closing=""),
        Clause(place, "", after, [], clause.end, clause.closing),
    ]


def _joins(one: Piece, other: Piece, message: Message) -> bool:
    names = ("label", "sign", "part")
    between = {token.norm for token in message.tokens[one.end : other.start]}
    return one.kind in names and other.kind in names and not between & ALTERNATIVES


def _narrowed(piece: Piece, message: Message, normaliser: Normaliser) -> Piece:
    """Leaves, of several options that hold a word, the one that is named for it."""
    if piece.kind not in ("label", "sign") or len(piece.keys) == 1:
        return piece
    words = {token.norm for token in message.tokens[piece.start : piece.end]}
    named = [key for key in piece.keys if words & {normaliser.norm(part) for part in key.split("_")}]
    if not named:
        return piece
    return Piece(piece.kind, piece.start, piece.end, (min(named, key=len),))


def _close(clauses: list[Clause], place: int, link: str) -> None:
    """Ends the last clause before a token and begins another."""
    clauses[-1].end, clauses[-1].closing = place, link
    clauses.append(Clause(place, link))


def _mark_questions(clauses: Sequence[Clause], message: Message) -> None:
    """Marks the clauses that ask back or refuse, up to the end of their sentence."""
    asking = False
    for i, clause in enumerate(clauses):
        between = message.tokens[clauses[i - 1].end : clause.start] if i else ()
        asking = asking and not any(token.norm in SENTENCE_ENDS for token in between)
        openers = list(takewhile(lambda p: p.kind in ("yes", "no", "fine", "question"), clause.pieces))
        opens = clause.link in CLAUSE_ENDS | {""} and any(piece.kind == "question" for piece in openers)
        opens = opens and min(clause.strange, default=clause.end) >= clause.all("question")[0].start
        refuses = any(p.end - p.start > 1 or clause.is_just(p) for p in clause.all("refusal"))
        asking = asking or opens or refuses
        clause.asks = asking


def _without_what_is_taken_back(clauses: list[Clause], telling: Collection[int]) -> list[Clause]:
    """Leaves out what comes before the last "I mean", where something that answers or tells comes after it.

    Args:
        clauses: Those of a reply.
        telling: The tokens at which numbers stand that tell something whatever was asked.
    """
    for i in range(len(clauses) - 1, 0, -1):
        corrects = clauses[i].pieces[:1] and clauses[i].pieces[0].kind == "correction"
        answers = any(len(c.pieces) > c.has("correction") for c in clauses[i:])
        if corrects and (answers or any(place >= clauses[i].start for place in telling)):
            return clauses[i:]
    return clauses
