"""Checks the blocks of a Slack message as Slack does: their kinds, what is in them, how long it may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MOST_BLOCKS = 50
Check = Callable[[Any], None]


class InvalidBlocksError(Exception):
    """What Slack would refuse with `invalid_blocks`."""


def check_blocks(blocks: Any) -> None:
    """Refuses blocks that Slack refuses."""
    need(isinstance(blocks, list), "blocks must be a list")
    need(len(blocks) <= MOST_BLOCKS, "no more than 50 items allowed")
    for block in blocks:
        kind = block.get("type") if isinstance(block, dict) else None
        need(kind in BLOCKS, f"unsupported type: {kind}")
        check_fields(block, BLOCKS[kind])
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    need(len(ids) == len(set(ids)), "block_id already exists")


def need(condition: bool, reason: str) -> None:
    if not condition:
        raise InvalidBlocksError(reason)


def check_fields(thing: dict[str, Any], fields: dict[str, tuple[bool, Check]]) -> None:
    for name, value in thing.items():
        if name != "type":
            need(name in fields, f"no more than the known fields allowed: {name}")
            fields[name][1](value)
    for name, (required, _) in fields.items():
        need(not required or name in thing, f"missing required field: {name}")


def string(most: int, least: int = 1) -> Check:
    def check(value: Any) -> None:
        need(isinstance(value, str), "must be a string")
        need(least <= len(value) <= most, f"must be {least} to {most} characters")

    return check


def one_of(*values: str) -> Check:
    return lambda value: need(value in values, f"must be one of {values}")


def boolean(value: Any) -> None:
    need(isinstance(value, bool), "must be true or false")


def text(most: int, *kinds: str) -> Check:
    def check(value: Any) -> None:
        need(isinstance(value, dict), "must be a text object")
        need(value.get("type") in kinds, f"must be {' or '.join(kinds)}")
        only = {"verbatim": (False, boolean)} if value["type"] == "mrkdwn" else {"emoji": (False, boolean)}
        check_fields(value, {"text": (True, string(most)), **only})

    return check


def listed(most: int, check: Check) -> Check:
    def check_all(value: Any) -> None:
        need(isinstance(value, list), "must be a list")
        need(1 <= len(value) <= most, f"must have 1 to {most} items")
        for item in value:
            check(item)

    return check_all


def option(*kinds: str) -> Check:
    fields = {
        "text": (True, text(75, *kinds)),
        "value": (True, string(75)),
        "description": (False, text(75, *kinds)),
    }

    def check(value: Any) -> None:
        need(isinstance(value, dict), "must be an option")
        check_fields(value, fields)

    return check


def element(kinds: dict[str, dict[str, tuple[bool, Check]]]) -> Check:
    def check(value: Any) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        need(kind in kinds, f"unsupported element: {kind}")
        check_fields(value, kinds[kind])

    return check


def elements(value: Any) -> None:
    listed(25, element(ELEMENTS))(value)
    ids = [item["action_id"] for item in value if "action_id" in item]
    need(len(ids) == len(set(ids)), "action_id already exists")


ELEMENTS: dict[str, dict[str, tuple[bool, Check]]] = {
    "button": {
        "text": (True, text(75, "plain_text")),
        "action_id": (False, string(255)),
        "value": (False, string(2000)),
        "style": (False, one_of("primary", "danger")),
    },
    "checkboxes": {
        "action_id": (False, string(255)),
        "options": (True, listed(10, option("plain_text", "mrkdwn"))),
    },
    "static_select": {
        "action_id": (False, string(255)),
        "placeholder": (False, text(150, "plain_text")),
        "options": (True, listed(100, option("plain_text"))),
    },
}

BLOCKS: dict[str, dict[str, tuple[bool, Check]]] = {
    "section": {"block_id": (False, string(255)), "text": (True, text(3000, "plain_text", "mrkdwn"))},
    "header": {"block_id": (False, string(255)), "text": (True, text(150, "plain_text"))},
    "divider": {"block_id": (False, string(255))},
    "context": {
        "block_id": (False, string(255)),
        "elements": (True, listed(10, text(3000, "plain_text", "mrkdwn"))),
    },
    "actions": {"block_id": (False, string(255)), "elements": (True, elements)},
}
