"""Voice conversion: each moment of a recording is replaced by what another voice said most alike.

Two sounds of speech are alike where a middle layer of Whisper's encoder gives like frames, whoever speaks.
The k nearest frames of the target's recordings give the spectral envelope; the pitch is moved to the target's
mean and spread; WORLD makes sound of both. Sources: Baas, van Niekerk and Kamper, 2023, "Voice conversion
with just nearest neighbors", arXiv:2305.18975 (theirs are WavLM frames and a neural vocoder); Morise,
Yokomori and Ozawa, 2016, "WORLD", IEICE E99-D(7).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pipelines.core.foundation import Fields
from pipelines.core.types import Audio, Stage
from pipelines.speech.decode import AudioLimits, decode_audio
from pipelines.speech.foundations.features import Samples
from pipelines.speech.wav import write_wav

RATE = 16_000
PERIOD_MS = 5.0
A_FRAME = 4
"""WORLD frames of 5 ms in an encoder frame of 20 ms."""
ENVELOPE = 40
NEIGHBOURS = 4
LAYER = 1
"""Of the encoder's middle layers: the third of six."""
MAX_SECONDS = 60.0
FILE = "voices.npz"
_Array = NDArray[np.float32]
Encoder = Callable[[Samples], _Array]
"""Gives (n, width) frames, 20 ms apart, of 16 kHz sound."""


@dataclass(frozen=True, eq=False)
class WorldSound:
    """WORLD's analysis, 5 ms a frame: pitch (n,) in Hz, 0 without voice; envelope (n, 40); aperiodicity."""

    pitch: NDArray[np.float64]
    envelope: NDArray[np.float64]
    aperiodicity: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Voice:
    """What is kept of a target voice.

    Attributes:
        keys: Encoder frames of length 1, float32 (n, width).
        envelopes: The envelope over each of them, float32 (n, 4, 40), mel-cepstral.
        pitch: Mean and standard deviation of the logarithm of the pitch, float32 (2,).
    """

    keys: _Array
    envelopes: _Array
    pitch: _Array


def analysed(samples: Samples) -> WorldSound:
    """Return WORLD's parameters of 16 kHz sound."""
    import pyworld

    sound = samples.astype(np.float64)
    rough, times = pyworld.dio(sound, RATE, frame_period=PERIOD_MS)
    pitch = pyworld.stonemask(sound, rough, times, RATE)
    envelope = pyworld.cheaptrick(sound, pitch, times, RATE)
    coded = pyworld.code_spectral_envelope(envelope, RATE, ENVELOPE)
    return WorldSound(pitch, coded, pyworld.d4c(sound, pitch, times, RATE))


def synthesised(world: WorldSound, count: int) -> Samples:
    """Return `count` samples of 16 kHz sound of WORLD's parameters."""
    import pyworld

    size = pyworld.get_cheaptrick_fft_size(RATE)
    coded = np.ascontiguousarray(world.envelope, np.float64)
    envelope = pyworld.decode_spectral_envelope(coded, RATE, size)
    sound = pyworld.synthesize(world.pitch, envelope, world.aperiodicity, RATE, PERIOD_MS)[:count]
    return np.clip(np.pad(sound, (0, count - len(sound))), -1.0, 1.0).astype(np.float32)


def learn_voice(clips: Sequence[Samples], encode: Encoder) -> Voice:
    """Return the voice of 16 kHz recordings of one person."""
    keys, envelopes, pitches = [], [], []
    for samples in clips:
        world, frames = analysed(samples), encode(samples)
        keys.append(_unit(frames))
        envelopes.append(_grouped(world.envelope, len(frames)))
        pitches.append(np.log(world.pitch[world.pitch > 0]))
    heard = np.concatenate(pitches)
    spread = np.array([heard.mean(), heard.std()] if len(heard) else [0.0, 1.0], np.float32)
    return Voice(np.concatenate(keys), np.concatenate(envelopes), spread)


