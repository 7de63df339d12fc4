"""What holds on Slack and on Telegram alike: each message counts once, in order, and its answer arrives."""

from __future__ import annotations

import logging
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
import requests
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from sqlalchemy.exc import OperationalError

from backchat.channels import mailbox as mailbox_module
from backchat.channels import messenger as messenger_module
from backchat.channels.guard import pseudonym
from backchat.channels.mailbox import Mailbox
from backchat.channels.settings import GUESSES_VARIABLE, SESSION_VARIABLE
from backchat.retention import DELETED
from backchat.server.messengers import Messengers
from tests.channels.conftest import PRIVATE
from tests.channels.serving import serve
from tests.channels.standins.http_api import until


def heard(agent):
    return [message.text for message in agent.received]


def update_of(person, text):
    """What the messenger sends for a message, with a function that sends it (again)."""
    message = person.message(text=text)
    if hasattr(person, "slack"):
        envelope_id = f"Ev{message['ts']}"
        return lambda **how: person.slack.send_event(message, envelope_id, **how)
    update = person.telegram.update(message=message)
    return lambda **_: person.telegram.send(update)


def quiet(person, seconds=0.8):
    """Gives what is on the screen when nothing more comes."""
    time.sleep(seconds)
    return person.screen


@pytest.fixture
def short_lease(monkeypatch):
    monkeypatch.setattr(mailbox_module, "LEASE_SECONDS", 1.0)


