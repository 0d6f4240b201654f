"""faster-whisper's model with its encoder's output shared: one pass a window, kept for later stages.

`WhisperModel.transcribe` encodes the first window once to detect the language and once more to write
the words. Here the second request is answered from memory, and every window's output is handed out.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.transcribe import get_ctranslate2_storage
from numpy.typing import NDArray

from pipelines.core.types import SpeechEncoding
from pipelines.speech.whisper_encoder import WhisperEncoder, Window, content, filled

FRAMES_A_WINDOW = 3000
"""Mel frames (10 ms each) of a 30 s window; the encoder halves them."""


@dataclass(eq=False)
class EncoderRecorder:
    """What the encoder did during one recording."""

    last: tuple[NDArray[np.float32], Any] | None = None
    windows: list[Window] = field(default_factory=list)
    mels: list[NDArray[np.float32]] = field(default_factory=list)

    def keep(self, count: int) -> None:
        """Forget all windows but the first `count`: parts of them that were encoded again."""
        del self.windows[count:], self.mels[count:]

    def encoding(self, samples: NDArray[np.float32], encoder: str) -> SpeechEncoding:
        """Return all the windows as one encoding, padding left out.

        Args:
            samples: The speech that was encoded, 16 kHz.
            encoder: Name of the encoder's weights.
        """
        frames = np.concatenate([window.frames for window in self.windows])
        middle = np.concatenate([window.middle for window in self.windows], axis=1)
        return SpeechEncoding(frames, encoder, middle, np.concatenate(self.mels, axis=1), samples)


class SharedEncoderModel(WhisperModel):
    """A `WhisperModel` that records its encoder's output while a recorder is running in the thread.

    `encoder`: does the encoding in place of CTranslate2's where it is set.
    """

    encoder: WhisperEncoder | None = None
    _local = threading.local()

    @contextmanager
    def recorder(self) -> Iterator[EncoderRecorder]:
        """Record what this thread encodes."""
        recorder = EncoderRecorder()
        self._local.recorder = recorder
        try:
            yield recorder
        finally:
            self._local.recorder = None

    def encode(self, features: NDArray[np.float32]) -> Any:
        """Return the encoder's output for mel features (80, 3000); the same window is encoded once."""
        recorder: EncoderRecorder | None = getattr(self._local, "recorder", None)
        if recorder is not None and recorder.last is not None and np.array_equal(recorder.last[0], features):
            return recorder.last[1]
        output, window = self._encode(features)
        if recorder is not None:
            recorder.last = (features, output)
            recorder.windows.append(window)
            recorder.mels.append(features[:, : filled(features)])
        return output

    def _encode(self, features: NDArray[np.float32]) -> tuple[Any, Window]:
        if self.encoder is not None:
            window = self.encoder.encode(features)
            return get_ctranslate2_storage(window.whole), window
        output = super().encode(features)
        whole = np.array(output, dtype=np.float32)
        frames = whole[0, : content(features)]
        return output, Window(frames, frames[None, :, :0], whole)

    def windows(self, samples: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        """Yield the mel features of consecutive windows, (80, 3000), as `transcribe` makes them."""
        features = self.feature_extractor(samples)
        content = features.shape[-1] - 1
        for start in range(0, content, FRAMES_A_WINDOW):
            yield pad_or_trim(features[:, start : min(start + FRAMES_A_WINDOW, content)])

    def language_of(self, window: NDArray[np.float32]) -> tuple[str, float]:
        """Return the language of a window and its probability."""
        token, probability = self.model.detect_language(self.encode(window))[0][0]
        return str(token[2:-2]), float(probability)

    def languages_of_parts(self, parts: NDArray[np.float32]) -> list[tuple[str, float]]:
        """Return the language and its probability of parts of encoder output, (parts, frames, width)."""
        found = self.model.detect_language(get_ctranslate2_storage(parts))
        return [(str(guesses[0][0][2:-2]), float(guesses[0][1])) for guesses in found]