def converted(samples: Samples, voice: Voice, encode: Encoder, neighbours: int = NEIGHBOURS) -> Samples:
    """Return what 16 kHz `samples` say in another voice, as long as before."""
    world, frames = analysed(samples), encode(samples)
    alike = _unit(frames) @ voice.keys.T
    nearest = np.argpartition(-alike, min(neighbours, alike.shape[1]) - 1)[:, :neighbours]
    envelope = voice.envelopes[nearest].mean(axis=1).reshape(-1, ENVELOPE)
    at = np.minimum(np.arange(len(world.pitch)), len(envelope) - 1)
    made = WorldSound(_moved(world.pitch, voice.pitch), envelope[at].astype(np.float64), world.aperiodicity)
    return synthesised(made, len(samples))


class VoiceConversion:
    """Voices by name, and the encoder that finds like sounds.

    Args:
        voices: Targets.
        encode: Gives the frames; by default Whisper's, loaded when it is first needed.
    """

    def __init__(self, voices: Mapping[str, Voice], encode: Encoder | None = None) -> None:
        self.voices, self._encode = dict(voices), encode

    @property
    def parameters(self) -> int:
        """Numbers that are kept of all the voices."""
        return sum(v.keys.size + v.envelopes.size + v.pitch.size for v in self.voices.values())

    @property
    def encode(self) -> Encoder:
        """The encoder. Raises ModelError where Whisper's weights cannot be used."""
        if self._encode is None:
            self._encode = whisper_frames()
        return self._encode

    def convert(self, samples: Samples, name: str) -> Samples:
        """Return what 16 kHz `samples` say in the voice of that name."""
        return converted(samples, self.voices[name], self.encode)

    def save(self, folder: Path) -> None:
        """Write `voices.npz`."""
        arrays = {
            f"{name}.{part}": array
            for name, voice in self.voices.items()
            for part, array in vars(voice).items()
        }
        np.savez_compressed(folder / FILE, **arrays)

    @classmethod
    def load(cls, folder: Path, encode: Encoder | None = None) -> Self:
        """Return the saved voices."""
        with np.load(folder / FILE, allow_pickle=False) as file:
            arrays = dict(file)
        names = dict.fromkeys(key.rpartition(".")[0] for key in arrays)
        parts = ("keys", "envelopes", "pitch")
        return cls({name: Voice(*(arrays[f"{name}.{part}"] for part in parts)) for name in names}, encode)

    def predict(self, file: Path, out: Path) -> Fields:
        """Write a recording in every voice; fields `paths` by voice and `audio_seconds`."""
        audio = decode_audio(file, AudioLimits(max_seconds=MAX_SECONDS), sample_rate=RATE)
        out.mkdir(parents=True, exist_ok=True)
        fields: Fields = {"audio_seconds": round(audio.seconds, 3)}
        for name in self.voices:
            path = out / f"{file.stem}.{name}.wav"
            write_wav(path, [Audio(self.convert(audio.samples, name), RATE)])
            fields[name] = str(path)
        return fields


def whisper_frames() -> Encoder:
    """Return the third layer of the app's Whisper encoder. Raises ModelError."""
    from pipelines.backends import default_registry

    whisper = default_registry().get(Stage.TRANSCRIBE).whisper

    def encode(samples: Samples) -> _Array:
        windows = [whisper.encoder.encode(mel).middle[LAYER] for mel in whisper.windows(samples)]
        return np.concatenate(windows)

    return encode


def _unit(frames: _Array) -> _Array:
    lengths = np.linalg.norm(frames, axis=1, keepdims=True)
    return (frames / np.maximum(lengths, 1e-9)).astype(np.float32)


def _grouped(envelope: NDArray[np.float64], count: int) -> _Array:
    """Return the envelope over each of `count` encoder frames, the last one held."""
    at = np.minimum(np.arange(A_FRAME * count), len(envelope) - 1)
    return envelope[at].reshape(count, A_FRAME, -1).astype(np.float32)


def _moved(pitch: NDArray[np.float64], target: _Array) -> NDArray[np.float64]:
    """Return the pitch with the target's mean and spread of the logarithm, where there is a voice."""
    voiced = pitch > 0
    if not voiced.any():
        return pitch
    heard = np.log(pitch[voiced])
    found = np.zeros_like(pitch)
    found[voiced] = np.exp((heard - heard.mean()) / max(float(heard.std()), 1e-3) * target[1] + target[0])
    return found
