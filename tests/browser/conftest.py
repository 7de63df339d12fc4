"""Chromium, and the page in it, served by the real web channel with a bot that a test controls."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from backchat.channels.web import WebChannel
from benchmarks.widget.browser import NO_BROWSER, find_chromium, open_browser
from tests.browser.scripted_bot import ScriptedBot
from tests.channels.serving import SPEAKER, WORDING, ScriptedAgent, serve

PAGE = Path(__file__).parents[2] / "web" / "dist"
SECRET = b"a secret for tests, 32 bytes long"

WINDOWS = {
    "desktop": {"viewport": {"width": 1100, "height": 800}},
    "phone": {
        "viewport": {"width": 360, "height": 740},
        "has_touch": True,
        "is_mobile": True,
        "color_scheme": "dark",
    },
}


expect.set_options(timeout=20_000)  # a busy machine is no fault of the page


@pytest.fixture(scope="package")
def browser():
    path = find_chromium()
    if path is None:
        reason = f"NO BROWSER TEST RUNS: {NO_BROWSER}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with open_browser(path) as browser:
        yield browser


@pytest.fixture
def bot():
    return ScriptedBot()


@pytest.fixture
def server(bot):
    with serve(ScriptedAgent(bot), WebChannel(WORDING, SECRET, PAGE, SPEAKER)) as address:
        yield address


@pytest.fixture
def open_page(browser, server):
    """Opens the page in a window of its own; in the end no script failed and nobody else was asked."""
    contexts, problems, hosts = [], [], set()

    def open_in(window="desktop", **settings):
        context = browser.new_context(**{**WINDOWS[window], **settings})
        contexts.append(context)
        context.on("weberror", lambda error: problems.append(str(error.error)))
        context.on("console", lambda message: problems.append(message.text) if is_problem(message) else None)
        context.on("request", lambda request: hosts.add("/".join(request.url.split("/")[:3])))
        page = context.new_page()
        page.goto(f"{server}/chat/")
        return page

    yield open_in
    for context in contexts:
        context.close()
    assert problems == []
    assert {host for host in hosts if not host.startswith("data:")} <= {server}


def is_problem(message) -> bool:
    """A request that fails, as some tests let it, is no fault of the page."""
    return message.type in ("error", "warning") and not message.text.startswith("Failed to load resource")


@pytest.fixture(params=list(WINDOWS))
def page(request, open_page):
    """The page after the greeting, on a desktop and on a phone."""
    page = open_page(request.param)
    page.wait_for_selector(".bot")
    return page
