"""Rasa graph components: thin wrappers of `backchat.understanding`."""
