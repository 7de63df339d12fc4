"""What is counted while people are served, as Prometheus reads it: how many and how long, and not whom."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.process_collector import ProcessCollector

ANSWERED: Final = "answered"
FAILED: Final = "failed"
REFUSED: Final = "refused"

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

TURNS = Counter(
    "backchat_turns",
    "Messages of people. The failed were answered with the safety net; the refused were empty or too long.",
    ["channel", "outcome"],
    registry=REGISTRY,
)
SECONDS_TO_ANSWER = Histogram(
    "backchat_turn_seconds",
    "How long a message took until its answer was known, the wait for earlier ones included.",
    ["channel"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
TURNS_UNDER_WAY = Gauge("backchat_turns_under_way", "Messages that are being answered.", registry=REGISTRY)
RESULTS = Counter("backchat_results", "Results that were told.", ["urgency"], registry=REGISTRY)
NOT_UNDERSTOOD = Counter(
    "backchat_not_understood",
    "Replies from which nothing could be taken, so that it was asked again.",
    registry=REGISTRY,
)
REQUESTS_FAILED = Counter(
    "backchat_requests_failed", "Requests that an error of the server ended.", registry=REGISTRY
)
LETTERS_WAITING = Gauge(
    "backchat_letters_waiting",
    "Messages from messengers that are stored and not answered yet.",
    registry=REGISTRY,
)
