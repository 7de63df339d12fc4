"""The chat page with a bot that plays every shape of the contract: by mouse, by keyboard, in trouble."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from benchmarks.widget.playing import wait_for_answer, write
from tests.browser.scripted_bot import BLADDER, COMPLAINT, EXERCISES, MARKUP, SADDLE


def exchange(page, text):
    write(page, text)
    wait_for_answer(page)


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def choose(page, name):
    """Picks something from the menu."""
    button(page, "Menu").click()
    button(page, name).click()


def confirm(page, name):
    page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()


def tick(page, label):
    return page.get_by_role("checkbox", name=label)


def last_message(page):
    return page.locator(".message").last


def has_focus(control):
    return control.evaluate("control => control === control.getRootNode().activeElement")


def check_accessibility(page):
    page.emulate_media(reduced_motion="reduce")  # the colour of what is still appearing is none that is meant
    results = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})
    # The library's own report can't name what stands in a shadow tree.
    found = [
        (v["id"], n["target"], n["failureSummary"])
        for v in results.response["violations"]
        for n in v["nodes"]
    ]
    assert found == []


# --- the way through ---------------------------------------------------------------------------------------

ANSWERS = [COMPLAINT, "None of these", "No", "It stays the same", "4", "40"]


def expect_result(page, bot):
    expect(page.locator(".banner")).to_have_text("You can look after this at home for now")
    expect(page.locator(".person")).to_have_count(len(ANSWERS))
    assert bot.heard == ["Hello", *ANSWERS]


def test_a_screening_by_pointer(page, bot):
    write(page, COMPLAINT)
    tick(page, "None of these").check()
    page.locator("#question").get_by_role("button", name="Send").click()
    button(page, "No").click()
    button(page, "It stays the same").click()
    button(page, "4").click()
    page.get_by_label("Your answer as a number").fill("40")
    page.locator("#question").get_by_role("button", name="Send").click()
    expect_result(page, bot)


def test_a_screening_by_typing(page, bot):
    asked = ["can't wait", "fever", "changed", "how strong", "how old", "at home"]
    for answer, question in zip(ANSWERS, asked, strict=True):
        exchange(page, answer)
        expect(page.get_by_role("log")).to_contain_text(re.compile(question, re.IGNORECASE))
    expect_result(page, bot)


def test_a_screening_by_keyboard_alone(page, bot):
    def focus_on(role, name):
        """Moves on with the tab key as a person would, until the focus is there."""
        wanted = page.locator("body").get_by_role(role, name=name, exact=True)
        wanted.first.wait_for()
        for _ in range(30):
            if any(
                candidate.evaluate("e => e === e.getRootNode().activeElement") for candidate in wanted.all()
            ):
                return
            page.keyboard.press("Shift+Tab")
        raise AssertionError(f"{role} {name} can't be reached by keyboard")

    focus_on("textbox", "Your answer, in your own words")
    page.keyboard.type(COMPLAINT)
    page.keyboard.press("Enter")
    focus_on("checkbox", "None of these")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    for answer in ("No", "It stays the same", "4"):
        focus_on("button", answer)
        page.keyboard.press("Enter")
    focus_on("spinbutton", "Your answer as a number")
    page.keyboard.type("40")
    page.keyboard.press("Enter")
    expect_result(page, bot)
    expect(page.locator("#text")).to_be_focused()


# --- for everyone ------------------------------------------------------------------------------------------


def go_through_states(page, bot):
    """Brings the page into each of its states, one after the other, and names it."""
    yield "greeting"
    button(page, "Menu").click()
    yield "menu"
    button(page, "Delete my data").click()
    yield "asked whether to delete"
    confirm(page, "Go back")
    asked = ["can't wait", "fever", "changed", "how strong", "how old", "at home"]
    for answer, question in zip(ANSWERS, asked, strict=True):
        exchange(page, answer)
        expect(page.get_by_role("log")).to_contain_text(re.compile(question, re.IGNORECASE))
        details = page.get_by_text("Why do you ask?")
        if details.count():
            details.click()
        yield question
    for special in ("duration", "spread", "map"):
        exchange(page, special)
        yield special
    page.locator("[data-part=lower] path").first.click()
    yield "picked on the map"
    exchange(page, "full result")
    page.get_by_text("Sources", exact=True).click()
    yield "full result"
    button(page, "Understood (0)").click()
    yield "panel"
    page.keyboard.press("Escape")
    write(page, SADDLE)
    expect(page.locator(".emergency")).to_be_visible()
    yield "emergency"
    bot.delay = 2
    write(page, "confirm")
    expect(page.locator("#status")).to_have_text("Backchat is writing …")
    yield "waiting"
    expect(button(page, "That's right")).to_be_visible()
    bot.delay = 0
    page.context.set_offline(True)
    expect(page.locator("#connection")).to_contain_text("You are offline")
    yield "offline"
    write(page, "hello?")
    expect(page.locator("#failure")).to_be_visible()
    yield "offline, with a message that waits"
    page.context.set_offline(False)
    expect(page.locator("#failure")).to_be_hidden()
    choose(page, "Delete my data")
    confirm(page, "Delete")
    expect(page.get_by_text("Your data has been deleted")).to_be_visible()
    yield "deleted"


def test_every_state_is_accessible(page, bot):
    for _ in go_through_states(page, bot):
        check_accessibility(page)


SIZES = {
    "320 pixels wide": {"viewport": {"width": 320, "height": 600}},
    "at 200 % zoom": {"viewport": {"width": 550, "height": 400}, "device_scale_factor": 2},
    "right to left": {"viewport": {"width": 360, "height": 740}},
    "in forced colours": {"viewport": {"width": 360, "height": 740}, "forced_colors": "active"},
    "with text twice as large": {"viewport": {"width": 640, "height": 800}},
}


@pytest.mark.parametrize("size", list(SIZES))
def test_every_state_fits_and_is_easy_to_hit(open_page, bot, size):
    page = open_page("phone", **SIZES[size])
    page.wait_for_selector(".bot")
    if size == "right to left":
        page.evaluate("document.documentElement.dir = 'rtl'")
    if size == "with text twice as large":
        page.evaluate("document.documentElement.style.fontSize = '200%'")
    width = page.viewport_size["width"]
    for state in go_through_states(page, bot):
        assert page.evaluate("document.documentElement.scrollWidth") <= width, state
        for control in page.locator("button, .tick, summary, textarea, select, input[type=number]").all():
            if control.is_visible():
                box = control.bounding_box()
                assert box["height"] >= 44, (state, control.inner_text())
                assert box["width"] >= 44, (state, control.inner_text())
                assert box["x"] >= 0, (state, control.inner_text())
                assert box["x"] + box["width"] <= width, (state, control.inner_text())
                assert control.evaluate("e => e.scrollWidth <= e.clientWidth"), (state, control.inner_text())


def test_the_page_begins_at_its_beginning(open_page):
    page = open_page("phone", viewport={"width": 320, "height": 500})
    page.wait_for_selector(".bot")
    assert page.evaluate("document.documentElement.scrollHeight > innerHeight")
    assert page.evaluate("scrollY") == 0


def test_the_new_messages_and_the_way_to_answer_are_in_view(page):
    exchange(page, COMPLAINT)
    expect(last_message(page)).to_be_in_viewport()
    tick(page, "None of these").check()
    page.locator("#question").get_by_role("button", name="Send").click()
    expect(button(page, "Not sure")).to_be_in_viewport(ratio=1)
    below = page.locator("#composer").bounding_box()["y"]
    for name in ("Yes", "No", "Not sure"):
        box = button(page, name).bounding_box()
        assert box["y"] + box["height"] <= below


def test_messages_are_in_a_polite_log_with_who_said_them(page):
    log = page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    write(page, "hurts")
    expect(log.locator(".person")).to_have_text("You: hurts")
    expect(log.locator(".bot").first).to_contain_text("Backchat: I'm Backchat")


def test_a_group_of_options_is_named_by_its_question(page):
    write(page, COMPLAINT)
    group = page.get_by_role("group", name=re.compile("Is any of these new since this pain began"))
    expect(group.get_by_role("checkbox")).to_have_count(4)


def test_after_a_reply_the_focus_is_where_the_next_answer_goes(open_page):
    desktop = open_page("desktop")
    desktop.wait_for_selector(".bot")
    write(desktop, COMPLAINT)
    tick(desktop, "None of these").check()
    desktop.locator("#question").get_by_role("button", name="Send").click()
    expect(button(desktop, "No")).to_be_visible()
    expect(desktop.locator("#text")).to_be_focused()

    phone = open_page("phone")
    phone.wait_for_selector(".bot")
    write(phone, COMPLAINT)
    expect(phone.locator("#question form")).to_be_focused()  # no keyboard over the options


def test_an_answer_takes_the_focus_from_nobody_who_went_on(page, bot):
    bot.delay = 1
    write(page, COMPLAINT)
    button(page, "Menu").click()
    wait_for_answer(page)
    expect(button(page, "Menu")).to_be_focused()
    expect(button(page, "Start again")).to_be_visible()
    page.keyboard.press("Escape")
    write(page, "None of these")
    page.keyboard.type("since")
    expect(button(page, "No")).to_be_visible()
    page.keyboard.type(" May")
    expect(page.locator("#text")).to_have_value("since May")


def test_a_failure_does_not_interrupt_whoever_writes(page, bot):
    bot.delay = 1
    page.route("**/chat/messages", lambda route: (page.wait_for_timeout(500), route.abort()))
    write(page, COMPLAINT)
    page.keyboard.type("it")
    expect(page.get_by_role("alert")).to_contain_text("I can't get an answer right now")
    page.keyboard.type(" hurts")
    expect(page.locator("#text")).to_have_value("it hurts")


def test_the_menu_by_keyboard(page):
    menu = button(page, "Menu")
    menu.focus()
    page.keyboard.press("Enter")
    for name in ("Stop", "Start again", "Delete my data"):
        page.keyboard.press("Tab")
        expect(button(page, name)).to_be_focused()
    page.keyboard.press("Escape")
    expect(button(page, "Stop")).to_be_hidden()
    expect(menu).to_be_focused()
    page.keyboard.press("Space")
    expect(button(page, "Stop")).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(button(page, "Stop")).to_be_hidden()


# --- questions ---------------------------------------------------------------------------------------------


def test_each_option_is_shown_once_and_with_why_and_progress(page):
    write(page, COMPLAINT)
    expect(tick(page, "None of these")).to_have_count(1)
    expect(button(page, "None of these")).to_have_count(0)
    expect(page.get_by_text("Question 2 · about 4 questions left")).to_be_visible()
    reason = page.get_by_text("The reason for question 1.")
    expect(reason).to_be_hidden()
    page.get_by_text("Why do you ask?").click()
    expect(reason).to_be_visible()


def test_several_ticks_are_sent_together(page, bot):
    write(page, COMPLAINT)
    tick(page, BLADDER).check()
    tick(page, "Not sure").check()
    tick(page, SADDLE).check()  # takes "Not sure" back
    expect(tick(page, "Not sure")).not_to_be_checked()
    tick(page, BLADDER).check()
    page.locator("#question").get_by_role("button", name="Send").click()
    expect(page.locator(".emergency")).to_be_visible()
    assert bot.heard[-1] == f"{SADDLE}; {BLADDER}"


def test_none_of_these_takes_every_other_tick_back(page):
    write(page, COMPLAINT)
    for label in (SADDLE, BLADDER, "None of these"):
        tick(page, label).check()
    for label in (SADDLE, BLADDER, "Not sure"):
        expect(tick(page, label)).not_to_be_checked()


def test_a_length_of_time_is_sent_with_its_unit(page, bot):
    exchange(page, "duration")
    page.locator("#question").get_by_role("button", name="Send").click()
    expect(page.get_by_label("Your answer as a number")).to_be_focused()
    page.get_by_label("Your answer as a number").fill("3")
    page.get_by_label("Days, weeks, months or years").select_option("weeks")
    page.locator("#question").get_by_role("button", name="Send").click()
    expect(page.locator(".person").last).to_have_text("You: 3 weeks")
    wait_for_answer(page)
    assert bot.heard[-1] == "3 weeks"


def test_an_empty_checklist_is_not_sent(page, bot):
    write(page, COMPLAINT)
    page.locator("#question").get_by_role("button", name="Send").click()
    expect(page.locator("#status")).to_contain_text("tick at least one")
    expect(tick(page, SADDLE)).to_be_focused()
    assert bot.heard == ["Hello", COMPLAINT]


def test_buttons_without_a_question_are_shown_too(page, bot):
    write(page, "confirm")
    button(page, "That's right").click()
    expect(tick(page, "None of these")).to_be_visible()
    assert bot.heard[-1] == "That's right"


# --- results -----------------------------------------------------------------------------------------------


def test_an_emergency_comes_first_and_its_numbers_can_be_called(page):
    write(page, SADDLE)
    expect(page.locator(".banner.emergency")).to_have_text("Emergency: go to an emergency department now")
    after_banner = page.locator(".banner ~ .message").first
    expect(after_banner).to_contain_text("Go to an emergency department now")
    numbers = [link.get_attribute("href") for link in after_banner.get_by_role("link").all()]
    assert numbers == ["tel:911", "tel:999", "tel:112"]


def test_an_ambulance_in_new_zealand_can_be_called_now_and_later(page):
    exchange(page, "in New Zealand")
    expect(page.locator(".banner")).to_have_text("Emergency: call an ambulance now")
    expect(last_message(page).get_by_role("link")).to_have_count(1)
    expect(last_message(page).get_by_role("link")).to_have_attribute("href", "tel:111")
    exchange(page, "and now?")
    expect(last_message(page)).to_contain_text("stays the same")
    expect(last_message(page).get_by_role("link")).to_have_attribute("href", "tel:112")


def test_a_result_that_is_no_emergency_has_nothing_to_call(page):
    for answer in ANSWERS:
        exchange(page, answer)
    expect(page.locator(".banner.self_care")).to_be_visible()
    expect(page.locator("#log a")).to_have_count(0)


def test_each_exercise_is_shown_with_its_drawing_and_the_warning_signs_stay_last(page):
    for answer in ANSWERS:
        exchange(page, answer)
    cards = page.locator(".exercises > li")
    expect(cards).to_have_count(len(EXERCISES))
    for card, exercise in zip(cards.all(), EXERCISES, strict=True):
        expect(card.get_by_role("heading")).to_have_text(exercise["title"])
        drawing = card.get_by_role("img", name=exercise["drawing"]["alt"], exact=True)
        drawing.scroll_into_view_if_needed()
        assert drawing.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 0
        expect(card).to_contain_text(exercise["stop_if"])
        card.get_by_text("How to do it").click()
        for step in exercise["steps"]:
            expect(card.get_by_text(step, exact=True)).to_be_visible()
    expect(page.locator("#log > :last-child")).to_contain_text("Get help at once")
    check_accessibility(page)
    page.reload()
    expect(cards).to_have_count(len(EXERCISES))


def test_markup_from_either_side_is_text(page):
    exchange(page, MARKUP)
    expect(page.locator(".person")).to_have_text(f"You: {MARKUP}")
    for answer in ANSWERS[1:]:
        exchange(page, answer)
    expect(last_message(page)).to_contain_text(MARKUP)
    expect(page.locator("#log img[onerror], #log b")).to_have_count(0)


# --- trouble -----------------------------------------------------------------------------------------------


def test_a_double_click_answers_once(page, bot):
    write(page, COMPLAINT)
    tick(page, "None of these").check()
    page.locator("#question").get_by_role("button", name="Send").dblclick()
    button(page, "No").dblclick()
    expect(button(page, "It stays the same")).to_be_visible()
    assert bot.heard == ["Hello", COMPLAINT, "None of these", "No"]


def test_what_is_written_while_waiting_is_kept_until_the_question_has_been_seen(page, bot):
    bot.delay = 1
    write(page, COMPLAINT)
    write(page, "second")
    page.keyboard.press("Enter")
    expect(tick(page, "None of these")).to_be_visible()
    expect(page.locator("#text")).to_have_value("second")
    assert bot.heard == ["Hello", COMPLAINT]


def expect_failure(page):
    failure = page.get_by_role("alert")
    expect(failure).to_contain_text("I can't get an answer right now")
    expect(failure).to_contain_text("911 in the US and Canada, 999 in the UK, 112 in the EU")
    expect(button(page, "Try again")).to_be_focused()


def expect_recovery(page, bot):
    button(page, "Try again").click()
    expect(tick(page, "None of these")).to_be_visible()
    expect(page.locator("#failure")).to_be_hidden()
    assert bot.heard == ["Hello", COMPLAINT]
    expect(page.locator(".person")).to_have_count(1)


def test_a_server_that_is_gone_is_told_and_the_message_kept(page, bot):
    page.route("**/chat/messages", lambda route: route.abort())
    write(page, COMPLAINT)
    expect_failure(page)
    page.unroute("**/chat/messages")
    expect_recovery(page, bot)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500, "body": "oops"},
        {"status": 200, "body": "no JSON"},
        {"status": 200, "body": "[]"},
        {"status": 200, "body": '{"messages": {}}'},
    ],
    ids=["500", "no JSON", "a list", "no messages"],
)
def test_an_answer_that_is_none_is_told_and_the_message_kept(page, bot, answer):
    page.route("**/chat/messages", lambda route: route.fulfill(**answer))
    write(page, COMPLAINT)
    expect_failure(page)
    page.unroute("**/chat/messages")
    expect_recovery(page, bot)


def test_what_was_not_answered_goes_before_what_is_written_next(page, bot):
    page.route("**/chat/messages", lambda route: route.abort())
    write(page, COMPLAINT)
    expect_failure(page)
    page.unroute("**/chat/messages")
    write(page, "something else")
    expect(tick(page, "None of these")).to_be_visible()
    expect(page.locator("#text")).to_have_value("something else")
    assert bot.heard == ["Hello", COMPLAINT]


def test_a_slow_answer_is_told(page, bot):
    bot.delay = 4.6
    write(page, COMPLAINT)
    expect(page.locator("#status")).to_contain_text("longer than usual")
    expect(tick(page, "None of these")).to_be_visible()


def test_of_two_quick_clicks_the_first_counts(page, bot):
    exchange(page, COMPLAINT)
    exchange(page, "None of these")
    page.evaluate(
        """() => {
            const root = document.querySelector("backchat-widget").shadowRoot;
            const named = (name) => [...root.querySelectorAll("#question button")]
                .find((button) => button.textContent.trim() === name);
            const [yes, no] = [named("Yes"), named("No")];
            yes.click();
            no.click();
        }"""
    )
    expect(button(page, "It stays the same")).to_be_visible()
    assert bot.heard == ["Hello", COMPLAINT, "None of these", "Yes"]


def test_five_thousand_characters_can_be_pasted_and_are_sent_whole(page, bot):
    pasted = ("It hurts down here and there. " * 167)[:4_999] + "!"
    page.get_by_label("Your answer, in your own words").focus()
    page.keyboard.insert_text(pasted)
    field = page.locator("#text")
    assert field.bounding_box()["height"] <= page.viewport_size["height"] / 2
    expect(page.locator("#send")).to_be_in_viewport(ratio=1)
    page.locator("#send").click()
    expect(page.locator(".person")).to_have_text(f"You: {pasted}")
    wait_for_answer(page)
    assert bot.heard[-1] == pasted
    assert field.bounding_box()["height"] < 100


def test_a_bot_that_fails_gives_the_safety_net(page, bot):
    bot.broken = True
    write(page, COMPLAINT)
    expect(last_message(page)).to_have_text("Backchat: SAFETY NET")


def test_a_server_that_is_gone_at_the_start_is_told(open_page, bot, browser):
    page = open_page()
    page.wait_for_selector(".bot")
    page.route("**/chat/session", lambda route: route.abort())
    page.evaluate("sessionStorage.clear()")
    page.reload()
    expect_failure(page)
    page.unroute("**/chat/session")
    button(page, "Try again").click()
    expect(page.locator(".bot")).to_have_count(1)


def test_more_than_can_be_read_at_once_is_told_and_the_question_stays_open(page, bot):
    write(page, COMPLAINT)
    wait_for_answer(page)
    expect(page.locator("#question")).to_be_visible()
    write(page, "ouch " * 1_200)
    expect(last_message(page)).to_have_text("Backchat: TOO LONG: 5,000")
    expect(page.locator("#question")).to_be_visible()
    assert bot.heard == ["Hello", COMPLAINT]


def test_a_server_that_refuses_its_own_tokens_is_not_asked_for_ever(page):
    asked = []
    page.route("**/chat/messages", lambda route: route.fulfill(status=401, body="{}"))
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    expect_failure(page)
    page.wait_for_timeout(500)
    assert len([url for url in asked if url.endswith("/session")]) == 1


def test_back_and_forward_lead_to_the_same_conversation(page, server, bot):
    exchange(page, COMPLAINT)
    before = page.locator(".message").all_inner_texts()
    page.goto(f"{server}/chat/page.css")
    page.go_back()
    expect(tick(page, "None of these")).to_be_visible()
    assert page.locator(".message").all_inner_texts() == before
    tick(page, "None of these").check()
    page.locator("#question").get_by_role("button", name="Send").click()
    expect(button(page, "Not sure")).to_be_visible()
    assert bot.heard == ["Hello", COMPLAINT, "None of these"]


# --- reload, start again -----------------------------------------------------------------------------------


def test_a_reload_goes_on_where_it_was(page, bot):
    exchange(page, COMPLAINT)
    before = page.locator(".message").all_inner_texts()
    page.reload()
    expect(tick(page, "None of these")).to_be_visible()
    assert page.locator(".message").all_inner_texts() == before
    tick(page, "None of these").check()
    page.locator("#question").get_by_role("button", name="Send").click()
    expect(button(page, "Not sure")).to_be_visible()
    assert bot.heard == ["Hello", COMPLAINT, "None of these"]


def test_only_the_token_is_stored_and_only_for_the_session(page):
    exchange(page, COMPLAINT)
    assert page.evaluate("Object.keys(sessionStorage)") == ["backchat.token"]
    assert page.evaluate("localStorage.length") == 0
    assert page.evaluate("document.cookie") == ""


def test_start_again_begins_a_new_conversation_after_a_question(page, bot):
    exchange(page, COMPLAINT)
    token = page.evaluate("sessionStorage.getItem('backchat.token')")
    choose(page, "Start again")
    confirm(page, "Go back")
    expect(button(page, "Menu")).to_be_focused()
    expect(tick(page, "None of these")).to_be_visible()
    choose(page, "Start again")
    confirm(page, "Start again")
    expect(page.locator(".message")).to_have_count(1)
    expect(tick(page, "None of these")).to_have_count(0)
    assert page.evaluate("sessionStorage.getItem('backchat.token')") != token


def test_a_conversation_that_has_ended_is_told_and_what_was_written_is_kept(page, bot):
    page.evaluate("sessionStorage.setItem('backchat.token', 'expired')")
    write(page, COMPLAINT)
    expect(page.get_by_text("This conversation has ended, so a new one begins.")).to_be_visible()
    expect(page.locator("#text")).to_have_value(COMPLAINT)
    exchange(page, COMPLAINT)
    assert bot.heard == ["Hello", "Hello", COMPLAINT]
