"""The page on what happens with what people write."""

from __future__ import annotations

import os

from jinja2 import Environment

from backchat.knowledge.models import Privacy
from backchat.knowledge.texts import ENVIRONMENT

OPERATOR_VARIABLE = "BACKCHAT_OPERATOR"

_PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>Backchat: {{ title }}</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="privacy.css">
</head>
<body>
  <main>
    <h1>{{ title }}</h1>
    {%- for heading, text in sections %}
    <h2>{{ heading }}</h2>
    <p>{{ text }}</p>
    {%- endfor %}
  </main>
</body>
</html>
"""


def privacy_page(privacy: Privacy, days: int) -> bytes:
    """Writes the page. Who runs the service says so in `BACKCHAT_OPERATOR`.

    Args:
        privacy: `Knowledge.privacy`.
        days: How long a conversation is kept.

    Returns:
        The page, as HTML.
    """
    values = {"days": days, "operator": os.environ.get(OPERATOR_VARIABLE, "")}
    sections = [(s.heading, ENVIRONMENT.from_string(s.text).render(values)) for s in privacy.sections]
    page = Environment(autoescape=True).from_string(_PAGE)
    return page.render(title=privacy.title, sections=sections).encode()
