"""Each exercise has a drawing that is small, safe to show anywhere, and said in words."""

import re
from xml.etree import ElementTree

import pytest

from backchat.knowledge import KnowledgeError, load_knowledge
from backchat.knowledge.drawings import SVG, load_drawings

EXERCISES = {exercise.id: exercise for exercise in load_knowledge().exercises}
DRAWINGS = load_drawings()
SHAPES = {"svg", "title", "desc", "mask", "g", "path"}
MOST_BYTES = 6 * 1024


def test_each_exercise_has_a_drawing_and_each_drawing_an_exercise():
    assert set(DRAWINGS) == set(EXERCISES)


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_says_what_it_shows(name):
    root = ElementTree.fromstring(DRAWINGS[name].svg)
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == EXERCISES[name].title
    assert root.findtext(f"{SVG}desc") == DRAWINGS[name].alt
    assert 40 <= len(DRAWINGS[name].alt) <= 300


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_is_small_and_as_wide_as_the_others(name):
    assert len(DRAWINGS[name].svg) <= MOST_BYTES
    _, _, width, height = map(float, ElementTree.fromstring(DRAWINGS[name].svg).get("viewBox").split())
    assert (width, height) == (460, 190)


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_holds_only_lines_and_asks_for_nothing(name):
    for element in ElementTree.fromstring(DRAWINGS[name].svg).iter():
        assert element.tag.removeprefix(SVG) in SHAPES
        for attribute, value in element.attrib.items():
            assert not attribute.startswith("on")
            assert "href" not in attribute and attribute != "style"
            assert not re.search(r"url\((?!#)|//|data:|script", value)


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_takes_the_colour_of_the_text_around_it(name):
    text = DRAWINGS[name].svg.decode()
    shown = re.sub(r"<mask.*?</mask>", "", text, flags=re.DOTALL)
    colours = set(re.findall(r'(?:stroke|fill)="([^"]*)"', shown))
    assert colours == {"currentColor", "none"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello", "wave.svg:1: it is no SVG"),
        ("<svg>\n<path>", "wave.svg:2: it is no SVG"),
        ("<html><desc>A wave</desc></html>", "wave.svg:1: it is no SVG"),
        ('<svg xmlns="http://www.w3.org/2000/svg"><desc> </desc></svg>', "wave.svg:1: it has no <desc>"),
    ],
)
def test_a_drawing_that_cannot_be_used_is_named(tmp_path, text, message):
    (tmp_path / "wave.svg").write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=message):
        load_drawings(tmp_path)
