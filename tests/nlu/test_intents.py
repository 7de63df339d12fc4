"""The trained model names the intent of messages that it has never seen."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from rasa.core.agent import Agent
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.message import Message

ROOT = Path(__file__).parents[2]
BLIND_SET = Path(__file__).with_name("blind.yml")
LEAST_ACCURACY = 0.89
LEAST_CRISIS_RECALL = 0.9

Guess = tuple[str, str, str]
"""The text, the intent that it has, and the one that the model names."""


def examples_in(path: Path) -> list[Message]:
    return load_data(str(path)).intent_examples


@pytest.fixture(scope="module")
def guesses(model_path: Path) -> list[Guess]:
    agent = Agent.load(str(model_path))

    async def parse_all() -> list[Guess]:
        return [
            (example.get("text"), example.get("intent"), parsed["intent"]["name"])
            for example in examples_in(BLIND_SET)
            for parsed in [await agent.parse_message(example.get("text"))]
        ]

    return asyncio.run(parse_all())


def right_share(guesses: list[Guess]) -> float:
    return sum(intent == guess for _, intent, guess in guesses) / len(guesses)


def test_most_intents_are_right(guesses: list[Guess]) -> None:
    wrong = [f"{text!r}: {guess}, not {intent}" for text, intent, guess in guesses if intent != guess]
    assert right_share(guesses) >= LEAST_ACCURACY, "\n".join(wrong)


def test_people_in_crisis_are_recognised(guesses: list[Guess]) -> None:
    crisis = [guess for guess in guesses if guess[1] == "crisis"]
    missed = [text for text, _, guess in crisis if guess != "crisis"]
    assert right_share(crisis) >= LEAST_CRISIS_RECALL, missed


def test_the_blind_set_is_not_in_the_training_data() -> None:
    def texts(path: Path) -> set[str]:
        return {example.get("text").casefold().strip(" .!?") for example in examples_in(path)}

    assert texts(BLIND_SET).isdisjoint(texts(ROOT / "data" / "nlu"))


def test_every_intent_of_the_training_data_is_measured() -> None:
    assert load_data(str(BLIND_SET)).intents == load_data(str(ROOT / "data" / "nlu")).intents
