"""The decision: from findings to the next question or to an assessment, as pure functions."""
