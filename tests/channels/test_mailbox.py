"""Letters are put in once, come out in order, and belong to whoever works on them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from backchat.channels.mailbox import LEASE_SECONDS, REMEMBERED_SECONDS, Mailbox
from backchat.channels.offers import Offers
from backchat.channels.platform import Offer
from backchat.channels.said import Option, Prompt
from backchat.channels.tombstones import Tombstones
from backchat.server.store import BoundedSQLTrackerStore


class Clock:
    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path):
    return BoundedSQLTrackerStore(db=str(tmp_path / "backchat.db"))


def mailbox_of(store, clock):
    return Mailbox(store.engine, Tombstones(store.engine, b"a secret", clock), clock)


@pytest.fixture
def mailbox(store, clock):
    return mailbox_of(store, clock)


def put(mailbox, key, position=1, sender="x:ann", **content):
    return mailbox.put(sender, key, position, content)


def test_a_letter_is_put_in_once_and_another_conversation_may_have_the_same_key(mailbox):
    assert put(mailbox, "k")
    assert not put(mailbox, "k", position=9)
    assert put(mailbox, "k", sender="x:bob")
    assert mailbox.claim("x:ann").content == {}


def test_it_is_known_even_after_it_was_answered(mailbox):
    put(mailbox, "k")
    mailbox.close(mailbox.claim("x:ann"))
    assert not put(mailbox, "k")


def test_letters_come_out_in_the_order_in_which_they_were_sent(mailbox):
    for position in (3, 1, 2):
        put(mailbox, f"k{position}", position, number=position)
    numbers = []
    while (letter := mailbox.claim("x:ann")) is not None:
        numbers.append(letter.content["number"])
        mailbox.close(letter)
    assert numbers == [1, 2, 3]


def test_while_one_is_worked_on_the_next_waits_and_other_conversations_do_not(mailbox):
    put(mailbox, "k1", 1)
    put(mailbox, "k2", 2)
    put(mailbox, "k", sender="x:bob")
    assert mailbox.claim("x:ann") is not None
    assert mailbox.claim("x:ann") is None
    assert mailbox.claim("x:bob") is not None


def test_a_letter_that_was_left_behind_waits_no_longer_because_the_clock_was_set_back(mailbox, clock):
    put(mailbox, "k")
    mailbox.claim("x:ann")
    clock.now -= 60 * 60
    assert mailbox.waiting("x:") == ["x:ann"]
    assert mailbox.claim("x:ann") is not None
    assert mailbox.claim("x:ann") is None


def test_a_letter_that_was_left_behind_is_taken_up_when_its_lease_is_over(mailbox, clock):
    put(mailbox, "k")
    letter = mailbox.claim("x:ann")
    mailbox.begin(letter)
    mailbox.answer(letter, [{"method": "a"}, {"method": "b"}])
    mailbox.note_sent(letter, 1)
    clock.now += LEASE_SECONDS - 1
    assert mailbox.claim("x:ann") is None
    assert mailbox.waiting("x:") == []
    clock.now += 2
    assert mailbox.waiting("x:") == ["x:ann"]
    again = mailbox.claim("x:ann")
    assert (again.begun, again.calls, again.sent) == (True, [{"method": "a"}, {"method": "b"}], 1)


def test_whoever_works_on_a_letter_holds_it(mailbox, clock):
    put(mailbox, "k")
    letter = mailbox.claim("x:ann")
    for _ in range(5):
        clock.now += LEASE_SECONDS - 1
        assert mailbox.claim("x:ann") is None
        mailbox.note_sent(letter, 1)
    mailbox.keep(letter, 600)
    clock.now += 600
    assert mailbox.claim("x:ann") is None


def test_a_released_letter_is_free_at_once(mailbox):
    put(mailbox, "k")
    mailbox.release(mailbox.claim("x:ann"))
    assert mailbox.claim("x:ann") is not None


def test_of_two_processes_one_gets_the_letter(store, clock):
    first, second = mailbox_of(store, clock), mailbox_of(store, clock)
    put(first, "k")
    assert [box.claim("x:ann") is None for box in (first, second)] == [False, True]


def test_a_letter_is_overtaken_by_a_turn_with_a_later_one(mailbox):
    put(mailbox, "late", 1)
    put(mailbox, "later", 2)
    late = mailbox.claim("x:ann")
    assert not mailbox.overtaken(late, 1)
    mailbox.close(late)
    later = mailbox.claim("x:ann")
    mailbox.begin(later)
    mailbox.close(later)
    put(mailbox, "very late", 1)
    assert mailbox.overtaken(mailbox.claim("x:ann"), 1)


def test_only_conversations_of_the_messenger_wait_there(mailbox):
    put(mailbox, "k", sender="slack:U1")
    put(mailbox, "k", sender="slack_:U2")
    assert mailbox.waiting("slack:") == ["slack:U1"]


def test_what_was_said_is_gone_when_it_is_answered_and_that_it_came_after_some_days(mailbox, store, clock):
    put(mailbox, "k", text="secret words")
    letter = mailbox.claim("x:ann")
    mailbox.answer(letter, [{"text": "secret answer"}])
    mailbox.close(letter)
    put(mailbox, "open", position=2)
    with store.engine.connect() as connection:
        rows = connection.execute(sa.text("select content, calls from letters where done")).all()
        assert rows == [(None, None)]
        clock.now += REMEMBERED_SECONDS + 1
        mailbox.forget()
        assert connection.execute(sa.text("select key from letters")).scalars().all() == ["open"]


# --- what was erased ----------------------------------------------------------------------------------------


def bury(mailbox, store, sender, **how):
    with store.engine.begin() as connection:
        return mailbox.bury(connection, sender, **how)


def letters(store):
    with store.engine.connect() as connection:
        return connection.execute(sa.text("select sender_id, key from letters order by id")).all()


def test_an_erased_letter_is_known_if_it_comes_again_and_nobody_finds_out_whose_it_was(mailbox, store, clock):
    put(mailbox, "k1", text="secret words")
    put(mailbox, "k2", position=2)
    mailbox.close(mailbox.claim("x:ann"))
    put(mailbox, "k1", sender="x:bob")
    assert bury(mailbox, store, "x:ann") == 2
    assert letters(store) == [("x:bob", "k1")]
    assert [put(mailbox, key) for key in ("k1", "k2", "k3")] == [False, False, True]
    with store.engine.connect() as connection:
        hashes = connection.execute(sa.text("select hash from tombstones")).scalars().all()
    assert len(hashes) == 2
    assert not any(part in name for name in hashes for part in ("ann", "k1", "k2"))
    others = Tombstones(store.engine, b"another secret", clock)
    assert not others.stands("x:ann k1")  # the database alone can't be asked whose it was
    clock.now += REMEMBERED_SECONDS + 1
    mailbox.forget()
    with store.engine.connect() as connection:
        assert connection.execute(sa.text("select count(*) from tombstones")).scalar() == 0


def test_of_a_conversation_that_goes_on_only_old_letters_are_removed_and_they_stay_known(
    mailbox, store, clock
):
    put(mailbox, "old")
    clock.now += 100
    put(mailbox, "young", position=2)
    assert bury(mailbox, store, "x:ann", before=clock.now - 50) == 1
    assert letters(store) == [("x:ann", "young")]
    assert not put(mailbox, "old")


def test_what_came_after_a_turn_that_erased_all_stays_and_of_that_turn_where_to_answer(mailbox, store):
    for position, key in enumerate(("first", "erasing", "after")):
        put(mailbox, key, position, text=f"words of {key}", place={"chat": 7})
    mailbox.close(mailbox.claim("x:ann"))
    erasing = mailbox.claim("x:ann")
    mailbox.begin(erasing)
    with store.engine.begin() as connection:
        mailbox.bury_answered(connection, "x:ann", "deleted")
    assert letters(store) == [("x:ann", "erasing"), ("x:ann", "after")]
    mailbox.release(erasing)
    again = mailbox.claim("x:ann")  # by a process that lives on
    assert not again.begun
    assert again.content == {"text": None, "click": None, "notice": "deleted", "place": {"chat": 7}}
    mailbox.close(again)
    assert letters(store) == [("x:ann", "after")]
    assert mailbox.claim("x:ann").content["text"] == "words of after"
    assert not put(mailbox, "erasing")


def test_an_offer_is_kept_as_it_was_made_until_the_next_or_its_end(store):
    offers = Offers(store.engine)
    first = Offer("r1", Prompt((Option("a", "b", True),), True), {"text": "x"}, "17", frozenset({0}))
    assert offers.get("x:ann") is None
    offers.put("x:ann", first)
    assert offers.get("x:ann") == first
    second = Offer("r2", Prompt((Option("c", "d"),)), {})
    offers.put("x:ann", second)
    assert offers.get("x:ann") == second
    assert offers.get("x:bob") is None
    offers.close("x:ann")
    assert offers.get("x:ann") is None
