"""Voice activity detection: where in a recording somebody speaks.

Source: Silero VAD v6 (https://github.com/snakers4/silero-vad), as it comes with faster-whisper.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.core.types import Audio

SAMPLE_RATE = 16_000
THRESHOLD = 0.5
MIN_SPEECH_MS = 200
MIN_SILENCE_MS = 700
PAD_MS = 200
MAX_PAUSE_SECONDS = 2.0
"""A shorter pause stays in the speech: a word that the detector missed may lie in it."""


@dataclass(frozen=True)
class Speech:
    """The speech of a recording with the silences cut out.

    `samples`: float32 (n,), 16 kHz; `spans`: (start, end) of each stretch, in samples of the recording.
    """

    samples: NDArray[np.float32]
    spans: tuple[tuple[int, int], ...]

    def original_seconds(self, seconds: float) -> float:
        """Return the time in the recording of a time in `samples`."""
        left = max(0, round(seconds * SAMPLE_RATE))
        for start, end in self.spans:
            if left <= end - start:
                return (start + left) / SAMPLE_RATE
            left -= end - start
        return self.spans[-1][1] / SAMPLE_RATE if self.spans else seconds


def find_speech(audio: Audio) -> Speech:
    """Return the speech of 16 kHz `audio`; no spans where there is none."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(
        threshold=THRESHOLD,
        min_speech_duration_ms=MIN_SPEECH_MS,
        min_silence_duration_ms=MIN_SILENCE_MS,
        speech_pad_ms=PAD_MS,
    )
    found = get_speech_timestamps(audio.samples, options)
    spans = _joined([(int(span["start"]), int(span["end"])) for span in found])
    parts = [audio.samples[start:end] for start, end in spans]
    samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    return Speech(samples, spans)


def _joined(found: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    spans: list[tuple[int, int]] = []
    for start, end in found:
        if spans and start - spans[-1][1] < MAX_PAUSE_SECONDS * SAMPLE_RATE:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return tuple(spans)
