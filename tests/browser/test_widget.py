"""The widget beyond the talk: on pages of others, with the body map, the panel, and whole results."""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from backchat.channels.web import WebChannel
from benchmarks.widget.playing import wait_for_answer, write
from tests.browser.conftest import PAGE, SECRET, is_problem
from tests.browser.scripted_bot import CARE, COMPLAINT, MARKUP, SADDLE
from tests.browser.test_page import button, check_accessibility, choose, confirm, exchange, tick
from tests.channels.serving import SPEAKER, WORDING, ScriptedAgent, serve

UNDERSTOOD = [
    {
        "id": "fever",
        "kind": "tri",
        "unit": "",
        "label": "fever",
        "words": "fever",
        "said": "",
        "value": "absent",
    },
    {
        "id": "severity",
        "kind": "number",
        "unit": "0-10",
        "label": "how bad it is",
        "words": "a strength of 4 out of 10",
        "said": f"a four {MARKUP}",
        "value": 4.0,
    },
]
STRICT_POLICY = "default-src 'none'; script-src {0}; connect-src {0}; img-src {0} data:"
A4_PIXELS = 1047
"""As high as what a printer leaves of a page."""


def host(page, server, tag, head="", path="/chat/host"):
    """Puts the widget on a page of somebody else, as strict as a page can be.

    The page before it is greeted first: else the bot's first turn may be left for this one.
    """
    page.wait_for_selector(".bot")
    meta = f'<title>Host</title><meta name="viewport" content="width=device-width">{head}'
    body = f'<!doctype html><html lang="en">{meta}<main><h1>Host</h1>{tag}</main>'
    script = f'<script src="{server}/chat/backchat.js"></script>'
    headers = {"Content-Type": "text/html", "Content-Security-Policy": STRICT_POLICY.format(server)}
    page.route(f"**{path}", lambda route: route.fulfill(body=body + script, headers=headers))
    page.goto(f"{server}{path}")


# --- on pages of others ------------------------------------------------------------------------------------


def test_one_tag_puts_it_on_a_page_with_the_strictest_policy(open_page, server, bot):
    page = open_page()
    host(page, server, '<backchat-widget title="Your back" greeting="Welcome to us."></backchat-widget>')
    expect(page.get_by_role("region", name="Your back")).to_be_visible()
    expect(page.locator(".bot").first).to_have_text("Backchat: Welcome to us.")
    assert page.evaluate("document.activeElement === document.body")  # nobody's focus is taken
    assert page.evaluate("scrollY") == 0
    exchange(page, COMPLAINT)
    tick(page, "None of these").check()
    check_accessibility(page)
    page.reload()
    expect(page.locator(".bot").first).to_have_text("Backchat: Welcome to us.")
    expect(page.locator(".person")).to_have_count(1)


def test_no_style_gets_in_or_out(open_page, server):
    page = open_page()
    page.goto(f"{server}/chat/demo")
    launcher = page.locator(".launcher")
    for style, value in (("text-transform", "none"), ("letter-spacing", "normal"), ("font-style", "normal")):
        expect(launcher).to_have_css(style, value)
    assert launcher.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 16
    expect(page.locator("h1")).to_have_css("font-style", "italic")


