"""The web channel: a page that asks nobody else, sessions that can't be guessed, messages that count once."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from types import SimpleNamespace

import jwt
import pytest
import requests

from backchat.channels.guard import TakenBeforeError
from backchat.channels.limits import RateLimits
from backchat.channels.sessions import Sessions, load_secret
from backchat.channels.settings import ChannelConfigurationError
from backchat.channels.web import WebChannel
from backchat.knowledge.drawings import load_drawings, place_of
from tests.channels.serving import SPEAKER, WORDING, ScriptedAgent, serve

SOURCES = Path(__file__).parents[2] / "web"
PAGE = SOURCES / "dist"
MOST_BYTES = 60_000
SECRET = b"a secret for tests, 32 bytes long"
PRIVATE = "my embarrassing secret"


async def echo(message):
    if "RAISE" in message.text:
        raise ValueError(message.text)
    if "SLOWLY" in message.text:
        await asyncio.sleep(0.5)
    return [
        {"text": f"You said {message.text}", "buttons": [{"title": "Yes", "payload": "Yes"}]},
        {"custom": {"question": {"id": "opening", "kind": "text"}}},
    ]


@pytest.fixture(scope="module")
def agent():
    return ScriptedAgent(echo)


@pytest.fixture(scope="module")
def chat(agent):
    with serve(agent, WebChannel(WORDING, SECRET, PAGE, SPEAKER)) as server:
        yield f"{server}/chat"


@pytest.fixture
def token(chat):
    return requests.post(f"{chat}/session").json()["token"]


def post(chat, **body):
    return requests.post(f"{chat}/messages", json=body)


def history(chat, token):
    return requests.get(f"{chat}/messages", headers={"Authorization": f"Bearer {token}"})


def understood(chat, token):
    return requests.get(f"{chat}/understood", headers={"Authorization": f"Bearer {token}"})


# --- the page ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "content_type"),
    [
        ("", "text/html"),
        ("page.css", "text/css"),
        ("backchat.js", "text/javascript"),
        ("privacy.css", "text/css"),
        ("demo", "text/html"),
        ("demo.css", "text/css"),
    ],
)
def test_serves_the_page_under_a_strict_policy(chat, place, content_type):
    answer = requests.get(f"{chat}/{place}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(content_type)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy


@pytest.mark.parametrize(("name", "drawing"), load_drawings().items())
def test_serves_the_drawing_of_each_exercise_and_lets_it_be_kept(chat, name, drawing):
    answer = requests.get(f"{chat.removesuffix('/chat')}{place_of(name)}")
    assert answer.status_code == 200
    assert answer.content == drawing.svg
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "public, max-age=86400"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_what_people_say_is_never_kept_by_a_cache(chat, token):
    for answer in (post(chat, token=token, text="hi"), history(chat, token), requests.get(f"{chat}/")):
        assert answer.headers["cache-control"] == "no-store"


def test_the_page_is_found_without_its_last_slash(chat):
    assert requests.get(chat).url == f"{chat}/"


@pytest.mark.parametrize(
    "place",
    [
        "..%2Fcredentials.yml",
        "index.html.bak",
        "%2e%2e/pyproject.toml",
        "exercises/",
        "exercises/..%2Fcare.yml",
    ],
)
def test_serves_nothing_else(chat, place):
    assert requests.get(f"{chat}/{place}").status_code == 404


def test_the_widget_is_small(chat):
    answer = requests.get(f"{chat}/backchat.js", stream=True, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.raw.read()) <= MOST_BYTES
    plain = requests.get(f"{chat}/backchat.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == requests.get(f"{chat}/backchat.js").text


def test_the_page_names_no_other_host_and_inserts_no_markup():
    for file in [*(SOURCES / "public").iterdir(), *(SOURCES / "src").iterdir()]:
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org", "")
        assert not re.search(r"(https?:)?//[\w-]+\.\w", text), file
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|localStorage|unsafe(HTML|SVG)",
            text,
        ), file


def test_a_page_folder_without_the_page_is_an_error_at_the_start(tmp_path):
    with pytest.raises(FileNotFoundError):
        WebChannel(WORDING, SECRET, tmp_path, SPEAKER).blueprint(echo)


# --- sessions ----------------------------------------------------------------------------------------------


def test_each_session_is_a_conversation_of_its_own(chat, agent):
    senders = set()
    for _ in range(20):
        token = requests.post(f"{chat}/session").json()["token"]
        assert post(chat, token=token, text="hi").status_code == 200
        senders.add(agent.received[-1].sender_id)
    assert len(senders) == 20
    assert all(sender.startswith("web:") and len(sender) >= 24 for sender in senders)


def forged_tokens(token):
    head, body, signature = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False})
    other = json.dumps({**claims, "sub": "someone-else"}).encode()
    no_algorithm = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    return {
        "empty": "",
        "no token": "hello",
        "changed": f"{head}.{base64.urlsafe_b64encode(other).rstrip(b'=').decode()}.{signature}",
        "unsigned": f"{no_algorithm}.{body}.",
        "signed by another": jwt.encode(claims, b"another secret, 32 bytes long or so", "HS256"),
        "expired": jwt.encode({**claims, "exp": int(time.time()) - 1}, SECRET, "HS256"),
        "never expires": jwt.encode({"sub": claims["sub"]}, SECRET, "HS256"),
        "nobody's": jwt.encode({"exp": claims["exp"]}, SECRET, "HS256"),
        "not ASCII": "é" + token[1:],
    }


@pytest.mark.parametrize("kind", list(forged_tokens(Sessions(SECRET).issue())))
def test_a_token_that_the_server_did_not_issue_opens_nothing(chat, agent, token, kind):
    forged = forged_tokens(token)[kind]
    before = len(agent.received)
    assert post(chat, token=forged, text="hi").status_code == 401
    answer = requests.get(f"{chat}/messages", headers={"Authorization": f"Bearer {forged}".encode()})
    assert answer.status_code == 401
    assert "error" in answer.json()
    assert len(agent.received) == before


def test_history_needs_a_token(chat):
    assert requests.get(f"{chat}/messages").status_code == 401


def test_the_secret_is_made_once_readable_by_its_owner_only_and_kept(tmp_path):
    path = tmp_path / "var" / "session_secret"
    first = load_secret(path)
    assert len(first) >= 32
    assert path.stat().st_mode & 0o077 == 0
    assert load_secret(path) == first
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_servers_that_start_together_agree_on_one_secret(tmp_path):
    path = tmp_path / "session_secret"
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: load_secret(path), range(16)))) == 1


def test_an_emptied_secret_is_an_error(tmp_path):
    (tmp_path / "session_secret").write_bytes(b"")
    with pytest.raises(ValueError, match="session_secret"):
        load_secret(tmp_path / "session_secret")


# --- pages of others ---------------------------------------------------------------------------------------

CLINIC = "https://clinic.example"


@pytest.fixture(scope="module")
def open_chat(agent):
    with serve(agent, WebChannel(WORDING, SECRET, PAGE, SPEAKER, [CLINIC])) as server:
        yield f"{server}/chat"


@pytest.mark.parametrize("path", ["session", "messages", "stream", "understood"])
def test_a_page_of_an_origin_that_is_named_may_ask(open_chat, path):
    answer = requests.options(f"{open_chat}/{path}", headers={"Origin": CLINIC})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == CLINIC
    assert "access-control-allow-credentials" not in answer.headers
    assert "Origin" in answer.headers["vary"]
    answer = requests.post(f"{open_chat}/session", headers={"Origin": CLINIC})
    assert answer.headers["access-control-allow-origin"] == CLINIC


@pytest.mark.parametrize("origin", ["https://other.example", f"{CLINIC}.other.example", "null", "*"])
def test_a_page_of_another_origin_may_not(open_chat, chat, origin):
    for place in (f"{open_chat}/session", f"{chat}/session"):
        for method in ("OPTIONS", "POST"):
            answer = requests.request(method, place, headers={"Origin": origin})
            assert "access-control-allow-origin" not in answer.headers


def test_the_environment_names_the_origins(monkeypatch, tmp_path):
    monkeypatch.setenv("BACKCHAT_ORIGINS", f"{CLINIC} https://other.example")
    channel = WebChannel.from_credentials({"secret": str(tmp_path / "secret"), "page": str(PAGE)})
    with serve(ScriptedAgent(echo), channel) as server:
        answer = requests.options(f"{server}/chat/session", headers={"Origin": "https://other.example"})
    assert answer.headers["access-control-allow-origin"] == "https://other.example"


@pytest.mark.parametrize("origin", ["*", "clinic.example", "https://", "https://a.example/page", "null"])
def test_what_names_no_origin_is_an_error_at_the_start(monkeypatch, origin):
    monkeypatch.setenv("BACKCHAT_ORIGINS", f"{CLINIC} {origin}")
    with pytest.raises(ChannelConfigurationError, match="BACKCHAT_ORIGINS"):
        WebChannel.from_credentials({"page": str(PAGE)})


# --- privacy -----------------------------------------------------------------------------------------------


def privacy_page_of(monkeypatch, tmp_path, **environment):
    for variable in ("BACKCHAT_RETENTION_DAYS", "BACKCHAT_OPERATOR"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    channel = WebChannel.from_credentials({"secret": str(tmp_path / "secret"), "page": str(PAGE)})
    with serve(ScriptedAgent(echo), channel) as server:
        return requests.get(f"{server}/chat/privacy")


def test_the_privacy_page_says_how_long_and_how_to_have_it_deleted(monkeypatch, tmp_path):
    page = privacy_page_of(monkeypatch, tmp_path)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for words in ("30 days after your last message", "delete my data", "what do you know about me"):
        assert words in page.text


def test_the_privacy_page_names_the_operator_and_their_days(monkeypatch, tmp_path):
    operator = "Clinic <b>A</b>, privacy@clinic.example"
    page = privacy_page_of(monkeypatch, tmp_path, BACKCHAT_OPERATOR=operator, BACKCHAT_RETENTION_DAYS="7")
    assert "7 days after your last message" in page.text
    assert "Clinic &lt;b&gt;A&lt;/b&gt;, privacy@clinic.example" in page.text


# --- how often ---------------------------------------------------------------------------------------------


def test_a_session_with_too_many_messages_waits_and_others_do_not(agent):
    limits = RateLimits("3/minute", "100/minute")
    with serve(agent, WebChannel(WORDING, SECRET, PAGE, SPEAKER, [CLINIC], limits=limits)) as server:
        chat = f"{server}/chat"
        own, other = (requests.post(f"{chat}/session").json()["token"] for _ in range(2))
        answers = [post(chat, token=own, text="hi") for _ in range(4)]
        others = post(chat, token=other, text="hi")
        told = history(chat, own)
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert others.status_code == told.status_code == 200


def test_an_address_that_asks_too_often_waits_and_its_browser_may_know(agent):
    limits = RateLimits("100/minute", "5/minute")
    with serve(agent, WebChannel(WORDING, SECRET, PAGE, SPEAKER, [CLINIC], limits=limits)) as server:
        ask = lambda: requests.post(f"{server}/chat/session", headers={"Origin": CLINIC})  # noqa: E731
        answers = [ask() for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[-1].headers["access-control-allow-origin"] == CLINIC
    assert "Retry-After" in answers[-1].headers["access-control-expose-headers"]


# --- what is understood ------------------------------------------------------------------------------------

FINDINGS = {
    "region": {"value": ["lower"], "said": "low back", "turn": 1},
    "fever": {"value": "absent", "said": "no", "turn": 2},
}


def test_what_is_understood_is_told_in_words(token):
    class Store:
        async def retrieve(self, sender):
            slots = {"findings": FINDINGS} if sender == Sessions(SECRET).sender_id(token) else {}
            return SimpleNamespace(get_slot=slots.get)

    agent = SimpleNamespace(tracker_store=Store())
    with serve(agent, WebChannel(WORDING, SECRET, PAGE, SPEAKER)) as server:
        own = understood(f"{server}/chat", token).json()
        others = understood(f"{server}/chat", Sessions(SECRET).issue()).json()
    assert [(known["id"], known["kind"], known["said"], known["value"]) for known in own["understood"]] == [
        ("region", "set", "low back", ["lower"]),
        ("fever", "tri", "no", "absent"),
    ]
    assert own["understood"][0]["words"] == "pain in the lower back"
    assert own["understood"][0]["label"] == "where it hurts"
    assert others == {"understood": []}


def test_nothing_is_understood_at_first_and_only_a_token_tells(chat, token):
    assert understood(chat, token).json() == {"understood": []}
    assert understood(chat, "forged").status_code == 401


def test_a_result_comes_with_the_words_of_its_ids():
    assessment = {"pattern": {"id": "muscular"}, "findings": FINDINGS}

    async def tell(_):
        return [{"custom": {"assessment": assessment}}]

    with serve(ScriptedAgent(tell), WebChannel(WORDING, SECRET, PAGE, SPEAKER)) as server:
        token = Sessions(SECRET).issue()
        answer = post(f"{server}/chat", token=token, text="hi").json()["messages"]
        told = history(f"{server}/chat", token).json()["messages"]
    words = answer[0]["custom"]["words"]
    assert words["findings"]["region"] == "pain in the lower back"
    assert words["pattern"] == "a strained or tense muscle"
    assert told[-1]["custom"] == answer[0]["custom"] == {"assessment": assessment, "words": words}


# --- messages ----------------------------------------------------------------------------------------------


def test_answers_with_the_messages_and_without_the_conversations_id(chat, token):
    assert post(chat, token=token, text="it <b>hurts</b>").json() == {
        "messages": [
            {"text": "You said it <b>hurts</b>", "buttons": [{"title": "Yes", "payload": "Yes"}]},
            {"custom": {"question": {"id": "opening", "kind": "text"}}},
        ]
    }


@pytest.mark.parametrize(
    "change",
    [
        {"text": None},
        {"text": 5},
        {"text": ["a"]},
        {"token": None},
        {"token": {}},
        {"id": 5},
        {"id": "x" * 65},
    ],
)
def test_refuses_wrong_types(chat, token, change):
    answer = post(chat, **{"token": token, "text": "hi", **change})
    assert answer.status_code == 400
    assert next(iter(change)) in answer.json()["error"]


@pytest.mark.parametrize("path", ["messages", "session"])
def test_refuses_a_body_of_a_megabyte(chat, path):
    assert requests.post(f"{chat}/{path}", data=b"x" * 1_000_000).status_code == 413


def test_the_client_chooses_neither_sender_nor_channel(chat, token, agent):
    post(
        chat,
        token=token,
        text="hi",
        sender="web:other",
        sender_id="x",
        input_channel="rest",
        metadata={"a": 1},
    )
    received = agent.received[-1]
    assert received.sender_id == Sessions(SECRET).sender_id(token)
    assert received.input_channel == "web"
    assert received.metadata is None


def test_a_failure_is_answered_by_the_safety_net_and_logged_without_words(chat, token, caplog):
    assert post(chat, token=token, text=f"RAISE {PRIVATE}").json() == {
        "messages": [{"text": "SAFETY NET"}, {"custom": {"unread": True}}]
    }
    assert "ValueError" in caplog.text
    assert PRIVATE not in caplog.text
    assert token not in caplog.text


def test_a_message_that_is_sent_again_counts_once(chat, token, agent):
    before = len(agent.received)
    with ThreadPoolExecutor(4) as pool:
        send = lambda _: post(chat, token=token, text="SLOWLY", id="one").json()  # noqa: E731
        answers = list(pool.map(send, range(4)))
    assert answers == [answers[0]] * 4
    assert post(chat, token=token, text="SLOWLY", id="one").json() == answers[0]
    assert len(agent.received) == before + 1
    post(chat, token=token, text="hi", id="two")
    assert len(agent.received) == before + 2


def test_the_same_id_in_another_session_is_another_message(chat, token):
    other = requests.post(f"{chat}/session").json()["token"]
    assert "first" in post(chat, token=token, text="first", id="same").text
    assert "second" in post(chat, token=other, text="second", id="same").text


def test_a_page_that_goes_away_in_the_middle_finds_the_answer_in_the_history(chat, token):
    with pytest.raises(requests.Timeout):
        requests.post(f"{chat}/messages", json={"token": token, "text": "SLOWLY"}, timeout=0.2)
    time.sleep(1)
    assert [message["from"] for message in history(chat, token).json()["messages"]] == [
        "person",
        "bot",
        "bot",
    ]


def test_history_retells_the_conversation_as_it_was_sent(chat, token):
    sent = [post(chat, token=token, text=text).json()["messages"] for text in ("hi", "hurts 😖")]
    told = history(chat, token).json()["messages"]
    assert [message["text"] for message in told if message["from"] == "person"] == ["hi", "hurts 😖"]
    assert [{k: v for k, v in m.items() if k != "from"} for m in told if m["from"] == "bot"] == [
        *chain(*sent)
    ]


def test_history_of_a_new_session_is_empty(chat, token):
    assert history(chat, token).json() == {"messages": []}


def test_history_that_cannot_be_read_is_an_error_without_words(caplog):
    class BrokenStore:
        async def retrieve_full_tracker(self, sender):
            raise OSError(PRIVATE + sender)

    agent = ScriptedAgent(echo)
    agent.tracker_store = BrokenStore()
    with serve(agent, WebChannel(WORDING, SECRET, PAGE, SPEAKER)) as server:
        answer = history(f"{server}/chat", Sessions(SECRET).issue())
    assert answer.status_code == 500
    assert "error" in answer.json()
    assert "OSError" in caplog.text
    assert PRIVATE not in caplog.text + answer.text


def test_history_before_the_agent_is_there_says_so():
    with serve(None, WebChannel(WORDING, SECRET, PAGE, SPEAKER)) as server:
        assert history(f"{server}/chat", Sessions(SECRET).issue()).status_code == 503


def test_sessions_at_the_same_time_are_never_mixed(chat):
    def talk(number):
        token = requests.post(f"{chat}/session").json()["token"]
        texts = [f"person {number} message {count}" for count in range(10)]
        for text in texts:
            assert post(chat, token=token, text=text).json()["messages"][0]["text"] == f"You said {text}"
        told = history(chat, token).json()["messages"]
        assert [message["text"] for message in told if message["from"] == "person"] == texts

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(talk, range(8)))


def test_a_message_that_two_processes_got_at_once_is_answered_by_both_with_the_one_answer():
    async def taken_before(_):
        raise TakenBeforeError

    agent, other = ScriptedAgent(echo), ScriptedAgent(taken_before)
    other.tracker_store = agent.tracker_store
    with (
        serve(agent, WebChannel(WORDING, SECRET, PAGE, SPEAKER)) as one,
        serve(other, WebChannel(WORDING, SECRET, PAGE, SPEAKER)) as another,
    ):
        token = requests.post(f"{one}/chat/session").json()["token"]
        first, second = (
            post(f"{server}/chat", token=token, text="it hurts", id="m1").json() for server in (one, another)
        )
    assert first["messages"]
    assert second == first
