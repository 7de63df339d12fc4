"""Reads with the trained network."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tensorflow import lite

from backchat.understanding.learned.answers import ASKED, Heard
from backchat.understanding.learned.examples import TOPIC, aspect
from backchat.understanding.learned.sentences import LENGTHS, Pieces, filled
from backchat.understanding.normalise import MAX_CHARACTERS

NETWORK, ABOUT, VOCABULARY = "network.tflite", "labels.json", "tokenizer.json"

_SENTENCE = re.compile(r"[^.!?;\n]*[^\s.!?;\n][^.!?;\n]*[.!?;]*")


DECIMALS = 3
SURE_OF_TOPIC = 0.3
"""From this probability on a question is about a topic."""
SURELY_NOTHING = 0.97
"""From this probability on that nothing is said of an aspect, it is not noted."""


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
        heard: What is weighed where it is a reply.
        lasting: How likely each word piece is a part of how long the pain has lasted, by where it begins.
    """

    told: Mapping[str, Reading]
    places: Mapping[str, int]
    wants: Mapping[str, float]
    heard: Heard
    lasting: Mapping[int, float]


@dataclass(frozen=True)
class Trained:
    """What the training wrote.

    Attributes:
        network: In TensorFlow Lite's form.
        aspects: Which it was trained for.
        intents: The same.
        vocabulary: The word pieces.
    """

    network: bytes
    aspects: Sequence[str]
    intents: Sequence[str]
    vocabulary: str

    @classmethod
    def read(cls, folder: Path) -> Trained:
        """Reads a folder that `backchat.understanding.learned.training.train` wrote."""
        labels = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        vocabulary = (folder / VOCABULARY).read_text(encoding="utf-8")
        return cls((folder / NETWORK).read_bytes(), labels["aspects"], labels["intents"], vocabulary)


class ParaphraseReader:
    """Tells what texts say of the aspects that the network was trained for, and what their writers want."""

    def __init__(self, trained: Trained) -> None:
        self._aspects = trained.aspects
        self._intents = trained.intents
        self._pieces = Pieces(trained.vocabulary)
        self._interpreter = lite.Interpreter(model_content=trained.network, num_threads=1)
        self._runners = {
            length: self._interpreter.get_signature_runner(f"read_{length}") for length in LENGTHS
        }

    def read(self, text: str) -> Readings:
        """Says how likely a text tells each aspect; of a long text, the stretch that tells most counts."""
        stretches = self._pieces.of(text)
        made = [self._run(stretch.pieces) for stretch in stretches]
        told = np.stack([answers["told"][0] for answers in made])
        wants = np.mean([answers["wants"][0] for answers in made], axis=0)
        readings: dict[str, Reading] = {}
        places: dict[str, int] = {}
        for number, telling in enumerate(told[:, :, 0].argmin(axis=0)):
            name = self._aspects[number]
            readings[name] = Reading(*_rounded(told[telling, number]))
            places[name] = stretches[telling].starts[made[telling]["where"][0, number]]
        lasting = {
            at: float(p)
            for stretch, answers in zip(stretches, made, strict=True)
            for at, p in zip(stretch.starts[1:-1], answers["times"][0, 1:], strict=False)
        }
        heard = Heard(
            told={name: tuple(r) for name, r in readings.items() if r.nothing < SURELY_NOTHING},
            rest={name: _rounded(made[0]["rest"][0, place]) for place, name in enumerate(ASKED)},
            answers=_rounded(made[0]["answers"])[0],
        )
        return Readings(
            readings, places, dict(zip(self._intents, _rounded(wants), strict=True)), heard, lasting
        )

    def _run(self, pieces: Sequence[int]) -> Any:
        length = next(length for length in LENGTHS if len(pieces) <= length)
        ids, real = filled(pieces, length)
        run = self._runners[length]
        return run(ids=np.array([ids], np.int32), real=np.array([real], np.int32))


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
