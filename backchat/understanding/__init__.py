"""A person's words become findings: what is named, what is said of it, and the words it comes from."""

from functools import cache

from backchat.knowledge import load_knowledge, load_phrases
from backchat.understanding.replies import Reply
from backchat.understanding.understanding import Understanding

__all__ = ["Reply", "Understanding", "load_own_understanding"]


@cache
def load_own_understanding() -> Understanding:
    """Makes ready what reads with the phrases of the package, once for all who want it."""
    findings = load_knowledge().findings
    return Understanding(load_phrases(findings), findings)
