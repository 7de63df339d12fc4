"""How large the widget is, and how long a person waits for it."""

from __future__ import annotations

import statistics
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks.widget.playing import COMPLAINT, answer_by_pointer, is_over, wait_for_answer, write

KIBIBYTE = 1024
MOST_TURNS = 40
SLOWER = 4
"""How many times slower than this machine's the processor of the phone is that is played."""

DEVICES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1100, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True},
}

# In the page, so that the way to this process does not count: when a message is sent, and when the next frame
# has shown its answer. `performance.now()` counts from when the page was asked for.
_WATCH = """
(() => {
    window.painted = [];
    window.requestFrames = (done) => requestAnimationFrame(() => requestAnimationFrame(done));
    const watch = (log) => new MutationObserver((changes) => {
        const isAnswer = (node) => node instanceof Element && node.matches(".bot, .report");
        if (!changes.some(({ addedNodes }) => [...addedNodes].some(isAnswer))) return;
        requestFrames(() => painted.push(performance.now()));
    }).observe(log, { childList: true });
    const find = () => {
        const log = document.querySelector("backchat-widget")?.shadowRoot?.querySelector("#log");
        if (log) watch(log);
        else requestAnimationFrame(find);
    };
    addEventListener("DOMContentLoaded", find);
    for (const kind of ["click", "keydown"]) {
        addEventListener(kind, (event) => {
            if (kind === "click" || event.key === "Enter") window.sent = performance.now();
        }, true);
    }
})();
"""

_LAST_MESSAGE = """
performance.getEntriesByType("resource").filter(({ name }) => name.endsWith("/messages")).at(-1).duration
"""


@dataclass(frozen=True)
class Timings:
    """Milliseconds that a person waits, on one device.

    Attributes:
        first_render: From asking for the page to the first thing shown.
        greeting: From asking for the page to the greeting.
        replies: From sending to the answer shown, for each message of the screenings.
        server: What the server took of these.
    """

    first_render: list[float]
    greeting: list[float]
    replies: list[float]
    server: list[float]


def bundle_size(address: str) -> float:
    """Tells how much is sent for the widget, in KiB."""
    request = urllib.request.Request(f"{address}/chat/backchat.js", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        return len(answer.read()) / KIBIBYTE


def measure(browser: Browser, address: str, device: str, screenings: int) -> Timings:
    """Plays screenings, each in a browser that knows nothing yet.

    Args:
        browser: The browser.
        address: Where Backchat is served.
        device: One of `DEVICES`.
        screenings: How many.

    Returns:
        What was measured.
    """
    timings = Timings([], [], [], [])
    for _ in range(screenings):
        context = browser.new_context(**DEVICES[device])
        page = context.new_page()
        if device == "phone":
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.add_init_script(_WATCH)
        page.goto(f"{address}/chat/")
        wait_for_answer(page)
        page.wait_for_function("painted.length")
        timings.greeting.append(page.evaluate("painted[0]"))
        timings.first_render.append(
            page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        )
        _play(page, timings)
        context.close()
    return timings


def _play(page: Page, timings: Timings) -> None:
    write(page, COMPLAINT)
    for _ in range(MOST_TURNS):
        wait_for_answer(page)
        page.wait_for_function("painted.at(-1) > sent")
        timings.replies.append(page.evaluate("painted.at(-1) - sent"))
        timings.server.append(page.evaluate(_LAST_MESSAGE))
        if is_over(page):
            return
        answer_by_pointer(page)


def percentile(values: Sequence[float], share: float) -> float:
    """Takes the value below which a share of all lies."""
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]
