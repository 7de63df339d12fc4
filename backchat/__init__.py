"""Backchat: a conversational assistant that screens back pain and shows its reasons."""
