"""Features, voice activity and noise removal: what theory says of tones, and real speech in made noise."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("librosa")

from pipelines.cli import app
from pipelines.core.errors import EmptyInputError
from pipelines.core.types import Audio
from pipelines.speech.decode import decode_audio
from pipelines.speech.foundations import enhance, features, tools
from pipelines.speech.foundations.statistical_vad import speech_spans
from pipelines.speech.wav import write_wav
from training.foundations.speech.enhancement import Measured, markdown, word_errors
from training.foundations.speech.noises import NOISES, mixed, noise, si_sdr

RATE = 16_000


def tone(hertz: float, seconds: float = 0.5) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


@pytest.fixture(scope="module")
def speech(samples: Path) -> np.ndarray:
    return decode_audio(samples / "lj.flac").samples[: 4 * RATE]


def test_log_mel_is_loudest_in_the_band_of_the_tone() -> None:
    filters = features.mel_filters(RATE, 40)
    for hertz in (300.0, 1000.0, 3000.0):
        frames = features.log_mel(tone(hertz), RATE)
        assert frames.shape[1] == 40
        assert frames[20].argmax() == filters[:, round(hertz / RATE * features.fft_size(RATE))].argmax()


def test_deltas_of_a_ramp_are_its_slope() -> None:
    ramp = np.outer(np.arange(40, dtype=np.float32), [1.0, -2.0]).astype(np.float32)
    found = features.deltas(ramp)
    assert np.allclose(found[10:30, 2:4], [1.0, -2.0], atol=1e-5)
    assert np.allclose(found[10:30, 4:6], 0.0, atol=1e-5)


def test_pre_emphasis_is_a_difference() -> None:
    found = features.pre_emphasis(np.array([1.0, 1.0, 0.0], np.float32), 0.9)
    assert np.allclose(found, [1.0, 0.1, -0.9])


@pytest.mark.parametrize("make", [features.mfcc, features.plp])
def test_cepstra_are_nearer_for_the_same_sound_louder_than_for_another(make: object) -> None:
    random = np.random.default_rng(0)
    hiss = 0.01 * random.standard_normal(RATE // 2).astype(np.float32)
    low, high = tone(400) + hiss, tone(2500) + hiss
    a, louder, other = (make(x, RATE)[5:40, 1:].mean(0) for x in (low, 1.5 * low, high))  # type: ignore[operator]
    assert np.linalg.norm(a - louder) < 0.3 * np.linalg.norm(a - other)


def test_plp_is_the_cepstrum_of_its_all_pole_model() -> None:
    correlation = 0.6 ** np.arange(8) / (1 - 0.6**2)
    found = features._all_pole_cepstrum(correlation)
    assert np.allclose(found, [0.0, *(0.6**n / n for n in range(1, 8))], atol=1e-9)
    quiet = features.plp(np.zeros(4000, np.float32), 8000)
    assert quiet.shape[1] == 13 and np.isfinite(quiet).all()


def test_a_critical_band_hears_lower_tones_from_further_away() -> None:
    bins = np.fft.rfftfreq(features.fft_size(16_000), 1 / 16_000)
    bark = 6 * np.arcsinh(bins / 600)
    curves, _ = features.critical_bands(16_000)
    for centre in (8.0, 12.0):
        curve = curves[np.abs(np.linspace(0, bark[-1], len(curves)) - centre).argmin()]
        peak = bark[curve > 0.99].mean()
        assert bark[curve > 0].min() < peak - 2.0 and bark[curve > 0].max() < peak + 1.6


@pytest.mark.parametrize("name", NOISES)
def test_noise_is_mixed_at_the_ratio_that_was_asked_for(name: str, speech: np.ndarray) -> None:
    added = noise(name, len(speech), np.random.default_rng(0), [speech[::-1].copy()])  # type: ignore[arg-type]
    assert np.isclose(np.mean(added.astype(np.float64) ** 2), 1.0, atol=1e-3)
    assert abs(si_sdr(mixed(speech, added, 5.0), speech) - 5.0) < 0.5


@pytest.mark.parametrize(
    ("remove", "gain"),
    [(enhance.spectral_subtraction, 3.0), (enhance.wiener, 3.0), (enhance.spectral_gating, 2.0)],
)
def test_white_noise_is_removed(remove: object, gain: float, speech: np.ndarray) -> None:
    noisy = mixed(speech, noise("white", len(speech), np.random.default_rng(0)), 5.0)
    cleaned = remove(noisy, RATE)  # type: ignore[operator]
    assert cleaned.shape == noisy.shape and cleaned.dtype == np.float32
    assert si_sdr(cleaned, speech) > si_sdr(noisy, speech) + gain


def test_voice_activity_finds_speech_between_noise(speech: np.ndarray) -> None:
    hiss = np.random.default_rng(0).standard_normal(len(speech) + 2 * RATE).astype(np.float32)
    sound = 0.002 * hiss
    sound[RATE:-RATE] += speech
    spans = speech_spans(sound, RATE)
    assert 0.8 < spans[0][0] < 1.4 and 4.3 < spans[-1][1] < 5.3
    assert sum(end - start for start, end in spans) > 2.4
    assert sum(end - start for start, end in speech_spans(0.002 * hiss, RATE)) < 0.3


@pytest.mark.parametrize("name", ["mfcc", "plp", "log-mel", "deltas"])
def test_features_are_written(name: str, samples: Path, tmp_path: Path) -> None:
    fields = run(name, samples / "lj.flac", tmp_path)
    with np.load(fields["path"], allow_pickle=False) as file:
        assert file["frames"].shape == (fields["frames"], fields["width"])
        assert np.isfinite(file["frames"]).all()
    assert Path(fields["figure"]).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["pre-emphasis", "spectral-subtraction", "wiener", "spectral-gating"])
def test_sounds_are_written(name: str, samples: Path, tmp_path: Path) -> None:
    fields = run(name, samples / "lj.flac", tmp_path)
    written, given = decode_audio(Path(fields["path"])), decode_audio(samples / "lj.flac")
    assert len(written.samples) == len(given.samples)
    assert not np.allclose(written.samples, given.samples, atol=1e-3)


def test_voice_activity_is_drawn(samples: Path, tmp_path: Path) -> None:
    fields = run("vad", samples / "lj.flac", tmp_path)
    assert 0.5 < fields["speech_seconds"] / fields["audio_seconds"] <= 1.0
    assert Path(fields["figure"]).exists()


def test_what_is_too_short_is_refused(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", [Audio(tone(300, 0.02), RATE)])
    with pytest.raises(EmptyInputError, match="too short"):
        tools.mfcc(tmp_path / "a.wav", tmp_path)


def test_word_errors_are_counted_without_case_and_punctuation() -> None:
    assert word_errors("The cat, sat down.", "the dog sat down there") == (2, 4)
    assert word_errors("The cat", "") == (2, 2)


def test_numbers_are_the_same_in_words_and_in_digits() -> None:
    wrong, words = word_errors("printed in the year fourteen sixty-eight", "Printed in the year 1468.")
    assert (wrong, words) == (0, 5)


def test_the_table_pools_word_errors() -> None:
    rows = [
        Measured("none", "white", 0, 0.5, 1.0, 0.0, 1, 4),
        Measured("none", "white", 0, 0.7, 2.0, 2.0, 0, 1),
    ]
    assert "| 0 | none | 0.600 | 1.50 | 1.0 | 20.0 % |" in markdown(rows)


def run(name: str, file: Path, out: Path) -> dict[str, object]:
    result = CliRunner().invoke(app, [name, str(file), "--out", str(out), "--jsonl"])
    assert result.exit_code == 0, result.output
    fields: dict[str, object] = json.loads(result.stdout.splitlines()[-1])
    return fields
