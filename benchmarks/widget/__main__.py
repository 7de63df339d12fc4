"""The chat widget in Chromium: its size and how long a person waits, or pictures of it.

    python -m benchmarks.widget [--screenings N]
    python -m benchmarks.widget --pictures [FOLDER]

The product is served by `backchat run` on this machine, and whole screenings are played in the page by
pointer, each in a browser that knows nothing yet. What the rows mean:

* bundle: all that is sent for the widget, compressed as it is served.
* first render: from asking for the page to the first thing shown.
* greeting: from asking for the page to the greeting painted. It waits for a new session, and for the model.
* reply: from Enter or a click to the answer painted, over all messages; "server" is the part of it until the
  answer has come from the server, "page" all the rest.

"phone" is a phone's window with the browser's part of the processor slowed down to a quarter; the server
is as fast as before.

With `--pictures` it measures nothing and takes pictures of the main states, for the README, into
`docs/pictures` or another folder.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.widget.browser import NO_BROWSER, find_chromium, open_browser
from benchmarks.widget.pictures import take_pictures
from benchmarks.widget.product import ProductError, serve_product
from benchmarks.widget.timings import DEVICES, KIBIBYTE, Timings, bundle_size, measure, percentile

PICTURES = Path("docs/pictures")
MOST_KIBIBYTES = 60
INTERRUPTED, TERMINATED = 130, 143


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints, or takes pictures.

    Returns:
        The exit code: 0, or 1 where the product or the browser can't be had.
    """
    parser = argparse.ArgumentParser("python -m benchmarks.widget", description=__doc__.splitlines()[0])
    parser.add_argument("--screenings", type=int, default=5, metavar="N", help="how many per device")
    parser.add_argument(
        "--pictures",
        type=Path,
        nargs="?",
        const=PICTURES,
        metavar="FOLDER",
        help=f"take pictures instead, into {PICTURES}",
    )
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))  # so that what was started is stopped
    chromium = find_chromium()
    if chromium is None:
        print(f"benchmarks.widget: {NO_BROWSER}", file=sys.stderr)
        return 1
    try:
        with (
            tempfile.TemporaryDirectory(prefix="backchat-widget-") as folder,
            serve_product(Path(folder)) as address,
            open_browser(chromium) as browser,
        ):
            if options.pictures:
                print_pictures(take_pictures(browser, address, options.pictures))
            else:
                print_figures(browser, address, options.screenings)
    except ProductError as error:
        print(f"benchmarks.widget: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def print_pictures(pictures: Sequence[Path]) -> None:
    for picture in pictures:
        print(f"{picture}  {picture.stat().st_size / KIBIBYTE:.0f} KiB")


def print_figures(browser: Browser, address: str, screenings: int) -> None:
    timings = {device: measure(browser, address, device, screenings) for device in DEVICES}
    print(f"Chromium {browser.version}, {platform.machine()}, {os.cpu_count()} processors\n")
    print(f"bundle, gzipped: {bundle_size(address):.1f} KiB (at most {MOST_KIBIBYTES})\n")
    print(f"{'milliseconds':24}" + "".join(f"{device:>12}" for device in timings))
    columns = [rows(measured) for measured in timings.values()]
    for name in columns[0]:
        print(f"{name:24}" + "".join(f"{column[name]:12,.0f}" for column in columns))


def rows(timings: Timings) -> dict[str, float]:
    page = [reply - server for reply, server in zip(timings.replies, timings.server, strict=True)]
    return {
        "first render, median": statistics.median(timings.first_render),
        "greeting, median": statistics.median(timings.greeting),
        "reply, p50": percentile(timings.replies, 0.5),
        "reply, p95": percentile(timings.replies, 0.95),
        "of it server, p50": percentile(timings.server, 0.5),
        "of it page, p50": percentile(page, 0.5),
        "of it page, p95": percentile(page, 0.95),
        "messages": len(timings.replies),
    }


if __name__ == "__main__":
    sys.exit(main())
