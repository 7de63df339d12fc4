"""A server that listens beyond this machine, as `backchat run` starts it: closed to strangers."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from backchat.channels.settings import RASA_TOKEN_VARIABLE, ChannelConfigurationError, read_rasa_token
from benchmarks.hostile.attacks import OWN_PLACES, RASA_PLACES
from benchmarks.hostile.messengers import Messengers, messengers
from benchmarks.hostile.server import Server, running
from benchmarks.hostile.siege import besiege

TOKEN = "a token for the interface of Rasa, 32 long"
SETTINGS = {
    "HOST": "0.0.0.0",
    **Messengers("http://127.0.0.1:9").settings,
    "BACKCHAT_API_KEY": "",
    "BACKCHAT_PRIVACY_URL": "",
    "BACKCHAT_ORIGINS": "https://clinic.example",
    RASA_TOKEN_VARIABLE: TOKEN,
}
SECRET_WORDS = "like a heron on a bicycle"


@pytest.fixture(scope="module")
def public(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("public"), SETTINGS) as server:
        yield server


@pytest.fixture(scope="module")
def url(public: Server) -> str:
    return f"http://127.0.0.1:{public.port}"


# --- who is let in ----------------------------------------------------------------------------------------


def test_rest_refuses_everybody_without_a_key_and_the_start_says_so(public: Server, url: str) -> None:
    answer = requests.post(f"{url}/webhooks/rest/webhook", json={"sender": "ann", "message": "hi"})
    assert answer.status_code == 401
    assert "BACKCHAT_API_KEY" in answer.json()["error"]
    assert "REST refuses everybody: beyond this machine it needs BACKCHAT_API_KEY." in public.log


def test_the_start_says_where_people_are_sent_to_read_about_privacy(public: Server) -> None:
    assert f"BACKCHAT_PRIVACY_URL is not set: people are sent to http://0.0.0.0:{public.port}" in public.log


@pytest.mark.parametrize("token", [None, "", TOKEN[:-1], TOKEN.upper(), "\udcff"])
def test_rasas_own_api_is_closed_to_whoever_does_not_have_the_token(url: str, token: str | None) -> None:
    for place in ("/conversations/somebody/tracker", "/status", "/domain"):
        query = "" if token is None else "?token=" + requests.utils.quote(token, errors="surrogatepass")
        assert requests.get(url + place + query).status_code == 401
    assert requests.post(f"{url}/model/parse", json={"text": "hi"}).status_code == 401


def test_rasas_own_api_understands_for_whoever_has_the_token(url: str) -> None:
    answer = requests.post(
        f"{url}/model/parse", params={"token": TOKEN}, json={"text": "my lower back hurts"}
    )
    assert answer.status_code == 200
    assert [finding["id"] for finding in answer.json()["findings"]] == ["region"]


@pytest.mark.parametrize(
    ("method", "place"), [("PUT", "/model"), ("DELETE", "/model"), ("POST", "/model/train")]
)
def test_not_even_the_token_changes_the_model(url: str, method: str, place: str) -> None:
    answer = requests.request(
        method, url + place, params={"token": TOKEN}, json={"model_file": "/etc/passwd"}
    )
    assert answer.status_code == 403


def test_a_token_that_could_be_guessed_is_an_error_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(RASA_TOKEN_VARIABLE, raising=False)
    assert read_rasa_token(os.environ) is None
    monkeypatch.setenv(RASA_TOKEN_VARIABLE, "a token that is short")
    with pytest.raises(ChannelConfigurationError, match=RASA_TOKEN_VARIABLE):
        read_rasa_token(os.environ)


# --- what answers carry -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place", ["/", "/chat/", "/chat/privacy", "/chat/nothing", "/nothing", "/webhooks/rest/"]
)
def test_every_answer_is_safe_in_a_browser(url: str, place: str) -> None:
    for origin in ("https://evil.example", "null", "https://clinic.example"):
        answer = requests.get(url + place, headers={"Origin": origin})
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "access-control-allow-credentials" not in answer.headers
        allowed = answer.headers.get("access-control-allow-origin")
        assert allowed in (None, "https://clinic.example")
        assert allowed is None or origin == allowed


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE", "HEAD"])
@pytest.mark.parametrize("place", sorted({*OWN_PLACES, *RASA_PLACES}))
def test_no_page_of_another_origin_is_let_in_anywhere(url: str, method: str, place: str) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for origin in ("https://evil.example", "https://clinic.example.evil.example", "null"):
        with requests.request(
            method, url + place, headers={"Origin": origin, **asked}, stream=True, allow_redirects=False
        ) as answer:
            sent = [name for name in answer.headers if name.lower().startswith("access-control-")]
            assert not sent, answer.headers


def test_the_front_door_leads_to_the_chat(url: str) -> None:
    answer = requests.get(f"{url}/", allow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["location"] == "chat/"
    assert "Rasa" not in answer.text
    assert "<html" in requests.get(f"{url}/").text


def test_a_browser_may_load_what_the_page_is_made_of(url: str) -> None:
    policy = requests.get(f"{url}/chat/").headers["content-security-policy"]
    assert {"script-src 'self'", "style-src 'self'", "connect-src 'self'"} <= set(policy.split("; "))


def test_what_is_not_there_is_an_error_that_shows_nothing(url: str) -> None:
    answer = requests.get(f"{url}/<script>alert(1)</script>")
    assert answer.status_code == 404
    assert answer.json() == {"error": "The request failed."}


# --- people's data ----------------------------------------------------------------------------------------


def test_a_person_deletes_in_the_widget_and_no_byte_is_left(public: Server, url: str) -> None:
    token = requests.post(f"{url}/chat/session").json()["token"]

    def say(text: str) -> list[dict[str, object]]:
        answer = requests.post(f"{url}/chat/messages", json={"token": token, "text": text})
        return list(answer.json()["messages"])

    def is_stored() -> bool:
        files = public.database.parent.glob("backchat.db*")
        return any(SECRET_WORDS.encode() in file.read_bytes() for file in files)

    say(f"my lower back hurts {SECRET_WORDS}")
    assert is_stored()
    asked = [said["custom"]["question"]["id"] for said in say("delete my data") if said.get("custom")]
    assert asked == ["erase"]
    assert {"erased": True} in [said.get("custom") for said in say("Yes, delete everything")]
    assert not is_stored()
    told = requests.get(f"{url}/chat/messages", headers={"Authorization": f"Bearer {token}"})
    assert told.json() == {"messages": []}


def test_an_emergency_is_in_the_audit_trail_and_in_no_log(public: Server, url: str) -> None:
    token = requests.post(f"{url}/chat/session").json()["token"]
    words = "I can't control my bladder and my back hurts since my saxophone lesson"
    requests.post(f"{url}/chat/messages", json={"token": token, "text": words})
    with sqlite3.connect(public.database) as connection:
        trail = connection.execute("SELECT urgency, rules FROM audit").fetchall()
    assert trail[-1][0] == "emergency"
    assert "E3" in trail[-1][1]
    assert "saxophone" not in public.log + str(trail)
    assert token not in public.log


# --- hostile requests -------------------------------------------------------------------------------------


@pytest.mark.timeout(900)
def test_a_short_siege_finds_no_fault(model_path: Path, tmp_path: Path) -> None:
    with messengers() as both, running(tmp_path, both.settings) as server:
        figures = besiege(server, both, count=160, seed=1)
    assert not figures.faults, figures.faults
    assert figures.requests >= 160
    assert figures.statuses[200] > 20
    assert figures.statuses[401] > 5
