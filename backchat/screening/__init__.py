"""The decision: from findings to the next question or to an assessment. Pure functions of what is passed in."""
