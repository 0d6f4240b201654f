"""Transcription and speech emotion on real clips and real weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from faster_whisper import WhisperModel

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, Cancelled, EmptyInputError, InputError
from pipelines.core.registry import Registry
from pipelines.core.types import Audio, SpeechEncoding, Stage
from pipelines.speech.decode import audio_from_array, decode_audio
from pipelines.speech.emotion import voice_features
from pipelines.speech.vad import find_speech
from pipelines.speech.wav import concatenate
from pipelines.speech.whisper_encoder import WhisperEncoder

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


def hum(seconds: float = 3.0) -> np.ndarray:
    time = np.arange(int(RATE * seconds)) / RATE
    tones = sum(size * np.sin(2 * np.pi * 140 * n * time) for n, size in ((1, 0.2), (2, 0.1), (3, 0.05)))
    return tones * (0.5 + 0.5 * np.sin(2 * np.pi * 3 * time))


@pytest.mark.parametrize("hot_words", ["", "Siobhan Nguyen, Ljubljana, Kubernetes, 陆小满"])
@pytest.mark.parametrize(
    "samples_of", [lambda: np.zeros(3 * RATE), noise, music], ids=["silence", "noise", "music"]
)
def test_no_words_are_invented(registry: Registry, samples_of: object, hot_words: str) -> None:
    audio = Audio(samples_of().astype(np.float32), RATE)  # type: ignore[operator]
    assert registry.get(Stage.TRANSCRIBE).transcribe(audio, hot_words=hot_words).text == ""
    with pytest.raises(EmptyInputError):
        registry.get(Stage.SPEECH_EMOTION).classify(audio)


def test_one_encoder_pass_serves_language_words_and_emotion(
    registry: Registry, jfk: Audio, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[int] = []
    original = WhisperEncoder.encode
    monkeypatch.setattr(WhisperEncoder, "encode", lambda self, x: passes.append(1) or original(self, x))
    found = registry.get(Stage.TRANSCRIBE).transcribe(jfk)
    emotion = registry.get(Stage.SPEECH_EMOTION).classify(jfk, found.encoding)
    assert len(passes) == 1
    assert set(emotion.scores) == LABELS
    assert sum(emotion.scores.values()) == pytest.approx(1.0, abs=1e-4)


def test_the_recipe_and_the_app_see_the_same_features(
    registry: Registry, samples: Path, tmp_path: Path, jfk: Audio
) -> None:
    pytest.importorskip("sklearn")
    from training.common.datasets import SpeechClip
    from training.speech_emotion.features import LAST, PROSODY, clip_features

    path = samples / "jfk.flac"
    (trained_on,) = clip_features([SpeechClip(path, "neutral", "jfk")], tmp_path)
    encoding = registry.get(Stage.TRANSCRIBE).transcribe(jfk).encoding
    assert voice_features(encoding) == pytest.approx(trained_on, rel=1e-3, abs=1e-3)
    earlier = registry.get(Stage.SPEECH_EMOTION, "whisper-head").features(encoding)
    assert earlier == pytest.approx(trained_on[LAST], rel=1e-3, abs=1e-3)
    assert PROSODY[-1] + 1 == len(trained_on)


@pytest.mark.parametrize("backend", ["voice", "whisper-head"])
def test_another_encoders_output_is_not_used(registry: Registry, jfk: Audio, backend: str) -> None:
    head = registry.get(Stage.SPEECH_EMOTION, backend)
    foreign = SpeechEncoding(np.full((5, 512), 9.0, np.float32), "something else")
    assert head.classify(jfk, foreign).scores == pytest.approx(head.classify(jfk).scores, abs=1e-4)


def test_an_encoding_without_middle_layers_is_refused() -> None:
    with pytest.raises(BackendError, match="intermediate layers"):
        voice_features(SpeechEncoding(np.zeros((5, 512), np.float32), "whisper-base"))


@pytest.mark.parametrize("seconds", [(0.3, 1.0), (0.3, 11.0)], ids=["a few words", "ten seconds"])
def test_emotion_of_short_and_long_speech(
    registry: Registry, jfk: Audio, seconds: tuple[float, float]
) -> None:
    start, end = (int(second * RATE) for second in seconds)
    found = registry.get(Stage.SPEECH_EMOTION).classify(Audio(jfk.samples[start:end], RATE))
    assert set(found.scores) == LABELS and all(np.isfinite(list(found.scores.values())))
    assert found.confidence == max(found.scores.values())


def test_speech_longer_than_a_window_is_all_encoded(registry: Registry, jfk: Audio) -> None:
    audio = Audio(np.tile(jfk.samples, 3), RATE)
    found = registry.get(Stage.TRANSCRIBE).encode(audio)
    assert found.frames.shape == ((found.mel.shape[1] + 1) // 2, 512)
    assert found.middle.shape[1] == len(found.frames) > 1500


def test_silence_left_out_hardly_changes_the_frames(registry: Registry, jfk: Audio) -> None:
    """CTranslate2's int8 encoder over the whole window differs by about 6 % from float32 itself."""
    whisper = registry.get(Stage.TRANSCRIBE).whisper
    mel = next(whisper.windows(jfk.samples[: 3 * RATE]))
    ours = whisper.encoder.encode(mel).frames
    theirs = np.array(WhisperModel.encode(whisper, mel), np.float32)[0, : len(ours)]
    spread = np.abs(theirs - theirs.mean(axis=0)).mean()
    assert np.abs(ours - theirs).mean() < 0.2 * spread  # CTranslate2's int8 differs from CPU to CPU


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
    with pytest.raises(InputError, match="does not support"):
        transcriber.transcribe(jfk, language="xx")


