"""Voice activity detection: where in a recording somebody speaks.

Source: Silero VAD v6 (https://github.com/snakers4/silero-vad), as it comes with faster-whisper.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

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

NEAR_CUT_SECONDS = 0.6
"""How far the transcriber's times are off at a cut."""
QUIET, RAISED = 0.1, 0.3
"""Where the peak is below the first, the detector is given the sound raised to the second."""
MOST_GAIN = 1000.0
_NEIGHBOURS = 3
_NOTHING = 2e-5


@dataclass(frozen=True)
class Speech:
    """The speech of a recording with the silences cut out.

    `samples`: float32 (n,), 16 kHz; `spans`: (start, end) of each stretch, in samples of the recording.
    """

    samples: NDArray[np.float32]
    spans: tuple[tuple[int, int], ...]

    @property
    def cuts(self) -> tuple[int, ...]:
        """Where in `samples` silence was cut out."""
        return tuple(accumulate(end - start for start, end in self.spans[:-1]))

    def original_seconds(self, seconds: float) -> float:
        """Return the time in the recording of a time in `samples`."""
        left = max(0, round(seconds * SAMPLE_RATE))
        for start, end in self.spans:
            if left <= end - start:
                return (start + left) / SAMPLE_RATE
            left -= end - start
        return self.spans[-1][1] / SAMPLE_RATE if self.spans else seconds

    def original_times(self, start: float, end: float) -> tuple[float, float]:
        """Return the times in the recording of words that go from `start` to `end` in `samples`, in seconds.

        A time that lies a little beyond a cut, on its side without the words, moves to theirs: words that
        begin after a silence do not begin before it.
        """
        for cut in self.cuts:
            at = cut / SAMPLE_RATE
            if start <= at < end and at - start <= min(NEAR_CUT_SECONDS, end - at):
                start = at + 1 / SAMPLE_RATE
            elif start < at <= end and end - at <= min(NEAR_CUT_SECONDS, at - start):
                end = at
        return self.original_seconds(start), self.original_seconds(end)


def find_speech(audio: Audio) -> Speech:
    """Return the speech of 16 kHz `audio` as it is; no spans where there is none.

    The detector misses quiet speech, so it is given the quiet parts louder than they are.
    """
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(
        threshold=THRESHOLD,
        min_speech_duration_ms=MIN_SPEECH_MS,
        min_silence_duration_ms=MIN_SILENCE_MS,
        speech_pad_ms=PAD_MS,
    )
    found = get_speech_timestamps(raised(audio.samples), options)
    spans = _joined([(int(span["start"]), int(span["end"])) for span in found])
    parts = [audio.samples[start:end] for start, end in spans]
    samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    return Speech(samples, spans)


def raised(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return 16 kHz sound with its quiet parts raised to a peak of `RAISED`; the others stay as they are.

    A part is quiet if nothing within 3 s of it is louder than `QUIET`. Digital silence stays silent.
    """
    count = len(samples) // SAMPLE_RATE
    if count == 0 or len(samples) == 0:
        peaks = np.abs(samples).max(initial=0.0, keepdims=True)
    else:
        whole = np.abs(samples[: count * SAMPLE_RATE]).reshape(count, SAMPLE_RATE).max(axis=1)
        rest = np.abs(samples[count * SAMPLE_RATE :]).max(initial=0.0, keepdims=True)
        peaks = np.concatenate([whole, rest]) if len(samples) % SAMPLE_RATE else whole
    around = np.pad(peaks, _NEIGHBOURS)
    near = np.lib.stride_tricks.sliding_window_view(around, 2 * _NEIGHBOURS + 1).max(axis=1)
    quiet = (near < QUIET) & (near > _NOTHING)
    if not quiet.any():
        return samples
    gains = np.where(quiet, np.minimum(RAISED / np.maximum(near, _NOTHING), MOST_GAIN), 1.0)
    middles = (np.arange(len(gains)) + 0.5) * SAMPLE_RATE
    curve = np.exp(np.interp(np.arange(len(samples)), middles, np.log(gains)))
    return np.clip(samples * curve, -1.0, 1.0).astype(np.float32)


def _joined(found: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    spans: list[tuple[int, int]] = []
    for start, end in found:
        if spans and start - spans[-1][1] < MAX_PAUSE_SECONDS * SAMPLE_RATE:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return tuple(spans)
