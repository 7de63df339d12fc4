"""What is said of a finding: there, not there, in doubt, old, or only mentioned (in ConText's structure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


from backchat.knowledge import Assertion
from backchat.knowledge.phrases import Category, Context, Modifier
from backchat.understanding.lexicon import Match, PhraseBook
from backchat.understanding.normalise import Message

SENTENCE_ENDS = frozenset({".", "!", "?", ";", "\n"})
SHORT_ANSWERS = frozenset({"no", "none", "never", "not"})
LIST_ENDS = frozenset({"or", "nor", "and"})
OWN = frozenset({"my", "i", "me", "ive", "im"})

NOT_SAID = frozenset(
    {Category.PAST, Category.OTHER_PERSON, Category.HYPOTHETICAL, Category.QUESTION, Category.ON_PURPOSE}
)
"""Categories that mean that the finding is not about this person now."""


@dataclass(frozen=True)
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
        longest = [m for m in matches if not any(other.covers(m) for other in matches)]
        sentence_ends = _sentence_ends(message)
        ends = [match.start for match in self._ends.find(message.doc)]
        scopes: list[Scope] = []
        for match in longest:
            modifier = match.entry
            if modifier.category is Category.PSEUDO:
                continue
            first, last = match.start, match.end
            if modifier.direction != "backward":
                stops = [stop for stop in (*ends, *sentence_ends) if stop >= match.end]
                last = min([match.end + modifier.reach, len(message.tokens), *stops])
            if modifier.direction != "forward":
                stops = [stop + 1 for stop in (*ends, *sentence_ends) if stop < match.start]
                first = max([match.start - modifier.reach, 0, *stops])
            scopes.append(Scope(modifier, match, first, last))
        return scopes

    def judge(
        self, finding: str, match: Match[object], message: Message, scopes: Sequence[Scope]
    ) -> Assertion | None:
        """Says whether a finding that the message names is there.

        Args:
            finding: Its id.
            match: The words that name it.
            message: The message.
            scopes: What `scopes` gave for it.

        Returns:
            What is said of it; None when it is past, somebody else's, only asked about or in another way not
            said of this person now, and when it is not clear how far a denial goes.
        """
        own = _is_own(match, message)
        near = [scope for scope in scopes if _applies(scope, finding, match)]
        said = [scope.modifier.category for scope in near]
        if finding in self._context.histories:
            said = [c for c in said if c not in (Category.PAST, Category.LONGSTANDING)]
        if finding in self._context.about_others:
            said = [c for c in said if c is not Category.OTHER_PERSON]
        if own:
            said = [c for c in said if c is not Category.QUESTION]
        if NOT_SAID & set(said):
            return None
        denials = said.count(Category.ABSENT) + match.denied
        if denials > 1 or (denials and Category.UNSURE in said) or Category.UNSURE in said:
            return Assertion.UNSURE
        if denials:
            doubtful = all(
                _list_without_end(scope, match, message)
                for scope in near
                if scope.modifier.category is Category.ABSENT
            )
            return None if doubtful and not match.denied else Assertion.ABSENT
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


def _applies(scope: Scope, finding: str, match: Match[object]) -> bool:
    if scope.modifier.only and finding not in scope.modifier.only:
        return False
    if scope.match.start < match.end and match.start < scope.match.end:
        return False  # a part of the finding's own words: "no control", or counted as a denial in its gap
    in_front = (
        match.end <= scope.match.start and scope.modifier.direction != "forward" and match.end > scope.start
    )
    behind = (
        match.start >= scope.match.end and scope.modifier.direction != "backward" and match.start < scope.end
    )
    return in_front or behind


def _is_own(match: Match[object], message: Message) -> bool:
    """Whether the words say "my" or "I": asking about "the numbness in my foot" tells that it is there."""
    return any(token.word in OWN for token in message.tokens[max(match.start - 1, 0) : match.end])


def _list_without_end(scope: Scope, match: Match[object], message: Message) -> bool:
    """Whether only a comma joins the finding to the denial: "no fever, numb foot" is no clear denial.

    A list that closes with "or" or "and" is one: "no fever, chills or numbness".
    """
    if match.start < scope.match.end:
        return False
    between = [token.norm for token in message.tokens[scope.match.end : match.start]]
    after = [token.norm for token in message.tokens[match.end : scope.end]]
    return "," in between and not LIST_ENDS & {*between, *after}
