"""Sentiment and emotion of words by any text classifier of transformers (BERT, DistilBERT, RoBERTa, ...)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pipelines.core.device import Placement, running
from pipelines.core.hub_backend import HubBackend, open_pretrained
from pipelines.core.labels import SENTIMENTS, TEXT_EMOTIONS, Names, Relabel, labels_of
from pipelines.core.registry import Registry
from pipelines.core.types import Distribution, Sentiment
from pipelines.text.classifiable import cleaned

_MOST_TOKENS = 512


class TextClassifier(HubBackend):
    """A model with the head `...ForSequenceClassification`.

    Args:
        registry: Its store's cache holds the lock files.
        labels: From the model's labels to Trio's, where their names do not tell.
        **options: As for every `HubBackend`.
    """

    names: ClassVar[Names]

    def __init__(
        self, registry: Registry, *, labels: Mapping[str, str] | None = None, **options: Any
    ) -> None:
        super().__init__(registry, **options)
        self._labels = labels

    def _open(self, folder: Path, placement: Placement) -> None:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        self._tokenizer = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        net = open_pretrained(AutoModelForSequenceClassification, folder, placement)
        self._relabel = Relabel(labels_of(net.config.id2label), self.names, self._labels)
        self._net = net

    def warm_up(self) -> None:
        """Read one sentence."""
        self.distribution("hello there")

    def distribution(self, text: str) -> Distribution:
        """Return the probabilities of a text's labels; text over the model's length is cut.

        Raises:
            EmptyInputError: for blank text.
        """
        self.require_loaded()
        plain = cleaned(text)
        most = min(_MOST_TOKENS, self._tokenizer.model_max_length)
        with self._lock, running(self.model):
            inputs = self._tokenizer(plain, truncation=True, max_length=most, return_tensors="pt")
            logits = self._net(**inputs.to(self._net.device)).logits[0]
            return self._relabel(logits.float().softmax(dim=-1).tolist())


class HubSentiment(TextClassifier):
    """Positive or negative; neutral too, where the model knows it."""

    default = "distilbert/distilbert-base-uncased-finetuned-sst-2-english"
    names = SENTIMENTS

    def classify(self, text: str) -> Sentiment:
        """Return the sentiment. Raises EmptyInputError for blank text."""
        return Sentiment.of(self.distribution(text))


class HubTextEmotion(TextClassifier):
    """Emotion of words; labels that Trio does not have (GoEmotions' "curiosity", say) keep their names."""

    default = "bhadresh-savani/distilbert-base-uncased-emotion"
    names = TEXT_EMOTIONS

    def classify(self, text: str) -> Distribution:
        """Return the emotion. Raises EmptyInputError for blank text."""
        return self.distribution(text)
