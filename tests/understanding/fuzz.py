"""Looks for texts that break the understanding, led by the code that each text reaches.

    python -m tests.understanding.fuzz [--seconds N]

Other arguments go to libFuzzer, such as `-runs=500`. A text that raises an exception, is misquoted, or takes
more than ten times what a normal message of its length takes is printed, and the run fails.
"""

from __future__ import annotations

import argparse
import datetime
import random
import re
import statistics
import sys
import time
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import islice
from multiprocessing import Process, Value
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris
import numpy as np

# What is imported here is not followed: what the understanding reads with is, not what it knows.
from backchat.knowledge import Question, load_knowledge, load_phrases
from backchat.knowledge.phrases import Phrases

with atheris.instrument_imports(include=["backchat.understanding"]):
    from backchat.understanding import Understanding
    from backchat.understanding.normalise import MAX_CHARACTERS

TODAY = datetime.date(2026, 11, 23)
NORMAL = (
    "I am 45 and my lower back has hurt for three weeks, since I lifted a sofa. The pain goes down my left "
    "leg to the foot, it is a 6 out of 10. No fever, and I can still feel everything when I wipe. Sitting "
    "makes it worse, walking about helps a bit. My mum had a slipped disc, could it be that? "
)
LENGTHS = (250, 1000, MAX_CHARACTERS)
"""How long the normal messages are that are timed; what is between them is reckoned."""
TIMES_NORMAL = 10
RUNS = 5
CHECKS = 3
"""How often a text that looks slow is read again before it counts as slow."""

SEEDS = 50
LONGEST_SEED = 200
LONGEST_RUN = 20
LAST_CHARACTER = 0xFFFF
"""The kinds of characters are those of the basic plane."""
REPEATED = 8
"""One in so many texts is a few pieces over and over: what takes ever longer shows in these."""
MOST_REPEATED = 4
GIVEN_UP = 60
"""After how many seconds a text counts as one that is never read to its end."""


