"""The foundations of speech that need no training, as commands: features, voice activity, noise removal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from pipelines.core.errors import EmptyInputError
from pipelines.core.foundation import Fields
from pipelines.core.types import Audio
from pipelines.speech.decode import decode_audio
from pipelines.speech.foundations import enhance, features
from pipelines.speech.foundations.features import HOP_SECONDS, WINDOW_SECONDS, Frames, Samples
from pipelines.speech.foundations.statistical_vad import HOP_SECONDS as VAD_HOP
from pipelines.speech.foundations.statistical_vad import THRESHOLD, likelihood_ratio, speech_spans
from pipelines.speech.wav import write_wav

SHADES = 12
"""Colours of a picture: few, so that its file is small."""


def log_mel(file: Path, out: Path) -> Fields:
    """Write 40 log-mel bands; fields as of `mfcc`."""
    return _features(file, out, "log-mel", features.log_mel)


def mfcc(file: Path, out: Path) -> Fields:
    """Write 13 MFCC as npz and a figure; fields `path`, `figure`, `frames`, `width`, `frames_per_second`."""
    return _features(file, out, "mfcc", features.mfcc)


def plp(file: Path, out: Path) -> Fields:
    """Write 13 PLP cepstra; fields as of `mfcc`."""
    return _features(file, out, "plp", features.plp)


def deltas(file: Path, out: Path) -> Fields:
    """Write 13 MFCC with their first and second differences; fields as of `mfcc`."""
    return _features(file, out, "deltas", lambda samples, rate: features.deltas(features.mfcc(samples, rate)))


def pre_emphasis(file: Path, out: Path) -> Fields:
    """Write the pre-emphasised sound; fields as of `wiener`."""
    return _sound(file, out, "pre-emphasis", lambda samples, rate: features.pre_emphasis(samples))


def spectral_subtraction(file: Path, out: Path) -> Fields:
    """Write the sound after spectral subtraction; fields as of `wiener`."""
    return _sound(file, out, "spectral-subtraction", enhance.spectral_subtraction)


def wiener(file: Path, out: Path) -> Fields:
    """Write the sound after a Wiener filter as WAV; fields `path`, `audio_seconds`, `power_change_db`."""
    return _sound(file, out, "wiener", enhance.wiener)


def spectral_gating(file: Path, out: Path) -> Fields:
    """Write the sound after spectral gating; fields as of `wiener`."""
    return _sound(file, out, "spectral-gating", enhance.spectral_gating)


def vad(file: Path, out: Path) -> Fields:
    """Find speech and draw it; fields `spans` (seconds), `speech_seconds`, `audio_seconds`, `figure`."""
    audio = _read(file)
    spans = speech_spans(audio.samples, audio.sample_rate)
    figure = _target(out, file, "vad", "png")
    _plot_vad(audio, spans, figure)
    return {
        "spans": [[round(start, 3), round(end, 3)] for start, end in spans],
        "speech_seconds": round(sum(end - start for start, end in spans), 3),
        "audio_seconds": round(audio.seconds, 3),
        "figure": str(figure),
    }


def _read(file: Path) -> Audio:
    """Return the sound at 16 kHz. Raises InputError; a recording must last one window, 25 ms."""
    audio = decode_audio(file)
    if audio.seconds < 2 * WINDOW_SECONDS:
        raise EmptyInputError("The recording is too short", given=f"{audio.seconds:.3f} s", allowed="0.05 s")
    return audio


def _target(out: Path, file: Path, name: str, suffix: str) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    return out / f"{file.stem}.{name}.{suffix}"


def _features(file: Path, out: Path, name: str, make: Callable[[Samples, int], Frames]) -> Fields:
    audio = _read(file)
    frames = make(audio.samples, audio.sample_rate)
    path, figure = (_target(out, file, name, suffix) for suffix in ("npz", "png"))
    np.savez_compressed(path, frames=frames, sample_rate=audio.sample_rate, hop_seconds=HOP_SECONDS)
    plot_features({name: frames}, figure)
    count, width = frames.shape
    fields: Fields = {"path": str(path), "figure": str(figure), "frames": count, "width": width}
    return {**fields, "frames_per_second": 1 / HOP_SECONDS}


def _sound(file: Path, out: Path, name: str, change: Callable[[Samples, int], Samples]) -> Fields:
    audio = _read(file)
    samples = change(audio.samples, audio.sample_rate)
    path = _target(out, file, name, "wav")
    seconds = write_wav(path, [Audio(samples, audio.sample_rate)])
    before, after = (float(np.mean(np.square(x, dtype=np.float64))) + 1e-12 for x in (audio.samples, samples))
    change_db = round(10 * float(np.log10(after / before)), 2)
    return {"path": str(path), "audio_seconds": round(seconds, 3), "power_change_db": change_db}


def plot_features(named: dict[str, Frames], target: Path) -> None:
    """Draw features over time, one below the other; each row of a picture is scaled by its own spread."""
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    colours = colormaps["viridis"].resampled(SHADES)
    figure = Figure(figsize=(7, 0.6 + 1.6 * len(named)), layout="constrained")
    panels = figure.subplots(len(named), 1, squeeze=False, sharex=True)[:, 0]
    for panel, (name, frames) in zip(panels, named.items(), strict=True):
        shown = frames if name == "log-mel" else (frames - frames.mean(0)) / (frames.std(0) + 1e-6)
        seconds = len(frames) * HOP_SECONDS
        panel.imshow(
            shown.T,
            origin="lower",
            aspect="auto",
            extent=(0, seconds, 0, frames.shape[1]),
            cmap=colours,
            interpolation="nearest",
        )
        panel.set(ylabel=name)
    panels[-1].set(xlabel="seconds")
    figure.savefig(target, dpi=80)


def _plot_vad(audio: Audio, spans: list[tuple[float, float]], target: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3), layout="constrained")
    wave, ratio = figure.subplots(2, 1, sharex=True)
    wave.plot(np.arange(len(audio.samples)) / audio.sample_rate, audio.samples, linewidth=0.4, color="#555")
    for start, end in spans:
        wave.axvspan(start, end, color="#3a7d5c", alpha=0.3)
    values = likelihood_ratio(audio.samples, audio.sample_rate)
    ratio.plot(np.arange(len(values)) * VAD_HOP, np.maximum(values, 1e-3), linewidth=0.7, color="#3a7d5c")
    ratio.axhline(THRESHOLD, color="black", linewidth=0.7)
    ratio.set(yscale="log", xlabel="seconds", ylabel="log-likelihood ratio")
    wave.set(ylabel="sound")
    figure.savefig(target, dpi=80)
