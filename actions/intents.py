"""What messages are for: the intents that the actions heed."""

from __future__ import annotations

from backchat.understanding.language import OTHER_LANGUAGE
from backchat.understanding.requests import ASK_NUMBER, ASK_WHEN

CRISIS = "crisis"
"""The intent that is answered before anything else, whatever the message tells besides."""

REFUSE, CHANGE_ANSWER, GO_ON, STRANGE, AFFIRM = "refuse", "change_answer", "go_on", "out_of_scope", "affirm"
COMPLAINT = "describe_pain"
AFRAID, BEEN_SEEN = "afraid", "been_seen"
NEVER_MIND = "never_mind"
LEAVING = ("pause", NEVER_MIND, "stop", "goodbye")
DELETE_DATA = "delete_data"

SURE = 0.7
"""From this confidence an intent chooses an option, or says yes."""

ASK_BACK = frozenset({"ask_why", "ask_meaning"})
"""They ask about the open question, so that it stays."""

DIGRESSIONS = frozenset(
    {
        *ASK_BACK,
        "greet",
        AFRAID,
        "thank",
        "ask_faq",
        "ask_progress",
        ASK_NUMBER,
        ASK_WHEN,
        "summary",
        "ask_my_data",
        DELETE_DATA,
        CHANGE_ANSWER,
        *LEAVING,
        REFUSE,
        "restart",
        "human_handoff",
        CRISIS,
        STRANGE,
        OTHER_LANGUAGE,
    }
)
"""Intents that rules answer when a message tells nothing about the pain."""
