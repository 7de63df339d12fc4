"""Reads with the trained networks."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime

from backchat.understanding.learned.answers import ASSERTIONS, Beside
from backchat.understanding.learned.examples import TOPIC, aspect
from backchat.understanding.learned.sentences import (
    ABOUT,
    INPUTS,
    MESSAGES,
    REPLIES,
    VOCABULARY,
    Input,
    Pieces,
    filled,
)
from backchat.understanding.normalise import MAX_CHARACTERS

FOLDER = Path("network")
"""Where the network is kept that comes with the project."""

_SENTENCE = re.compile(r"[^.!?;\n]*[^\s.!?;\n][^.!?;\n]*[.!?;]*")


DECIMALS = 3
SURE_OF_TOPIC = 0.3
"""From this probability on a question is about a topic."""


class Reading(NamedTuple):
    """How likely a text says each of `ASSERTIONS` of an aspect; the numbers add up to 1."""

    nothing: float
    present: float
    absent: float
    unsure: float
    longstanding: float


@dataclass(frozen=True)
class Readings:
    """What the network reads in a text.

    Attributes:
        told: What is said of each aspect.
        places: Where in the text it is told, if it is.
        wants: How likely each intent is; the numbers add up to 1.
        numbers: How likely each word piece is a part of the number that a finding asks for, by its start.
    """

    told: Mapping[str, Reading]
    places: Mapping[str, int]
    wants: Mapping[str, float]
    numbers: Mapping[str, Mapping[int, float]]


@dataclass(frozen=True)
class Trained:
    """What the training wrote.

    Attributes:
        messages: The file of the network that reads messages, in ONNX's form.
        replies: That of the one which reads replies, the same.
        aspects: What the first was trained for.
        intents: The same.
        numbers: The findings that ask for a number, the same.
        vocabulary: The word pieces.
    """

    messages: Path
    replies: Path
    aspects: Sequence[str]
    intents: Sequence[str]
    numbers: Sequence[str]
    vocabulary: str

    @classmethod
    def read(cls, folder: Path) -> Trained:
        """Reads a folder that `backchat.understanding.learned.training.train` wrote.

        Raises:
            OSError: There is none.
        """
        labels = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        vocabulary = (folder / VOCABULARY).read_text(encoding="utf-8")
        return cls(folder / MESSAGES, folder / REPLIES, **labels, vocabulary=vocabulary)


class _Network:
    """A network that ONNX Runtime runs."""

    def __init__(self, network: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        # From a file, since of bytes a second copy would stay in memory.
        session = onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
        self._session = session
        self._answers = [output.name for output in self._session.get_outputs()]

    def run(self, texts: Sequence[Input]) -> dict[str, Any]:
        made = self._session.run(self._answers, dict(zip(INPUTS, filled(texts), strict=True)))
        return dict(zip(self._answers, made, strict=True))


class ParaphraseReader:
    """Tells what texts say of the aspects that the network was trained for, and what their writers want."""

    def __init__(self, trained: Trained) -> None:
        self._aspects = trained.aspects
        self._intents = trained.intents
        self._numbers = trained.numbers
        self._pieces = Pieces(trained.vocabulary)
        self._network = _Network(trained.messages)

    def read(self, text: str) -> Readings:
        """Says how likely a text tells each aspect; of a long text, the stretch that tells most counts."""
        stretches = self._pieces.of(text)
        made = [self._network.run([Input.of(stretch.pieces)]) for stretch in stretches]
        told = np.stack([answers["told"][0] for answers in made])
        wants = np.mean([answers["wants"][0] for answers in made], axis=0)
        readings: dict[str, Reading] = {}
        places: dict[str, int] = {}
        for number, telling in enumerate(told[:, :, 0].argmin(axis=0)):
            name = self._aspects[number]
            readings[name] = Reading(*_rounded(told[telling, number]))
            places[name] = stretches[telling].starts[made[telling]["where"][0, number]]
        numbers = {
            name: {
                at: float(p)
                for stretch, answers in zip(stretches, made, strict=True)
                for at, p in zip(stretch.starts[1:-1], answers["numbers"][0, 1:-1, place], strict=True)
            }
            for place, name in enumerate(self._numbers)
        }
        return Readings(readings, places, dict(zip(self._intents, _rounded(wants), strict=True)), numbers)


class ReplyReader:
    """Tells what replies say of the options of their question; see `ReadsReplies`."""

    def __init__(self, trained: Trained) -> None:
        self._pieces = Pieces(trained.vocabulary)
        self._network = _Network(trained.replies)

    def beside(self, text: str, options: Mapping[str, str]) -> Beside:
        """Reads a reply beside each of the options."""
        if not options:
            return Beside({}, 0.0)
        made = self._network.run([self._pieces.beside(text, option) for option in options.values()])
        told = {
            name: {
                assertion.value if assertion else None: share
                for assertion, share in zip(ASSERTIONS, _rounded(shares), strict=True)
            }
            for name, shares in zip(options, made["option"], strict=True)
        }
        return Beside(told, float(made["answers"].max()))


def topic_of(readings: Readings) -> str | None:
    """Names what a question is most likely about, if it is about anything that was learned."""
    likely = {
        a.removeprefix(aspect(TOPIC, "")): r.present for a, r in readings.told.items() if a.startswith(TOPIC)
    }
    best = max(likely, key=lambda topic: likely[topic], default=None)
    return best if best is not None and likely[best] >= SURE_OF_TOPIC else None


def _rounded(numbers: Any) -> list[float]:
    return [round(float(number), DECIMALS) for number in numbers]


def sentence_at(text: str, place: int) -> tuple[int, int]:
    """Finds the sentence around a place in a text: where it begins and ends."""
    sentences = [match.span() for match in _SENTENCE.finditer(text[:MAX_CHARACTERS])]
    start, end = next((span for span in sentences if span[0] <= place < span[1]), (0, len(text)))
    return end - len(text[start:end].lstrip()), start + len(text[start:end].rstrip())
