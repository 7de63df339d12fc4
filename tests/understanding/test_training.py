"""The networks are taught, kept, and taught again only where what they learn from has changed."""

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from backchat.components.paraphrase_finder import ParaphraseFinder
from backchat.knowledge import FindingSpec
from backchat.understanding.learned.paraphrases import ParaphraseReader, ReplyReader, Trained

FEVER = {"present": ["I have a fever", "burning up since noon"], "absent": ["no fever", "not hot at all"]}
MESSAGE = "I am 52 and it has hurt for 3 days, no fever"
GREETINGS = ["hello", "hi there"]
BY_HEART = {"epochs": 100, "reply_epochs": 100, "composed": 0.0, "memory": 0.9, "dropout": 0.0}
"""So many rounds that a handful of lines is known by heart."""


def config_in(folder: Path) -> dict[str, Any]:
    parts = {name: str(folder / name) for name in ("findings", "messages", "replies", "network")}
    return {**ParaphraseFinder.get_default_config(), **parts, "training": BY_HEART}


def teach(folder: Path) -> None:
    storage = LocalModelStorage.create(folder / "storage")
    context = ExecutionContext(GraphSchema({}))
    finder = ParaphraseFinder.create(config_in(folder), storage, Resource("finder"), context)
    greetings = [Message({TEXT: text, INTENT: "greet"}) for text in GREETINGS]
    finder.train(TrainingData(greetings))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for name in ("findings", "messages", "replies", "storage"):
        (folder / name).mkdir()
    (folder / "findings/fever.yml").write_text(str({"fever": FEVER}), encoding="utf-8")
    told = {"fever": "absent", "age": 52, "duration_days": 3}
    messages = [{"text": MESSAGE, "intent": "describe_pain", "findings": told}]
    (folder / "messages/some.yml").write_text(str(messages), encoding="utf-8")
    replies = [{"asked": ["fever"], "text": "yes", "findings": {"fever": "present"}, "answered": True}]
    (folder / "replies/some.yml").write_text(str(replies), encoding="utf-8")
    teach(folder)
    return folder


def test_the_network_knows_what_it_was_taught(project: Path) -> None:
    reader = ParaphraseReader(Trained.read(project / "network"))
    for value, texts in FEVER.items():
        for text in texts:
            reading = reader.read(text).told["fever"]
            assert getattr(reading, value) > 0.5, (text, reading)
    for text in GREETINGS:
        wants = reader.read(text).wants
        assert max(wants, key=lambda intent: wants[intent]) == "greet"


def test_it_tells_what_each_number_is(project: Path) -> None:
    numbers = ParaphraseReader(Trained.read(project / "network")).read(MESSAGE).numbers
    age, days = MESSAGE.index("52"), MESSAGE.index("3 days")
    assert numbers["age"][age] > 0.5 > numbers["age"][days]
    assert numbers["duration_days"][days] > 0.5


def test_a_reply_is_read_beside_what_was_asked(project: Path, specs: dict[str, FindingSpec]) -> None:
    reader = ReplyReader(Trained.read(project / "network"))
    read = reader.beside("yes", {"fever": specs["fever"].words})
    likely = read.told["fever"]
    assert max(likely, key=lambda value: likely[value]) == "present"
    assert read.answers > 0.5


def test_it_is_taught_again_only_where_its_examples_have_changed(project: Path) -> None:
    network = project / "network/messages.onnx"
    taught = network.stat().st_mtime_ns
    teach(project)
    assert network.stat().st_mtime_ns == taught
    sums = {ParaphraseFinder.fingerprint_addon(config_in(project))}
    for path in (project / "replies/more.yml", network):
        before = path.read_bytes() if path.exists() else None
        path.write_bytes(b"[]")
        sums.add(ParaphraseFinder.fingerprint_addon(config_in(project)))
        path.unlink() if before is None else path.write_bytes(before)
    assert len(sums) == 3
