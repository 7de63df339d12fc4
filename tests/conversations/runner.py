"""Plays written conversations through the real agent: its NLU model, policies, form and actions.

A conversation is a YAML entry that a non-programmer can read and write:

    - name: A sentence that says what is promised
      country: uk                       # optional, the operator's country
      turns:
        - says: my lower back aches     # what the person writes
          after: 26                     # so many hours after the turn before
          offers: ["Where it hurts"]    # words that one of its buttons must contain, each
          finds: {region: [lower]}      # findings that Backchat must hold after this turn
          forgets: [fever]              # findings that it must not hold
          asks: cauda_equina_signs      # the id of the question that it asks next
          about: [fever]                # the findings that the question must be about, among others
          says_back: [lower back]       # words that its answer must contain
          never_says: [you do not have] # words that its answer must not contain
          decides: emergency            # the urgency of the assessment that it gives in this turn
          rules: [E1]                   # rules that the assessment must name, the first one first
          pattern: muscular             # the pattern of the assessment
          stage: acute
          care: [massage]               # care that it must name, among other
        - answers: {fever: present}     # answers each question, with this where it is asked about
          until: result                 # and otherwise with what harms least, until there is a result,
                                        # or until this question is asked
        - says: "and it hurts "
          times: 600                    # how often these words are written in one message
          fails: [action_assess]        # what breaks down in this turn
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

from backchat.channels.guard import ChannelGuard
from backchat.knowledge import Knowledge
from backchat.screening.speech import Speaker
from tests.contract import check_assessment, check_question

KEYS = {
    *("says", "times", "after", "answers", "until", "fails", "offers", "finds", "forgets", "asks", "about"),
    *("says_back", "never_says", "decides", "rules", "pattern", "stage", "care"),
}
"""What a turn of a script can have."""
MOST_TURNS = 30
MOST_MESSAGES = 3


@dataclass
class Turn:
    """What Backchat said to one message.

    Attributes:
        messages: As a channel gets them.
        filled: The templates of the wording that were filled for it, each with what came of it.
    """

    messages: list[dict[str, Any]]
    filled: Sequence[tuple[str, str]] = ()

    @property
    def text(self) -> str:
        return "\n".join(message["text"] for message in self.messages if message.get("text"))

    @property
    def labels(self) -> list[str]:
        return [button["title"] for message in self.messages for button in message.get("buttons", ())]

    def custom(self, key: str) -> dict[str, Any] | None:
        found = [message["custom"][key] for message in self.messages if key in message.get("custom", {})]
        assert len(found) <= 1, f"{len(found)} {key} in one turn"
        return found[0] if found else None


@dataclass
class Play:
    """One conversation in progress, through the guard that stands before every channel."""

    agent: Agent
    sender: str
    wording: Mapping[str, str]
    turns: list[Turn] = field(default_factory=list)
    hours_later: float = 0.0

    async def say(self, text: str, broken: Iterable[str] = ()) -> Turn:
        channel = CollectingOutputChannel()
        guard = ChannelGuard(self.agent.handle_message, self.wording)
        now = time.time
        with ExitStack() as meanwhile:
            meanwhile.enter_context(mock.patch("time.time", lambda: now() + self.hours_later * 3600))
            meanwhile.enter_context(mock.patch("numpy.random.choice", _in_turn))
            meanwhile.enter_context(_failing(self.agent, broken))
            filled = meanwhile.enter_context(_noting_wording())
            await guard.handle(UserMessage(text, channel, self.sender))
        turn = Turn(channel.messages, filled)
        self.turns.append(turn)
        return turn

    async def findings(self) -> dict[str, dict[str, Any]]:
        tracker = await self.agent.tracker_store.get_or_create_tracker(self.sender)
        return tracker.get_slot("findings") or {}

    async def answer(self, wanted: Mapping[str, Any], until: str) -> Turn:
        """Answers each question from its options: with what is wanted, else with what harms least."""
        turn = self.turns[-1]
        for _ in range(MOST_TURNS):
            question = turn.custom("question")
            if question is None or question["id"] == until:
                break
            turn = await self.say(reply_to(question, wanted))
        return turn


_times: Counter[str] = Counter()


def _in_turn(variants: Sequence[Any]) -> Any:
    """Chooses each wording of a response as often, where Rasa leaves it to chance."""
    name = str(variants)
    _times[name] += 1
    return variants[_times[name] % len(variants)]


@contextmanager
def _failing(agent: Agent, broken: Iterable[str]) -> Iterator[None]:
    """Lets actions fail meanwhile."""

    async def fail(*_: Any) -> None:
        raise RuntimeError

    actions = agent.processor.action_endpoint._executor.actions
    with mock.patch.dict(actions, dict.fromkeys(broken, fail)):
        yield


@contextmanager
def _noting_wording() -> Iterator[list[tuple[str, str]]]:
    """Notes each template of the wording that is filled meanwhile."""
    filled: list[tuple[str, str]] = []
    say = Speaker.say

    def noted(speaker: Speaker, template: str, /, **values: Any) -> str:
        text = say(speaker, template, **values)
        filled.append((template, text))
        return text

    with mock.patch.object(Speaker, "say", noted):
        yield filled


DEFAULTS = {
    "duration_days": "3 days",
    "severity": "4",
    "age": "38",
    "radiation": "none",
    "region": "lower",
    "side": "central",
    "trend": "improving",
    "onset": "gradual",
    "quality": "aching",
    "aggravated_by": "movement",
    "relieved_by": "heat",
    "nsaid_caution": "none",
}


def reply_to(question: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """Chooses a reply to a question as a person would who clicks."""
    labels = {option["id"]: option["payload"] for option in question["options"]}
    findings = question["findings"]
    if question["kind"] == "checklist":
        ticked = [labels[finding] for finding in findings if wanted.get(finding) == "present"]
        if not ticked and any(wanted.get(finding) == "unsure" for finding in findings):
            return labels["unsure"]
        return "; ".join(ticked) or labels["none"]
    finding = findings[0] if findings else ""
    if question["kind"] == "yes_no":
        return labels[str(wanted.get(finding, "absent"))]
    value = wanted.get(finding, DEFAULTS.get(finding, "my back hurts"))
    return labels.get(str(value), str(value))


async def play(agent: Agent, sender: str, script: Mapping[str, Any], knowledge: Knowledge) -> list[Turn]:
    """Plays a conversation and holds every turn against what is promised, and against the contract."""
    conversation = Play(agent, sender, knowledge.wording)
    for number, expected in enumerate(script["turns"], start=1):
        assert expected.keys() <= KEYS, f"{script['name']}, turn {number}: {expected.keys() - KEYS}"
        conversation.hours_later += expected.get("after", 0)
        if "answers" in expected or "until" in expected:
            turn = await conversation.answer(expected.get("answers") or {}, expected["until"])
        else:
            text = expected["says"] * expected.get("times", 1)
            turn = await conversation.say(text, expected.get("fails", ()))
        assert "fails" in expected or knowledge.wording["safety_net_message"] not in turn.text
        check(turn, expected, await conversation.findings(), f"{script['name']}, turn {number}")
    for turn in conversation.turns:
        if (question := turn.custom("question")) is not None:
            check_question(question, knowledge)
        if (assessment := turn.custom("assessment")) is not None:
            check_assessment(assessment, knowledge)
        assert "!" not in turn.text
        assert len([message for message in turn.messages if message.get("text")]) <= MOST_MESSAGES
    return conversation.turns


def check(turn: Turn, expected: Mapping[str, Any], findings: Mapping[str, Any], place: str) -> None:
    """Holds one turn against what is promised."""
    said = turn.text
    assert turn.messages, f"{place}: silence"
    for finding, value in expected.get("finds", {}).items():
        held = findings.get(finding, {}).get("value")
        assert _same(held, value), f"{place}: {finding} is {held}, not {value}; it said: {said}"
    for finding in expected.get("forgets", ()):
        assert finding not in findings, f"{place}: {finding} is {findings[finding]}"
    question, assessment = turn.custom("question"), turn.custom("assessment")
    if "asks" in expected:
        asked = question and question["id"]
        assert asked == expected["asks"], f"{place}: it asks {asked}; it said: {said}"
    for finding in expected.get("about", ()):
        assert question and finding in question["findings"], f"{place}: {question}"
    labels = [label.lower() for label in turn.labels]
    for words in expected.get("offers", ()):
        assert any(words.lower() in label for label in labels), f"{place}: no “{words}” in {labels}"
    for words in expected.get("says_back", ()):
        assert words.lower() in said.lower(), f"{place}: “{words}” is not in: {said}"
    for words in expected.get("never_says", ()):
        assert words.lower() not in said.lower(), f"{place}: “{words}” is in: {said}"
    _check_assessment(assessment, expected, place, said)


def _check_assessment(
    assessment: dict[str, Any] | None, expected: Mapping[str, Any], place: str, said: str
) -> None:
    if "decides" in expected:
        decided = assessment and assessment["urgency"]
        assert decided == expected["decides"], f"{place}: it decides {decided}; it said: {said}"
    if "rules" in expected:
        assert assessment
        assert assessment["rules"][0] == expected["rules"][0], f"{place}: {assessment['rules']}"
        assert set(expected["rules"]) <= set(assessment["rules"]), f"{place}: {assessment['rules']}"
    if "pattern" in expected:
        assert assessment
        assert assessment["pattern"]["id"] == expected["pattern"], f"{place}: {assessment['pattern']}"
    if "care" in expected:
        assert assessment
        care = {care["id"] for care in assessment["care"]}
        assert set(expected["care"]) <= care, f"{place}: {care}"
    if "stage" in expected:
        assert assessment
        assert assessment["stage"] == expected["stage"], f"{place}: {assessment['stage']}"


def _same(held: Any, value: Any) -> bool:
    if isinstance(held, list):
        return set(value if isinstance(value, list) else [value]) <= set(held)
    return bool(held == value)
