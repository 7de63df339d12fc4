"""Talks to Backchat on its page as a person does."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

COMPLAINT = "My lower back has ached for three weeks since I lifted a heavy box. It stays in the back."
EMERGENCY = "My back hurts, and since yesterday it's numb between my legs and I can't pee"
ANSWER_MS = 40_000


def wait_for_answer(page: Page) -> None:
    """Waits until the last thing said is the bot's, and nothing more is on its way."""
    expect(page.locator("#log > :last-child:not(.person)")).to_be_visible(timeout=ANSWER_MS)
    expect(page.locator("#status")).not_to_have_class("waiting", timeout=ANSWER_MS)


def write(page: Page, text: str) -> None:
    """Writes something and sends it, once the page has begun."""
    expect(page.locator(".bot").first).to_be_visible(timeout=ANSWER_MS)
    page.get_by_label("Your answer, in your own words").fill(text)
    page.keyboard.press("Enter")


def harmless_control(question: Locator) -> Locator:
    """Finds what a person with nothing worrying picks.

    Args:
        question: Where the open question is answered.

    Returns:
        None of a checklist, the first part of a body map, a number, "No", or else the first option.
    """
    for control in (
        question.get_by_role("checkbox", name="None of these"),
        question.get_by_role("checkbox"),
        question.get_by_role("spinbutton"),
        question.get_by_role("button", name="4", exact=True),
        question.get_by_role("button", name="No", exact=True),
    ):
        if control.count():
            return control.first
    return question.get_by_role("button").first


def answer_by_pointer(page: Page) -> None:
    """Gives the answer of a person who has nothing worrying, whatever kind of question it is."""
    question = page.locator("#question")
    control = harmless_control(question)
    kind = control.get_attribute("type")
    if kind == "checkbox":
        control.check()
    elif kind == "number":
        control.fill("40")
    else:
        return control.click()
    return question.get_by_role("button", name="Send").click()


def is_over(page: Page) -> bool:
    """Whether the screening has its result."""
    return page.locator(".banner").count() > 0
