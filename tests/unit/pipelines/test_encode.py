"""Sound files written piece by piece hold the sound that went in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pipelines.core.errors import InputError
from pipelines.core.types import Audio
from pipelines.speech.decode import decode_audio
from pipelines.speech.encode import MEDIA_TYPES, encoded, pcm16


def tone(seconds: float, rate: int) -> Audio:
    times = np.arange(int(seconds * rate)) / rate
    return Audio((0.5 * np.sin(2 * np.pi * 440 * times)).astype(np.float32), rate)


@pytest.mark.parametrize("sound_format", sorted(set(MEDIA_TYPES) - {"pcm"}))
def test_what_is_written_can_be_read(sound_format: Any) -> None:
    pieces = list(encoded([tone(1.0, 24_000), tone(0.5, 22_050)], sound_format))
    assert len(pieces) > 1
    heard = decode_audio(b"".join(pieces))
    assert heard.seconds == pytest.approx(1.5, abs=0.1)
    spectrum = np.abs(np.fft.rfft(heard.samples))
    assert np.argmax(spectrum) / heard.seconds == pytest.approx(440, abs=2)


def test_pcm_is_clipped_and_little_endian() -> None:
    loud = Audio(np.array([0.0, 2.0, -2.0], np.float32), 24_000)
    assert np.frombuffer(pcm16(loud), "<i2").tolist() == [0, 32767, -32767]


def test_another_format_is_refused() -> None:
    unknown: Any = "midi"
    with pytest.raises(InputError, match="Unknown audio format"):
        list(encoded([tone(0.1, 24_000)], unknown))
