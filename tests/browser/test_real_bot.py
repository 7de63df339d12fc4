"""The page with the whole product behind it: `backchat run`, its model, its actions and its database."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from backchat.knowledge import load_knowledge
from benchmarks.widget.playing import (
    COMPLAINT,
    EMERGENCY,
    answer_by_pointer,
    harmless_control,
    is_over,
    wait_for_answer,
    write,
)
from benchmarks.widget.product import serve_product
from tests.browser.test_page import button, check_accessibility, choose, confirm, exchange, has_focus
from tests.browser.test_widget import A4_PIXELS

MOST_QUESTIONS = 40
NUMBERS = {"How long": "three weeks", "How bad": "about a 4", "How old": "I'm 40"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serve_product(tmp_path_factory.mktemp("var")) as address:
        yield address


def answer_by_keyboard(page):
    """Gives a harmless answer with tab, space, enter and digits alone."""
    control = harmless_control(page.locator("#question"))
    for _ in range(40):
        if has_focus(control):
            break
        page.keyboard.press("Shift+Tab")
    else:
        raise AssertionError("an answer can't be reached by keyboard")
    kind = control.get_attribute("type")
    if kind in ("checkbox", "number"):
        page.keyboard.type(" " if kind == "checkbox" else "40")
    page.keyboard.press("Enter")


def answer_by_typing(page):
    """Writes a harmless answer in words."""
    question = page.locator("#question")
    asked = page.locator(".bot").last.inner_text()
    number = next((words for start, words in NUMBERS.items() if start in asked), None)
    control = harmless_control(question)
    is_tick = number is None and control.get_attribute("type") == "checkbox"
    words = number or (control.locator("xpath=..").inner_text() if is_tick else control.inner_text())
    write(page, words.strip())


@pytest.mark.parametrize(
    ("answer", "window"),
    [
        (answer_by_pointer, "desktop"),
        (answer_by_pointer, "phone"),
        (answer_by_keyboard, "desktop"),
        (answer_by_typing, "desktop"),
        (answer_by_typing, "phone"),
    ],
)
def test_a_whole_screening(open_page, answer, window):
    page = open_page(window)
    wait_for_answer(page)
    expect(page.locator(".bot").first).to_contain_text("a program")
    page.locator("#text").focus()
    page.keyboard.type(COMPLAINT)
    page.keyboard.press("Enter")
    wait_for_answer(page)

    questions = 0
    while not is_over(page):
        questions += 1
        assert questions < MOST_QUESTIONS
        check_accessibility(page)
        answer(page)
        wait_for_answer(page)

    assert questions >= 4
    expect(page.locator(".banner")).to_have_class(re.compile("self_care|consultation"))
    expect(page.locator(".banner")).not_to_have_class(re.compile("emergency"))
    expect(page.locator(".banner ~ .bot").first).to_contain_text("Why:")
    expect(page.locator(".report > :last-child")).to_contain_text("between your legs")
    expect(page.get_by_role("log")).not_to_contain_text(load_knowledge().wording["safety_net_message"][:40])
    check_accessibility(page)

    before = page.locator(".message").all_inner_texts()
    page.add_init_script("window.print = () => {}")
    page.reload()
    expect(page.locator(".banner")).to_be_visible()
    assert page.locator(".message").all_inner_texts() == before

    button(page, "Print or save").click()
    summary = page.frames[-1]
    expect(summary.get_by_role("heading", name="Asked and not there")).to_be_visible()
    assert summary.evaluate("document.documentElement.scrollHeight") <= A4_PIXELS


def test_an_emergency_on_a_phone_is_told_at_once_with_numbers_to_call(open_page):
    page = open_page("phone")
    wait_for_answer(page)
    exchange(page, EMERGENCY)
    expect(page.locator(".banner.emergency")).to_be_visible()
    expect(page.locator(".calls a").first).to_have_attribute("href", re.compile(r"^tel:\d+$"))
    check_accessibility(page)


def test_what_is_understood_is_shown_and_what_is_changed_counts(open_page):
    page = open_page("desktop")
    wait_for_answer(page)
    exchange(page, COMPLAINT)
    page.get_by_role("button", name=re.compile("^Understood")).click()
    panel = page.get_by_role("region", name="What I have understood")
    expect(panel).to_contain_text("about 3 weeks")
    check_accessibility(page)
    panel.get_by_role("button", name=re.compile("Change: .*3 weeks")).click()
    page.locator("#change-value").fill("five months")
    page.keyboard.press("Enter")
    wait_for_answer(page)
    page.get_by_role("button", name=re.compile("^Understood")).click()
    expect(panel).to_contain_text("about 5 months")


def test_deleted_data_is_gone_and_a_new_conversation_knows_nothing(open_page):
    page = open_page("phone")
    wait_for_answer(page)
    exchange(page, COMPLAINT)
    choose(page, "Delete my data")
    confirm(page, "Delete")
    expect(page.get_by_text("Your data has been deleted.")).to_be_visible()
    button(page, "Start a new conversation").click()
    wait_for_answer(page)
    expect(button(page, "Understood (0)")).to_be_visible()
    expect(page.locator(".person")).to_have_count(0)


def test_two_people_at_the_same_time_are_not_mixed(open_page):
    worrying, harmless = open_page("desktop"), open_page("phone")
    for page in (worrying, harmless):
        wait_for_answer(page)
    write(worrying, "My back hurts and I suddenly can't hold my pee")
    write(harmless, COMPLAINT)
    wait_for_answer(worrying)
    wait_for_answer(harmless)
    expect(worrying.locator(".banner.emergency")).to_be_visible()
    expect(harmless.locator(".banner")).to_have_count(0)
