"""A bot that plays every shape of the contract, one after the other."""

from __future__ import annotations

import asyncio
from typing import Any

Message = dict[str, Any]

COMPLAINT = "My lower back has hurt for two weeks since I lifted a box"
MARKUP = "<img src=x onerror=alert(1)> <b>bold</b> & 'quotes'"

SADDLE = "Numb or tingling between my legs, around my genitals, back passage or inner thighs"
BLADDER = "Hard to start peeing, a weak stream, or I can't feel when I need to go"


def ask(
    words: str, kind: str, number: int, findings: tuple[str, ...] = (), options: dict[str, str] | None = None
) -> list[Message]:
    shown = [{"id": key, "label": label, "payload": label} for key, label in (options or {}).items()]
    question = {
        "id": f"question_{number}",
        "kind": kind,
        "findings": list(findings),
        "options": shown,
        "why": f"The reason for question {number}.",
        "progress": {"asked": number + 1, "at_most": 6},
    }
    buttons = [{"title": option["label"], "payload": option["payload"]} for option in shown]
    text = {"text": words, "buttons": buttons} if buttons else {"text": words}
    return [text, {"custom": {"question": question}}]


def tell(urgency: str, *texts: str, **more: Any) -> list[Message]:
    return [*({"text": text} for text in texts), {"custom": {"assessment": {"urgency": urgency}, **more}}]


