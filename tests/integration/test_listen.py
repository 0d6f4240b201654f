"""Transcription and speech emotion on real clips and real weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled, EmptyInputError, InputError
from pipelines.core.registry import Registry
from pipelines.core.types import Audio, SpeechEncoding, Stage
from pipelines.speech.decode import decode_audio
from pipelines.speech.emotion import pool
from pipelines.speech.vad import find_speech

RATE = 16_000
LABELS = {"neutral", "calm", "happy", "sad", "angry", "fearful", "disgusted", "surprised"}


@pytest.fixture(scope="module")
def jfk(samples: Path) -> Audio:
    return decode_audio(samples / "jfk.flac")


def test_words_language_and_times(registry: Registry, jfk: Audio) -> None:
    found = registry.get(Stage.TRANSCRIBE).transcribe(jfk)
    assert "ask not what your country can do for you" in found.text.lower()
    assert found.language == "en" and found.language_probability > 0.9
    assert all(0 <= s.start < s.end <= jfk.seconds + 0.05 for s in found.segments)
    assert [s.start for s in found.segments] == sorted(s.start for s in found.segments)


def test_mandarin_comes_in_simplified_script(registry: Registry, samples: Path) -> None:
    import opencc

    found = registry.get(Stage.TRANSCRIBE).transcribe(decode_audio(samples / "aishell.flac"))
    assert found.language == "zh" and "设定" in found.text
    assert opencc.OpenCC("t2s").convert(found.text) == found.text


def noise(seconds: float = 4.0) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, int(RATE * seconds))


def music(seconds: float = 6.0) -> np.ndarray:
    time = np.arange(int(RATE * seconds)) / RATE
    steps = np.array([262.0, 330.0, 392.0, 523.0])[(time * 3).astype(int) % 4]
    phase = 2 * np.pi * np.cumsum(steps) / RATE
    return 0.2 * np.sin(phase) + 0.1 * np.sin(2 * phase)


@pytest.mark.parametrize(
    "samples_of", [lambda: np.zeros(3 * RATE), noise, music], ids=["silence", "noise", "music"]
)
def test_no_words_are_invented(registry: Registry, samples_of: object) -> None:
    audio = Audio(samples_of().astype(np.float32), RATE)  # type: ignore[operator]
    assert registry.get(Stage.TRANSCRIBE).transcribe(audio).text == ""
    with pytest.raises(EmptyInputError):
        registry.get(Stage.SPEECH_EMOTION).classify(audio)


def test_one_encoder_pass_serves_language_words_and_emotion(
    registry: Registry, jfk: Audio, monkeypatch: pytest.MonkeyPatch
) -> None:
    from faster_whisper import WhisperModel

    passes: list[int] = []
    original = WhisperModel.encode
    monkeypatch.setattr(WhisperModel, "encode", lambda self, x: passes.append(1) or original(self, x))
    found = registry.get(Stage.TRANSCRIBE).transcribe(jfk)
    emotion = registry.get(Stage.SPEECH_EMOTION).classify(jfk, found.encoding)
    assert len(passes) == 1
    assert set(emotion.scores) == LABELS
    assert sum(emotion.scores.values()) == pytest.approx(1.0, abs=1e-4)


def test_training_and_inference_see_the_same_features(registry: Registry, jfk: Audio) -> None:
    transcriber = registry.get(Stage.TRANSCRIBE)
    alone = pool(transcriber.encode(jfk).frames)
    beside_words = pool(transcriber.transcribe(jfk).encoding.frames)
    assert alone == pytest.approx(beside_words, abs=1e-4)


def test_another_encoders_output_is_not_used(registry: Registry, jfk: Audio) -> None:
    head = registry.get(Stage.SPEECH_EMOTION)
    foreign = SpeechEncoding(np.full((5, 512), 9.0, np.float32), "something else")
    assert head.classify(jfk, foreign).scores == pytest.approx(head.classify(jfk).scores, abs=1e-4)


def test_stop_is_heard(registry: Registry, jfk: Audio) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        registry.get(Stage.TRANSCRIBE).transcribe(jfk, cancel=token)


def test_tiny_is_an_english_choice(registry: Registry, jfk: Audio) -> None:
    found = registry.get(Stage.TRANSCRIBE, "whisper-tiny.en").transcribe(jfk)
    assert "country" in found.text and found.language == "en"
    assert found.encoding is not None and found.encoding.encoder == "whisper-tiny.en"


def test_wrong_input_is_refused(registry: Registry, jfk: Audio) -> None:
    transcriber = registry.get(Stage.TRANSCRIBE)
    with pytest.raises(InputError, match="16 kHz"):
        transcriber.transcribe(Audio(jfk.samples, 8_000))
    with pytest.raises(InputError, match="does not know"):
        transcriber.transcribe(jfk, language="xx")


@pytest.mark.parametrize(("pause", "spans"), [(1.5, 1), (4.0, 2)])
def test_short_pauses_stay_in_the_speech(jfk: Audio, pause: float, spans: int) -> None:
    """A word that the detector misses in a pause is still written, and long silence is not."""
    phrase = jfk.samples[: int(2.4 * RATE)]
    silence = np.zeros(int(pause * RATE), np.float32)
    found = find_speech(Audio(np.concatenate([phrase, silence, phrase]), RATE))
    assert len(found.spans) == spans
    assert found.original_seconds(len(found.samples) / RATE) == pytest.approx(4.8 + pause, abs=0.5)