@pytest.mark.parametrize(("pause", "spans"), [(1.5, 1), (4.0, 2)])
def test_short_pauses_stay_in_the_speech(jfk: Audio, pause: float, spans: int) -> None:
    """A word that the detector misses in a pause is still written, and long silence is not."""
    phrase = jfk.samples[: int(2.4 * RATE)]
    silence = np.zeros(int(pause * RATE), np.float32)
    found = find_speech(Audio(np.concatenate([phrase, silence, phrase]), RATE))
    assert len(found.spans) == spans
    assert found.original_seconds(len(found.samples) / RATE) == pytest.approx(4.8 + pause, abs=0.5)


def test_two_languages_in_one_recording(registry: Registry, samples: Path, jfk: Audio) -> None:
    mandarin = decode_audio(samples / "aishell.flac")
    found = registry.get(Stage.TRANSCRIBE).transcribe(
        Audio(np.concatenate([mandarin.samples, jfk.samples]), RATE)
    )
    assert "设定" in found.text and "country" in found.text
    assert found.language == "en"
    assert found.encoding is not None and len(found.encoding.frames) < 50 * (
        mandarin.seconds + jfk.seconds + 1
    )


def test_words_after_a_gap_begin_after_it(registry: Registry, jfk: Audio) -> None:
    silence = np.zeros(20 * RATE, np.float32)
    sound = np.concatenate([jfk.samples, silence, jfk.samples[: 7 * RATE]])
    segments = registry.get(Stage.TRANSCRIBE).transcribe(Audio(sound, RATE)).segments
    assert any(segment.start >= jfk.seconds + 19.5 for segment in segments)
    assert not any(jfk.seconds < segment.start < jfk.seconds + 19.5 for segment in segments)
    assert all(segment.end <= jfk.seconds + 0.1 or segment.start > 30 for segment in segments)


def test_names_that_it_is_told_of_are_spelled_right(registry: Registry) -> None:
    asked = "Please ask Xochitl about the Kubernetes cluster."
    spoken = concatenate(list(registry.get(Stage.SPEAK, "hibari").stream(asked, language="en")))
    audio = audio_from_array(spoken.samples, spoken.sample_rate)
    transcriber = registry.get(Stage.TRANSCRIBE)
    assert "Xochitl" not in transcriber.transcribe(audio).text
    heard = transcriber.transcribe(audio, hot_words="Ljubljana, Xochitl, Kubernetes, 陆小满").text
    assert "Xochitl" in heard and "Kubernetes" in heard
    assert "Ljubljana" not in heard and "陆小满" not in heard


def test_names_are_not_heard_in_what_is_no_speech(registry: Registry, samples: Path) -> None:
    names = ("Siobhan", "Nguyen", "Ljubljana", "Kubernetes")
    shred = decode_audio(samples / "lj.flac").samples[2000:10000]
    for sound in (hum(), shred):
        audio = Audio(sound.astype(np.float32), RATE)
        heard = registry.get(Stage.TRANSCRIBE).transcribe(audio, hot_words=", ".join(names)).text
        assert not any(name in heard for name in names)


def test_very_quiet_speech_is_understood(registry: Registry, jfk: Audio) -> None:
    quiet = np.round(jfk.samples * 0.003 * 32768) / 32768
    text = registry.get(Stage.TRANSCRIBE).transcribe(Audio(quiet.astype(np.float32), RATE)).text.lower()
    assert "fellow" in text and "country" in text
