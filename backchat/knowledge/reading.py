"""Reads content that is written as YAML, and says file, line and reason where it is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError, parse_obj_as

KNOWLEDGE_FOLDER = Path(__file__).parent


Step = str | int


class KnowledgeError(Exception):
    """The clinical content can't be used; the message names file, line and reason."""


class Problem(NamedTuple):
    """A mistake in the clinical content.

    Attributes:
        file: The file that it stands in.
        where: The way to it: keys, positions in lists, and for entries of a list their ids.
        reason: What is wrong.
    """

    file: str
    where: tuple[Step, ...]
    reason: str


class _Loader(yaml.CSafeLoader):
    """YAML with the booleans of version 1.2: `yes`, `no`, `on` and `off` are words, as a clinician expects.

    It is the parser written in C: the other one refuses "my?" in a list.

    A key that stands twice in one place with different values is a mistake: only one of the two would count.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        seen: dict[str, Any] = {}
        for key, value in node.value:
            if seen.setdefault(str(key.value), value.value) != value.value:
                raise yaml.MarkedYAMLError(
                    problem=f"{key.value} stands there twice", problem_mark=key.start_mark
                )
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":bool") or first in "tTfF"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


def read_content(path: Path, shape: Any) -> Any:
    """Reads one YAML file and checks it against a type.

    Args:
        path: The file.
        shape: A type that pydantic can check, such as `dict[str, Source]`.

    Returns:
        The content as `shape`.

    Raises:
        KnowledgeError: The file is missing, is not YAML, or does not have the shape.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 (a subclass of the safe loader)
        return parse_obj_as(shape, content)
    except OSError as error:
        raise KnowledgeError(f"{path.name}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise KnowledgeError(f"{path.name}:{line}: it is not written in UTF-8") from error
    except yaml.YAMLError as error:
        raise KnowledgeError(f"{path.name}:{_reason(text, error)}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = tuple(step for step in first["loc"] if step != "__root__")
        raise error_in(path, Problem(path.name, where, first["msg"])) from error


def _reason(text: str, error: yaml.YAMLError) -> str:
    """Says in which line a text stops being YAML, and why."""
    if isinstance(error, yaml.MarkedYAMLError):
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return f"{line}: {error.problem}"
    line = text.encode()[: getattr(error, "position", 0)].count(b"\n") + 1
    return f"{line}: {getattr(error, 'reason', error)}"


def error_in(path: Path, problem: Problem) -> KnowledgeError:
    """Names a mistake as `file:line: way to it: reason`, with the line of the nearest place that exists."""
    node = nearest = yaml.compose(path.read_text(encoding="utf-8"), Loader=_Loader)
    way: list[str] = []
    for step in problem.where:
        node = _below(node, step)
        nearest = node or nearest
        way.append(_id(node) or str(step) if isinstance(step, int) else step)
    line = nearest.start_mark.line + 1 if nearest else 1
    return KnowledgeError(f"{path.name}:{line}: {'.'.join(way) or 'content'}: {problem.reason}")


def _below(node: yaml.Node | None, step: Step) -> yaml.Node | None:
    """Finds what stands under a key, at a position of a list, or in a list under an id (of two, the last)."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: value for key, value in node.value}.get(str(step))
    if not isinstance(node, yaml.SequenceNode):
        return None
    if isinstance(step, int):
        return node.value[step] if step < len(node.value) else None
    return {_id(entry): entry for entry in node.value}.get(step)


def _id(node: yaml.Node | None) -> str | None:
    """Gives the id of an entry of a list, where it has one."""
    value = getattr(_below(node, "id"), "value", None) if isinstance(node, yaml.MappingNode) else None
    return value if isinstance(value, str) else None
