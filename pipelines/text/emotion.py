"""Six emotions of words: a head on MiniLM, trained on CARER tweets (Saravia et al., 2018)."""

from __future__ import annotations

from pipelines.core.types import Distribution
from pipelines.text.head import EmbeddingHead


class TextEmotionHead(EmbeddingHead):
    """Sadness, joy, love, anger, fear or surprise of English text."""

    weights = "text-emotion-head"
    model = "Trio text emotion head (on all-MiniLM-L6-v2)"

    def classify(self, text: str) -> Distribution:
        """Return the emotion. Raises EmptyInputError for blank text, InputError for other languages."""
        return self.distribution(text)
