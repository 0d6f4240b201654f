"""Where speech begins and ends, on the real detector and real samples; all numbers are seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chatbot.call.call_settings import SAMPLE_RATE
from chatbot.call.sound_buffer import SoundBuffer, from_pcm16, to_frame
from chatbot.call.speech_detector import SpeechDetector
from pipelines.core.errors import InputError
from tests.support.call_sessions import Samples, clip, joined, noise, read_frame, silence, silero, windows

Found = list[tuple[str, float]]


def found(sound: Samples, *, size: int = 512, pause: float = 0.7, start: float = 0.096) -> Found:
    detector = SpeechDetector(silero(), start=start, pause=pause, head_start=0.256)
    events = [event for window in windows(sound, size) for event in detector.feed(window)]
    return [(type(event).__name__, round(event.at / SAMPLE_RATE, 3)) for event in events]


def test_a_sentence_begins_and_ends(samples: Path) -> None:
    assert found(joined(silence(1), clip(samples, "librivox"), silence(1))) == [
        ("SpeechStart", 1.312),
        ("SpeechPause", 7.808),
        ("SpeechEnd", 7.808),
    ]


def test_a_speech_with_long_pauses_has_several_turns(samples: Path) -> None:
    assert found(joined(silence(1), clip(samples, "jfk"), silence(1))) == [
        ("SpeechStart", 1.344),
        ("SpeechPause", 3.232),
        ("SpeechEnd", 3.232),
        ("SpeechStart", 4.32),
        ("SpeechPause", 4.768),
        ("SpeechResume", 5.024),
        ("SpeechPause", 5.344),
        ("SpeechEnd", 5.344),
        ("SpeechStart", 6.432),
        ("SpeechPause", 8.608),
        ("SpeechResume", 9.216),
        ("SpeechPause", 11.552),
        ("SpeechEnd", 11.552),
    ]


def test_a_longer_pause_keeps_it_one_turn(samples: Path) -> None:
    events = found(joined(silence(1), clip(samples, "jfk"), silence(2)), pause=1.5)
    assert [event for event in events if event[0] in ("SpeechStart", "SpeechEnd")] == [
        ("SpeechStart", 1.344),
        ("SpeechEnd", 11.552),
    ]


def test_mandarin_is_speech_too(samples: Path) -> None:
    assert found(joined(silence(1), clip(samples, "aishell"), silence(1)))[0] == ("SpeechStart", 1.664)


@pytest.mark.parametrize("level", [0.003, 0.1, 0.5])
def test_noise_and_silence_are_no_speech(level: float) -> None:
    assert found(noise(5, level)) == []
    assert found(silence(5)) == []
    assert found(np.zeros(5 * SAMPLE_RATE, np.float32)) == []


def test_a_bang_is_no_speech() -> None:
    decay = np.exp(-np.arange(2400) / 800).astype(np.float32)
    bang = noise(0.15, 0.5) * decay
    assert found(joined(silence(1), bang, silence(0.3), bang, silence(1))) == []


@pytest.mark.parametrize("size", [1, 160, 500, 1000, 16_000])
def test_the_events_do_not_depend_on_how_the_sound_is_cut(samples: Path, size: int) -> None:
    sound = joined(silence(0.3), clip(samples, "jfk", 0, 3), silence(0.9))
    assert found(sound, size=size) == found(sound)


def test_a_syllable_is_too_short_to_interrupt(samples: Path) -> None:
    syllable = joined(silence(1), clip(samples, "lj", 0.1, 0.22), silence(1))
    assert [name for name, _ in found(syllable)] == ["SpeechStart", "SpeechPause", "SpeechEnd"]
    assert found(syllable, start=0.224) == []


def test_the_buffer_keeps_positions() -> None:
    buffer = SoundBuffer()
    for begin in (0, 10, 20):
        buffer.append(np.arange(begin, begin + 10, dtype=np.float32))
    assert list(buffer.since(18)) == list(range(18, 30))
    buffer.forget_before(19)
    assert (buffer.begin, buffer.end) == (10, 30)
    assert list(buffer.since(0)) == list(range(10, 30))


def test_sound_survives_the_way() -> None:
    sound = np.array([0.0, 0.5, -0.5, 1.5, -1.5], np.float32)
    turn, rate, back = read_frame(to_frame(7, sound, 24_000))
    assert (turn, rate) == (7, 24_000)
    np.testing.assert_allclose(back, [0, 0.5, -0.5, 1, -1], atol=1e-4)


@pytest.mark.parametrize("data", [b"", b"abc"])
def test_what_is_no_sound_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="16-bit little-endian PCM"):
        from_pcm16(data)
