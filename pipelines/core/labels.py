"""Labels of foreign classifiers to Trio's names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipelines.core.errors import ModelError
from pipelines.core.said import said
from pipelines.core.types import Distribution

Names = Mapping[str, Sequence[str]]
"""Trio's label to the names that others give it, in lower case."""

VOICE_EMOTIONS: Names = {
    "neutral": ("neutral", "neu", "neutrality"),
    "calm": ("calm", "cal"),
    "happy": ("happy", "hap", "happiness", "joy", "exc", "excited"),
    "sad": ("sad", "sadness"),
    "angry": ("angry", "ang", "anger"),
    "fearful": ("fearful", "fea", "fear"),
    "disgusted": ("disgusted", "dis", "disgust"),
    "surprised": ("surprised", "sur", "surprise", "ps", "pleasant_surprise"),
}
TEXT_EMOTIONS: Names = {
    "neutral": ("neutral", "no emotion"),
    "sadness": ("sadness", "sad"),
    "joy": ("joy", "happy", "happiness"),
    "love": ("love", "loving"),
    "anger": ("anger", "angry"),
    "fear": ("fear", "fearful", "scared"),
    "surprise": ("surprise", "surprised"),
    "disgust": ("disgust", "disgusted"),
}
SENTIMENTS: Names = {
    "neutral": ("neutral", "neu", "3 stars"),
    "positive": ("positive", "pos", "very positive", "4 stars", "5 stars"),
    "negative": ("negative", "neg", "very negative", "1 star", "2 stars"),
}


class Relabel:
    """Probabilities over a model's labels to a distribution over Trio's.

    Args:
        labels: The model's, in the order of its outputs.
        names: Trio's and their synonyms.
        given: The person's own mapping, from the model's label to Trio's; it comes first.

    Raises:
        ModelError: if no label can be told, or `given` names a label that the model or Trio lacks.
    """

    def __init__(self, labels: Sequence[str], names: Names, given: Mapping[str, str] | None = None) -> None:
        given = dict(given or {})
        if strange := [f"{k} = {v}" for k, v in given.items() if k not in labels or v not in names]:
            raise ModelError(
                said("The classifier's labels cannot be named like this"),
                given=", ".join(strange),
                allowed=f"any of {', '.join(labels)} = any of {', '.join(names)}",
            )
        found = {synonym: name for name, synonyms in names.items() for synonym in synonyms}
        self._named = tuple(given.get(label) or found.get(label.strip().lower(), label) for label in labels)
        if not set(self._named) & set(names):
            raise ModelError(
                said("None of the classifier's labels matches one of Trio's"),
                given=", ".join(labels),
                allowed=", ".join(names),
                fix=said(
                    "Map them in the options, for example: labels = {example}",
                    example='{ LABEL_0 = "negative" }',
                ),
            )

    def __call__(self, chances: Sequence[float]) -> Distribution:
        """Return the distribution; labels of one name are summed, labels without a name keep their own."""
        scores: dict[str, float] = {}
        for name, chance in zip(self._named, chances, strict=True):
            scores[name] = scores.get(name, 0.0) + float(chance)
        best = max(scores, key=scores.__getitem__)
        return Distribution(best, scores[best], scores)


def labels_of(id2label: Mapping[int, str]) -> list[str]:
    """Return the labels of a transformers config in the order of the outputs."""
    return [id2label[index] for index in sorted(id2label)]
