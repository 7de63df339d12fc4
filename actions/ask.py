"""Asks the questions of the interview: one action for each, as Rasa's forms look for them by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import KNOWLEDGE, SPEAKER, Conversation, Outcome, answered
from backchat.knowledge import Assertion, Question, QuestionKind
from backchat.screening.interview import counted_as, shown
from backchat.screening.record import SETTLED

NONE_OPTION = "none"
OPENING = "opening"


class AskQuestion(Action, ABC):
    """Puts one question: its words, its options as buttons, and its form for channels that can show it."""

    @property
    @abstractmethod
    def question(self) -> Question:
        """The question that this action puts."""

    def name(self) -> str:
        """Names the action as Rasa looks it up for the question's slot."""
        return f"action_ask_{self.question.id}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Speaks, and changes nothing."""
        conversation = Conversation.of(tracker)
        about = conversation.about(self.question)
        if not about and (self.question.findings or self.question.confirms):
            raise RuntimeError(f"{self.name()} was called with nothing to ask about")
        options = _options(self.question, about)
        buttons = [{"title": option["label"], "payload": option["payload"]} for option in options]
        dispatcher.utter_message(text=_words(conversation, tracker, self.question, about), buttons=buttons)
        form = {
            "id": self.question.id,
            "kind": self.question.kind.value,
            "findings": list(about),
            "options": options,
            "why": self.question.why,
            "progress": {"asked": len(conversation.asked), "at_most": conversation.at_most},
        }
        dispatcher.utter_message(json_message={"question": form})
        return []


def _words(conversation: Conversation, tracker: Tracker, question: Question, about: Sequence[str]) -> str:
    """Repeats what is new, then asks; in other words where the person has been asked before."""
    say = SPEAKER.say
    words = []
    if conversation.turn == 1 and not answered(tracker):
        words.append(say("introduction"))
    if conversation.news and not set(conversation.asked) - {question.id, OPENING}:
        words.append(SPEAKER.summary(conversation.record))
    elif conversation.news:
        words.append(say("noted", items=SPEAKER.names(conversation.news, conversation.record)))
    refusals = [SPEAKER.refuse(finding, said) for finding, said in conversation.refused.items()]
    words += refusals
    words.append(_question(conversation, question, about, was_told_why=bool(refusals)))
    return "\n".join(words)


def _question(
    conversation: Conversation, question: Question, about: Sequence[str], *, was_told_why: bool
) -> str:
    say = SPEAKER.say
    replies = conversation.asked.get(counted_as(question, about), 0)
    text, plainer = question.text, question.plainer
    if question.confirms:
        said, known = conversation.unconfirmed[about[0]], conversation.record.get(about[0])
        text, plainer = (SPEAKER.confirm(t, about[0], said) for t in (text, plainer))
        if known is not None and known.value in SETTLED:
            text = SPEAKER.both_told(about[0], known.said, said)
    if not question.again and 0 < len(about) < len(shown(question, conversation.values)) and replies:
        return say("others")
    if not replies or conversation.outcome != Outcome.MISSED:
        return text
    if was_told_why:
        return plainer
    template = "asked_with_options" if replies > 1 and question.options else "asked_before"
    return say(template, question=plainer)


def _options(question: Question, about: Sequence[str]) -> list[dict[str, str]]:
    """Lists the options; a payload is what a person would type, so that a click is no special path."""
    labels = question.options_about(about)
    say = SPEAKER.say
    if question.kind is QuestionKind.CHECKLIST:
        labels[NONE_OPTION] = say("none_of_these")
    if labels:
        labels[Assertion.UNSURE.value] = say("not_sure")
    return [{"id": option, "label": label, "payload": label} for option, label in labels.items()]


# rasa_sdk registers subclasses by their name, so each question of the knowledge gets a class of its own.
ASK_ACTIONS = [
    type(f"Ask_{question.id}", (AskQuestion,), {"question": question, "__module__": __name__})
    for question in KNOWLEDGE.questions
]
