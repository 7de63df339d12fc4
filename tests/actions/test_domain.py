"""Holds the domain against the knowledge: Rasa stays silent about a question that it finds no action for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from backchat.knowledge import Knowledge
from backchat.server.actions import InProcessActions


@pytest.fixture(scope="module")
def domain() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(Path("domain.yml").read_text(encoding="utf-8"))
    return loaded


def test_each_question_has_its_slot_its_place_in_the_form_and_its_action(
    domain: dict[str, Any], knowledge: Knowledge
) -> None:
    ids = [question.id for question in knowledge.questions]
    assert domain["forms"]["screening_form"]["required_slots"] == ids
    assert set(ids) <= set(domain["slots"])
    assert {f"action_ask_{question}" for question in ids} <= set(domain["actions"])


def test_each_action_of_the_domain_exists(domain: dict[str, Any]) -> None:
    # The executor finds whatever subclasses there are: those of other tests as well, where they ran before.
    found = InProcessActions()._executor.actions.items()
    own = {name for name, run in found if run.__self__.__class__.__module__.startswith("actions.")}
    assert set(domain["actions"]) == own


def test_each_finding_is_an_entity(domain: dict[str, Any], knowledge: Knowledge) -> None:
    assert domain["entities"] == list(knowledge.findings)


def test_no_slot_is_filled_from_what_a_person_sends(domain: dict[str, Any]) -> None:
    for name, slot in domain["slots"].items():
        assert slot["mappings"] == [{"type": "custom"}], name


def test_the_safety_net_is_the_same_wherever_it_is_spoken(
    domain: dict[str, Any], knowledge: Knowledge
) -> None:
    spoken = domain["responses"]["utter_default"][0]["text"]
    assert spoken.strip() == knowledge.wording["safety_net_message"].strip()
