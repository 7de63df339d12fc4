"""Local stand-ins for what Backchat talks to: they check every call as the real ones document it."""
