"""Sentiment and emotion of words in the language that they are in."""

from __future__ import annotations

from typing import Any

from pipelines.core.errors import InputError
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.core.types import Distribution, Sentiment, Stage
from pipelines.text.language import detect_language

BACKENDS = {"en": "minilm-tuned", "zh": "chinese"}
"""Who reads which language."""


class _ByLanguage:
    """What the two routers share: one back-end a language, from the registry, which also frees it."""

    model = "Trio feelings (English: MiniLM, Chinese: multilingual-e5-small)"
    stage: Stage

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def load(self) -> None:
        """Load them all. Raises ModelError."""
        for name in BACKENDS.values():
            self._registry.get(self.stage, name)

    def warm_up(self) -> None:
        """Warm them all."""
        for name in BACKENDS.values():
            self._registry.get(self.stage, name).warm_up()

    def unload(self) -> None:
        """Do nothing: the registry frees the back-ends."""

    def _for(self, text: str) -> Any:
        language = detect_language(text)
        if language not in BACKENDS:
            raise InputError(
                said("The feelings of the text were not analysed: English and Chinese only"),
                given=said("text in the language {language}", language=repr(language)),
                allowed=said("English, Chinese"),
            )
        return self._registry.get(self.stage, BACKENDS[language])


class SentimentRouter(_ByLanguage):
    """Negative, neutral or positive."""

    stage = Stage.SENTIMENT

    def classify(self, text: str) -> Sentiment:
        """Return the sentiment. Raises EmptyInputError for blank text, InputError for other languages."""
        found: Sentiment = self._for(text).classify(text)
        return found


class EmotionRouter(_ByLanguage):
    """An emotion or none of them ("neutral"); each language has labels of its own."""

    stage = Stage.TEXT_EMOTION

    def classify(self, text: str) -> Distribution:
        """Return the emotion. Raises EmptyInputError for blank text, InputError for other languages."""
        found: Distribution = self._for(text).classify(text)
        return found
