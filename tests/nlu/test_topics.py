"""The topic of a question is found in words that nobody has seen before."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import yaml
from rasa.core.agent import Agent
from rasa.shared.nlu.training_data.loading import load_data

from actions.answer import EXERCISES, TOPICS, topic_asked
from backchat.knowledge import load_knowledge

ROOT = Path(__file__).parents[2]
QUESTIONS = Path(__file__).with_name("development.yml")
ASKED = yaml.safe_load(Path(__file__).with_name("asked.yml").read_text(encoding="utf-8"))
LEAST_ACCURACY = 0.8
LEAST_OF_ASKED = 0.95
NO_TOPIC = "none"
FOUND_BY_THEIR_WORDS = {
    "strain",
    "regions",
    "cancer",
    "swimming",
    "acupuncture",
    "tens",
    "corset",
    "hydration",
}
FOUND_BY_THEIR_WORDS |= {"food", "how_common", "sources", "appointment", "ask_away"}
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


def test_each_theme_of_the_article_is_found_by_freely_worded_questions(model_path: Path) -> None:
    agent = Agent.load(str(model_path))

    async def ask_all() -> dict[str, list[bool]]:
        found: dict[str, list[bool]] = {}
        for topic, asked in ASKED.items():
            for text in asked:
                answer = topic_asked({**await agent.parse_message(text), "text": text})
                found.setdefault(topic, []).append(answer is not None and answer.id == topic)
        return found

    found = asyncio.run(ask_all())
    hits = [hit for of_topic in found.values() for hit in of_topic]
    assert [topic for topic, of_topic in found.items() if sum(of_topic) < 3] == []
    assert sum(hits) / len(hits) >= LEAST_OF_ASKED, found


def test_every_theme_of_the_article_and_every_exercise_is_asked_about() -> None:
    article = yaml.safe_load((ROOT / "tests" / "knowledge" / "article.yml").read_text(encoding="utf-8"))
    answering = {topic for theme in article["themes"] for topic in theme["answered"]}
    assert answering | set(EXERCISES) <= set(ASKED)
    assert min(map(len, ASKED.values())) >= 6


@pytest.mark.parametrize(
    ("text", "likely", "topic"),
    [
        ("does smoking damage discs", None, "smoking"),
        ("can nicotine hurt my discs", None, "smoking"),
        ("is it my discs, or smoking?", None, "sciatica_disc"),
        ("is it my discs, or smoking?", "smoking", "smoking"),
        ("why is my back worst in the morning, is that arthritis?", None, "arthritis"),
        ("what causes scoliosis", None, "scoliosis"),
        ("what causes back pain", None, "causes"),
    ],
)
def test_in_a_draw_the_likely_or_first_named_topic_answers_and_a_broad_one_only_alone(
    text: str, likely: str | None, topic: str
) -> None:
    found = TOPICS.find(text, likely)
    assert found is not None
    assert found.id == topic
