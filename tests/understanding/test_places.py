from __future__ import annotations

import time

import pytest

from backchat.knowledge import load_knowledge, load_phrases
from backchat.knowledge.phrases import RELATIVE
from backchat.understanding.places import PlaceReader

PHRASES = load_phrases(load_knowledge().findings)
READER = PlaceReader(PHRASES.places, PHRASES.words.groups[RELATIVE])

LONGEST_SECONDS = 1

THERE = {
    "uk": [
        "I'm in Leeds",
        "I'm up in Leeds, my back is bad",
        "We're in Swansea and my back has gone",
        "Perth in Scotland here",
        "I'm in Perth, Scotland",
        "I'm in Boston, Lincolnshire",
        "I'm in Swindon, UK",
        "I'm a nurse in Cardiff",
        "I'm in hospital in Leeds",
        "I'm staying with my mum in Glasgow",
        "me and my wife live in Hull",
        "I live near Norwich",
        "34 male Leeds",
        "male, 34, Leeds, lower back pain",
        "Glasgow",
        "I'm calling from Belfast",
        "I'm somewhere in the north of England",
        "I'm from Poland but living in Leeds since ten years",
        "I used to live in Canada, now in Truro",
        "my mum lives in Australia but I'm in Wales",
        "I'm in Spain, sorry, Wales",
        "just moved back to Scotland from Spain",
        "I'm American in London",
        "I work in London",
        "I'm not in Spain any more, I'm in Derby",
    ],
    "us": [
        "I'm in the U.S.",
        "im in the states",
        "I'm Irish, living in Boston",
        "I'm in Melbourne, Florida",
        "Paris, Texas here",
        "I'm in Portland, OR",
        "I'm in Cambridge, MA",
        "Age 80, Ohio",
        "Atlanta, Georgia",
        "I'm from London but I'm in New York right now",
        "He lives in Toronto, I'm in Atlanta",
    ],
    "ca": ["I'm in London, Ontario", "hello from Vancouver", "I'm in Hamilton, ON", "Canada, me."],
    "ie": ["uni in Dublin", "Here in Ireland I can go where?", "I'm Irish, from Cork"],
    "au": ["Newcastle NSW here", "im in perth wa", "crook since smoko, in Townsville"],
    "nz": ["moved from Sydney to Auckland last year", "shearer in Gore NZ"],
    "eu": [
        "I'm on holiday in Spain but live in London",
        "I live in Oxford and I'm visiting my son in Berlin",
        "Mid back. Germany. No fever",
        "we've arrived in Barcelona",
        "I'm with my husband in Portugal",
    ],
    "other": ["I am in Lagos by the way", "normally I live in Leeds but at the moment I'm in Thailand"],
}

NOT_SAID = [
    "I used to live in Australia",
    "it started when I was in Canada",
    "I got hurt in Spain, home now",
    "flew back from Australia yesterday",
    "just back from Italy",
    "hurt my back on holiday in Italy",
    "spine surgery twice, both in Leeds",
    "born and bred in Leeds",
    "I left New Zealand",
    "I'm no longer in Leeds",
    "my sister in Canada has a bad back",
    "my brother is in Houston and can't walk",
    "she is in Leeds",
    "I'm worried about my sister in Canada",
    "my doctor in Leeds says it's a disc",
    "I'm flying to Spain tomorrow",
    "I'm moving to Leeds",
    "I'd love to live in Spain",
    "what if I were in Leeds",
    "is there a good physio in Leeds",
    "I read about a clinic in Germany",
    "I'm from Nigeria",
    "I'm originally from Spain",
    "I'm here from Germany",
    "Sydney here, my back hurts",
    "I'm Paris, 34",
    "they told us to rest",
    "I speak Spanish",
    "Spain was nice",
    "the NHS is slow",
]

IN_DOUBT = [
    "I'm in Perth",
    "I'm in Newcastle",
    "I'm in Georgia",
    "I'm in London. I'm in Paris.",
    "I live in Leeds, I'm on holiday abroad",
    "I live in Leeds but I'm in Ubud now",
    "I'm in Portland or nearby",
]


@pytest.mark.parametrize(("country", "text"), [(c, text) for c, texts in THERE.items() for text in texts])
def test_where_a_person_says_to_be_tells_the_country(country: str, text: str) -> None:
    found = READER.read(text)
    assert found is not None
    assert found.value == country
    assert text[found.start : found.end] == found.said


@pytest.mark.parametrize("text", NOT_SAID)
def test_past_stays_plans_and_other_people_tell_no_country(text: str) -> None:
    assert READER.whereabouts(text) is None


@pytest.mark.parametrize("text", IN_DOUBT)
def test_in_doubt_no_country_is_told(text: str) -> None:
    assert READER.read(text) is None
    assert READER.whereabouts(text) is not None


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("what's the ambulance number in Dublin", "ie"),
        ("who do I call in Australia", "au"),
        ("emergency number for Spain", "eu"),
        ("what number do I call in Perth", None),
        ("what number do I call", None),
    ],
)
def test_the_number_of_a_place_can_be_asked_for(text: str, country: str | None) -> None:
    assert READER.asked_for(text) == country
    assert READER.read(text) is None


def test_what_else_is_asked_is_left_without_the_place() -> None:
    assert READER.without("I'm in Leeds, what number do I ring").strip(" ,") == "what number do I ring"


@pytest.mark.parametrize("text", ["leeds " * 1000, "I'm in " * 1000, "I'm in paris, " * 1000])
def test_no_text_takes_long(text: str) -> None:
    started = time.monotonic()
    READER.read(text)
    assert time.monotonic() - started < LONGEST_SECONDS


def test_no_name_stands_for_two_countries_without_saying_so() -> None:
    places = PHRASES.places
    names = [
        name for names in (places.wide, places.towns) for some in names.values() for name in some
    ] + list(places.doubtful)
    assert sorted({name for name in names if names.count(name) > 1}) == []