class Fuzzer:
    """Makes texts out of bytes, and has them read.

    libFuzzer ends the process that it runs in, so the counts are shared with the one that started it, and
    what is being read is kept in a file.

    Args:
        last: Where the bytes of the text that is being read are kept.

    Attributes:
        inputs: How many texts have been read.
        slowest: How many times as long as a normal message the slowest took.
    """

    def __init__(self, last: Path) -> None:
        self._last = last
        knowledge = load_knowledge()
        phrases = load_phrases(knowledge.findings)
        self._understanding = Understanding(phrases, knowledge.findings)
        self._questions = list(knowledge.questions)
        self._fragments = fragments(phrases)
        self._characters = characters()
        self._normal = self._time_normal()
        self.inputs = Value("L", 0)
        self.slowest = Value("d", 0.0)

    def run(self, arguments: list[str]) -> None:
        """Reads texts until libFuzzer ends the process."""
        atheris.Setup([sys.argv[0], *arguments], self._try)
        atheris.Fuzz()

    def input(self, data: bytes) -> tuple[str, Question]:
        """What some bytes stand for: a text, and the question that it is read as an answer to."""
        provider = atheris.FuzzedDataProvider(data)
        question = provider.PickValueInList(self._questions)
        repeated = provider.ConsumeIntInRange(1, REPEATED) == REPEATED
        text = "".join(islice(self._pieces(provider), MOST_REPEATED if repeated else None))
        return (text * (MAX_CHARACTERS // len(text) + 1) if text and repeated else text), question

    def _pieces(self, provider: atheris.FuzzedDataProvider) -> Iterator[str]:
        """Fragments of phrases, with single characters and runs of them between."""
        while provider.remaining_bytes():
            piece = provider.PickValueInList(["fragment", "character", "run"])
            if piece == "fragment":
                yield f"{provider.PickValueInList(self._fragments)} "
            elif piece == "character":
                yield provider.PickValueInList(self._characters)
            else:
                yield provider.ConsumeUnicode(provider.ConsumeIntInRange(1, LONGEST_RUN))

    def _try(self, data: bytes) -> None:
        self._last.write_bytes(data)
        self.inputs.value += 1
        text, question = self.input(data)
        normal = np.interp(len(text), LENGTHS, self._normal)
        ratio = self._seconds(text, question) / normal
        if ratio > self.slowest.value:
            ratio = min(ratio, *(self._seconds(text, question) / normal for _ in range(CHECKS)))
            self.slowest.value = max(self.slowest.value, ratio)
        assert ratio <= TIMES_NORMAL, f"It takes {ratio:.1f} times what a normal message takes"

    def _time_normal(self) -> list[float]:
        """The seconds for a normal message of each of `LENGTHS`, in answer to the longest question."""
        question = max(self._questions, key=lambda question: len(question.findings))
        text = NORMAL * (MAX_CHARACTERS // len(NORMAL) + 1)
        return [
            statistics.median(self._seconds(text[:length], question) for _ in range(RUNS))
            for length in LENGTHS
        ]

    def _seconds(self, text: str, question: Question) -> float:
        """Reads a text, checks what was found, and says how long the reading took."""
        asked = question.findings or ("saddle_numbness",)
        started = time.process_time()
        found = self._understanding.read(text, TODAY)
        reply = self._understanding.read_reply(text, asked, question.options, found, TODAY)
        seconds = time.process_time() - started
        for finding in (*found, *reply.findings):
            assert 0 <= finding.start < finding.end <= len(text), finding
            assert finding.said == text[finding.start : finding.end], finding
        return seconds


def fragments(phrases: Phrases) -> list[str]:
    """The words and signs of the phrases, and each phrase in the first of its wordings."""
    found: set[str] = set()
    for phrase in strings(phrases.dict()):
        found.update(re.findall(r"\w+|[^\w\s]", phrase))
        found.add(" ".join(word.split("/")[0].rstrip("?") for word in phrase.split() if word[0] not in "$."))
    return sorted(found)


def characters() -> list[str]:
    """One character of each kind that code may tell apart, as chance hardly ever hits the rare ones."""
    found: dict[tuple[object, ...], str] = {}
    for letter in map(chr, range(LAST_CHARACTER + 1)):
        folded = unicodedata.normalize("NFKC", letter)
        digit = (letter.isdigit(), letter.isdecimal())
        found.setdefault((unicodedata.category(letter), digit, len(folded), folded == letter), letter)
    return list(found.values())


def strings(data: object) -> Iterator[str]:
    """Every text in nested data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        yield from strings([*data, *data.values()])
    elif isinstance(data, Iterable):
        for item in data:
            yield from strings(item)


def plant(folder: Path) -> None:
    """Writes what the fuzzing starts from; as any bytes stand for a text, these may be any."""
    folder.mkdir()
    chance = random.Random(1)
    for number in range(SEEDS):
        (folder / str(number)).write_bytes(chance.randbytes(chance.randint(1, LONGEST_SEED)))


def main() -> None:
    """Fuzzes, and tells what was found."""
    parser = argparse.ArgumentParser(description="Looks for texts that break the understanding.")
    parser.add_argument("--seconds", type=int, default=60)
    own, others = parser.parse_known_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        fuzzer = Fuzzer(folder / "last")
        plant(folder / "corpus")
        options = [
            *(f"-max_total_time={own.seconds}", f"-timeout={GIVEN_UP}", "-len_control=0"),
            *(f"-artifact_prefix={folder}/", *others, str(folder / "corpus")),
        ]
        process = Process(target=fuzzer.run, args=[options])
        started = time.perf_counter()
        process.start()
        process.join()
        seconds = time.perf_counter() - started
        if process.exitcode:
            text, question = fuzzer.input((folder / "last").read_bytes())
            print(f"Failed on an answer to {question.id}: {text!r}")
    print(
        f"{fuzzer.inputs.value} inputs in {seconds:.0f} seconds, "
        f"the slowest {fuzzer.slowest.value:.1f} times as slow as a normal message"
    )
    sys.exit(process.exitcode)


if __name__ == "__main__":
    main()
