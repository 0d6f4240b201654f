"""Positive or negative: a head on MiniLM trained on SST-2."""

from __future__ import annotations

from pipelines.core.types import Sentiment
from pipelines.text.head import EmbeddingHead


class SentimentHead(EmbeddingHead):
    """Sentiment of English text."""

    weights = "sentiment-head"
    model = "Trio sentiment head (on all-MiniLM-L6-v2)"

    def classify(self, text: str) -> Sentiment:
        """Return the sentiment. Raises EmptyInputError for blank text, InputError for other languages."""
        return Sentiment.of(self.distribution(text))
