"""What the classifiers on sentence embeddings share."""

from __future__ import annotations

from pipelines.core.errors import BackendError
from pipelines.core.linear import LinearHead
from pipelines.core.protocols import SentenceEncoder
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.core.types import Distribution, Stage
from pipelines.text.classifiable import cleaned_english


class EmbeddingHead:
    """A calibrated linear classifier of English text. Subclasses name the weights.

    Args:
        registry: Gives the sentence encoder and the weights.
    """

    weights: str
    model: str

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._head: LinearHead | None = None

    def load(self) -> None:
        """Verify and read the head, and load the encoder. Raises ModelError."""
        self._head = LinearHead.read(self._registry.store.path(self.weights) / "head.npz")
        self._registry.get(Stage.EMBED)

    def warm_up(self) -> None:
        """Classify one sentence."""
        self.distribution("hello there")

    def unload(self) -> None:
        """Free the head."""
        self._head = None

    def distribution(self, text: str) -> Distribution:
        """Return the labels' probabilities.

        Raises:
            EmptyInputError: for text without a letter, a digit or a symbol.
            InputError: for text in another language than English.
        """
        if self._head is None:
            raise BackendError(said("The classifier is not loaded"), fix=said("Load it through the registry"))
        plain = cleaned_english(text)
        encoder: SentenceEncoder = self._registry.get(Stage.EMBED)
        return self._head.classify(encoder.embed([plain.lower()])[0])
