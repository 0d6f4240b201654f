"""Sound of calls made from real samples, and readable effects, for the tests of the voice call."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.call.call_settings import SAMPLE_RATE
from chatbot.call.messages import (
    DiscardTurn,
    Effect,
    KeepHeard,
    KeepQuestion,
    SaveTurn,
    Send,
    Sound,
    StartTurn,
    Transcribe,
)
from chatbot.call.sound_buffer import from_pcm16
from chatbot.call.speech_detector import WINDOW, SileroStream, open_silero
from pipelines.core.weights import WeightStore
from pipelines.speech.decode import decode_audio

Samples = NDArray[np.float32]


def clip(samples: Path, name: str, begin: float = 0.0, end: float | None = None) -> Samples:
    """Return a stretch of a sample, in seconds, at 16 kHz."""
    audio = decode_audio(samples / f"{name}.flac")
    assert audio.sample_rate == SAMPLE_RATE
    stop = None if end is None else round(end * SAMPLE_RATE)
    return audio.samples[round(begin * SAMPLE_RATE) : stop]


def silence(seconds: float) -> Samples:
    """A quiet room: noise 70 dB below full scale."""
    noise = np.random.default_rng(0).standard_normal(round(seconds * SAMPLE_RATE))
    return (noise * 10 ** (-70 / 20)).astype(np.float32)


def noise(seconds: float, level: float = 0.1) -> Samples:
    """White noise, as loud as speech."""
    wave = np.random.default_rng(1).standard_normal(round(seconds * SAMPLE_RATE))
    return (wave * level).astype(np.float32)


def joined(*parts: Samples) -> Samples:
    return np.concatenate(parts)


def windows(sound: Samples, size: int = WINDOW) -> Iterator[Samples]:
    for begin in range(0, len(sound), size):
        yield sound[begin : begin + size]


def read_frame(frame: bytes) -> tuple[int, int, Samples]:
    """Return turn, sample rate and float32 (n,) of a `to_frame` message."""
    turn, rate = struct.unpack_from("<II", frame)
    return turn, rate, from_pcm16(frame[8:])


def silero() -> SileroStream:
    return SileroStream(open_silero(WeightStore()))


def named(effects: Iterable[Effect]) -> list[str]:
    """Return effects as short words: "state hearing", "start 1", "drop 1", ...

    What is kept at once and taken back is left out; `SaveTurn` is there.
    """
    return [
        _name(effect) for effect in effects if not isinstance(effect, KeepQuestion | KeepHeard | DiscardTurn)
    ]


def _name(effect: Effect) -> str:
    match effect:
        case Send(message={"type": "state", "state": state}):
            return f"state {state}"
        case Send(message=message):
            return " ".join(str(message[key]) for key in ("type", "turn") if key in message)
        case Sound(turn=turn):
            return f"sound {turn}"
        case StartTurn(turn=turn):
            return f"start {turn}"
        case Transcribe():
            return "transcribe"
        case SaveTurn(state=state):
            assert state.reply is not None
            return f"record {state.reply.text!r}"
        case _:
            number: Any = getattr(effect, "turn", "")
            return f"{type(effect).__name__} {number}".strip()
