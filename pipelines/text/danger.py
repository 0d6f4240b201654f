"""Whether a message says that somebody is in danger now, in English and Chinese.

multilingual-e5-small (Wang et al., 2024, arXiv:2402.05672), cut to the pieces that the two languages need
and fine-tuned on messages written by hand (`training/danger`), int8.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import InputError
from pipelines.core.linear import distribution
from pipelines.core.said import said
from pipelines.core.types import Distribution
from pipelines.text.chinese import plain
from pipelines.text.classifiable import cleaned
from pipelines.text.graph import TextGraph
from pipelines.text.language import detect_language
from pipelines.text.turns import DANGERS

WEIGHTS = "danger"
TOKENIZER = "tokenizer.json"
HEAD = "danger"
NONE = "none"
LABELS = (NONE, *DANGERS)
LANGUAGES = ("en", "zh")
LONGEST = 128
"""Tokens of a message that are read: its end, where it is longer."""


_STOPS = " .。!！"  # noqa: RUF001


def as_judged(text: str) -> str:
    """Return a message as the model reads it: whether somebody writes the last full stop says nothing."""
    return plain(text).rstrip(_STOPS)


class DangerReader(TextGraph):
    """Nothing, self-harm, violence, or an emergency such as an accident or a sudden illness."""

    model = "Trio danger (fine-tuned multilingual-e5-small, int8)"
    weights = WEIGHTS
    tokenizer = (WEIGHTS, TOKENIZER)
    longest = LONGEST
    cut = "left"

    def warm_up(self) -> None:
        """Read one message."""
        self.classify("hello there")

    def classify(self, text: str) -> Distribution:
        """Return the danger; `label` is another than "none" only where some danger is likely enough.

        Raises:
            EmptyInputError: for text without a letter, a digit or a symbol.
            InputError: for text in another language than English and Chinese.
        """
        words = cleaned(text)
        if (language := detect_language(words)) not in LANGUAGES:
            raise InputError(
                said("Whether anyone is in danger was not judged: English and Chinese only"),
                given=said("text in the language {language}", language=repr(language)),
                allowed=said("English, Chinese"),
            )
        return self.judged(self.chances(HEAD, self.scores([as_judged(words)]))[0])

    def judged(self, chances: NDArray[np.float32]) -> Distribution:
        """Return what the probabilities of `LABELS`, float32 (4,), say."""
        found = distribution(LABELS, chances)
        (at_least,) = self.heads[HEAD].thresholds
        if 1.0 - found.scores[NONE] < at_least:
            return Distribution(NONE, found.scores[NONE], found.scores)
        label = max(LABELS[1:], key=found.scores.__getitem__)
        return Distribution(label, found.scores[label], found.scores)
