"""Reasons by hiding parts: what a known model leans on is found; calls are bounded; a stop is heeded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled, EmptyInputError
from pipelines.core.types import Audio, Image
from pipelines.explain.occlusion import MOST_CALLS, explain_moments, explain_regions, explain_words
from pipelines.explain.reasons import content_words, overlap


@dataclass
class Counted:
    """Answers with a word's weight, and counts."""

    calls: int = 0

    def probability(self, text: str) -> float:
        self.calls += 1
        return 0.5 + 0.4 * ("good" in text.split()) - 0.3 * ("bad" in text.split())


def test_words_that_matter_have_weights_and_join_to_the_text() -> None:
    model = Counted()
    text = "A good film,  with a bad end."
    parts = explain_words(text, model.probability)
    assert "".join(part.text for part in parts) == text
    weights = {part.text: part.weight for part in parts if part.weight is not None}
    assert weights["good"] == pytest.approx(0.4) and weights["bad"] == pytest.approx(-0.3)
    assert weights["film"] == pytest.approx(0.0)
    assert model.calls == 1 + 7


def test_every_chinese_character_is_a_word() -> None:
    parts = explain_words("我很高兴。OK", lambda text: 0.9 if "高" in text else 0.1)
    assert [part.text for part in parts] == ["我", "很", "高", "兴", "。", "OK"]
    assert [part.weight for part in parts if part.weight] == [pytest.approx(0.8)]


def test_long_texts_are_hidden_in_groups() -> None:
    model = Counted()
    text = " ".join(["so"] * 200 + ["good"])
    parts = explain_words(text, model.probability)
    assert model.calls <= MOST_CALLS + 1
    best = max(parts, key=lambda part: part.weight or 0.0)
    assert best.text.endswith("good") and best.weight == pytest.approx(0.4)


def test_a_text_without_words_is_refused() -> None:
    with pytest.raises(EmptyInputError):
        explain_words("?! ...", lambda text: 0.5)


def test_a_single_word_leaves_nothing_and_counts_whole() -> None:
    (part,) = explain_words("good", lambda text: 0.9)
    assert part.weight == pytest.approx(0.9)


def test_the_region_that_matters_is_found() -> None:
    pixels = np.zeros((120, 90, 3), np.uint8)
    pixels[100:120, 75:90] = 255
    calls: list[tuple[int, int]] = []
    weights = explain_regions(
        Image(pixels),
        lambda image: float(image.pixels[100:120, 75:90].mean() > 200),
        progress=lambda done, total: calls.append((done, total)),
    )
    assert weights.shape == (6, 6)
    assert np.unravel_index(weights.argmax(), weights.shape) == (5, 5)
    assert weights[0, 0] == 0.0
    assert calls[-1] == (25, 25)
    assert pixels[110, 80, 0] == 255, "the picture itself is not written to"


def test_the_moment_that_matters_is_found() -> None:
    samples = np.full(32_000, 0.01, np.float32)
    samples[20_000:24_000] = 0.8
    moments = explain_moments(Audio(samples, 16_000), lambda audio: float(np.abs(audio.samples).max()))
    assert moments.seconds == 0.25
    assert len(moments.weights) == 8
    assert int(moments.weights.argmax()) == 5
    assert moments.weights[0] == pytest.approx(0.0, abs=1e-6)


def test_where_nobody_speaks_any_more_the_moment_counts_whole() -> None:
    def probability(audio: Audio) -> float:
        if not audio.samples[:4000].any():
            raise EmptyInputError("No speech")
        return 0.7

    moments = explain_moments(Audio(np.ones(8000, np.float32), 16_000), probability)
    assert moments.weights.tolist() == pytest.approx([0.7, 0.0])


def test_long_sound_gets_longer_moments() -> None:
    moments = explain_moments(Audio(np.ones(16_000 * 60, np.float32), 16_000), lambda audio: 0.5)
    assert len(moments.weights) == MOST_CALLS
    assert moments.seconds == pytest.approx(60 / MOST_CALLS)


def test_a_stop_is_heeded_before_the_next_call() -> None:
    token, calls = CancelToken(), []

    def probability(text: str) -> float:
        calls.append(text)
        if len(calls) == 3:
            token.cancel()
        return 0.5

    with pytest.raises(Cancelled):
        explain_words("one two three four five", probability, cancel=token)
    assert len(calls) == 3


def test_captions_are_alike_by_the_words_that_say_something() -> None:
    wanted = content_words("A dog runs on the beach")
    assert wanted == {"dog", "runs", "beach"}
    assert overlap(wanted, content_words("The dog is at a beach")) == pytest.approx(0.8)
    assert overlap(frozenset(), frozenset()) == 1.0
