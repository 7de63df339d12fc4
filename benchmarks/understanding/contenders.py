"""Who reads: Backchat, Backchat's phrases alone, and Rasa's default pipeline, trained on the same data."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import gc
import json
import os
import shutil
import string
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rasa.core.agent import Agent
from ruamel.yaml import YAML

from backchat.components import findings_extractor
from backchat.components.told import FINDINGS
from backchat.knowledge import Assertion, Finding, FindingKind, FindingSpec, Knowledge
from backchat.server.model import Progress
from backchat.understanding import Understanding
from backchat.understanding.language import OTHER_LANGUAGE
from backchat.understanding.learned.examples import COMPLAINT, Example, load_examples
from backchat.understanding.learned.labels import DAY_OF_WRITING, load_messages
from backchat.understanding.reader import ASSERTION_ORDER
from benchmarks.understanding.labels import Reply

NLU_DATA = Path("data/nlu")
FINDINGS_DATA, MESSAGES_DATA, NOWHERE = Path("examples/findings"), Path("examples/messages"), Path("nowhere")
TRAINING_SECONDS = 24 * 3600
LOG_LINES = 15
WARM_UP = 20


class ContenderError(Exception):
    """A contender can't be measured; the message says why."""


@dataclasses.dataclass(frozen=True)
class Reading:
    """What was read from one message.

    Attributes:
        findings: By their ids.
        intent: The intent, from those who read one.
        seconds: How long the reading took.
    """

    findings: Mapping[str, Finding]
    intent: str | None = None
    seconds: float = 0.0


@dataclasses.dataclass(frozen=True)
class Answer:
    """What was read from one reply.

    Attributes:
        findings: By their ids.
        answered: Whether it was taken as an answer.
        seconds: How long all the reading took.
    """

    findings: Mapping[str, Finding]
    answered: bool
    seconds: float = 0.0


class Contender(ABC):
    """Someone who reads messages."""

    name: str

    def read(self, texts: Sequence[str]) -> dict[str, Reading]:
        """Reads texts, one after the other on one core.

        Args:
            texts: What people wrote.

        Returns:
            The reading of each text.
        """
        gc.collect()
        gc.freeze()  # as `backchat run` does: what is loaded stays
        with _one_core(), patch.object(findings_extractor, "datetime", _DayOfWriting):
            asyncio.run(self._read_all(texts[:WARM_UP]))
            return asyncio.run(self._read_all(texts))

    async def _read_all(self, texts: Sequence[str]) -> dict[str, Reading]:
        readings = {}
        for text in texts:
            began = time.perf_counter()
            reading = await self._read(text)
            readings[text] = dataclasses.replace(reading, seconds=time.perf_counter() - began)
        return readings

    @abstractmethod
    async def _read(self, text: str) -> Reading:
        """Reads one text."""


class Backchat(Contender):
    """The trained model as it is served."""

    name = "Backchat"

    def __init__(self, model: Path, understanding: Understanding) -> None:
        """Loads the model.

        Args:
            model: The trained model.
            understanding: Reads replies.
        """
        self._agent = Agent.load(model)
        self._understanding = understanding

    def answers(self, replies: Sequence[Reply], readings: Mapping[str, Reading]) -> list[Answer]:
        """Reads replies to their questions, as `backchat.server.reading.Reader` does.

        Args:
            replies: What people answered.
            readings: The same texts, read without their questions.

        Returns:
            For each reply what it says.
        """
        answers = []
        with _one_core():
            for reply in replies:
                began = time.perf_counter()
                answer = self._answer(reply, readings[reply.text])
                seconds = readings[reply.text].seconds + time.perf_counter() - began
                answers.append(dataclasses.replace(answer, seconds=seconds))
        return answers

    def _answer(self, reply: Reply, reading: Reading) -> Answer:
        if reading.intent == OTHER_LANGUAGE:
            return Answer(reading.findings, answered=False)
        findings = reading.findings.values()
        read = self._understanding.read_reply(
            reply.text,
            reply.asked,
            reply.options,
            list(findings),
            DAY_OF_WRITING,
        )
        to_confirm = {f.id: f for f in findings if f.confirm and f.id not in reply.asked}
        return Answer({**to_confirm, **{finding.id: finding for finding in read.findings}}, read.answered)

    async def _read(self, text: str) -> Reading:
        parsed = await self._agent.parse_message(text)
        found = (Finding.from_dict(entry) for entry in parsed[FINDINGS])
        return Reading({finding.id: finding for finding in found}, parsed["intent"]["name"])


class PhrasesAlone(Contender):
    """What the phrases find, without anything learned."""

    name = "phrases alone"

    def __init__(self, understanding: Understanding) -> None:
        """Takes the phrases.

        Args:
            understanding: Holds them.
        """
        self._understanding = understanding

    async def _read(self, text: str) -> Reading:
        found = self._understanding.read(text, DAY_OF_WRITING)
        return Reading({finding.id: finding for finding in found})


