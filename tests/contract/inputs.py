"""The inputs of the contract suite, what its cases have in common, and how results are told apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.assets import SAMPLES
from pipelines.core.cancel import CancelToken
from pipelines.core.types import Audio, Distribution, Image
from pipelines.image.decode import decode_image
from pipelines.speech.decode import decode_audio

Call = Callable[[Any], Any]
Gist = str | NDArray[np.float32]
ODD_TEXTS = ("\u200b\ufeff x", "🙂🙃", "!?…", "a" * 3000, "<b>&amp;</b>\x00\x07 {x}", "مرحبا 你好 hello")


class Case:
    stopped: Call | None = None
    refusals: str | None = None

    def use(self, backend: Any) -> Any:
        raise NotImplementedError

    def other(self, backend: Any) -> Any:
        raise NotImplementedError

    def gist(self, result: Any) -> Gist:
        raise NotImplementedError

    def check(self, result: Any) -> None:
        raise NotImplementedError

    def empty(self) -> Iterable[Call]:
        return ()

    def odd(self) -> Iterable[Call]:
        return ()


def distance(one: Gist, other: Gist) -> float:
    """Return how far apart two gists are; 0 for the same."""
    if isinstance(one, str) or isinstance(other, str):
        return 1.0 - SequenceMatcher(None, str(one), str(other), autojunk=False).ratio()
    return float(np.linalg.norm(one - other)) if one.shape == other.shape else math.inf


def scores(found: Distribution) -> NDArray[np.float32]:
    return np.array([found.scores[label] for label in sorted(found.scores)], np.float32)


def probability(value: float | None) -> bool:
    return value is None or (isinstance(value, float) and 0.0 <= value <= 1.0)


def voice(start: float = 0.0, seconds: float = 2.0) -> Audio:
    """Return a part of a real recording; the second 5 begins a sentence of other words."""
    samples = decode_audio(SAMPLES / "jfk.flac").samples
    return Audio(samples[int(16_000 * start) : int(16_000 * (start + seconds))], 16_000)


def sounds() -> tuple[Audio, ...]:
    """Return odd sounds: one sample, a click, noise at full scale."""
    noise = np.random.default_rng(3).uniform(-1, 1, 16_000).astype(np.float32)
    click = np.zeros(1600, np.float32)
    click[800] = 1.0
    return Audio(np.zeros(1, np.float32), 16_000), Audio(click, 16_000), Audio(noise, 16_000)


def silence() -> Audio:
    return Audio(np.zeros(16_000, np.float32), 16_000)


def picture(name: str = "cat.jpg") -> Image:
    return decode_image(SAMPLES / name)


def pictures() -> tuple[Image, ...]:
    """Return odd pictures: one pixel, a strip, a blank one."""
    shapes = ((1, 1), (2, 300), (64, 64))
    return tuple(Image(np.full((*shape, 3), 255, np.uint8)) for shape in shapes)


def cancelled() -> CancelToken:
    token = CancelToken()
    token.cancel()
    return token
