"""What words feel, in one pass of an int8 graph with several heads: English here, Chinese in chinese.py.

English: sentiment, six emotions and GoEmotions from a fine-tuned MiniLM (training/feelings). The two heads
that people see were trained on texts that all feel something. How likely a text feels nothing is told by a
linear model on the scores of all the heads (`training/feelings/neutral.py`): "neutral" takes that share of
both.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import BackendError
from pipelines.core.linear import LinearHead, distribution
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.core.types import Distribution, Sentiment, Stage
from pipelines.text.classifiable import cleaned_english
from pipelines.text.graph import TextGraph

WEIGHTS = "feelings"
MAX_TOKENS = 256
NEUTRAL = "neutral"
FELT = "felt"


@dataclass(frozen=True, eq=False)
class Feelings:
    """What one text says.

    `sentiment` and `emotion` are distributions, "neutral" among their labels; `fine`: the GoEmotions over
    their thresholds, with their probabilities, the likeliest first.
    """

    sentiment: Distribution
    emotion: Distribution
    fine: Mapping[str, float] = field(default_factory=dict)


class TextReader(TextGraph):
    """One pass over a text for several heads; subclasses say which text is read and what the scores mean.

    The last text's result is remembered: two stages ask for it at once.
    """

    example: str
    """Of a text, to warm up with."""

    def __init__(self, registry: Registry, *, threads: int = 2) -> None:
        super().__init__(registry, threads=threads)
        self._lock = threading.Lock()
        self._last: tuple[str, Feelings] | None = None

    def warm_up(self) -> None:
        """Read the example."""
        self.read(self.example)

    def unload(self) -> None:
        """Free the weights."""
        super().unload()
        self._last = None

    def read(self, text: str) -> Feelings:
        """Return what a text says.

        Raises:
            EmptyInputError: for text without a letter, a digit or a symbol.
            InputError: for text in a language that it does not read.
        """
        plain = self._plain(text)
        with self._lock:
            if self._last is None or self._last[0] != plain:
                self._last = plain, self._feelings({k: v[0] for k, v in self.scores([plain]).items()})
            return self._last[1]

    def _plain(self, text: str) -> str:
        raise NotImplementedError

    def _feelings(self, scores: Mapping[str, NDArray[np.float32]]) -> Feelings:
        raise NotImplementedError


class FeelingsReader(TextReader):
    """Of English."""

    model = "Trio feelings (fine-tuned MiniLM, int8)"
    weights = WEIGHTS
    tokenizer = ("minilm", "tokenizer.json")
    longest = MAX_TOKENS
    example = "hello there"

    def __init__(self, registry: Registry, *, threads: int = 2) -> None:
        super().__init__(registry, threads=threads)
        self._felt: LinearHead | None = None

    def open(self, folder: Path, tokenizer: Path) -> None:
        """Open the files of `folder`, which somebody else has verified. Raises ModelError."""
        super().open(folder, tokenizer)
        felt = folder / "neutral.npz"
        self._felt = LinearHead.read(felt) if felt.exists() else None

    def unload(self) -> None:
        """Free the weights."""
        super().unload()
        self._felt = None

    def _plain(self, text: str) -> str:
        return cleaned_english(text).lower()

    def _feelings(self, scores: Mapping[str, NDArray[np.float32]]) -> Feelings:
        fine, head = scores["fine"], self.heads["fine"]
        chances = 1.0 / (1.0 + np.exp(-fine / head.temperature))
        over = [
            (label, float(chance))
            for label, chance, least in zip(head.labels, chances, head.thresholds, strict=True)
            if chance >= least
        ]
        named = dict(sorted(over, key=lambda pair: -pair[1]))
        neutral = self._neutral(scores)
        return Feelings(self._one("sentiment", scores, neutral), self._one("emotion", scores, neutral), named)

    def _neutral(self, scores: Mapping[str, NDArray[np.float32]]) -> float:
        """Return the probability that the text feels nothing."""
        if self._felt is None:
            raise BackendError(
                said("The classifier is not complete"), given=said("{name} is missing", name="neutral.npz")
            )
        return self._felt.classify(np.concatenate([scores[name] for name in self.heads])).scores[NEUTRAL]

    def _one(self, name: str, scores: Mapping[str, NDArray[np.float32]], neutral: float) -> Distribution:
        chances = self.chances(name, scores) * np.float32(1.0 - neutral)
        return distribution((*self.heads[name].labels, NEUTRAL), np.append(chances, np.float32(neutral)))


class FeelingsStage:
    """What the stages share: their reader, from the registry."""

    model: str
    reader: str
    """Name of the back-end that reads."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def _reader(self) -> TextReader:
        reader: TextReader = self._registry.get(Stage.FEELINGS, self.reader)
        return reader

    def load(self) -> None:
        """Load the reader. Raises ModelError."""
        self._reader()

    def warm_up(self) -> None:
        """Read one sentence."""
        self._reader().warm_up()

    def unload(self) -> None:
        """Do nothing: the registry frees the reader."""


class SentimentOfReader(FeelingsStage):
    """Negative, neutral or positive."""

    def classify(self, text: str) -> Sentiment:
        """Return the sentiment. Raises EmptyInputError for blank text, InputError for other languages."""
        return Sentiment.of(self._reader().read(text).sentiment)


class EmotionOfReader(FeelingsStage):
    """An emotion or none of them ("neutral")."""

    def classify(self, text: str) -> Distribution:
        """Return the emotion. Raises EmptyInputError for blank text, InputError for other languages."""
        return self._reader().read(text).emotion


class FineTunedSentiment(SentimentOfReader):
    """Of English text."""

    model, reader = FeelingsReader.model, "minilm-tuned"


class FineTunedEmotion(EmotionOfReader):
    """Sadness, joy, love, anger, fear, surprise or "neutral", of English text."""

    model, reader = FeelingsReader.model, "minilm-tuned"