class RasaDefault(Contender):
    """Rasa's default pipeline, which learns findings as entities and what is said of them as roles."""

    name = "Rasa's default"

    def __init__(self, folder: Path, knowledge: Knowledge, epochs: int | None, progress: Progress) -> None:
        """Trains and loads it.

        Args:
            folder: Where the training goes; it must not exist.
            knowledge: The vocabulary.
            epochs: How long the network is trained; `None` for Rasa's own number.
            progress: Told what is being done.

        Raises:
            ContenderError: The training failed.
        """
        self._specs = knowledge.findings
        folder.mkdir()
        shutil.copytree(NLU_DATA, folder / "data")
        examples = _examples(self._specs)
        # JSON, and not YAML, whose marks for entities would stand in the way of brackets that people wrote.
        (folder / "data/findings.json").write_text(
            json.dumps({"rasa_nlu_data": {"common_examples": examples}}), encoding="utf-8"
        )
        with (folder / "config.yml").open("w", encoding="utf-8") as file:
            YAML().dump(_default_config(epochs), file)
        progress(f"{self.name}: training on {len(examples)} lines of findings and on the intents")
        self._agent = Agent.load(_train(folder))

    async def _read(self, text: str) -> Reading:
        parsed = await self._agent.parse_message(text)
        found: dict[str, Finding] = {}
        for entity in parsed["entities"]:
            finding = self._finding(entity, found)
            if finding:
                found[finding.id] = finding
        return Reading(found, parsed["intent"]["name"])

    def _finding(self, entity: Mapping[str, Any], found: Mapping[str, Finding]) -> Finding | None:
        """Takes an entity as a finding, together with what was found of it before."""
        name, role = entity["entity"], entity.get("role")
        spec = self._specs[name]
        if spec.kind is FindingKind.TRI:
            role = role or Assertion.PRESENT.value
        if role not in spec.values:  # a role of another entity, or none
            return None
        said = (str(entity["value"]), entity["start"], entity["end"])
        before = found[name].value if name in found else None
        if spec.kind is FindingKind.SET:
            return Finding(name, (*(before if isinstance(before, tuple) else ()), role), *said)
        if spec.kind is FindingKind.TRI and before is not None:
            role = min(role, before, key=lambda value: ASSERTION_ORDER.index(Assertion(value)))
        return Finding(name, role, *said)


class _DayOfWriting(datetime.datetime):
    """A clock that stands still on the day on which the messages were written."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> _DayOfWriting:
        return cls.combine(DAY_OF_WRITING, datetime.time(12), tz)


def _examples(specs: Mapping[str, FindingSpec]) -> list[dict[str, Any]]:
    """Turns the lines of findings into examples of entities, and the labelled messages into some of intents.

    Numbers have no place among entities and roles, and whole messages do not say where their findings stand.
    """
    lines = load_examples(FINDINGS_DATA, NOWHERE, specs)
    messages = [m for path in sorted(MESSAGES_DATA.glob("*.yml")) for m in load_messages(path, specs)]
    return [
        *(_line(line) for line in lines),
        *({"text": message.text, "intent": message.intent} for message in messages if message.intent),
    ]


def _line(example: Example) -> dict[str, Any]:
    """Annotates a whole line; with the first of several findings, as a word can only be of one entity."""
    words = example.text.rstrip(string.punctuation + string.whitespace)  # as Rasa's tokens end
    whole = {"start": 0, "end": len(words), "value": words}
    named = [(name.partition("="), assertion) for name, assertion in example.told.items()]
    entities = [
        {**whole, "entity": finding, "role": value or assertion.value}
        for (finding, _, value), assertion in named[:1]
    ]
    return {"text": example.text, "intent": example.intent or COMPLAINT, "entities": entities}


def _default_config(epochs: int | None) -> dict[str, Any]:
    """Takes Rasa's own configuration, without what only policies and answers need.

    A word's place in its entity (BILOU) is not learned: there would be four times as many tags, hundreds, and
    the time of training grows with their square. Where entities are whole lines, it tells nothing either.
    """
    default = resources.files("rasa.engine.recipes.config_files") / "default_config.yml"
    config = YAML(typ="safe").load(default.read_text(encoding="utf-8"))
    pipeline = [part for part in config["pipeline"] if part["name"] != "ResponseSelector"]
    network = next(part for part in pipeline if part["name"] == "DIETClassifier")
    network["BILOU_flag"] = False
    network["epochs"] = epochs or network["epochs"]
    return {**config, "assistant_id": "rasa_default", "pipeline": pipeline}


def _train(folder: Path) -> Path:
    """Trains by Rasa's own command, in a process whose memory is given back."""
    command = [sys.executable, "-m", "rasa", "train", "nlu", "--nlu", "data", "--fixed-model-name", "default"]
    log = folder / "training.log"
    with log.open("wb") as output:
        try:
            code = subprocess.run(
                command, cwd=folder, stdout=output, stderr=output, timeout=TRAINING_SECONDS, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            raise ContenderError(f"Rasa's default: training took over {TRAINING_SECONDS} s") from None
    if code:
        tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
        raise ContenderError("\n".join(["Rasa's default: the training failed.", *tail]))
    return folder / "models/default.tar.gz"


@contextmanager
def _one_core() -> Iterator[None]:
    """Keeps every thread of this process on one core, where the system can do that."""
    if sys.platform != "linux":
        yield
        return
    cores = os.sched_getaffinity(0)
    try:
        _keep_on({min(cores)})
        yield
    finally:
        _keep_on(cores)


def _keep_on(cores: set[int]) -> None:
    for thread in Path("/proc/self/task").iterdir():
        with suppress(ProcessLookupError):  # it has ended since it was listed
            os.sched_setaffinity(int(thread.name), cores)
