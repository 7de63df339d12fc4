"""The page with the whole product behind it: `backchat run`, its model, its actions and its database."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from playwright.sync_api import expect

from backchat.knowledge import load_knowledge
from tests.browser.test_page import button, check_accessibility, exchange, has_focus, wait_for_answer, write

ROOT = Path(__file__).parents[2]
SECONDS_TO_TRAIN_AND_START = 280
MOST_QUESTIONS = 40
COMPLAINT = "My lower back has ached for three weeks since I lifted a heavy box. It stays in the back."


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The product in a process of its own, with a database of its own."""
    database = tmp_path_factory.mktemp("var") / "backchat.db"
    process = subprocess.Popen(
        [sys.executable, "-c", "from backchat.cli import main; main()", "run", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "BACKCHAT_DATABASE_URL": f"sqlite:///{database}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    give_up = threading.Timer(SECONDS_TO_TRAIN_AND_START, process.kill)
    give_up.start()
    try:
        ready = next(
            (found for line in process.stdout if (found := re.search(r"http://\S+(?=/chat/)", line))), None
        )
        give_up.cancel()
        assert ready, "backchat run ended before it was ready"
        yield ready.group()
    finally:
        give_up.cancel()
        process.terminate()
        process.wait(20)


def harmless(question):
    """What a person with nothing worrying ticks: none of a checklist, and the first part of a body map."""
    none = question.get_by_role("checkbox", name="None of these")
    return none if none.count() else question.get_by_role("checkbox").first


def answer_by_pointer(page):
    """Gives the answer of a person who has nothing worrying, whatever kind of question it is."""
    question = page.locator("#question")
    if question.get_by_role("checkbox").count():
        harmless(question).check()
        question.get_by_role("button", name="Send").click()
    elif question.get_by_role("spinbutton").count():
        question.get_by_role("spinbutton").fill("40")
        question.get_by_role("button", name="Send").click()
    elif button(question, "4").count():
        button(question, "4").click()
    elif button(question, "No").count():
        button(question, "No").click()
    else:
        question.get_by_role("button").first.click()


def answer_by_keyboard(page):
    """The same, with tab, space, enter and letters alone."""
    question = page.locator("#question")

    def focus(control):
        for _ in range(40):
            if has_focus(control):
                return
            page.keyboard.press("Shift+Tab")
        raise AssertionError("an answer can't be reached by keyboard")

    if question.get_by_role("checkbox").count():
        focus(harmless(question))
        page.keyboard.press("Space")
    elif question.get_by_role("spinbutton").count():
        focus(question.get_by_role("spinbutton"))
        page.keyboard.type("40")
    elif button(question, "4").count():
        focus(button(question, "4"))
    elif button(question, "No").count():
        focus(button(question, "No"))
    else:
        focus(question.get_by_role("button").first)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("answer", [answer_by_pointer, answer_by_keyboard])
def test_a_whole_screening(open_page, answer):
    page = open_page("desktop")
    wait_for_answer(page)
    expect(page.locator(".bot").first).to_contain_text("a program")
    page.locator("#text").focus()
    page.keyboard.type(COMPLAINT)
    page.keyboard.press("Enter")
    wait_for_answer(page)

    questions = 0
    while not page.locator(".banner").count():
        questions += 1
        assert questions < MOST_QUESTIONS
        check_accessibility(page)
        answer(page)
        wait_for_answer(page)

    assert questions >= 4
    expect(page.locator(".banner")).to_have_class(re.compile("self_care|consultation"))
    expect(page.locator(".banner")).not_to_have_class(re.compile("emergency"))
    result = page.locator(".banner ~ .bot")
    expect(result.first).to_contain_text("Why:")
    expect(result.last).to_contain_text("between your legs")
    expect(page.get_by_role("log")).not_to_contain_text(load_knowledge().wording["safety_net_message"][:40])
    check_accessibility(page)

    before = page.locator(".message").all_inner_texts()
    page.reload()
    expect(page.locator(".banner")).to_be_visible()
    assert page.locator(".message").all_inner_texts() == before


def test_an_emergency_on_a_phone_is_told_at_once_with_numbers_to_call(open_page):
    page = open_page("phone")
    wait_for_answer(page)
    exchange(page, "My back hurts, and since yesterday it's numb between my legs and I can't pee")
    expect(page.locator(".banner.emergency")).to_be_visible()
    expect(page.locator(".calls a").first).to_have_attribute("href", re.compile(r"^tel:\d+$"))
    check_accessibility(page)


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