@pytest.fixture
def no_waiting(monkeypatch):
    """Failures are tried again at once, and what was left behind is looked for all the time."""
    monkeypatch.setattr(messenger_module, "FIRST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(messenger_module, "SWEEP_SECONDS", 0.1)


def test_a_message_is_answered_where_it_was_written(start, backed, agent_with_script):
    with start() as messenger:
        ann, bob = backed.person(messenger), backed.person(messenger, 1)
        assert backed.standin.shown(ann.says("It <hurts> & aches > 3 weeks")) == (
            "You said It <hurts> & aches > 3 weeks"
        )
        assert backed.standin.shown(bob.says("So do I")) == "You said So do I"
        assert len(ann.screen) == 1
    assert {message.input_channel for message in agent_with_script.received} == {backed.name}
    senders = [message.sender_id for message in agent_with_script.received]
    assert len(set(senders)) == 2
    assert all(sender.startswith(f"{backed.name}:") for sender in senders)


def test_it_is_confirmed_at_once_and_answered_when_the_answer_is_there(start, backed):
    with start() as messenger:
        ann = backed.person(messenger)
        send = update_of(ann, "SLOWLY please")
        started = time.monotonic()
        assert send().status_code == 200
        assert time.monotonic() - started < 1.5
        assert not ann.screen
        until(lambda: backed.standin.shown(ann.screen) == "You said SLOWLY please")


def test_the_same_message_again_is_confirmed_and_counts_once(start, backed, agent_with_script):
    with start() as messenger:
        ann = backed.person(messenger)
        send = update_of(ann, "once")
        assert [send().status_code for _ in range(3)] == [200] * 3
        until(lambda: ann.screen)
        assert send().status_code == 200
        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(quiet(ann)) == 1
    assert heard(agent_with_script) == ["once"]


def test_a_message_that_came_before_a_restart_does_not_count_again(start, backed, agent_with_script):
    with start() as messenger:
        ann = backed.person(messenger)
        send = update_of(ann, "once")
        send()
        until(lambda: ann.screen)
    with start(messenger):
        assert send().status_code == 200
        assert len(quiet(ann)) == 1
    assert heard(agent_with_script) == ["once"]


def test_messages_of_one_person_are_answered_in_the_order_they_were_written(start, backed, agent_with_script):
    texts = [f"message {number}" for number in range(6)]
    with start() as messenger:
        ann = backed.person(messenger)
        sends = [update_of(ann, text) for text in texts]
        threads = [threading.Thread(target=send) for send in reversed(sends)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        until(lambda: len(ann.screen) == len(texts))
        assert [message["text"] for message in ann.screen] == [f"You said {text}" for text in texts]
    assert heard(agent_with_script) == texts


def test_one_slow_person_keeps_nobody_waiting(start, backed):
    with start() as messenger:
        ann, bob = backed.person(messenger), backed.person(messenger, 1)
        update_of(ann, "SLOWLY")()
        started = time.monotonic()
        bob.says("quick")
        assert time.monotonic() - started < 3
        assert not ann.screen


def test_a_message_that_arrives_too_late_is_no_answer_to_the_question_asked_since(
    start, backed, agent_with_script
):
    with start() as messenger:
        ann = backed.person(messenger)
        late = update_of(ann, "yes")
        ann.says("YES_NO fever")
        assert late().status_code == 200
        until(lambda: len(ann.screen) == 2)
        assert "reached me only after I had gone on: “yes”" in ann.screen[-1]["text"]
        ann.picks("No")
    assert heard(agent_with_script) == ["YES_NO fever", "No"]


@pytest.mark.parametrize("failure", ["RATE_LIMITED", "DOWN"])
def test_a_messenger_that_fails_is_asked_again_until_it_takes_the_answer(
    start, backed, agent_with_script, failure, monkeypatch
):
    monkeypatch.setattr(messenger_module, "FIRST_PAUSE_SECONDS", 0.1)
    with start() as messenger:
        messenger.fail(backed.post, *[getattr(backed.standin, failure)] * 2)
        ann = backed.person(messenger)
        assert backed.standin.shown(ann.says("once")) == "You said once"
        assert backed.standin.shown(ann.says("twice")) == "You said twice"
        calls = messenger.called(backed.post)
        assert len(calls) == 4
        pauses = [later.at - earlier.at for earlier, later in pairwise(calls[:3])]
        assert all(pause >= (1.0 if failure == "RATE_LIMITED" else 0.1) for pause in pauses)
    assert heard(agent_with_script) == ["once", "twice"]


def test_what_was_written_while_the_messenger_failed_is_answered_in_order_afterwards(
    start, backed, agent_with_script, no_waiting
):
    with start() as messenger:
        messenger.fail(backed.post, *[backed.standin.DOWN] * 4)
        ann = backed.person(messenger)
        for text in ("one", "two", "three"):
            update_of(ann, text)()
        until(lambda: len(ann.screen) == 3)
        assert [message["text"] for message in ann.screen] == [
            "You said one",
            "You said two",
            "You said three",
        ]
    assert heard(agent_with_script) == ["one", "two", "three"]


def test_an_answer_that_could_not_be_delivered_is_delivered_after_a_restart(
    start, backed, agent_with_script, no_waiting
):
    with start() as messenger:
        messenger.fail(backed.post, *[backed.standin.DOWN] * 1_000)
        ann = backed.person(messenger)
        update_of(ann, "once")()
        until(lambda: messenger.called(backed.post))
    assert not ann.screen
    messenger.failures.clear()
    with start(messenger):
        until(lambda: ann.screen)
        assert [message["text"] for message in quiet(ann)] == ["You said once"]
    assert heard(agent_with_script) == ["once"]


def left_behind(agent, backed, messenger, text, begun):
    """Puts the server in the place of one that was killed in the middle of a turn."""
    ann = backed.person(messenger)
    content = {"notice": None, "text": text, "click": None, "key": "k1", "position": 1}
    if backed.name == "slack":
        content |= {"sender_id": f"slack:{ann.user}", "place": {"channel": ann.channel, "user": ann.user}}
    else:
        content |= {"sender_id": f"telegram:{ann.id}", "place": {"chat": ann.id}}
    mailbox = agent.tracker_store.mailbox
    mailbox.put(content["sender_id"], "k1", 1, content)
    letter = mailbox.claim(content["sender_id"])
    if begun:
        mailbox.begin(letter)
    return ann, content["sender_id"]


@pytest.mark.usefixtures("no_waiting", "short_lease")
@pytest.mark.parametrize("begun", [False, True])
def test_a_turn_that_a_killed_process_left_behind_is_taken(start, backed, agent_with_script, begun):
    messenger = backed.make()
    ann, _ = left_behind(agent_with_script, backed, messenger, "once", begun)
    with start(messenger):
        until(lambda: ann.screen)
        assert [message["text"] for message in quiet(ann)] == ["You said once"]
    assert heard(agent_with_script) == ["once"]


@pytest.mark.usefixtures("no_waiting", "short_lease")
async def test_a_turn_that_was_taken_before_the_process_was_killed_is_only_told(
    start, backed, agent_with_script
):
    messenger = backed.make()
    ann, sender = left_behind(agent_with_script, backed, messenger, "YES_NO fever", begun=True)
    taken = UserMessage("YES_NO fever", CollectingOutputChannel(), sender, message_id="k1")
    await agent_with_script.handle_message(taken)
    agent_with_script.received.clear()
    with start(messenger):
        until(lambda: ann.screen)
        assert [message["text"] for message in quiet(ann)] == ["About YES_NO fever?"]
        assert heard(agent_with_script) == []
        ann.picks("Yes")
    assert heard(agent_with_script) == ["Yes"]


def test_two_servers_beside_each_other_answer_each_message_once_and_in_order(
    start, backed, agent_with_script, no_waiting, knowledge
):
    texts = [f"message {number}" for number in range(6)]
    with start() as messenger:
        first = messenger.webhook
        with start(messenger):
            ann = backed.person(messenger)
            for number, text in enumerate(texts):
                send, second = update_of(ann, text), messenger.webhook
                messenger.webhook = first if number % 2 else second
                send()
                messenger.webhook = second if number % 2 else first
                send()
                messenger.webhook = second
            until(lambda: len(ann.screen) == len(texts))
            assert [message["text"] for message in quiet(ann)] == [f"You said {text}" for text in texts]
    assert heard(agent_with_script) == texts


def test_a_database_that_fails_leaves_the_message_to_the_messenger_which_sends_it_again(
    start, backed, agent_with_script, monkeypatch
):
    with start() as messenger:
        ann = backed.person(messenger)
        send = update_of(ann, "once")
        with monkeypatch.context() as broken:
            broken.setattr(Mailbox, "put", lambda *_: 1 / 0)
            assert send().status_code == 500
        assert send().status_code == 200
        until(lambda: ann.screen)
    assert heard(agent_with_script) == ["once"]


def test_a_failed_turn_ends_in_the_safety_net_and_its_question_stays_open(start, backed, agent_with_script):
    with start() as messenger:
        ann = backed.person(messenger)
        ann.says("YES_NO fever")
        said = ann.says(f"RAISE {PRIVATE}")
        assert "something went wrong on my side" in backed.standin.shown(said)
        ann.picks("Yes")
    assert heard(agent_with_script)[-1] == "Yes"


def test_an_answer_that_cannot_be_put_ends_in_the_safety_net(start, backed, monkeypatch, caplog):
    with start() as messenger:
        ann = backed.person(messenger)
        with monkeypatch.context() as broken:
            broken.setattr(messenger_module, "read_turn", lambda *_: {}[PRIVATE])
            assert "something went wrong on my side" in backed.standin.shown(ann.says("hello"))
        assert backed.standin.shown(ann.says("again")) == "You said again"
    assert "KeyError in" in caplog.text
    assert PRIVATE not in caplog.text


@pytest.mark.usefixtures("no_waiting", "short_lease")
def test_a_database_that_fails_in_the_middle_is_waited_for(start, backed, agent_with_script, monkeypatch):
    with start() as messenger:
        ann = backed.person(messenger)
        with monkeypatch.context() as broken:
            broken.setattr(Mailbox, "answer", raise_database_error)
            update_of(ann, "once")()
            until(lambda: agent_with_script.received)
            assert not quiet(ann)
        until(lambda: ann.screen)
        assert [message["text"] for message in quiet(ann)] == ["You said once"]
    assert heard(agent_with_script) == ["once"]


def raise_database_error(*_):
    raise OperationalError("x", {}, Exception("gone"))


def test_a_message_that_is_too_long_is_refused_kindly(start, backed, agent_with_script):
    with start() as messenger:
        ann = backed.person(messenger)
        assert "more than I can read at once" in backed.standin.shown(ann.says("x" * 5_001))
    assert heard(agent_with_script) == []


def test_picking_an_option_is_like_writing_it_and_takes_the_options_away(start, backed, agent_with_script):
    with start() as messenger:
        ann = backed.person(messenger)
        ann.says("YES_NO fever")
        assert ann.options() == ["Yes", "No", "Not sure"]
        assert backed.standin.shown(ann.picks("No")) == "You said No"
        with pytest.raises(StopIteration):
            ann.asked()
        assert "You answered: No" in backed.standin.shown(ann.screen[:1])
    assert heard(agent_with_script) == ["YES_NO fever", "No"]


def test_writing_an_answer_takes_the_options_away_too(start, backed):
    with start() as messenger:
        ann = backed.person(messenger)
        ann.says("YES_NO fever")
        ann.says("no")
        with pytest.raises(StopIteration):
            ann.asked()
        assert "You answered" not in backed.standin.shown(ann.screen)


def test_options_stay_while_their_question_is_open(start, backed, agent_with_script):
    with start() as messenger:
        ann = backed.person(messenger)
        ann.says("YES_NO fever")
        ann.says("TALK about heat")
        ann.picks("Yes")
    assert heard(agent_with_script)[-1] == "Yes"


def test_many_options_are_offered_too(start, backed, agent_with_script):
    with start() as messenger:
        ann = backed.person(messenger)
        ann.says("MENU")
        assert len(ann.options()) == 9
        ann.picks("Choice number 7")
    assert heard(agent_with_script) == ["MENU", "Choice number 7"]


def test_ticks_are_sent_together_when_the_person_is_done(start, backed, agent_with_script):
    with start() as messenger:
        ann = backed.person(messenger)
        ann.says("CHECKLIST now")
        tick = ann.ticks if backed.name == "slack" else lambda words: ann.presses(f"☐ {words}")
        untick = ann.ticks if backed.name == "slack" else lambda words: ann.presses(f"☑ {words}")
        shows = (
            (lambda: True) if backed.name == "slack" else (lambda: sum("☑" in o for o in ann.options()) == 2)
        )
        for words in ("Hot", "Weak"):
            assert tick(words).status_code == 200
        until(shows)
        untick("Weak")
        tick("Numb")
        until(shows)
        assert backed.standin.shown(ann.picks("Done")) == "You said Numb; Hot"
        assert "You answered: Numb; Hot" in backed.standin.shown(ann.screen[:1])
    assert heard(agent_with_script) == ["CHECKLIST now", "Numb; Hot"]


def test_what_rules_out_the_ticks_is_an_answer_at_once(start, backed, agent_with_script):
    with start() as messenger:
        ann = backed.person(messenger)
        ann.says("CHECKLIST now")
        ann.picks("None of these")
    assert heard(agent_with_script) == ["CHECKLIST now", "None of these"]


def test_a_message_that_is_refused_as_it_looks_is_said_in_plain_words(start, backed):
    refusal = backed.standin.refuse("invalid_blocks") if backed.name == "slack" else None
    refusal = refusal or backed.standin.refuse("Bad Request: BUTTON_DATA_INVALID", 400)
    with start() as messenger:
        messenger.fail(backed.post, refusal)
        ann = backed.person(messenger)
        (said,) = ann.says("YES_NO fever")
        assert said["text"] == "About YES_NO fever?"
        assert not said.get("blocks")
        assert "reply_markup" not in said
        assert "You said Yes" in backed.standin.shown(ann.says("Yes"))


def test_an_answer_that_is_refused_is_given_up_and_the_next_arrives(start, backed):
    refusal = backed.standin.refuse("restricted_action") if backed.name == "slack" else None
    refusal = refusal or backed.standin.refuse("Bad Request: chat not found", 400)
    with start() as messenger:
        messenger.fail(backed.post, *[refusal] * (2 if backed.name == "slack" else 1))  # with blocks, without
        ann = backed.person(messenger)
        update_of(ann, "lost")()
        until(lambda: not messenger.failures)
        assert backed.standin.shown(ann.says("next")) == "You said next"


def test_an_answer_that_could_not_be_delivered_for_a_day_is_given_up(
    start, backed, agent_with_script, no_waiting, monkeypatch
):
    monkeypatch.setattr(messenger_module, "GIVE_UP_SECONDS", 1.0)
    with start() as messenger:
        messenger.fail(backed.post, *[backed.standin.DOWN] * 1_000)
        ann = backed.person(messenger)
        update_of(ann, "lost")()
        time.sleep(1.5)
        messenger.failures.clear()
        assert backed.standin.shown(ann.says("next")) == "You said next"


def test_an_answer_is_delivered_even_if_the_clock_was_set_forward_meanwhile(start, backed, monkeypatch):
    monkeypatch.setattr(messenger_module, "GIVE_UP_SECONDS", -1.0)
    with start() as messenger:
        assert backed.standin.shown(backed.person(messenger).says("hello")) == "You said hello"


def test_nothing_of_it_is_logged_but_what_happened_and_under_which_name(
    start, backed, agent_with_script, caplog, monkeypatch
):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(messenger_module, "FIRST_PAUSE_SECONDS", 0.05)
    with start() as messenger:
        messenger.fail(backed.post, backed.standin.DOWN)
        ann = backed.person(messenger)
        ann.says(f"YES_NO {PRIVATE}")
        ann.picks("No")
        ann.says(f"RAISE {PRIVATE}")
        update_of(ann, PRIVATE)()
        time.sleep(0.5)
    assert backed.post in caplog.text
    senders = {message.sender_id for message in agent_with_script.received}
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("backchat")]
    assert lines
    assert all(pseudonym(sender) in line for sender in senders for line in lines)
    assert not any(sender in line for sender in senders for line in lines)
    # The stand-in and the test itself use requests, which logs addresses and no more.
    ours = "\n".join(
        record.getMessage() for record in caplog.records if not record.name.startswith("urllib3")
    )
    assert PRIVATE not in ours
    for secret in ("TOKEN", "SECRET", "SIGNING_SECRET"):
        assert getattr(backed.standin, secret, "no such secret") not in ours


def test_it_starts_and_answers_health_without_any_network(backed, agent_with_script, knowledge):
    settings = backed.settings("http://127.0.0.1:9")
    channels = Messengers(agent_with_script.tracker_store, knowledge).channels(settings)
    with serve(agent_with_script, *channels) as server:
        assert requests.get(f"{server}/webhooks/{backed.name}/").json() == {"status": "ok"}


def test_the_tables_are_among_those_from_which_a_conversation_is_erased(backed, agent_with_script):
    tables = agent_with_script.tracker_store.Base.metadata.tables
    assert all("sender_id" in tables[name].c for name in ("letters", "offers"))


# --- too much ----------------------------------------------------------------------------------------------


def test_who_sends_too_much_is_told_so_once_and_others_are_answered(
    start, backed, agent_with_script, monkeypatch
):
    monkeypatch.setenv(SESSION_VARIABLE, "3/minute")
    with start() as messenger:
        ann, bob = backed.person(messenger), backed.person(messenger, 1)
        sends = [update_of(ann, f"message {number}") for number in range(6)]
        assert [send().status_code for send in sends] == [200] * 6
        until(lambda: len(ann.screen) == 4)
        assert backed.standin.shown(bob.says("hello")) == "You said hello"
        shown = [backed.standin.shown([message]) for message in quiet(ann)]
    assert shown[:3] == [f"You said message {number}" for number in range(3)]
    assert len(shown) == 4
    assert "faster than I can read" in shown[3]
    assert "write it again" in shown[3]
    assert heard(agent_with_script) == ["message 0", "message 1", "message 2", "hello"]


def test_whoever_waits_is_read_again(start, backed, agent_with_script, monkeypatch):
    monkeypatch.setenv(SESSION_VARIABLE, "1/second")
    with start() as messenger:
        ann = backed.person(messenger)
        for text in ("one", "two"):
            update_of(ann, text)()
        until(lambda: len(ann.screen) == 2)
        time.sleep(1.2)
        assert backed.standin.shown(ann.says("three")) == "You said three"


def test_an_address_that_guesses_too_often_waits(start, backed, monkeypatch):
    monkeypatch.setenv(GUESSES_VARIABLE, "3/minute")
    with start() as messenger:
        answers = [requests.post(messenger.webhook, json={}) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


# --- erasing -----------------------------------------------------------------------------------------------


def tables(agent):
    """All rows that hold something of conversations, whatever their table."""
    store = agent.tracker_store
    with store.engine.connect() as connection:
        return [
            dict(row)
            for table in store.tables_of_conversations()
            for row in connection.execute(table.select()).mappings()
        ]


def test_what_is_written_behind_a_confirmed_deletion_is_answered_as_the_first_of_a_new_conversation(
    start, backed, agent_with_script
):
    with start() as messenger:
        ann = backed.person(messenger)
        ann.says(f"YES_NO {PRIVATE}")
        sends = [update_of(ann, text) for text in ("ERASE", "and my neck hurts")]
        for send in sends:
            send()
        until(lambda: len(ann.screen) == 3)
        assert [backed.standin.shown([message]) for message in ann.screen[1:]] == [
            "All is deleted",
            "You said and my neck hurts",
        ]
        until(lambda: not [row for row in tables(agent_with_script) if not row.get("done", True)])
        kept = str(tables(agent_with_script))
        assert "and my neck hurts" in kept
        assert PRIVATE not in kept
        assert "ERASE" not in kept


def test_after_a_confirmed_deletion_nothing_is_left_and_what_is_sent_again_is_not_taken_again(
    start, backed, agent_with_script
):
    with start() as messenger:
        ann = backed.person(messenger)
        sends = [update_of(ann, text) for text in (f"YES_NO {PRIVATE}", "ERASE")]
        for number, send in enumerate(sends, start=1):
            send()
            until(lambda number=number: len(ann.screen) == number)
        until(lambda: not tables(agent_with_script))
        assert [send().status_code for send in sends] == [200, 200]
        assert len(quiet(ann)) == 2
        assert not tables(agent_with_script)
    with start(messenger):
        assert [send().status_code for send in sends] == [200, 200]
        assert len(quiet(ann)) == 2
    assert not tables(agent_with_script)
    folder = Path(agent_with_script.tracker_store.engine.url.database).parent
    for file in folder.glob("backchat.db*"):
        content = file.read_bytes()
        assert PRIVATE.encode() not in content
        assert f"{backed.name}:".encode() not in content


@pytest.mark.usefixtures("no_waiting", "short_lease")
def test_a_deletion_is_told_even_if_the_process_is_killed_before_it_could_tell(
    start, backed, agent_with_script
):
    messenger = backed.make()
    ann, sender = left_behind(agent_with_script, backed, messenger, "ERASE", begun=True)
    store = agent_with_script.tracker_store
    with store.engine.begin() as connection:
        store.mailbox.bury_answered(connection, sender, DELETED)
    with start(messenger):
        until(lambda: ann.screen)
        assert "I've deleted all that you wrote here" in backed.standin.shown(ann.screen)
        until(lambda: not tables(agent_with_script))
    assert heard(agent_with_script) == []


def test_an_offer_of_a_conversation_that_is_erased_meanwhile_does_not_stay(start, backed, agent_with_script):
    with start() as messenger:
        ann, store = backed.person(messenger), agent_with_script.tracker_store
        update_of(ann, "YES_NO SLOWLY")()
        until(lambda: agent_with_script.received)
        store.delete(agent_with_script.received[0].sender_id)
        until(lambda: ann.screen)
        assert not [row for row in tables(agent_with_script) if "content" in row]
