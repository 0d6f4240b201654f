"""The cases of the stages that read text, and of those that answer with labels."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from pipelines.core.types import Distribution, Sentiment
from tests.contract.inputs import ODD_TEXTS, Call, Case, Gist, cancelled, probability, scores


class Distributes(Case):
    """Emotions: labels with probabilities."""

    def gist(self, result: Any) -> Gist:
        return scores(result)

    def check(self, result: Any) -> None:
        assert isinstance(result, Distribution) and result.label in result.scores
        assert all(probability(score) for score in result.scores.values())
        assert math.isclose(sum(result.scores.values()), 1.0, abs_tol=1e-3)
        assert result.confidence == max(result.scores.values()) == result.scores[result.label]


class OfText(Case):
    """Stages that read text. `method` is their call."""

    method = "classify"
    refusals = "supports English only|English and Chinese only"

    def use(self, backend: Any) -> Any:
        happy = "我很高兴。" if "Chinese" in backend.model else "I am so happy that you came!"
        return getattr(backend, self.method)(happy)

    def other(self, backend: Any) -> Any:
        bad = "太糟糕了，很差。" if "Chinese" in backend.model else "This is the worst day of my life."
        return getattr(backend, self.method)(bad)

    def empty(self) -> Iterable[Call]:
        return [lambda b, text=text: getattr(b, self.method)(text) for text in ("", " \n\t")]

    def odd(self) -> Iterable[Call]:
        return [lambda b, text=text: getattr(b, self.method)(text) for text in ODD_TEXTS]


class ReadsEmotion(OfText, Distributes):
    pass


class ReadsSentiment(OfText):
    def gist(self, result: Any) -> Gist:
        return np.array([result.scores["positive"], result.scores["negative"]], np.float32)

    def check(self, result: Any) -> None:
        assert isinstance(result, Sentiment) and set(result.scores) <= {"positive", "neutral", "negative"}
        assert result.score == result.scores[result.label] == max(result.scores.values())
        assert sum(result.scores.values()) == pytest.approx(1.0, abs=1e-4)


class ReadsFeelings(OfText):
    method = "read"

    def gist(self, result: Any) -> Gist:
        return scores(result.emotion)

    def check(self, result: Any) -> None:
        Distributes().check(result.emotion)
        Distributes().check(result.sentiment)
        assert all(probability(score) for score in result.fine.values())


class Embeds(Case):
    def use(self, backend: Any) -> Any:
        texts = ["A dog.", "A very different sentence."]
        assert backend.count_tokens(texts) >= 5
        return backend.embed(texts)

    def other(self, backend: Any) -> Any:
        return backend.embed(["Three ships are at sea.", "Nobody came home last night."])

    def gist(self, result: Any) -> Gist:
        return np.asarray(result, np.float32)

    def check(self, result: Any) -> None:
        assert result.dtype == np.float32 and result.ndim == 2
        np.testing.assert_allclose(np.linalg.norm(result, axis=1), 1.0, atol=1e-3)

    def empty(self) -> Iterable[Call]:
        return [lambda backend: backend.embed([]), lambda backend: backend.embed([""])]

    def odd(self) -> Iterable[Call]:
        return [lambda backend: backend.embed(list(ODD_TEXTS))]

    stopped = staticmethod(lambda backend: backend.embed(["A dog.", "A cat."], cancel=cancelled()))
