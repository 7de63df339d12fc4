"""The stream of replies: other tabs, a server that restarts, answers that get lost, and deleted data."""

from __future__ import annotations

import re
from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from backchat.channels.web import WebChannel
from benchmarks.widget.playing import wait_for_answer, write
from tests.browser.conftest import PAGE, SECRET
from tests.browser.scripted_bot import COMPLAINT
from tests.browser.test_page import (
    button,
    check_accessibility,
    choose,
    confirm,
    exchange,
    has_focus,
    tick,
)
from tests.channels.serving import SPEAKER, WORDING, ScriptedAgent, serve


class Running:
    """A server that can be stopped, and started again at the same address with the same record.

    Attributes:
        agent: Keeps the record.
        address: Where it listens.
    """

    def __init__(self, bot):
        self.agent = ScriptedAgent(bot)
        self.address = ""
        self._serving = ExitStack()

    def start(self):
        port = int(self.address.rpartition(":")[2] or 0)
        channel = WebChannel(WORDING, SECRET, PAGE, SPEAKER)
        self.address = self._serving.enter_context(serve(self.agent, channel, port=port))

    def stop(self):
        self._serving.close()

    @property
    def conversations(self):
        """The texts of each conversation that is on record."""
        records = self.agent.tracker_store.store.values()
        return [
            [event.text for event in self.agent.tracker_store.deserialise_tracker("", record).events]
            for record in records
        ]


@pytest.fixture
def running(bot):
    running = Running(bot)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def server(running):
    return running.address


def open_tab(page):
    """Opens the page once more in the same browser."""
    tab = page.context.new_page()
    tab.goto(page.url)
    tab.wait_for_selector(".bot")
    return tab


def texts(page):
    return page.locator(".message").all_inner_texts()


# --- two tabs ----------------------------------------------------------------------------------------------


def test_a_second_tab_shows_the_same_conversation_and_each_what_is_said_in_the_other(page, bot):
    exchange(page, COMPLAINT)
    tab = open_tab(page)
    expect(tick(tab, "None of these")).to_be_visible()
    assert texts(tab) == texts(page)

    tick(page, "Not sure").check()
    tick(tab, "None of these").check()
    tab.locator("#question").get_by_role("button", name="Send").click()
    expect(button(page, "Not sure")).to_be_visible()
    expect(tick(page, "None of these")).to_have_count(0)
    assert texts(tab) == texts(page)

    button(page, "No").click()
    expect(button(tab, "It stays the same")).to_be_visible()
    expect(tab.locator(".person").last).to_have_text("You: No")
    assert bot.heard == ["Hello", COMPLAINT, "None of these", "No"]


def test_what_was_ticked_does_not_go_over_to_the_next_question(page, bot):
    tab = open_tab(page)
    exchange(page, COMPLAINT)
    tick(page, "Not sure").check()
    exchange(tab, "spread")
    expect(tick(page, "Not sure")).not_to_be_checked()
    page.locator("#question").get_by_role("button", name="Send").click()
    expect(page.locator("#status")).to_contain_text("tick at least one")
    assert bot.heard == ["Hello", COMPLAINT, "spread"]


def test_while_an_answer_to_one_tab_is_awaited_the_other_waits_too_and_keeps_its_focus(page, bot):
    tab = open_tab(page)
    tab.get_by_label("Your answer, in your own words").fill("something else")
    button(tab, "Menu").focus()
    bot.delay = 2
    write(page, COMPLAINT)
    expect(tab.locator(".person")).to_have_text(f"You: {COMPLAINT}")
    expect(tab.locator("#status")).to_have_text("Backchat is writing …")
    tab.locator("#send").focus()
    tab.keyboard.press("Enter")
    expect(tick(tab, "None of these")).to_be_visible()
    expect(tab.locator("#text")).to_have_value("something else")
    assert has_focus(tab.locator("#send"))
    assert bot.heard == ["Hello", COMPLAINT]


def test_a_tab_that_nobody_sees_catches_up_when_it_is_seen_again(page):
    tab = open_tab(page)

    def be_hidden(hidden):
        tab.evaluate(
            """(hidden) => {
                Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
                document.dispatchEvent(new Event("visibilitychange"));
            }""",
            hidden,
        )

    be_hidden(True)
    exchange(page, COMPLAINT)
    tab.wait_for_timeout(300)
    expect(tab.locator(".person")).to_have_count(0)
    be_hidden(False)
    expect(tick(tab, "None of these")).to_be_visible()
    assert texts(tab) == texts(page)


