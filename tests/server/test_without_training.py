"""Each in a Python of its own, since what is imported once stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BEGINNING = """
import sys
from backchat.server.without_training import leave_training_out
leave_training_out()
"""
ANSWERING = """
import asyncio, contextlib, pathlib
from rasa.core.tracker_store import InMemoryTrackerStore
from backchat.server.runner import load_agent
with contextlib.redirect_stdout(sys.stderr):
    agent = load_agent(pathlib.Path(sys.argv[1]), InMemoryTrackerStore(None))
    answer = asyncio.run(agent.handle_text("my lower back has hurt since I lifted a box two days ago"))
assert any("question" in (message.get("custom") or {}) for message in answer), answer
"""
IMPORTED = 'print("tensorflow" in sys.modules)'


def what_is_printed(code: str, *arguments: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BEGINNING + code, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()


def test_a_model_is_loaded_and_answers_without_tensorflow(model_path: Path) -> None:
    assert what_is_printed(ANSWERING + IMPORTED, str(model_path)) == "False"


def test_the_classifier_is_read_without_all_of_scikit_learn(model_path: Path) -> None:
    code = """
import pathlib
from rasa.core.processor import MessageProcessor
with contextlib.redirect_stdout(sys.stderr):
    _, _, runner = MessageProcessor._load_model(pathlib.Path(sys.argv[1]))
[classifier] = [
    node._component
    for node in runner._instantiated_nodes.values()
    if type(node._component).__name__ == "LogisticRegressionClassifier"
]
assert "greet" in classifier.clf.classes_, "it has not been read"
print("sklearn.ensemble" in sys.modules, "matplotlib" in sys.modules)
"""
    assert what_is_printed("import contextlib" + code, str(model_path)) == "False False"


def test_what_rasa_needs_for_training_is_there_when_it_is_used() -> None:
    code = """
import rasa.utils.train_utils
from rasa.utils import train_utils
assert "tensorflow" not in sys.modules
assert callable(rasa.utils.train_utils.create_data_generators)
assert train_utils.rank_and_mask is rasa.utils.train_utils.rank_and_mask
print(type(sys.modules["rasa.utils.train_utils"]).__name__)
"""
    assert what_is_printed(code) == "module"


def test_a_component_that_uses_tensorflow_finds_it() -> None:
    code = "from rasa.nlu.classifiers.diet_classifier import DIETClassifier\n"
    assert what_is_printed(code + IMPORTED) == "True"
