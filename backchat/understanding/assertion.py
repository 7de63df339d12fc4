"""What is said of a finding: there, not there, in doubt, old, or only mentioned (in ConText's structure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backchat.knowledge import Assertion
from backchat.knowledge.phrases import Category, Context, Modifier
from backchat.understanding.lexicon import Match, PhraseBook, T
from backchat.understanding.normalise import SENTENCE_ENDS, Message

OPENERS = SENTENCE_ENDS | {",", "and", "but", "so", "or", "-"}
CLOSERS = SENTENCE_ENDS | {",", "-"}
SHORT_ANSWERS = frozenset({"no", "none", "never", "not"})
LIST_ENDS = frozenset({"or", "nor", "and"})
OWN = frozenset({"my", "mine", "i", "me", "ive", "im"})

NOT_SAID = frozenset(
    {Category.PAST, Category.OTHER_PERSON, Category.HYPOTHETICAL, Category.QUESTION, Category.ON_PURPOSE}
)
"""Categories that mean that the finding is not about this person now."""


@dataclass(frozen=True, eq=False)
class Scope:
    """The tokens that a modifier changes."""

    modifier: Modifier
    match: Match[Modifier]
    start: int
    end: int


class Assertions:
    """Finds the modifiers of a message and judges findings by them."""

    def __init__(self, context: Context, modifiers: PhraseBook[Modifier], ends: PhraseBook[str]) -> None:
        self._context = context
        self._modifiers = modifiers
        self._ends = ends

    def scopes(self, message: Message) -> list[Scope]:
        """Where each modifier of the message has effect."""
        matches = self._modifiers.find(message.doc)
        sentence_ends = _sentence_ends(message)
        other_ends = {*sentence_ends, *(match.start for match in self._ends.find(message.doc))}
        scopes: list[Scope] = []
        in_place = [match for match in matches if _in_place(match, message, sentence_ends)]
        apart = _without_overlaps(in_place)
        # A denial ends where the next begins: "no fever, no numbness".
        ends_of = {c: other_ends | {m.start for m in apart if m.entry.category is c} for c in Category}
        for match in apart:
            modifier = match.entry
            ends = ends_of[modifier.category]
            if modifier.category is Category.PSEUDO:
                continue
            first, last = match.start, match.end
            if modifier.direction != "backward":
                limit = min(match.end + modifier.reach, len(message.tokens))
                while last < limit and last not in ends and message.tokens[last].word not in modifier.ends_at:
                    last += 1
            if modifier.direction != "forward":
                limit = max(match.start - modifier.reach, 0)
                while first > limit and first - 1 not in ends:
                    first -= 1
            scopes.append(Scope(modifier, match, first, last))
        return scopes

    def is_elsewhere(self, start: int, end: int, scopes: Sequence[Scope]) -> bool:
        """Whether the tokens `start` to `end` are about somebody else, or only asked about or imagined."""
        elsewhere = (Category.OTHER_PERSON, Category.HYPOTHETICAL, Category.QUESTION)
        return any(s.modifier.category in elsewhere and s.start <= start and end <= s.end for s in scopes)

    def is_past(self, finding: str, match: Match[T], scope: Scope) -> bool:
        """Whether a scope says of a finding that it was there once; a history, such as a fall, is no such."""
        is_past = scope.modifier.category is Category.PAST and finding not in self._context.histories
        return is_past and _applies(scope, finding, match)

    def judge(
        self, finding: str, match: Match[T], message: Message, scopes: Sequence[Scope], is_denial: bool
    ) -> Assertion | None:
        """Says whether a finding that the message names is there.

        Args:
            finding: Its id.
            match: The words that name it.
            message: The message.
            scopes: Those of what `scopes` gave that hold some of its words.
            is_denial: Whether the words themselves deny the finding, as "I didn't fall" does.

        Returns:
            What is said of it; None when it is past, somebody else's, only asked about or in another way not
            said of this person now, and when it is not clear how far a denial goes.
        """
        own = _is_own(match, message)
        near = [scope for scope in scopes if _applies(scope, finding, match)]
        said = [scope.modifier.category for scope in near]
        if finding in self._context.histories:
            said = [c for c in said if c is not Category.PAST]
        if finding in (*self._context.histories, *self._context.lasting):
            said = [c for c in said if c is not Category.LONGSTANDING]
        if finding in self._context.about_others:
            said = [c for c in said if c is not Category.OTHER_PERSON]
        if own:
            said = [c for c in said if c is not Category.QUESTION]
        if NOT_SAID & set(said):
            return None
        denying = [
            scope
            for scope in near
            if scope.modifier.category is Category.ABSENT
            and not ((is_denial or match.denied) and _is_short_answer(scope, message))
        ]
        if Category.UNSURE in said or (denying and match.denied):
            return Assertion.UNSURE
        if match.denied:
            return Assertion.ABSENT
        if denying:
            clear = any(not _list_without_end(scope, match, message) for scope in denying)
            return Assertion.ABSENT if clear else None
        return Assertion.LONGSTANDING if Category.LONGSTANDING in said else Assertion.PRESENT


def _sentence_ends(message: Message) -> list[int]:
    """Where sentences end; "numbness? no" is one sentence."""
    norms = [token.norm for token in message.tokens]
    return [
        i
        for i, norm in enumerate(norms)
        if norm in SENTENCE_ENDS
        and not (norm == "?" and norms[i + 1 : i + 2] and norms[i + 1] in SHORT_ANSWERS)
    ]


def _without_overlaps(matches: Sequence[Match[Modifier]]) -> list[Match[Modifier]]:
    """The longest of the modifiers that share words, a closing one before others, and all that share none."""
    kept: list[Match[Modifier]] = []
    taken: set[int] = set()
    for match in sorted(matches, key=lambda m: (m.start - m.end, m.start, not m.entry.closes)):
        if taken.isdisjoint(range(match.start, match.end)):
            kept.append(match)
            taken.update(range(match.start, match.end))
    return kept


def _in_place(match: Match[Modifier], message: Message, sentence_ends: Sequence[int]) -> bool:
    """Whether a modifier that opens a question does so here."""
    if match.entry.opens and match.start and message.tokens[match.start - 1].norm not in OPENERS:
        return False
    if match.entry.closes and match.end < len(message.tokens):
        return message.tokens[match.end].norm in CLOSERS
    if match.entry.asks:
        end = min((end for end in sentence_ends if end >= match.end), default=None)
        return end is not None and message.tokens[end].norm == "?"
    return True


def _applies(scope: Scope, finding: str, match: Match[T]) -> bool:
    if scope.modifier.only and finding not in scope.modifier.only:
        return False
    if match.start <= scope.match.start and scope.match.end <= match.end:
        in_gap = match.gaps.issuperset(range(scope.match.start, scope.match.end))
        return in_gap and scope.modifier.category in (Category.UNSURE, Category.LONGSTANDING)
    if scope.match.start < match.end and match.start < scope.match.end:
        return not match.denies
    in_front = match.end <= scope.match.start and match.end > scope.start
    behind = match.start >= scope.match.end and match.start < scope.end
    return (in_front and scope.modifier.direction != "forward") or (
        behind and scope.modifier.direction != "backward"
    )


def _is_short_answer(scope: Scope, message: Message) -> bool:
    """Whether a denial is the "no" that opens an answer: "no, I didn't fall" is no double negation."""
    words = message.tokens[scope.match.start : scope.match.end]
    before = message.tokens[: scope.match.start]
    return [token.norm for token in words] == ["no"] and (not before or before[-1].norm in SENTENCE_ENDS)


def _is_own(match: Match[T], message: Message) -> bool:
    """Whether the words say "my" or "I": asking about "the numbness in my foot" tells that it is there."""
    return any(token.word in OWN for token in message.tokens[max(match.start - 1, 0) : match.end])


def _list_without_end(scope: Scope, match: Match[T], message: Message) -> bool:
    """Whether only a comma joins the finding to the denial: "no fever, numb foot" is no clear denial.

    A list that closes with "or" or "and" is one: "no fever, chills or numbness".
    """
    if match.start < scope.match.end:
        return False
    between = [token.norm for token in message.tokens[scope.match.end : match.start]]
    after = [token.norm for token in message.tokens[match.end : scope.end]]
    return "," in between and not LIST_ENDS & {*between, *after}
