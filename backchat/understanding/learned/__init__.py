"""The learned layer: what a message says in words that no phrase holds."""

from backchat.understanding.learned.agreement import Thresholds, settle
from backchat.understanding.learned.examples import Example, load_examples
from backchat.understanding.learned.paraphrases import ParaphraseReader, Reading, Trained

__all__ = [
    "Example",
    "ParaphraseReader",
    "Reading",
    "Thresholds",
    "Trained",
    "load_examples",
    "settle",
]
