"""Prosody: what it measures on sounds whose pitch, level and voicing are known."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.speech.prosody import SAMPLE_RATE, SIZE, pitch, prosody


def voice(hertz: np.ndarray | float, seconds: float = 1.0, loud: float = 0.1) -> np.ndarray:
    time = np.arange(int(seconds * SAMPLE_RATE))
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(hertz, time.shape)) / SAMPLE_RATE
    return (loud * sum(np.sin(n * phase) / n for n in range(1, 12))).astype(np.float32)


@pytest.mark.parametrize("hertz", [90.0, 130.0, 220.0, 330.0, 480.0])
def test_pitch_of_a_steady_voice(hertz: float) -> None:
    semitones, strength, _ = pitch(voice(hertz))
    assert np.nanmedian(semitones) == pytest.approx(12 * np.log2(hertz / 55), abs=0.2)
    assert np.isfinite(semitones).mean() > 0.9 and np.median(strength) > 0.8


def test_pitch_follows_a_rising_voice() -> None:
    semitones, _, _ = pitch(voice(np.linspace(120.0, 240.0, SAMPLE_RATE)))
    heard = semitones[np.isfinite(semitones)]
    assert heard[-10:].mean() - heard[:10].mean() == pytest.approx(12.0, abs=2.0)


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, SAMPLE_RATE).astype(np.float32)
    assert np.isfinite(pitch(noise)[0]).mean() < 0.1
    assert not np.isfinite(pitch(np.zeros(SAMPLE_RATE, np.float32))[0]).any()


def mel(frames: int) -> np.ndarray:
    return np.random.default_rng(1).normal(0, 0.5, (80, frames)).astype(np.float32)


@pytest.mark.parametrize("samples", [1, 500, 8_000, 160_000])
def test_size_and_finite_numbers_for_any_length(samples: int) -> None:
    sound = voice(150.0, samples / SAMPLE_RATE)
    found = prosody(sound, mel(max(1, samples // 160)))
    assert found.shape == (SIZE,) and found.dtype == np.float32 and np.isfinite(found).all()


def test_level_of_the_recording_does_not_matter() -> None:
    sound = voice(np.linspace(120.0, 200.0, SAMPLE_RATE)) * np.hanning(SAMPLE_RATE).astype(np.float32)
    spectrum = mel(100)
    assert prosody(sound, spectrum) == pytest.approx(prosody(0.2 * sound, spectrum), abs=0.05)


def test_a_steady_voice_varies_less_than_a_lively_one() -> None:
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    steady = prosody(voice(150.0), mel(100))[1]
    lively = prosody(voice(150.0 * 2 ** (0.4 * np.sin(2 * np.pi * 3 * time))), mel(100))[1]
    assert lively > 5 * steady
