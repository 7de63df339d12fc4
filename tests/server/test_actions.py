"""Actions in the process behave to Rasa as those of an action server."""

from __future__ import annotations

import inspect
import logging
import sys
from pathlib import Path
from typing import Any

import pytest
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import ClientResponseError
from rasa_sdk import Tracker
from rasa_sdk.executor import ActionExecutor

from backchat.server.actions import InProcessActions, call_own_actions

WORDS = "my legs went numb last night"

PACKAGE = """
from rasa_sdk import Action
from rasa_sdk.events import SlotSet
from rasa_sdk.interfaces import ActionExecutionRejection


class Tell(Action):
    def name(self):
        return "try_tell"

    def run(self, dispatcher, tracker, domain):
        tracker.slots["findings"]["fever"] = "changed in place"
        dispatcher.utter_message(text="told")
        return [SlotSet("pair", (1, 2))]


class Refuse(Action):
    def name(self):
        return "try_refuse"

    async def run(self, dispatcher, tracker, domain):
        raise ActionExecutionRejection(self.name())


class Fail(Action):
    def name(self):
        return "try_fail"

    async def run(self, dispatcher, tracker, domain):
        raise ValueError("can't use: " + tracker.latest_message["text"])
"""


@pytest.fixture(scope="module")
def actions(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("package")
    (folder / "tried_actions.py").write_text(PACKAGE)
    sys.path.insert(0, str(folder))
    yield InProcessActions("tried_actions")
    sys.path.remove(str(folder))


def call(name: str) -> dict[str, Any]:
    tracker = {
        "sender_id": "a",
        "slots": {"findings": {"fever": "absent"}},
        "latest_message": {"text": WORDS},
        "events": [],
        "paused": False,
        "followup_action": None,
        "active_loop": {},
        "latest_action_name": "action_listen",
    }
    return {"next_action": name, "sender_id": "a", "tracker": tracker}


async def test_gives_events_and_responses_as_json(actions: InProcessActions) -> None:
    answer = await actions.request(method="post", json=call("try_tell"), timeout=1, compress=False)
    assert answer["events"][0]["value"] == [1, 2]
    assert answer["responses"][0]["text"] == "told"


async def test_an_action_changes_nothing_but_by_its_events(actions: InProcessActions) -> None:
    sent = call("try_tell")
    await actions.request(json=sent)
    assert sent["tracker"]["slots"] == {"findings": {"fever": "absent"}}


@pytest.mark.parametrize(("name", "status"), [("try_refuse", 400), ("try_unknown", 404), ("try_fail", 500)])
async def test_errors_have_the_status_of_an_action_server(
    actions: InProcessActions, name: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(ClientResponseError) as failure:
        await actions.request(json=call(name))
    assert failure.value.status == status
    assert WORDS not in str(failure.value) + caplog.text
    assert failure.value.__suppress_context__


def test_a_missing_package_does_not_end_the_process() -> None:
    with pytest.raises(ImportError):
        InProcessActions("no_such_actions")


async def test_a_failing_action_is_an_error_to_rasa_and_its_words_reach_no_log(
    actions: InProcessActions, caplog: pytest.LogCaptureFixture
) -> None:
    tracker = DialogueStateTracker.from_events("a", [UserUttered(WORDS)])
    with caplog.at_level(logging.DEBUG), pytest.raises(RasaException):
        await RemoteAction("try_fail", actions).run(CollectingOutputChannel(), None, tracker, Domain.empty())
    assert "ValueError in run" in caplog.text
    assert WORDS not in caplog.text


def test_rasa_still_calls_what_is_replaced() -> None:
    running = inspect.getsource(RemoteAction.run)
    assert "self._action_call_format(tracker, domain)" in running
    assert "self._validate_action_result(response)" in running


def test_actions_see_of_a_conversation_what_rasa_would_send(actions: InProcessActions) -> None:
    events = [
        UserUttered("it hurts", {"name": "describe_pain"}),
        ActionExecuted("screening_form"),
        ActiveLoop("screening_form"),
        SlotSet("findings", {"fever": {"value": "absent"}}),
        UserUttered(WORDS, {"name": "describe_pain"}, [{"entity": "leg_numbness"}]),
    ]
    tracker = DialogueStateTracker.from_events("a", events, slots=[AnySlot("findings", mappings=[])])
    call_own_actions()
    sent = RemoteAction("try_tell", actions)._action_call_format(tracker, Domain.empty())
    seen, whole = Tracker.from_dict(sent["tracker"]), tracker.current_state(EventVerbosity.ALL)
    assert seen.active_loop_name == "screening_form"
    assert {**vars(seen), "active_loop": None} == {**vars(Tracker.from_dict(whole)), "active_loop": None}


@pytest.mark.parametrize("event", [{"name": "no event"}, {"event": None}, "text"])
def test_rasa_sdk_still_leaves_out_what_is_no_event(event: object) -> None:
    assert ActionExecutor.validate_events([event], "action") == []
