"""Plain phrases compiled for spaCy, and where they occur in a message."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Generic, Protocol, TypeVar

from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from backchat.understanding.normalise import Normaliser

GAP = ".."
LONGEST_GAP = 3
CONTRAST = frozenset({"but", "however", "although", "though", "because", "except"})
"""No gap of a phrase goes beyond these."""
NEGATORS = frozenset({"no", "not", "never", "without", "none", "neither", "nor"})

T = TypeVar("T")
Words = tuple[str, ...]


class Span(Protocol):
    """Anything that takes up tokens, from `start` up to `end`."""

    @property
    def start(self) -> int:
        """The first token."""

    @property
    def end(self) -> int:
        """The token after the last."""


S = TypeVar("S", bound=Span)


@dataclass(frozen=True)
class Match(Generic[T]):
    """A phrase found.

    Attributes:
        entry: What the phrase stands for.
        start: Its first token.
        end: The token after its last.
        gaps: Its tokens that stand in gaps of the phrase.
        denied: Whether a negation stands in a gap of the phrase ("my foot is *not* dragging").
        denies: Whether the phrase itself holds one ("*no* control").
    """

    entry: T
    start: int
    end: int
    gaps: frozenset[int] = frozenset()
    denied: bool = False
    denies: bool = False

    def covers(self, other: Match[T]) -> bool:
        """Whether the other is a part of this one."""
        return (
            self.start <= other.start
            and other.end <= self.end
            and (self.start, self.end) != (other.start, other.end)
        )


def spell_out(phrase: str, groups: Mapping[str, Iterable[str]]) -> set[Words]:
    """Writes out every wording that a phrase allows.

    Args:
        phrase: In the conventions of `backchat.knowledge.phrases`.
        groups: The phrases that `$name` stands for.

    Returns:
        Every wording as its words; a gap stays as it is.

    Raises:
        KeyError: The phrase names a group that does not exist.
    """
    choices: list[set[Words]] = []
    for part in phrase.lower().replace("'", "").split():
        if part == GAP:
            choices.append({(GAP,)})
            continue
        optional = part.endswith("?") and len(part) > 1
        word_choice = part[:-1] if optional else part
        wordings: set[Words] = {()} if optional else set()
        for word in word_choice.split("/") if len(word_choice) > 1 else [word_choice]:
            if word.startswith("$") and len(word) > 1:
                for wording in groups[word[1:]]:
                    wordings |= spell_out(wording, groups)
            else:
                wordings.add((word,))
        choices.append(wordings)
    return {sum(wording, ()) for wording in product(*choices)}


def by_token(spans: Iterable[S]) -> dict[int, list[S]]:
    """The spans that hold each token, so that neighbours are found without looking at all."""
    holding: dict[int, list[S]] = {}
    for span in spans:
        for place in range(span.start, span.end):
            holding.setdefault(place, []).append(span)
    return holding


def overlapping(holding: Mapping[int, Sequence[S]], span: Span) -> list[S]:
    """The spans that share a token with another one, each once.

    Args:
        holding: What `by_token` gives of them.
        span: The other one.
    """
    return list(dict.fromkeys(s for place in range(span.start, span.end) for s in holding.get(place, ())))


def vary(words: Words, wording: str, others: Iterable[str]) -> list[Words]:
    """A wording with other words in the place of the first `wording` in it; none where it holds none."""
    part = tuple(wording.split())
    if part[0] not in words:
        return []
    for start in range(len(words) - len(part) + 1):
        if words[start : start + len(part)] == part:
            after = words[start + len(part) :]
            return [words[:start] + tuple(other.split()) + after for other in others]
    return []


class _Branch(Generic[T]):
    """What may follow the fragments found so far.

    Attributes:
        last: The fragments that end phrases, with those and the negations in them.
        next: The fragments that go on, with what follows them after a gap.
    """

    __slots__ = ("last", "next")

    def __init__(self) -> None:
        self.last: dict[Words, tuple[tuple[T, int], ...]] = {}
        self.next: dict[Words, _Branch[T]] = {}


class PhraseBook(Generic[T]):
    """Finds phrases in a message.

    spaCy's `PhraseMatcher` finds the fragments between gaps, in a time that does not depend on their number;
    fragments that follow each other closely enough make a phrase.
    """

    def __init__(self, vocab: Vocab, normaliser: Normaliser, wordings: Iterable[tuple[Words, T]]) -> None:
        self._root: _Branch[T] = _Branch()
        fragments: dict[Words, Words] = {}
        endings: dict[tuple[tuple[T, int], ...], tuple[tuple[T, int], ...]] = {}
        for words, entry in wordings:
            norms = normaliser.norms(words)
            branch, parts = self._root, [fragments.setdefault(part, part) for part in _fragments(norms)]
            for part in parts[:-1]:
                branch = branch.next.setdefault(part, _Branch())
            for part in parts[-1:]:
                own = sum(map(norms.count, NEGATORS.intersection(norms)))
                ending = (*branch.last.get(part, ()), (entry, own))
                branch.last[part] = endings.setdefault(ending, ending)  # most wordings mean the same
        self._matcher = PhraseMatcher(vocab)
        for fragment in fragments:
            # All under one key: many make it several times slower.
            self._matcher.add("fragment", [Doc(vocab, words=list(fragment))])

    def find(self, doc: Doc) -> list[Match[T]]:
        """All occurrences, in the order of the message."""
        words = [token.orth_ for token in doc]
        starting: dict[int, list[tuple[Words, int]]] = {}
        for _, start, end in self._matcher(doc):
            starting.setdefault(start, []).append((tuple(words[start:end]), end))
        denials = [i for i, word in enumerate(words) if word in NEGATORS]
        stops = frozenset(i for i, token in enumerate(doc) if token.is_punct or token.orth_ in CONTRAST)
        found: dict[tuple[T, int, int], Match[T]] = {}
        open_ends = [
            (start, end, self._root, fragment, frozenset[int]())
            for start, fragments in starting.items()
            for fragment, end in fragments
        ]
        while open_ends:
            start, end, before, fragment, gaps = open_ends.pop()
            for entry, own in before.last.get(fragment, ()):
                denied = bisect_left(denials, end) - bisect_left(denials, start) > own
                found.setdefault((entry, start, end), Match(entry, start, end, gaps, denied, denies=own > 0))
            branch = before.next.get(fragment)
            if branch is None:
                continue
            for place in range(end, end + LONGEST_GAP + 1):
                for further, last in starting.get(place, ()):
                    if further in branch.last or further in branch.next:
                        skipped = gaps.union(range(end, place))
                        open_ends.append((start, last, branch, further, skipped))
                if place in stops:
                    break
        return sorted(found.values(), key=lambda match: (match.start, match.end))


def _fragments(norms: Words) -> list[Words]:
    """The runs of words between the gaps of a wording."""
    if GAP not in norms:
        return [norms] if norms else []
    place = norms.index(GAP)
    return [*_fragments(norms[:place]), *_fragments(norms[place + 1 :])]
