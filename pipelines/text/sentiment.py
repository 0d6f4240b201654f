"""Positive or negative: the back-end that chooses by language, and a head on MiniLM trained on SST-2."""

from __future__ import annotations

from pipelines.core.protocols import SentimentClassifier
from pipelines.core.registry import Registry
from pipelines.core.types import Sentiment, Stage
from pipelines.text.head import EmbeddingHead
from pipelines.text.language import detect_language


class SentimentRouter:
    """Sentiment of English by the fine-tuned MiniLM, of Chinese by character n-grams."""

    model = "Trio feelings (English), character n-grams (Chinese)"

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def _backend(self, language: str) -> SentimentClassifier:
        name = "chinese" if language == "zh" else "minilm-tuned"
        backend: SentimentClassifier = self._registry.get(Stage.SENTIMENT, name)
        return backend

    def load(self) -> None:
        """Load both. Raises ModelError."""
        self._backend("en"), self._backend("zh")

    def warm_up(self) -> None:
        """Warm both."""
        for language in ("en", "zh"):
            self._backend(language).warm_up()

    def unload(self) -> None:
        """Do nothing: the registry frees the back-ends."""

    def classify(self, text: str) -> Sentiment:
        """Return the sentiment. Raises EmptyInputError for blank text, InputError for other languages."""
        return self._backend(detect_language(text)).classify(text)


class SentimentHead(EmbeddingHead):
    """Sentiment of English text."""

    weights = "sentiment-head"
    model = "Trio sentiment head (on all-MiniLM-L6-v2)"

    def classify(self, text: str) -> Sentiment:
        """Return the sentiment. Raises EmptyInputError for blank text, InputError for other languages."""
        found = self.distribution(text)
        return Sentiment(found.label, found.confidence)
