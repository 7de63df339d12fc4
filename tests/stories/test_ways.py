"""What the story tests, which `rasa test` plays, reach of the rules and stories."""

from __future__ import annotations

import pytest
from rasa.shared.core.events import ActionExecuted, ActiveLoop, UserUttered

from tests.stories.ways import LOOP, Moment, load_ways, ways_of, went

FORM = "a_form"


def says(intent: str, **changes: object) -> Moment:
    return Moment("says", intent, changes)


def does(action: str, **changes: object) -> Moment:
    return Moment("does", action, changes)


def begins(**changes: object) -> Moment:
    return Moment("begins", "", changes)


ENTERS: dict[str, object] = {LOOP: FORM}
LEAVES: dict[str, object] = {LOOP: None}
WAY = [begins(**LEAVES), says("greet"), does(FORM, **ENTERS)]


@pytest.mark.parametrize(
    ("conversation", "went_it"),
    [
        ([begins(), says("greet"), does(FORM, **ENTERS)], True),
        ([begins(), says("greet"), does("answers"), does(FORM, **ENTERS)], False),
        ([begins(), says("deny"), does(FORM, **ENTERS)], False),
        ([begins(), says("greet"), does(FORM)], False),
        ([begins(**ENTERS), says("greet"), does(FORM, **ENTERS)], False),
        ([begins(), says("deny"), does("answers"), says("greet"), does(FORM, **ENTERS), says("deny")], True),
        ([begins(), says("greet")], False),
    ],
)
def test_a_way_is_gone_when_it_begins_and_goes_on_as_it_says(
    conversation: list[Moment], went_it: bool
) -> None:
    assert went(conversation, WAY) is went_it


def test_a_way_leaves_out_the_turns_that_a_loop_takes_by_itself() -> None:
    way = [begins(), says("greet"), does(FORM, **LEAVES), does("tells")]
    enters, hears = does(FORM, **ENTERS), [says("deny"), Moment("hears", FORM, LEAVES)]
    assert went([begins(), says("greet"), enters, *hears, does("tells")], way)
    assert not went([begins(), says("greet"), enters, does("answers"), *hears, does("tells")], way)
    assert not went([begins(), enters, *hears], [begins(), says("deny"), does(FORM, **LEAVES)])


def test_a_loop_takes_a_message_by_itself_unless_something_came_between() -> None:
    events = [
        *(UserUttered(intent={"name": "greet"}), ActionExecuted(FORM), ActiveLoop(FORM)),
        *(UserUttered(intent={"name": "deny"}), ActionExecuted(FORM)),
        *(UserUttered(intent={"name": "pause"}), ActionExecuted("waits")),
        *(UserUttered(intent={"name": "deny"}), ActionExecuted(FORM), ActiveLoop(None)),
    ]
    (way,) = ways_of(events)
    assert [moment.kind for moment in way if moment.name == FORM] == ["does", "hears", "does"]


def test_the_story_tests_go_every_way_of_the_rules_and_stories() -> None:
    tested = load_ways("tests/stories").values()
    assert not [name for name, way in load_ways("data").items() if not any(went(t, way) for t in tested)]