def test_a_new_conversation_in_one_tab_is_the_new_one_in_all(page, bot):
    exchange(page, COMPLAINT)
    tab = open_tab(page)
    choose(page, "Start again")
    confirm(page, "Start again")
    for each in (page, tab):
        expect(each.locator(".person")).to_have_count(0)
        expect(each.locator(".message")).to_have_count(1)
    exchange(tab, COMPLAINT)
    expect(tick(page, "None of these")).to_be_visible()
    assert bot.heard == ["Hello", COMPLAINT, "Hello", COMPLAINT]


def test_a_browser_whose_tabs_are_closed_has_forgotten_the_conversation(page, bot):
    exchange(page, COMPLAINT)
    context, url = page.context, page.url
    page.close()
    fresh = context.new_page()
    fresh.goto(url)
    expect(fresh.locator(".message")).to_have_count(1)
    assert bot.heard == ["Hello", COMPLAINT, "Hello"]


# --- a server that goes and comes --------------------------------------------------------------------------


def test_a_lost_connection_is_told_until_it_stands_again(page, running):
    exchange(page, COMPLAINT)
    running.stop()
    connection = page.locator("#connection")
    expect(connection).to_have_text(re.compile("connection is lost"))
    check_accessibility(page)
    running.start()
    expect(connection).to_be_empty()
    exchange(page, "None of these")
    expect(button(page, "Not sure")).to_be_visible()


def test_what_is_written_while_the_server_restarts_is_sent_once_when_it_is_back(page, running, bot):
    exchange(page, COMPLAINT)
    running.stop()
    write(page, "None of these")
    expect(page.get_by_role("alert")).to_contain_text("I can't get an answer right now")
    expect(page.locator(".unsent")).to_have_text("Not answered yet")
    check_accessibility(page)
    running.start()
    expect(button(page, "Not sure")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.locator(".unsent")).to_have_count(0)
    assert bot.heard == ["Hello", COMPLAINT, "None of these"]
    assert texts(page) == texts(open_tab(page))


def test_an_answer_that_a_restart_cuts_off_is_given_afterwards(page, running, bot):
    bot.delay = 3
    write(page, COMPLAINT)
    expect(page.locator("#status")).to_have_text("Backchat is writing …")
    page.wait_for_timeout(300)
    running.stop()
    bot.delay = 0
    running.start()
    expect(page.locator(".person")).to_have_count(1)
    wait_for_answer(page)
    expect(page.get_by_role("alert")).to_be_hidden()
    assert [conversation.count(COMPLAINT) for conversation in running.conversations] == [1]


def test_a_reload_while_an_answer_is_under_way_shows_it_when_it_comes(page, bot):
    bot.delay = 2
    write(page, COMPLAINT)
    expect(page.locator("#status")).to_have_text("Backchat is writing …")
    page.reload()
    expect(page.locator(".person")).to_have_text(f"You: {COMPLAINT}")
    expect(tick(page, "None of these")).to_be_visible()
    assert bot.heard == ["Hello", COMPLAINT]


# --- messages that get lost --------------------------------------------------------------------------------


def lose(route):
    """Lets a message get there, and no answer back."""
    route.fetch()
    route.abort()


def test_an_answer_that_gets_lost_comes_with_the_stream(page, bot):
    page.route("**/chat/messages", lose)
    write(page, COMPLAINT)
    expect(tick(page, "None of these")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()
    assert bot.heard == ["Hello", COMPLAINT]


def test_where_no_stream_comes_through_answers_come_all_the_same(open_page, bot):
    page = open_page()
    page.route("**/chat/stream", lambda route: route.abort())
    page.reload()
    page.wait_for_selector(".bot")
    exchange(page, COMPLAINT)
    page.wait_for_timeout(1_500)
    expect(page.locator("#connection")).to_be_empty()
    page.route("**/chat/messages", lose)
    write(page, "None of these")
    expect(page.get_by_role("alert")).to_contain_text("I can't get an answer right now")
    page.unroute("**/chat/messages")
    button(page, "Try again").click()
    expect(button(page, "Not sure")).to_be_visible()
    assert bot.heard == ["Hello", COMPLAINT, "None of these"]
    expect(page.locator(".person")).to_have_count(2)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "oops",
        "event: told\ndata: [}\n\n",
        'event: told\ndata: {"messages": 5}\n\n',
        "event: answered\ndata: 5\n\n",
    ],
    ids=["nothing", "no event", "no JSON", "no messages", "no object"],
)
def test_a_stream_that_makes_no_sense_does_no_harm(open_page, bot, body):
    page = open_page()
    page.route("**/chat/stream", lambda route: route.fulfill(body=body, content_type="text/event-stream"))
    page.reload()
    page.wait_for_selector(".bot")
    exchange(page, COMPLAINT)
    expect(tick(page, "None of these")).to_be_visible()
    expect(page.locator(".person")).to_have_count(1)


