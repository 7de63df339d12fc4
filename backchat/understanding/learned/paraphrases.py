"""Reads with the trained network."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tensorflow import lite

from backchat.knowledge import Assertion
from backchat.understanding.learned.sentences import LENGTHS, Pieces, filled
from backchat.understanding.normalise import MAX_CHARACTERS

ASSERTIONS = (None, Assertion.PRESENT, Assertion.ABSENT, Assertion.UNSURE, Assertion.LONGSTANDING)
"""What the network tells apart for each finding; None where nothing is said of it."""

NETWORK, ABOUT, VOCABULARY = "network.tflite", "findings.json", "tokenizer.json"

MOST_SENTENCES = 12
"""So many sentences are looked at for the one to quote."""

_SENTENCE = re.compile(r"[^.!?;\n]*[^\s.!?;\n][^.!?;\n]*[.!?;]*")


@dataclass(frozen=True)
class Reading:
    """How likely a text says each of `ASSERTIONS` of a finding; the numbers add up to 1."""

    nothing: float
    present: float
    absent: float
    unsure: float
    longstanding: float


@dataclass(frozen=True)
class Trained:
    """What the training wrote.

    Attributes:
        network: In TensorFlow Lite's form.
        findings: What it was trained for.
        vocabulary: The word pieces.
    """

    network: bytes
    findings: Sequence[str]
    vocabulary: str

    @classmethod
    def read(cls, folder: Path) -> Trained:
        """Reads a folder that `backchat.understanding.learned.training.train` wrote."""
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        return cls((folder / NETWORK).read_bytes(), about, (folder / VOCABULARY).read_text(encoding="utf-8"))


class ParaphraseReader:
    """Tells what texts say of the findings that the network was trained for."""

    def __init__(self, trained: Trained) -> None:
        self._findings = trained.findings
        self._pieces = Pieces(trained.vocabulary)
        self._interpreter = lite.Interpreter(model_content=trained.network, num_threads=1)
        self._runners = {
            length: self._interpreter.get_signature_runner(f"read_{length}") for length in LENGTHS
        }

    def read(self, text: str) -> Mapping[str, Reading]:
        """Says how likely a text tells each finding; of a long text, the stretch that tells most counts."""
        stretches = np.stack([self._run(pieces) for pieces in self._pieces.of(text)])
        telling = stretches[:, :, 0].argmin(axis=0)
        return {
            finding: Reading(*(float(p) for p in stretches[telling[place], place]))
            for place, finding in enumerate(self._findings)
        }

    def locate(self, text: str, finding: str) -> tuple[int, int]:
        """Finds the sentence that most likely says that a finding is there: where it begins and ends."""
        sentences = [match.span() for match in _SENTENCE.finditer(text[:MAX_CHARACTERS])][:MOST_SENTENCES]
        if len(sentences) > 1:
            sentences.sort(key=lambda span: -self.read(text[slice(*span)])[finding].present)
        start, end = sentences[0] if sentences else (0, len(text))
        return end - len(text[start:end].lstrip()), start + len(text[start:end].rstrip())

    def _run(self, pieces: Sequence[int]) -> Any:
        length = next(length for length in LENGTHS if len(pieces) <= length)
        ids, real = filled(pieces, length)
        run = self._runners[length]
        return run(ids=np.array([ids], np.int32), real=np.array([real], np.int32))["told"][0]
