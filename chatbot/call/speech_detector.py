"""Where speech begins, pauses and ends in a stream of sound, window by window.

Source: Silero VAD v6 (https://github.com/snakers4/silero-vad), as it comes with faster-whisper. The model
keeps an LSTM's state and the last 4 ms between windows; the rules above it are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from chatbot.call.call_settings import SAMPLE_RATE
from chatbot.call.sound_buffer import Samples
from pipelines.core.onnx import Session, open_session
from pipelines.core.weights import WeightStore

WINDOW = 512
"""Samples judged at once: 32 ms at 16 kHz."""
THRESHOLD = 0.5
RELEASE = 0.35
"""Between the two a window counts as neither speech nor silence."""
RESUME_WINDOWS = 2
_CONTEXT = 64
_STATE = (1, 1, 128)
_FILE = "faster_whisper/assets/silero_vad_v6.onnx"


def open_silero(store: WeightStore) -> Session:
    """Return the verified model; calls share it. Raises ModelError."""
    return open_session(store.path("silero-vad") / _FILE, threads=1)


class SileroStream:
    """The probability of speech in consecutive windows of one stream."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._h = np.zeros(_STATE, np.float32)
        self._c = np.zeros(_STATE, np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)

    def __call__(self, window: Samples) -> float:
        """Return the probability, 0 to 1, for float32 (512,) at 16 kHz."""
        given = {"input": np.concatenate([self._context, window])[None], "h": self._h, "c": self._c}
        probability, self._h, self._c = self._session.run(["speech_probs", "hn", "cn"], given)
        self._context = window[-_CONTEXT:]
        return float(probability.ravel()[0])


@dataclass(frozen=True)
class SpeechStart:
    """Somebody speaks; `at`: the first sample of it."""

    at: int


@dataclass(frozen=True)
class SpeechPause:
    """Silence has lasted `head_start` since sample `at`."""

    at: int


@dataclass(frozen=True)
class SpeechResume:
    """The speech goes on at sample `at`, before the pause was long enough to end it."""

    at: int


@dataclass(frozen=True)
class SpeechEnd:
    """Silence has lasted `pause` since sample `at`."""

    at: int


VadEvent = SpeechStart | SpeechPause | SpeechResume | SpeechEnd


class SpeechDetector:
    """Turns probabilities into events. The same samples give the same events, however they are cut.

    Args:
        probability: Judges one window after another.
        pause: Seconds of silence that end speech.
        head_start: Seconds of silence that are told as a pause.

    Attributes:
        start: Seconds of speech that count as a start; may be changed between windows.
        pause: As the argument; may be changed.
        position: Samples judged so far.
    """

    def __init__(
        self, probability: Callable[[Samples], float], *, start: float, pause: float, head_start: float
    ) -> None:
        self._probability = probability
        self.start, self.pause, self._head_start = start, pause, head_start
        self.position = 0
        self._rest: Samples = np.zeros(0, np.float32)
        self.reset()

    def reset(self) -> None:
        """Forget the speech that has begun; the model's state goes on."""
        self._speaking = self._paused = False
        self._run = 0
        self._run_from = 0
        self._quiet_from: int | None = None

    @property
    def voiced(self) -> bool:
        """Whether somebody is speaking and not even drawing breath."""
        return self._speaking and self._quiet_from is None

    @property
    def silence(self) -> float:
        """Seconds of silence since the last speech of somebody who was speaking."""
        return 0.0 if self._quiet_from is None else (self.position - self._quiet_from) / SAMPLE_RATE

    def feed(self, samples: Samples) -> Iterator[VadEvent]:
        """Yield the events in float32 (n,) at 16 kHz, as each window is judged; a rest waits for more."""
        sound = np.concatenate([self._rest, samples]) if len(self._rest) else samples
        whole = len(sound) // WINDOW * WINDOW
        self._rest = sound[whole:].copy()
        for begin in range(0, whole, WINDOW):
            probability = self._probability(sound[begin : begin + WINDOW])
            self._count(probability)
            self.position += WINDOW
            if event := self._in_speech(probability) if self._speaking else self._in_silence():
                yield event

    def _count(self, probability: float) -> None:
        """Count windows of speech in a row; one of silence takes one back."""
        if probability >= THRESHOLD:
            if self._run == 0:
                self._run_from = self.position
            self._run += 1
        elif probability < RELEASE:
            self._run = max(0, self._run - 1)

    def _in_silence(self) -> VadEvent | None:
        if self._run * WINDOW < self.start * SAMPLE_RATE:
            return None
        self._speaking, self._paused, self._quiet_from = True, False, None
        return SpeechStart(self._run_from)

    def _in_speech(self, probability: float) -> VadEvent | None:
        if self._quiet_from is None:
            if probability < RELEASE:
                self._quiet_from, self._run = self.position - WINDOW, 0
            return None
        if self._run >= RESUME_WINDOWS:
            self._quiet_from = None
            resumed, self._paused = self._paused, False
            return SpeechResume(self._run_from) if resumed else None
        quiet_from, silence = self._quiet_from, self.silence
        if silence >= self.pause:
            self.reset()
            return SpeechEnd(quiet_from)
        if silence >= self._head_start and not self._paused:
            self._paused = True
            return SpeechPause(quiet_from)
        return None
