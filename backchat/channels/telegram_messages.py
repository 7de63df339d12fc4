"""How Telegram shows what Backchat says: as messages with keyboards below them, within its limits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from backchat.channels.platform import Click, Deed, Offer
from backchat.channels.said import Option, Part, Prompt, headings, shorten, split_text

MOST_IN_MESSAGE = 4_096
MOST_ON_BUTTON = 34
"""Characters on a button that a phone shows."""
WIDTHS = ((2, 6), (10, 3), (16, 2))
"""For the longest label on a keyboard: so many buttons fit in a row."""
TICKED, UNTICKED = "☑", "☐"

Keyboard = list[list[dict[str, str]]]

_DATA = re.compile(r"([0-9a-f]{1,32}):(pick|tick|done)(?::(\d{1,3}))?")


def length(text: str) -> int:
    """Counts as Telegram does: a character beyond the first 65,536 is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def messages(part: Part) -> list[dict[str, Any]]:
    """Shows the words of a part of a turn.

    Args:
        part: The part.

    Returns:
        A message each for the pieces of a long text.
    """
    text = part.text
    if part.prompt is not None and not _fits_buttons(part.prompt):
        text = f"{text}\n{_numbered(part.prompt)}"
    return [message(piece, part.heading) for piece in split_text(text, MOST_IN_MESSAGE, length)]


def message(text: str, heading: str | None = None) -> dict[str, Any]:
    """Makes a message in which headings stand out.

    Args:
        text: The words.
        heading: Words in it that stand out as well.
    """
    spans = headings(text)
    if heading and (start := text.find(heading)) >= 0:
        spans.insert(0, (start, start + len(heading)))
    entities = [
        {"type": "bold", "offset": length(text[:start]), "length": length(text[start:end])}
        for start, end in spans
    ]
    return {"text": text, **({"entities": entities} if entities else {})}


def keyboard(offer: Offer, done: str) -> dict[str, Keyboard]:
    """Makes the keyboard of an offer.

    Args:
        offer: The offer, with what is ticked.
        done: What is on the button that ends ticking.
    """
    prompt = offer.prompt
    numbered = list(enumerate(prompt.options))
    if not prompt.several:
        buttons = [_button(offer, Deed.PICK, number, _label(prompt, number)) for number, _ in numbered]
        return {"inline_keyboard": _rows(buttons, _per_row(prompt.options))}
    ticks = [
        _button(
            offer,
            Deed.TICK,
            number,
            f"{TICKED if number in offer.ticked else UNTICKED} {_label(prompt, number)}",
        )
        for number, option in numbered
        if not option.exclusive
    ]
    others = [
        _button(offer, Deed.PICK, number, _label(prompt, number))
        for number, option in numbered
        if option.exclusive
    ]
    finish = {"text": done, "callback_data": f"{offer.ref}:{Deed.DONE.value}"}
    return {"inline_keyboard": [*_rows(ticks, 1), [finish], *_rows(others, len(others))]}


def read_data(data: str) -> Click | None:
    """Reads what a button sends.

    Args:
        data: Its `callback_data`.

    Returns:
        What was clicked; nothing if no button here sends that.
    """
    found = _DATA.fullmatch(data)
    if found is None:
        return None
    ref, deed, option = found.groups()
    if (option is None) != (deed == Deed.DONE.value):
        return None
    return Click(ref, Deed(deed), () if option is None else (int(option),))


def _fits_buttons(prompt: Prompt) -> bool:
    return all(len(option.label) <= MOST_ON_BUTTON for option in prompt.options)


def _numbered(prompt: Prompt) -> str:
    """Lists in full what the buttons show the beginning of."""
    return "\n".join(
        f"{number}. {option.label}"
        for number, option in enumerate(prompt.options, start=1)
        if not option.exclusive
    )


def _label(prompt: Prompt, number: int) -> str:
    option = prompt.options[number]
    if option.exclusive or _fits_buttons(prompt):
        return option.label
    return shorten(f"{number + 1}. {option.label}", MOST_ON_BUTTON)


def _button(offer: Offer, deed: Deed, number: int, text: str) -> dict[str, str]:
    return {"text": text, "callback_data": f"{offer.ref}:{deed.value}:{number}"}


def _per_row(options: Sequence[Option]) -> int:
    longest = max(len(option.label) for option in options)
    return next((count for width, count in WIDTHS if longest <= width), 1)


def _rows(buttons: list[dict[str, str]], per_row: int) -> Keyboard:
    return [buttons[start : start + per_row] for start in range(0, len(buttons), max(per_row, 1))]