OPENING = ask(
    "I'm Backchat, a program and not a doctor. I'll ask what matters, and tell you how soon you need care.\n"
    "Tell me what is going on, in your own words.",
    "text",
    0,
)
CHECKLIST = ask(
    "Here is what I understood: pain in the low back; for about 2 weeks; after lifting.\n"
    "First the signs that can't wait. Is any of these new since this pain began?",
    "checklist",
    1,
    ("saddle_numbness", "urinary_retention"),
    {"saddle_numbness": SADDLE, "urinary_retention": BLADDER, "none": "None of these", "unsure": "Not sure"},
)
YES_NO = ask(
    "Have you had a fever?",
    "yes_no",
    2,
    ("fever",),
    {"present": "Yes", "absent": "No", "unsure": "Not sure"},
)
CHOICE = ask(
    "How has the pain changed?",
    "choice",
    3,
    ("trend",),
    {"improving": "It is getting better", "steady": "It stays the same", "worsening": "It is getting worse"},
)
SCALE = ask("How strong is the pain right now, from 0 to 10?", "number", 4, ("severity",))
NUMBER = ask("How old are you?", "number", 5, ("age",))
DURATION = ask("How long have you had this pain?", "number", 5, ("duration_days",))
MAP = ask(
    "Where does it hurt most?",
    "choice",
    3,
    ("region",),
    {"lower": "Lower back", "upper": "Upper back", "neck": "Neck", "flank": "Side", "unsure": "Not sure"},
)
SPREAD = ask(
    "Does the pain spread anywhere?",
    "choice",
    3,
    ("radiation",),
    {
        "none": "No, it stays in my back",
        "thigh": "To the thigh",
        "foot": "Into the foot",
        "groin": "To the groin",
        "both_legs": "Down both legs",
        "unsure": "Not sure",
    },
)
EXERCISES = [
    {
        "id": name,
        "title": f"{title} {MARKUP}",
        "steps": ["Lie on your back.", f"Breathe. {MARKUP}"],
        "repetitions": "Five times.",
        "stop_if": "Stop if pain grows.",
        "drawing": {"url": f"/chat/exercises/{name}.svg", "alt": f"A person does the {title} {MARKUP}"},
    }
    for name, title in (("pelvic_tilt", "pelvic tilt"), ("cat_cow", "cat and cow"))
]
RESULT = tell(
    "self_care",
    "You can look after this at home for now. Keep moving gently, use warmth, and give it some time.\n"
    "Why: nothing that you told me points to a reason for urgent care.",
    "What it fits best: a strained muscle. This is not a diagnosis. It rarely takes 112 days.",
    "Get help at once, day or night, if you get numb between your legs. " + MARKUP,
    exercises=EXERCISES,
)
CARE = [
    {"id": "move", "title": "Keep moving", "text": f"Walk a little. {MARKUP}", "source": "nice"},
    {"id": "warmth", "title": "Warmth", "text": "Use a warm pack.", "source": "nice"},
]
FULL_RESULT = [
    {"text": "See a doctor within 24 hours. Why: fever can point to an infection."},
    {
        "text": "It may fit a strained muscle. This is not a diagnosis.\nWhat to do now:\n"
        f"• {CARE[0]['text']}\n• {CARE[1]['text']}\nHow long it usually takes: some weeks."
    },
    {"text": "Get help at once if any of these begins:\n• a leg gets weak"},
    {
        "custom": {
            "assessment": {
                "urgency": "consultation_24",
                "rules": ["B1"],
                "red_flags": [{"finding": "fever", "condition": "infection", "said": f"shivery {MARKUP}"}],
                "pattern": {
                    "id": "muscular",
                    "strength": "possible",
                    "for": ["mechanism"],
                    "against": ["fever"],
                },
                "care": CARE,
                "exercises": [],
                "seek_help_if": ["a leg gets weak"],
                "findings": {
                    "region": {"value": ["lower"], "said": "low back", "turn": 1},
                    "mechanism": {"value": ["lifting"], "said": "lifted a box", "turn": 1},
                    "fever": {"value": "present", "said": f"shivery {MARKUP}", "turn": 2},
                    "saddle_numbness": {"value": "absent", "said": "none", "turn": 2},
                    "osteoporosis": {"value": "unsure", "said": "", "turn": 3},
                },
                "sources": [{"id": "nice", "title": "Low back pain", "publisher": "NICE", "year": 2020}],
            }
        }
    },
]
EMERGENCY = tell(
    "emergency",
    "Go to an emergency department now. Ask somebody to take you, and don't drive yourself. If you can't get "
    "there quickly, call 911 in the US or Canada, 999 in the UK, 112 in Europe, or your local number.\n"
    "Why: new numbness between the legs.",
    "Tell the staff at the start what is new.",
)
NEW_ZEALAND = tell(
    "emergency_ambulance",
    "Call 111 (the ambulance in New Zealand) now. Where you are, 111 is no advice line.",
)
UNCHANGED = [{"text": "My advice stays the same: call 112 now."}]
ERASED = [
    {"text": "All that you wrote is deleted. More about it: /chat/privacy"},
    {"custom": {"erased": True}},
]
CONFIRM = [
    {"text": "Did I get that right?", "buttons": [{"title": "That's right", "payload": "That's right"}]}
]

SCREENING = [OPENING, CHECKLIST, YES_NO, CHOICE, SCALE, NUMBER, RESULT]
FIXED = {
    "confirm": CONFIRM,
    "map": MAP,
    "spread": SPREAD,
    "duration": DURATION,
    "full result": FULL_RESULT,
    "in New Zealand": NEW_ZEALAND,
    "and now?": UNCHANGED,
    "delete my data": ERASED,
}


class ScriptedBot:
    """Answers the nth message of a conversation with the nth turn, unless a word of it calls for another.

    Attributes:
        heard: Every message, in order.
        delay: Seconds before each answer.
        broken: Whether the bot raises instead of answering.
    """

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.delay = 0.0
        self.broken = False
        self._turns: dict[str, int] = {}

    async def __call__(self, message: Any) -> list[Message]:
        self.heard.append(message.text)
        await asyncio.sleep(self.delay)
        if self.broken:
            raise RuntimeError
        if SADDLE in message.text:
            return EMERGENCY
        if message.text in FIXED:
            return FIXED[message.text]
        turn = self._turns.get(message.sender_id, 0)
        self._turns[message.sender_id] = turn + 1
        return SCREENING[min(turn, len(SCREENING) - 1)]
