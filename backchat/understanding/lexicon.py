"""Plain phrases compiled for spaCy, and where they occur in a message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Generic, TypeVar

from spacy.matcher import Matcher, PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from backchat.understanding.normalise import Normaliser

GAP = ".."
LONGEST_GAP = 3
NEGATORS = frozenset({"no", "not", "never", "without", "none", "neither", "nor"})

T = TypeVar("T")
Words = tuple[str, ...]


@dataclass(frozen=True)
class Match(Generic[T]):
    """A phrase found.

    Attributes:
        entry: What the phrase stands for.
        start: Its first token.
        end: The token after its last.
        denied: Whether a negation stands in a gap of the phrase ("my foot is *not* dragging").
        denies: Whether the phrase itself holds one ("*no* control").
    """

    entry: T
    start: int
    end: int
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
        optional, part = part.endswith("?") and len(part) > 1, part if len(part) == 1 else part.rstrip("?")
        wordings: set[Words] = {()} if optional else set()
        for word in part.split("/") if len(part) > 1 else [part]:
            if word.startswith("$") and len(word) > 1:
                for wording in groups[word[1:]]:
                    wordings |= spell_out(wording, groups)
            else:
                wordings.add((word,))
        choices.append(wordings)
    return {sum(wording, ()) for wording in product(*choices)}


class PhraseBook(Generic[T]):
    """Finds phrases in a message.

    Phrases without gaps go into spaCy's `PhraseMatcher`, whose time does not depend on their number, the
    others into its `Matcher`.
    """

    def __init__(self, vocab: Vocab, normaliser: Normaliser, wordings: Iterable[tuple[Words, T]]) -> None:
        self._entries: list[T] = []
        self._negators: list[int] = []
        self._plain = PhraseMatcher(vocab)
        self._gapped = Matcher(vocab)
        for words, entry in wordings:
            norms = [normaliser.norm(word) for word in words]
            key = str(len(self._entries))
            self._entries.append(entry)
            self._negators.append(sum(word in NEGATORS for word in norms))
            if GAP in norms:
                gap = {"IS_PUNCT": False, "OP": f"{{0,{LONGEST_GAP}}}"}
                self._gapped.add(key, [[gap if norm == GAP else {"ORTH": norm} for norm in norms]])
            else:
                self._plain.add(key, [Doc(vocab, words=norms)])
        self._strings = vocab.strings

    def find(self, doc: Doc) -> list[Match[T]]:
        """All occurrences, in the order of the message."""
        found = {}
        gapped = self._gapped(doc) if len(self._gapped) else ()
        for key, start, end in (*self._plain(doc), *gapped):
            number = int(self._strings[key])
            own = self._negators[number]
            denied = sum(doc[i].orth_ in NEGATORS for i in range(start, end)) > own
            match = Match(self._entries[number], start, end, denied, denies=own > 0)
            found[(match.entry, start, end)] = match
        return sorted(found.values(), key=lambda match: (match.start, match.end))
