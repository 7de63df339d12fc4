"""Pictures of the widget's main states, from real conversations."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from benchmarks.widget.playing import (
    COMPLAINT,
    EMERGENCY,
    answer_by_pointer,
    is_over,
    wait_for_answer,
    write,
)
from benchmarks.widget.timings import DEVICES, MOST_TURNS

COLOURS = 64
"""A picture of a few flat colours needs no more, and is a third of the size."""


def take_pictures(browser: Browser, address: str, folder: Path) -> list[Path]:
    """Takes a picture of each main state.

    Args:
        browser: The browser.
        address: Where Backchat is served.
        folder: Where the pictures go.

    Returns:
        The pictures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    taken: list[Path] = []

    def take(page: Page, name: str) -> None:
        path = folder / f"{name}.png"
        page.wait_for_timeout(300)  # until everything has fully appeared
        shot = Image.open(io.BytesIO(page.screenshot()))
        shot.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
        taken.append(path)

    for device, play in (("phone", _screening), ("phone", _emergency), ("desktop", _in_a_corner)):
        context = browser.new_context(**DEVICES[device])
        play(context.new_page(), address, take)
        context.close()
    return taken


Take = Callable[[Page, str], None]


def _screening(page: Page, address: str, take: Take) -> None:
    page.goto(f"{address}/chat/")
    wait_for_answer(page)
    take(page, "greeting")
    write(page, COMPLAINT.removesuffix(" It stays in the back."))
    wait_for_answer(page)
    take(page, "checklist")
    _understood(page, take)
    for _ in range(MOST_TURNS):
        if page.locator(".map").count():
            page.locator("[data-part=buttock] path").first.click()
            page.locator("[data-part=thigh] path").first.click()
            take(page, "body-map")
            page.locator("[data-part=buttock] path").first.click()
            page.locator("[data-part=thigh] path").first.click()
        answer_by_pointer(page)
        wait_for_answer(page)
        if is_over(page):
            break
    page.locator("#text").blur()
    take(page, "result")


def _understood(page: Page, take: Take) -> None:
    page.get_by_role("button", name="Understood").click()
    take(page, "understood")
    page.keyboard.press("Escape")


def _emergency(page: Page, address: str, take: Take) -> None:
    page.goto(f"{address}/chat/")
    wait_for_answer(page)
    write(page, EMERGENCY)
    wait_for_answer(page)
    page.locator("#text").blur()
    take(page, "emergency")
    page.context.set_offline(True)
    write(page, "I am on my way")
    page.locator("#failure").wait_for()
    take(page, "offline")
    page.context.set_offline(False)


def _in_a_corner(page: Page, address: str, take: Take) -> None:
    page.goto(f"{address}/chat/demo")
    page.get_by_role("button", name="Back pain?").click()
    wait_for_answer(page)
    write(page, "a dull ache between my shoulder blades, for two weeks")
    wait_for_answer(page)
    take(page, "on-a-page")