def test_a_launcher_opens_and_closes_and_asks_nobody_before(page, server, bot):
    page.evaluate("sessionStorage.clear()")
    heard = len(bot.heard)
    page.goto(f"{server}/chat/demo")
    launcher = button(page, "Back pain?")
    expect(launcher).to_have_css("background-color", "rgb(106, 27, 154)")
    expect(launcher).to_have_css("color", "rgb(255, 255, 255)")
    check_accessibility(page)
    assert len(bot.heard) == heard
    launcher.click()
    dialog = page.get_by_role("dialog", name="Back pain?")
    expect(dialog.locator(".bot")).to_be_visible()
    check_accessibility(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(launcher).to_be_focused()
    launcher.click()
    button(page, "Close").click()
    expect(launcher).to_be_focused()
    assert len(bot.heard) == heard + 1


def test_an_answer_takes_the_focus_from_no_field_of_the_page_around(open_page, server, bot):
    page = open_page()
    host(page, server, '<input aria-label="Search"><backchat-widget></backchat-widget>')
    expect(page.locator(".bot")).to_be_visible()
    bot.delay = 1
    write(page, COMPLAINT)
    page.get_by_label("Search").focus()
    wait_for_answer(page)
    page.keyboard.type("opening hours")
    expect(page.get_by_label("Search")).to_have_value("opening hours")


def test_on_a_phone_the_open_launcher_covers_the_page_for_the_keyboard_too(page, server):
    links = '<a href="#here">A link of the page</a>'
    host(page, server, f'{links}<backchat-widget position="right" title="Back pain?"></backchat-widget>')
    button(page, "Back pain?").click()
    dialog = page.get_by_role("dialog", name="Back pain?")
    expect(dialog.locator(".bot")).to_be_visible()
    on_link = 0
    for _ in range(12):
        page.keyboard.press("Tab")
        on_link += page.evaluate("document.activeElement.tagName === 'A'")
    covers = page.viewport_size["width"] < 480
    assert (on_link == 0) == covers
    choose(page, "Start again")
    page.keyboard.press("Escape")  # closes what is asked, and not what is around it
    expect(dialog).to_be_visible()
    expect(button(page, "Menu")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button(page, "Back pain?")).to_be_focused()


@pytest.mark.parametrize("width", [320, 360, 1100])
def test_what_stands_in_the_head_of_a_launcher_does_not_overlap(open_page, server, width):
    page = open_page(viewport={"width": width, "height": 600})
    host(
        page,
        server,
        '<backchat-widget position="right" title="Backpainquestionnaire and more"></backchat-widget>',
    )
    button(page, "Backpainquestionnaire and more").click()
    expect(page.locator(".bot")).to_be_visible()
    shown = page.locator("#heading, #understood-button, #menu-button, [aria-label=Close]").all()
    for item in shown:
        assert item.evaluate("e => e.scrollWidth <= e.clientWidth"), item.get_attribute("id")
    boxes = sorted((item.bounding_box() for item in shown), key=lambda box: box["x"])
    assert len(boxes) == 4
    for one, next_one in pairwise(boxes):
        assert one["x"] + one["width"] <= next_one["x"]
    check_accessibility(page)


def test_as_the_whole_of_somebody_elses_page_an_emergency_is_seen_at_once(page, server):
    host(page, server, '<backchat-widget position="page"></backchat-widget>')
    exchange(page, COMPLAINT)
    exchange(page, SADDLE)
    head = page.locator("header").bounding_box()
    assert page.locator(".banner").bounding_box()["y"] >= head["y"] + head["height"]
    expect(page.locator(".call").first).to_be_in_viewport(ratio=1)


def test_a_country_is_told_and_decides_which_number_is_called(open_page, server, bot):
    page = open_page()
    page.wait_for_selector(".bot")
    page.evaluate("sessionStorage.clear()")
    host(page, server, '<backchat-widget country="UK"></backchat-widget>')
    expect(page.locator(".bot")).to_be_visible()
    assert bot.heard[-1] == "My country: in the United Kingdom."
    exchange(page, SADDLE)
    expect(page.locator(".call")).to_have_attribute("href", "tel:999")
    page.route("**/chat/messages", lambda route: route.abort())
    write(page, "and now?")
    expect(page.get_by_role("alert").get_by_role("link")).to_have_attribute("href", "tel:999")


def test_right_to_left_pages_and_forced_colours_and_reduced_motion(open_page, server):
    page = open_page(forced_colors="active", reduced_motion="reduce")
    host(page, server, '<div dir="rtl" lang="ar"><backchat-widget></backchat-widget></div>')
    expect(page.locator(".frame").locator("..")).to_have_attribute("lang", "en")  # that it is read out in
    exchange(page, "spread")
    boxes = [page.locator(name).last.bounding_box()["x"] for name in (".person", ".bot")]
    assert boxes[0] < boxes[1]  # mirrored: the person is on the left
    expect(page.locator(".bot").last).to_have_css("animation-name", "none")
    check_accessibility(page)
    # What can be picked stands out, and not the rest of the body.
    colour = "e => getComputedStyle(e).fill"
    ground = page.evaluate("""() => {
        document.body.style.color = "Canvas";
        return getComputedStyle(document.body).color;
    }""")
    assert page.locator(".outline").first.evaluate(colour) == ground


@pytest.mark.parametrize(
    ("theme", "page_colour"), [("light", "rgb(242, 245, 248)"), ("dark", "rgb(16, 22, 28)")]
)
def test_a_site_can_choose_light_or_dark(page, server, theme, page_colour):
    host(page, server, f'<backchat-widget theme="{theme}"></backchat-widget>')
    expect(page.locator(".frame")).to_have_css("background-color", page_colour)
    exchange(page, COMPLAINT)
    check_accessibility(page)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_launcher_stands_in_the_corner_that_a_site_chooses(page, server, side):
    host(page, server, f'<backchat-widget position="{side}"></backchat-widget>')
    launcher = button(page, "Back pain? Find out how soon you need care")
    width, height = page.viewport_size.values()
    box = launcher.bounding_box()
    assert box["y"] + box["height"] == pytest.approx(height - 17, abs=2)
    edge = box["x"] if side == "left" else width - box["x"] - box["width"]
    assert edge == pytest.approx(17, abs=2)
    launcher.click()
    expect(page.locator(".frame").get_by_role("button", name="Close")).to_be_in_viewport(ratio=1)


@contextmanager
def site_of_somebody_else(pages):
    """Serves pages from an origin of their own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(pages.get(self.path, "").encode())

        def log_message(self, *_):
            pass

    site = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{site.server_port}"
    finally:
        site.shutdown()


def test_a_page_of_another_origin_holds_a_conversation_and_deletes_it(browser, bot):
    agent, pages, problems = ScriptedAgent(bot), {}, []
    with (
        site_of_somebody_else(pages) as site,
        serve(agent, WebChannel(WORDING, SECRET, PAGE, SPEAKER, [site])) as server,
    ):
        tag = "<backchat-widget></backchat-widget>"
        pages["/"] = f'<!doctype html><script src="{server}/chat/backchat.js"></script>{tag}'
        page = browser.new_page()
        page.on("console", lambda message: problems.append(message.text) if is_problem(message) else None)
        with page.expect_request(f"{server}/chat/stream"):
            page.goto(site)
        exchange(page, COMPLAINT)
        page.reload()
        expect(tick(page, "None of these")).to_be_visible()
        choose(page, "Delete my data")
        confirm(page, "Delete")
        expect(page.get_by_text("Your data has been deleted.")).to_be_visible()
        assert agent.tracker_store.store == {}
        page.close()
    assert problems == []


# --- the body map ------------------------------------------------------------------------------------------


def part(page, name):
    return page.locator(f"[data-part={name}] path").first


def test_the_body_map_and_its_list_are_one(page, bot):
    exchange(page, "spread")
    expect(page.locator("figure")).to_have_count(2)
    part(page, "thigh").click()
    expect(tick(page, "To the thigh")).to_be_checked()
    tick(page, "Into the foot").check()
    expect(page.locator("[data-part=foot]").first).to_have_class("part ticked")
    check_accessibility(page)
    page.locator("#question").get_by_role("button", name="Send").click()
    expect(page.locator(".person").last).to_contain_text("foot")
    wait_for_answer(page)
    assert bot.heard[-1] == "To the thigh; Into the foot"


def test_on_the_body_map_what_contradicts_is_taken_back(page):
    exchange(page, "spread")
    tick(page, "No, it stays in my back").check()
    part(page, "groin").click()
    expect(tick(page, "No, it stays in my back")).not_to_be_checked()
    part(page, "groin").click()
    expect(tick(page, "To the groin")).not_to_be_checked()


def test_the_body_map_by_keyboard(open_page, bot):
    page = open_page()
    exchange(page, "map")
    expect(page.locator("figure")).to_have_count(1)
    tick(page, "Lower back").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator(".person")).to_have_count(2)
    wait_for_answer(page)
    assert bot.heard[-1] == "Lower back; Neck"


# --- what is understood ------------------------------------------------------------------------------------


@pytest.fixture
def understanding(page):
    answer = json.dumps({"understood": UNDERSTOOD})
    page.route("**/chat/understood", lambda route: route.fulfill(body=answer))
    exchange(page, COMPLAINT)
    button(page, "Understood (2)").click()
    return page


def test_all_that_is_understood_can_be_seen(understanding):
    panel = understanding.get_by_role("region", name="What I have understood")
    expect(panel).to_contain_text("a strength of 4 out of 10")
    expect(panel).to_contain_text(f"You said: “a four {MARKUP}”")
    expect(panel.get_by_role("heading", name="This is not so")).to_be_visible()
    check_accessibility(understanding)
    button(understanding, "Change: fever").click()
    understanding.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(button(understanding, "Understood (2)")).to_be_focused()


def test_each_thing_understood_can_be_changed(understanding, bot):
    button(understanding, "Change: fever").click()
    expect(button(understanding, "Yes")).to_be_focused()
    check_accessibility(understanding)
    button(understanding, "Cancel").click()
    expect(button(understanding, "Change: fever")).to_be_focused()
    button(understanding, "Change: fever").click()
    button(understanding, "Yes").click()
    expect(understanding.locator(".person").last).to_have_text("You: fever: yes")
    button(understanding, "Understood (2)").click()
    button(understanding, "Change: a strength of 4 out of 10").click()
    understanding.get_by_label("What is right instead? (how bad it is)").fill("7")
    understanding.keyboard.press("Enter")
    expect(understanding.locator(".person").last).to_have_text("You: how bad it is: 7 out of 10")


def test_a_panel_that_cannot_be_had_does_not_disturb(page):
    page.route("**/chat/understood", lambda route: route.fulfill(status=500, body="oops"))
    exchange(page, COMPLAINT)
    button(page, "Understood (0)").click()
    expect(page.get_by_text("Nothing yet.")).to_be_visible()


def test_stop_says_so(page, bot):
    exchange(page, COMPLAINT)
    choose(page, "Stop")
    expect(page.locator(".person").last).to_have_text("You: Stop")


# --- the result --------------------------------------------------------------------------------------------


def test_a_whole_result_shows_reasons_evidence_care_and_sources(page):
    exchange(page, "full result")
    result = page.locator(".result")
    expect(result).to_contain_text(f"You said: “shivery {MARKUP}”")
    expect(result.get_by_role("heading", name="Why it fits")).to_be_visible()
    expect(result).to_contain_text("Speaks for it: after lifting")
    expect(result.locator(".cards > li")).to_have_count(2)
    expect(page.get_by_text(CARE[0]["text"], exact=True)).to_have_count(1)  # not said twice
    expect(page.locator("#log")).to_contain_text("How long it usually takes: some weeks.")
    expect(page.locator(".report > :last-child")).to_contain_text("Get help at once, day or night, if")
    expect(page.get_by_text(re.compile("a leg gets weak"))).to_have_count(1)  # nor this
    page.get_by_text("Sources", exact=True).click()
    expect(result.get_by_text("Low back pain. NICE, 2020").last).to_be_visible()
    check_accessibility(page)
    page.reload()
    expect(result).to_contain_text("Speaks for it: after lifting")


def test_a_result_is_copied_as_text(open_page, server):
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    exchange(page, "full result")
    button(page, "Copy as text").click()
    expect(page.locator("#status")).to_have_text("Copied.")
    text = page.evaluate("navigator.clipboard.readText()")
    assert "See a clinician within 24 hours" in text
    assert f"- after lifting (“lifted a box”)\n- fever, chills or night sweats (“shivery {MARKUP}”)" in text
    assert re.search(r"Asked and not there\n- .*numb", text)


def test_a_result_is_printed_on_one_page_of_its_own(open_page, server):
    page = open_page()
    page.add_init_script("window.print = () => {}")
    page.reload()
    exchange(page, "full result")
    button(page, "Print or save").click()
    expect(page.locator("iframe")).to_have_count(1)
    summary = page.frames[-1]
    expect(summary.locator("h1")).to_have_text("Back pain screening: summary")
    expect(summary.locator("body")).to_contain_text(f"shivery {MARKUP}")
    expect(summary.locator("img, b")).to_have_count(0)
    assert summary.evaluate("document.adoptedStyleSheets.length") == 1
    assert summary.evaluate("document.documentElement.scrollHeight") <= A4_PIXELS


def test_a_page_around_that_is_printed_shows_all_that_was_said_dark_on_light(open_page, server):
    page = open_page()
    host(page, server, '<backchat-widget theme="dark"></backchat-widget>')
    exchange(page, "full result")
    page.emulate_media(media="print")
    frame = page.locator(".frame")
    assert frame.evaluate("e => e.scrollHeight <= e.clientHeight")
    expect(frame).to_have_css("color", "rgb(22, 33, 43)")


def test_an_emergency_has_buttons_to_call(page):
    exchange(page, "in New Zealand")
    call = page.get_by_role("link", name="Call 111 (New Zealand)")
    expect(call).to_have_attribute("href", "tel:111")
    assert call.bounding_box()["height"] >= 44
    check_accessibility(page)


def test_the_log_announces_each_message_once(open_page):
    page = open_page()
    page.wait_for_selector(".bot")
    page.locator("#log").evaluate(
        """log => {
            window.announced = [];
            new MutationObserver((changes) => changes.forEach(({ type, addedNodes }) => {
                if (type !== "childList") announced.push(type);
                const elements = [...addedNodes].filter((node) => node instanceof Element);
                announced.push(...elements.map((element) => element.textContent.trim()));
            })).observe(log, { childList: true, subtree: true, characterData: true });
        }"""
    )
    for words in ("first", "second"):
        exchange(page, words)
    page.wait_for_timeout(300)
    announced = [words[:11] for words in page.evaluate("announced")]
    assert announced == ["You: first", "Backchat: H", "You: second", "Backchat: H"]
