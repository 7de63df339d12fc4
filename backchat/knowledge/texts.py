"""The kinds of texts that the clinical content is made of, and what is wrong with one."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Generator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2 import Template as JinjaTemplate
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import SandboxedEnvironment
from pydantic import ConstrainedStr

ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
"""How every template is read and filled."""

MOST_TEMPLATES = 1_000
"""So many templates are kept ready, which are more than the content has."""

LOOP = "loop"
"""What Jinja tells inside a loop; nothing else that fills a template has parts with names."""

Validators = Generator[Callable[..., Any], None, None]


class _Id(ConstrainedStr):
    regex = re.compile(r"^[A-Za-z0-9_]+$")


class _Text(ConstrainedStr):
    strip_whitespace = True
    min_length = 1

    @classmethod
    def __get_validators__(cls) -> Validators:
        yield from super().__get_validators__()
        yield _without_gaps


class _Template(ConstrainedStr):
    strip_whitespace = True
    min_length = 1

    @classmethod
    def __get_validators__(cls) -> Validators:
        yield from super().__get_validators__()
        yield _with_gaps


if TYPE_CHECKING:
    # What was read is a plain text; only who reads it has to know what it must be.
    Id: TypeAlias = str
    Text: TypeAlias = str
    Template: TypeAlias = str
else:
    Id = _Id
    """A name that other parts of the content use."""
    Text = _Text
    """Words that are said as they stand."""
    Template = _Template
    """Words with gaps that are filled when they are said (Jinja)."""


def _without_gaps(text: str) -> str:
    if "{{" in text or "{%" in text:
        raise ValueError("nothing is filled in here")
    return text


def _with_gaps(text: str) -> str:
    gaps_in(text)
    return text


def gaps_in(text: str) -> set[str]:
    """Names what a template is filled with.

    Raises:
        ValueError: It can't be filled; the message says why.
    """
    try:
        tree = ENVIRONMENT.parse(text)
    except TemplateSyntaxError as error:
        raise ValueError(f"no template: {error.message}") from error
    known = {nodes.Filter: ENVIRONMENT.filters, nodes.Test: ENVIRONMENT.tests}
    unknown = [
        node.name for kind, names in known.items() for node in tree.find_all(kind) if node.name not in names
    ]
    unknown += [
        node.attr for node in tree.find_all(nodes.Getattr) if getattr(node.node, "name", None) != LOOP
    ]
    if unknown:
        raise ValueError(f"no template: there is no {', '.join(unknown)}")
    return find_undeclared_variables(tree)


@lru_cache(MOST_TEMPLATES)
def _ready(text: str) -> JinjaTemplate:
    return ENVIRONMENT.from_string(text)


def fill(text: str, /, **values: Any) -> str:
    """Fills a template.

    Args:
        text: The template, as the content has it.
        values: What it is filled with.
    """
    return _ready(text).render(**values)


def wrong_gaps(text: str, needed: Collection[str] = (), optional: Collection[str] = ()) -> str | None:
    """Says what nothing fills in a template, or what it leaves out.

    Args:
        text: A template.
        needed: What it has to say.
        optional: What it can say as well.

    Returns:
        The reason; None where nothing is wrong.
    """
    gaps = gaps_in(text)
    strange = sorted(gaps.difference(needed, optional))
    if strange:
        return f"nothing fills {_as_gaps(strange)}"
    left_out = [name for name in needed if name not in gaps]
    return f"it has no {_as_gaps(left_out)}" if left_out else None


def _as_gaps(names: Collection[str]) -> str:
    return ", ".join(f"{{{{ {name} }}}}" for name in names)
