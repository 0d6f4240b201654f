"""Arithmetic that several stages share: softmax, the distribution of a row, another sample rate."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax as reference

from pipelines.core.linear import distribution, softmax
from pipelines.speech.resample import resample


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(5,), (3, 5), (2, 3, 5)])
def test_softmax_is_that_of_scipy(kind: type, shape: tuple[int, ...]) -> None:
    scores = (np.random.default_rng(0).standard_normal(shape) * 40).astype(kind)
    found = softmax(scores)
    assert found.dtype == kind
    np.testing.assert_allclose(found, reference(scores, axis=-1), rtol=1e-5)


def test_large_scores_do_not_overflow() -> None:
    assert softmax(np.array([1e4, 0.0], np.float32)).tolist() == [1.0, 0.0]


def test_a_row_names_its_best_label() -> None:
    found = distribution(["a", "b"], np.array([0.25, 0.75]))
    assert (found.label, found.confidence, dict(found.scores)) == ("b", 0.75, {"a": 0.25, "b": 0.75})


@pytest.mark.parametrize(("rate", "target"), [(24_000, 16_000), (44_100, 16_000), (16_000, 24_000)])
def test_a_tone_keeps_its_pitch_and_its_loudness(rate: int, target: int) -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(rate) / rate).astype(np.float32)
    found = resample(tone, rate, target)
    assert (found.dtype, len(found)) == (np.float32, target)
    wanted = np.sin(2 * np.pi * 440 * np.arange(target) / target)
    assert np.abs(found - wanted)[500:-500].max() < 0.01


def test_the_same_rate_is_left_alone() -> None:
    samples = np.ones(3, np.float32)
    assert resample(samples, 8000, 8000) is samples
