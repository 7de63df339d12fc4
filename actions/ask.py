"""Asks the questions of the interview: one action for each, as Rasa's forms look for them by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import (
    answers_to,
    asks_in_passing,
    in_other_words,
    meanings_in,
    numbers_asked,
)
from actions.conversation import (
    KNOWLEDGE,
    OPENING,
    RESUME,
    SPEAKER,
    Conversation,
    Outcome,
    answered,
    messages_left,
)
from actions.crisis import crisis_signs, in_crisis, numbers_of_country, to_who_is_hurt
from actions.messages import REQUESTS
from actions.steering import WORSE
from backchat.knowledge import Assertion, Question, QuestionKind, Urgency
from backchat.screening.interview import counted_as, shown
from backchat.screening.record import SETTLED
from backchat.understanding.requests import ASK_FAQ

NONE_OPTION = "none"


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
        answers = []
        if conversation.outcome == Outcome.TOLD and not answered(tracker):
            answers = [*numbers_asked(tracker), *(answers_to(tracker, 1) if _asks_too(tracker) else [])]
        elif conversation.outcome == Outcome.ASKED:
            meaning = "\n".join(meanings_in(conversation, self.question))
            answers = answers_to(tracker, 1) or [meaning or in_other_words(conversation, self.question)]
        options = _options(conversation, self.question, about)
        buttons = [{"title": option["label"], "payload": option["payload"]} for option in options]
        ideas = [*answers, *_ideas(conversation, tracker, self.question, about)]
        *before, last = _joined(ideas, messages_left(tracker))
        for text in before:
            dispatcher.utter_message(text=text)
        dispatcher.utter_message(text=last, buttons=buttons)
        form = {
            "id": self.question.id,
            "kind": self.question.kind.value,
            "findings": list(about),
            "options": options,
            "why": SPEAKER.why(self.question, conversation.record),
            "progress": {"asked": max(len(conversation.asked), 1), "at_most": conversation.at_most},
        }
        dispatcher.utter_message(json_message={"question": form})
        return []


def _asks_too(tracker: Tracker) -> bool:
    """Tells whether a message that told something asks something as well: "no. is heat or ice better?".

    "Why does my lower back hurt?" tells where it hurts, and is taken for a complaint.
    """
    message = tracker.latest_message
    return (message.get("intent") or {}).get("name") == ASK_FAQ or asks_in_passing(message)


def _ideas(
    conversation: Conversation, tracker: Tracker, question: Question, about: Sequence[str]
) -> list[str]:
    """Says what has become of the last message, and asks last: each an idea of its own.

    Help in a crisis is told to the writer, and what is stored is what they write, whoever it is about.
    """
    record, words = conversation.record, []
    signs = crisis_signs(record)
    if any(known.turn == conversation.turn for known in signs) and not answered(tracker):
        words += in_crisis(record)
    else:
        words.append(numbers_of_country(conversation, tracker.events))
    if not answered(tracker):
        words.append(to_who_is_hurt(conversation, tracker.latest_message))
        words = words if any(words) else [_kind_word(conversation, tracker.latest_message.get("text") or "")]
    if conversation.turned_from and Urgency(conversation.turned_from).rank >= Urgency.CONSULTATION_24.rank:
        words.append(SPEAKER.still_advised(Urgency(conversation.turned_from), record))
    is_first = conversation.turn == 1 and not signs and not answered(tracker)
    introduction = SPEAKER.told(SPEAKER.say("introduction"), record) if is_first else ""
    words.append("\n".join(filter(None, [introduction, conversation.consent])))
    words.append(SPEAKER.told("\n".join(_response(conversation, question)), record))
    words.append(SPEAKER.told(_question(conversation, question, about), record))
    return [idea for idea in words if idea]


def _kind_word(conversation: Conversation, text: str) -> str:
    """Meets a loss or a fear that a message tells of, before anything is asked."""
    record = conversation.record
    if REQUESTS.tells_of_a_suicide(text):
        return SPEAKER.in_country("bereaved_by_suicide", record)
    if REQUESTS.is_bereaved(text):
        return SPEAKER.say("bereaved")
    return SPEAKER.vary("frightened", conversation.turn) if REQUESTS.is_frightened(text) else ""


def _joined(ideas: Sequence[str], room: int) -> list[str]:
    """Joins the first ideas where there are more than messages; the question stands by itself if it can."""
    split = max(len(ideas) - max(room, 1) + 1, 1)
    return ["\n".join(ideas[:split]), *ideas[split:]]


def _response(conversation: Conversation, question: Question) -> list[str]:
    """Says what is new, changed, left open or of no use, and where the person was before a break."""
    record, turn = conversation.record, conversation.turn
    words = []
    if conversation.returned and record and question != RESUME:
        words.append(SPEAKER.vary("welcome_back", turn, known=SPEAKER.gist(record)))
    if conversation.turned_from:
        words.append(SPEAKER.say("about_another"))
    if conversation.screened_anew:
        got_worse = "trend" in record and record["trend"].value == WORSE[1]
        words.append(SPEAKER.say("screened_anew" if got_worse else "screened_again"))
    if conversation.outcome == Outcome.REFUSED:
        words.append(SPEAKER.vary("refused", turn))
    if conversation.news_unknown:
        unknown = [KNOWLEDGE.findings[finding].words for finding in conversation.news_unknown]
        words.append(SPEAKER.vary("unknown", turn, items=unknown))
    if conversation.left_open:
        words.append(SPEAKER.say("left_open"))
    words += [SPEAKER.changed(finding, record[finding]) for finding in conversation.changed]
    news = SPEAKER.names(conversation.news, record)
    if news and not set(conversation.asked) - {question.id, OPENING} and not conversation.changed:
        words.append(SPEAKER.summary(record))
    elif news:
        words.append(SPEAKER.vary("noted", turn, items=news))
    words += [SPEAKER.refuse(finding, said) for finding, said in conversation.refused.items()]
    return words


def _question(conversation: Conversation, question: Question, about: Sequence[str]) -> str:
    text, plainer = (conversation.fill(question, t, about) for t in (question.text, question.plainer))
    if question == RESUME and conversation.earlier:
        return SPEAKER.say("earlier", known=SPEAKER.gist(conversation.known_earlier), question=text)
    if question.confirms:
        known = conversation.record.get(about[0])
        if known is not None and known.value in SETTLED:
            text = SPEAKER.both_told(about[0], known.said, conversation.unconfirmed[about[0]])
    if conversation.outcome == Outcome.WHICH:
        return SPEAKER.say("which")
    if conversation.outcome == Outcome.VAGUE or set(about) & set(conversation.unknown):
        return plainer
    return _asked_anew(conversation, question, about, plainer) or text


def _asked_anew(
    conversation: Conversation, question: Question, about: Sequence[str], plainer: str
) -> str | None:
    """Asks otherwise after a reply that was not understood, or left something open; else says nothing."""
    replies = conversation.asked.get(counted_as(question, about), 0)
    missed = conversation.outcome == Outcome.MISSED
    if conversation.changing:
        return _once_more(conversation, question, plainer, 0) if missed else None
    if not question.again and 0 < len(about) < len(shown(question, conversation.values)) and replies:
        return SPEAKER.vary("others", conversation.turn)
    if missed and (replies or question.id == OPENING):
        return _once_more(conversation, question, plainer, replies)
    return None


def _once_more(conversation: Conversation, question: Question, plainer: str, replies: int) -> str:
    """Asks in other words, and says so unless the person has just been told what was wrong with the reply."""
    if conversation.refused:
        return plainer
    if replies > 1 and question.options:
        return SPEAKER.say("asked_with_options", question=plainer)
    return SPEAKER.vary("asked_before", replies, question=plainer, example=SPEAKER.example(question))


def _options(conversation: Conversation, question: Question, about: Sequence[str]) -> list[dict[str, str]]:
    """Lists the options; a payload is what a person would type, so that a click is no special path.

    About somebody else the label says "his" and the payload still "my", which is what is read best.
    """
    labels = conversation.options(question, about)
    say = SPEAKER.say
    if question.kind is QuestionKind.CHECKLIST:
        labels[NONE_OPTION] = say("none_of_these")
    if labels and question not in KNOWLEDGE.steering:
        labels[Assertion.UNSURE.value] = say("not_sure")
    words = SPEAKER.told if question in KNOWLEDGE.steering else SPEAKER.option
    return [
        {"id": option, "label": words(label, conversation.record), "payload": label}
        for option, label in labels.items()
    ]


# rasa_sdk registers subclasses by their name, so each question of the knowledge gets a class of its own.
ASK_ACTIONS = [
    type(f"Ask_{question.id}", (AskQuestion,), {"question": question, "__module__": __name__})
    for question in (*KNOWLEDGE.questions, *KNOWLEDGE.steering)
]
