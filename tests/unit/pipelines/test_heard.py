"""What is heard of recordings that are quiet, have gaps, or are in two languages; without a model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.core.types import Audio
from pipelines.speech.decode import decode_audio
from pipelines.speech.languages import HOP, PART, stretches
from pipelines.speech.vad import SAMPLE_RATE, Speech, find_speech, raised


@pytest.fixture(scope="module")
def jfk(samples: Path) -> np.ndarray:
    return np.asarray(decode_audio(samples / "jfk.flac").samples)


def quiet(samples: np.ndarray, decibels: float) -> np.ndarray:
    """16 bits, as a file has them."""
    return (np.round(samples * 10 ** (decibels / 20) * 32768) / 32768).astype(np.float32)


def seconds(speech: Speech) -> float:
    return sum(end - start for start, end in speech.spans) / SAMPLE_RATE


@pytest.mark.parametrize("decibels", [-40, -50, -60])
def test_very_quiet_speech_is_found_as_a_whole(jfk: np.ndarray, decibels: float) -> None:
    found = find_speech(Audio(quiet(jfk, decibels), SAMPLE_RATE))
    assert seconds(found) > 10
    assert np.abs(found.samples).max() < 0.05, "the samples themselves stay as they are"


def test_quiet_speech_after_loud_speech_is_found(jfk: np.ndarray) -> None:
    pause = np.zeros(4 * SAMPLE_RATE, np.float32)
    found = find_speech(Audio(np.concatenate([jfk, pause, quiet(jfk, -50)]), SAMPLE_RATE))
    assert seconds(found) > 20


@pytest.mark.parametrize("level", [1e-4, 1e-3, 1e-2])
def test_quiet_noise_is_not_taken_for_speech(level: float) -> None:
    noise = np.random.default_rng(0).normal(0, level, 8 * SAMPLE_RATE).astype(np.float32)
    assert not find_speech(Audio(noise, SAMPLE_RATE)).spans


@pytest.mark.parametrize("length", [0, 1, 500, SAMPLE_RATE, SAMPLE_RATE + 1, 5 * SAMPLE_RATE])
def test_sound_of_any_length_is_raised(length: int) -> None:
    assert raised(np.full(length, 0.001, np.float32)).max(initial=0.3) == pytest.approx(0.3, abs=0.01)
    assert not raised(np.zeros(length, np.float32)).any()
    loud = np.full(length, 0.5, np.float32)
    assert raised(loud) is loud


SPEECH = Speech(
    np.zeros(16 * SAMPLE_RATE, np.float32), ((0, 10 * SAMPLE_RATE), (40 * SAMPLE_RATE, 46 * SAMPLE_RATE))
)
"""Ten seconds, thirty of silence, six seconds."""


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ((9.6, 14.0), (40.0, 44.0)),
        ((10.0, 14.0), (40.0, 44.0)),
        ((7.0, 10.0), (7.0, 10.0)),
        ((7.0, 10.3), (7.0, 10.0)),
        ((10.2, 12.0), (40.2, 42.0)),
        ((9.6, 9.9), (9.6, 9.9)),
        ((2.0, 14.0), (2.0, 44.0)),
        ((15.0, 17.0), (45.0, 46.0)),
    ],
)
def test_words_after_a_gap_begin_after_it(given: tuple[float, float], right: tuple[float, float]) -> None:
    assert SPEECH.original_times(*given) == pytest.approx(right, abs=0.01)


def spoken(languages: list[tuple[str, float]]) -> list[tuple[str, float, float]]:
    """Return (language, start, end in seconds) for what the decoder says of each second."""
    count = PART + HOP * (len(languages) - 1)
    samples = np.random.default_rng(0).normal(0, 0.1, count * SAMPLE_RATE // 50).astype(np.float32)
    samples[int(4.4 * SAMPLE_RATE) : int(4.7 * SAMPLE_RATE)] = 0
    found = stretches(
        samples, np.zeros((count, 8), np.float32), ("zh", 0.8), lambda parts: languages[: len(parts)]
    )
    assert [one.end for one in found[:-1]] == [one.start for one in found[1:]]
    assert found[0].start == 0 and found[-1].end == len(samples)
    return [(one.language, one.start / SAMPLE_RATE, one.end / SAMPLE_RATE) for one in found]


def test_two_languages_are_two_stretches_cut_in_the_pause() -> None:
    found = spoken([("zh", 0.9)] * 3 + [("ko", 0.3)] + [("en", 0.9)] * 5)
    assert [language for language, *_ in found] == ["zh", "en"]
    assert 4.3 < found[0][2] < 4.8


@pytest.mark.parametrize(
    "languages",
    [
        [("zh", 0.9)] * 8,
        [("zh", 0.9)] * 4 + [("en", 0.95)] + [("zh", 0.9)] * 4,
        [("zh", 0.9)] * 4 + [("en", 0.5)] * 4,
        [("cy", 0.3)] * 8,
        [("zh", 0.9), ("en", 0.9)],
    ],
    ids=["one", "a word", "not sure", "not sure at all", "short"],
)
def test_one_language_stays_one_stretch(languages: list[tuple[str, float]]) -> None:
    assert [language for language, *_ in spoken(languages)] == ["zh"]
