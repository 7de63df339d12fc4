"""Whatever Backchat can answer, it answers when it is asked for, in the words that it suggests itself."""

from __future__ import annotations

from uuid import uuid4

import pytest
from rasa.core.agent import Agent

from actions.conversation import KNOWLEDGE
from tests.conversations.runner import Play
from tests.knowledge.test_article import ANSWERS, THEMES

QUESTIONS = [pytest.param(topic.question, topic, id=topic.id) for topic in KNOWLEDGE.topics.values()]
HARD_WORDS = [pytest.param(f"what does {term.word} mean?", term, id=term.id) for term in KNOWLEDGE.glossary]


async def reply_to(agent: Agent, *texts: str) -> str:
    play = Play(agent, uuid4().hex, KNOWLEDGE.wording)
    for text in texts:
        await play.say(text)
    return play.turns[-1].text


@pytest.mark.parametrize(("question", "topic"), QUESTIONS)
async def test_the_question_of_every_topic_is_answered_with_it(agent: Agent, question, topic) -> None:
    assert topic.answer in await reply_to(agent, question)


async def test_the_question_of_every_topic_is_answered_during_the_screening(agent: Agent) -> None:
    play = Play(agent, uuid4().hex, KNOWLEDGE.wording)
    await play.say("my lower back hurts")
    for topic in KNOWLEDGE.topics.values():
        turn = await play.say(topic.question)
        assert topic.answer in turn.text, topic.id
        asked = turn.custom("question")
        assert asked is not None and asked["id"] == "cauda_equina_signs", topic.id


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme["name"])
async def test_every_theme_of_the_article_is_answered(agent: Agent, theme) -> None:
    ((topic, words),) = theme["answered"].items()
    reply = await reply_to(agent, theme["asked"])
    assert ANSWERS[topic].answer in reply
    assert [part for part in words if part not in reply] == []


@pytest.mark.parametrize(("question", "term"), HARD_WORDS)
async def test_every_hard_word_is_explained(agent: Agent, question, term) -> None:
    reply = await reply_to(agent, "my lower back hurts", question)
    topics = [topic.answer for topic in KNOWLEDGE.topics.values() if term.word in topic.phrases]
    assert any(answer in reply for answer in topics or [term.meaning])
