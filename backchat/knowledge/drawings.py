"""The drawings of the exercises: one SVG file each, named by the exercise, in `drawings/`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from backchat.knowledge.reading import KNOWLEDGE_FOLDER, KnowledgeError

SVG = "{http://www.w3.org/2000/svg}"
PLACE = "/chat/exercises"
"""Below which a server has them, as `<exercise id>.svg`."""


@dataclass(frozen=True)
class Drawing:
    """A drawing of an exercise.

    Attributes:
        svg: The file, as it is sent.
        alt: What is to be seen on it, in plain words.
    """

    svg: bytes
    alt: str


def load_drawings(folder: Path = KNOWLEDGE_FOLDER / "drawings") -> dict[str, Drawing]:
    """Loads the drawings.

    Args:
        folder: Where the SVG files are.

    Returns:
        Each drawing by the id of its exercise.

    Raises:
        KnowledgeError: A file is no SVG, or has no description; the message names it.
    """
    return {path.stem: _read(path) for path in sorted(folder.glob("*.svg"))}


def place_of(exercise_id: str) -> str:
    """Names where a server has the drawing of an exercise."""
    return f"{PLACE}/{exercise_id}.svg"


def _read(path: Path) -> Drawing:
    svg = path.read_bytes()
    try:
        root = ElementTree.fromstring(svg)  # noqa: S314 (a file of ours)
    except ElementTree.ParseError as error:
        raise KnowledgeError(f"{path.name}:{error.position[0]}: it is no SVG: {error}") from error
    if root.tag != f"{SVG}svg":
        raise KnowledgeError(f"{path.name}:1: it is no SVG")
    alt = " ".join((root.findtext(f"{SVG}desc") or "").split())
    if not alt:
        raise KnowledgeError(f"{path.name}:1: it has no <desc> that says what is to be seen")
    return Drawing(svg, alt)
