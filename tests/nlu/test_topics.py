"""The topic of a question is found in words that nobody has seen before."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rasa.core.agent import Agent
from rasa.shared.nlu.training_data.loading import load_data

from actions.answer import topic_asked
from backchat.knowledge import load_knowledge

ROOT = Path(__file__).parents[2]
QUESTIONS = Path(__file__).with_name("development.yml")
LEAST_ACCURACY = 0.8
NO_TOPIC = "none"
FOUND_BY_THEIR_WORDS = {"strain", "regions"}
"""Topics that are named by those who ask about them, so that the network need not be taught them."""


def questions(path: Path) -> list[tuple[str, str]]:
    """Every question with the topic that should answer it."""
    lines = load_data(str(path)).intent_examples
    sorted_under = [(line.get("metadata") or {}).get("intent", {}).get("topic") for line in lines]
    return [(line.get("text"), topic) for line, topic in zip(lines, sorted_under, strict=True) if topic]


def test_most_questions_find_their_topic(model_path: Path) -> None:
    agent = Agent.load(str(model_path))

    async def ask_all() -> list[tuple[str, str, str]]:
        found = []
        for text, topic in questions(QUESTIONS):
            asked = topic_asked({**await agent.parse_message(text), "text": text})
            found.append((text, topic, asked.id if asked else NO_TOPIC))
        return found

    answers = [entry for entry in asyncio.run(ask_all()) if entry[1] != NO_TOPIC]
    wrong = [f"{text!r}: {found}, not {topic}" for text, topic, found in answers if found != topic]
    assert 1 - len(wrong) / len(answers) >= LEAST_ACCURACY, "\n".join(wrong)


def test_every_topic_is_taught_and_measured() -> None:
    topics = set(load_knowledge().topics)
    taught = {topic for _, topic in questions(ROOT / "data" / "nlu" / "faq.yml")}
    assert topics - taught <= FOUND_BY_THEIR_WORDS
    assert topics <= {topic for _, topic in questions(QUESTIONS)}


def test_what_is_measured_is_not_taught() -> None:
    taught = {text.casefold().strip(" .!?") for text, _ in questions(ROOT / "data" / "nlu")}
    assert taught.isdisjoint({text.casefold().strip(" .!?") for text, _ in questions(QUESTIONS)})
