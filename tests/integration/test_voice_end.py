"""What Smart Turn says of real voices: whole sentences, and the same cut in the middle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.core.registry import Registry
from pipelines.core.types import Audio
from pipelines.speech.decode import decode_audio
from pipelines.speech.voice_end import SAMPLE_RATE, VoiceEnd

PAUSE = np.zeros(SAMPLE_RATE // 4, np.float32)


@pytest.fixture(scope="module")
def voice_end(registry: Registry) -> VoiceEnd:
    return VoiceEnd.read(registry.store)


@pytest.mark.parametrize("name", ["lj", "librivox"])
def test_a_whole_sentence_has_finished_and_its_beginning_has_not(
    voice_end: VoiceEnd, samples: Path, name: str
) -> None:
    speech = decode_audio(samples / f"{name}.flac").samples
    whole = voice_end.chance(Audio(np.concatenate([speech, PAUSE]), SAMPLE_RATE))
    cuts = [
        voice_end.chance(Audio(np.concatenate([speech[: round(part * len(speech))], PAUSE]), SAMPLE_RATE))
        for part in (0.3, 0.4, 0.5, 0.6, 0.7)
    ]
    assert whole > 0.5 > min(cuts)


def test_only_the_last_eight_seconds_count(voice_end: VoiceEnd, samples: Path) -> None:
    speech = np.concatenate([decode_audio(samples / "lj.flac").samples, PAUSE])
    rest = np.random.default_rng(0).standard_normal(SAMPLE_RATE * 20).astype(np.float32)
    last = np.concatenate([np.zeros(SAMPLE_RATE * 8, np.float32), speech])[-SAMPLE_RATE * 8 :]
    alone = voice_end.chance(Audio(last, SAMPLE_RATE))
    assert voice_end.chance(Audio(np.concatenate([rest, last]), SAMPLE_RATE)) == pytest.approx(alone)


def test_silence_is_judged_too(voice_end: VoiceEnd) -> None:
    assert 0.0 <= voice_end.chance(Audio(np.zeros(100, np.float32), SAMPLE_RATE)) <= 1.0
