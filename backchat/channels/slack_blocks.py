"""How Slack shows what Backchat says: as blocks of its Block Kit, within their limits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from backchat.channels.platform import Deed
from backchat.channels.said import Option, Part, Prompt, headings, shorten, split_text

MOST_IN_SECTION = 2_800
"""Characters in a section, which may have 3,000; the rest is for the marks of what stands out."""
MOST_IN_HEADER = 150
MOST_IN_OPTION = 75
MOST_ON_BUTTON = 30
"""Slack takes 75 characters and shows about so many."""
MOST_BUTTONS = 5
NARROW = 3
"""Characters on buttons of which as many stand side by side as there are."""
MOST_BOXES = 10

Block = dict[str, Any]

_ADDRESS = re.compile(r"https?://[^\s<>|*]*[^\s<>|*.,;:!?()“”\"]")
_ITEM = re.compile(r"• |\d+\. ")


def escape(text: str) -> str:
    """Takes the meaning from the characters by which Slack marks links, mentions and commands."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def messages(part: Part, ref: str, wording: Mapping[str, str]) -> list[dict[str, Any]]:
    """Shows a part of a turn.

    Args:
        part: The part.
        ref: Names the offer that its options make.
        wording: `Knowledge.wording`.

    Returns:
        A message each for the pieces of a long text, the options in the last.
    """
    shown: list[dict[str, Any]] = [
        {"text": piece, "blocks": _text_blocks(piece, escape(part.heading or ""))}
        for piece in split_text(escape(part.text), MOST_IN_SECTION)
    ]
    if part.prompt is not None:
        shown[-1]["blocks"] += _options(part.prompt, ref, wording)
    return shown


def without_options(message: Mapping[str, Any], prompt: Prompt, answer: str | None) -> dict[str, Any]:
    """Gives a message without what can be picked; what could be ticked is listed instead.

    Args:
        message: The message.
        prompt: Its options.
        answer: Words that are added, about what was picked.
    """
    blocks = [block for block in message["blocks"] if block["type"] != "actions"]
    if prompt.several:
        listed = "\n".join(f"• {option.label}" for option in prompt.options if not option.exclusive)
        blocks += _sections(shorten(escape(listed), MOST_IN_SECTION))
    if answer:
        blocks.append({"type": "context", "elements": [_mrkdwn(shorten(escape(answer), MOST_IN_SECTION))]})
    return {**message, "blocks": blocks}


def _text_blocks(text: str, heading: str) -> list[Block]:
    """Makes a header of the heading, and a section of each paragraph and each list."""
    before, found, after = text.partition(heading) if heading else (text, "", "")
    blocks = [*_sections(before)]
    if found:
        blocks.append({"type": "header", "text": _plain(shorten(heading, MOST_IN_HEADER))})
        blocks += _sections(after.removeprefix("."))
    return blocks


def _sections(text: str) -> list[Block]:
    return [{"type": "section", "text": _mrkdwn(_linked(_bold(group)))} for group in _groups(text.strip())]


def _groups(text: str) -> list[str]:
    """Keeps a list and its heading together, and apart from what stands around them."""
    groups: list[list[str]] = [[]]
    heads = {text[start:end] for start, end in headings(text)}
    in_list = False
    for line in text.split("\n"):
        is_item = _ITEM.match(line) is not None
        if not line or line in heads or (in_list and not is_item):
            groups.append([])
        in_list = is_item
        groups[-1] += [line] if line else []
    return ["\n".join(group) for group in groups if group]


def _bold(text: str) -> str:
    for start, end in reversed(headings(text)):
        text = f"{text[:start]}*{text[start:end]}*{text[end:]}"
    return text


def _linked(text: str) -> str:
    """Marks addresses as links: of its own accord Slack would take names for mentions, too."""
    return _ADDRESS.sub(r"<\g<0>>", text)


def _options(prompt: Prompt, ref: str, wording: Mapping[str, str]) -> list[Block]:
    numbered = list(enumerate(prompt.options))
    if prompt.several:
        return _boxes(numbered, ref, wording)
    labels = [option.label for option in prompt.options]
    few = len(labels) <= MOST_BUTTONS and all(len(label) <= MOST_ON_BUTTON for label in labels)
    if few or all(len(label) <= NARROW for label in labels):
        return [_actions(ref, [_button(number, option.label) for number, option in numbered])]
    menu = {
        "type": "static_select",
        "action_id": Deed.PICK.value,
        "placeholder": _plain(wording["pick_one"]),
        "options": [_choice(number, option) for number, option in numbered],
    }
    return [_actions(ref, [menu])]


def _boxes(numbered: Sequence[tuple[int, Option]], ref: str, wording: Mapping[str, str]) -> list[Block]:
    """Shows boxes to tick, and buttons for being done and for what rules out every tick."""
    boxes = [_choice(number, option) for number, option in numbered if not option.exclusive]
    groups = [
        {
            "type": "checkboxes",
            "action_id": f"{Deed.TICK.value}:{start}",
            "options": boxes[start : start + MOST_BOXES],
        }
        for start in range(0, len(boxes), MOST_BOXES)
    ]
    done = {
        "type": "button",
        "action_id": Deed.DONE.value,
        "style": "primary",
        "text": _plain(wording["done"]),
    }
    others = [_button(number, option.label) for number, option in numbered if option.exclusive]
    return [_actions(f"{ref}:ticks", groups), _actions(ref, [done, *others])]


def _actions(block_id: str, elements: list[Block]) -> Block:
    return {"type": "actions", "block_id": block_id, "elements": elements}


def _button(number: int, label: str) -> Block:
    return {
        "type": "button",
        "action_id": f"{Deed.PICK.value}:{number}",
        "text": _plain(shorten(label, MOST_IN_OPTION)),
        "value": str(number),
    }


def _choice(number: int, option: Option) -> Block:
    """Makes an option of a menu or a box; what is too long for its first line goes on in its second."""
    first, *more = split_text(option.label, MOST_IN_OPTION)
    choice: Block = {"text": _plain(first), "value": str(number)}
    if more:
        choice["description"] = _plain(shorten(" ".join(more), MOST_IN_OPTION))
    return choice


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