def test_what_was_written_offline_is_sent_once_when_the_network_is_back(page, bot):
    page.context.set_offline(True)
    expect(page.locator("#connection")).to_contain_text("You are offline")
    write(page, COMPLAINT)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("You are offline. What you write is kept here")
    expect(alert).to_contain_text("911 in the US and Canada, 999 in the UK, 112 in the EU")
    expect(button(page, "Try again")).to_be_focused()
    page.context.set_offline(False)
    expect(tick(page, "None of these")).to_be_visible()
    expect(alert).to_be_hidden()
    expect(page.get_by_text("You are offline.")).to_be_hidden()
    assert bot.heard == ["Hello", COMPLAINT]
    expect(page.locator(".person")).to_have_count(1)


# --- deleted data ------------------------------------------------------------------------------------------


def test_my_data_is_deleted_only_when_i_say_so_twice_and_then_everywhere(page, running, bot):
    exchange(page, COMPLAINT)
    tab = open_tab(page)
    choose(page, "Delete my data")
    confirm(page, "Go back")
    assert len(running.conversations) == 1

    choose(page, "Delete my data")
    dialog = page.get_by_role("dialog", name="Delete your data?")
    check_accessibility(page)
    dialog.get_by_role("button", name="Delete", exact=True).click()
    for each in (page, tab):
        expect(each.get_by_text("Your data has been deleted.")).to_be_visible()
        expect(each.locator(".message")).to_have_count(0)
        expect(each.locator("#text")).to_have_count(0)
        assert each.evaluate("sessionStorage.length") == 0
    assert running.conversations == []
    expect(button(page, "Start a new conversation")).to_be_focused()
    check_accessibility(page)

    button(page, "Start a new conversation").click()
    for each in (page, tab):
        expect(each.locator(".message")).to_have_count(1)
    assert bot.heard == ["Hello", COMPLAINT, "Hello"]


def test_what_is_deleted_in_the_chat_is_shown_in_no_tab_any_more(page, server):
    exchange(page, COMPLAINT)
    tab = open_tab(page)
    exchange(page, "delete my data")
    for each in (page, tab):
        expect(each.locator(".person")).to_have_text("You: delete my data")
        expect(each.locator(".bot")).to_have_count(1)
        link = each.get_by_role("link", name="/chat/privacy (opens in a new tab)")
        expect(link).to_have_attribute("href", f"{server}/chat/privacy")
    check_accessibility(page)


def test_a_tab_that_was_not_seen_meanwhile_learns_that_the_data_is_deleted(page):
    exchange(page, COMPLAINT)
    tab = open_tab(page)
    tab.route("**/chat/stream", lambda route: route.abort())
    tab.reload()
    expect(tab.locator(".person")).to_have_count(1)
    choose(page, "Delete my data")
    confirm(page, "Delete")
    expect(page.get_by_text("Your data has been deleted.")).to_be_visible()
    write(tab, "hello?")
    expect(tab.get_by_text("Your data has been deleted.")).to_be_visible()


def test_data_that_cannot_be_deleted_is_told(page, running):
    exchange(page, COMPLAINT)
    page.route("**/chat/session", lambda route: route.abort())
    choose(page, "Delete my data")
    confirm(page, "Delete")
    expect(page.get_by_role("alert")).to_contain_text("Your data could not be deleted.")
    expect(page.locator(".person")).to_have_count(1)
    page.unroute("**/chat/session")
    button(page, "Try again").click()
    expect(page.get_by_text("Your data has been deleted.")).to_be_visible()
    assert running.conversations == []
