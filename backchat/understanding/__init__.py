"""A person's words become findings: what is named, what is said of it, and the words it comes from."""

from backchat.understanding.reader import Understanding
from backchat.understanding.replies import Reply

__all__ = ["Reply", "Understanding"]
