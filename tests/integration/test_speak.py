"""The real voices: what they say can be read back, and every odd text is survived."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import jiwer
import numpy as np
import pytest
import soundfile
from opencc import OpenCC

from pipelines.backends import default_registry
from pipelines.core import open_files
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import (
    Cancelled,
    EmptyInputError,
    InputError,
    MissingPackageError,
    ModelMissingError,
    SettingsError,
)
from pipelines.core.registry import Registry
from pipelines.core.types import Audio, Stage
from pipelines.speech.decode import audio_from_array
from pipelines.speech.tts.espeak import EspeakSpeaker
from pipelines.speech.tts.hibari import HibariSpeaker
from pipelines.speech.tts.kokoro import DEFAULT_VOICE, KokoroChinese
from pipelines.speech.tts.router import VoiceRouter
from pipelines.speech.wav import concatenate, to_wav_bytes, write_wav

TEXT = "The weather is lovely today. Shall we walk to the river? I would like that very much."
ODD = [
    "😀 Great! 🎉",
    "See https://example.com/a/b?c=d&e=f, or write to me@example.com.",
    "# Title\n\n* **bold** `x = 1`\n\n```py\nprint(1)\n```",
    "It costs $1,234.50 (about 50%) at 7:30 on 2024-03-05, or 1/2.",
    "Hello，world。How are you？“Good”！",
    "7" * 400,
    "a" * 3000,
    "word " * 300,
    "x++ == y--; List<int> a[3] = {1,2};",
    "\x00\x07\u200b tiny \ufeff marks \ud800",
    "naïve café Привет 你好 ½ ² ∑ → ≠",
]
needs_espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed (apt-get install espeak-ng)"
)


@pytest.fixture(scope="module")
def voices() -> Iterator[Registry]:
    registry = default_registry()
    yield registry
    registry.unload()


@pytest.fixture
def no_espeak(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.speech.tts.espeak.PROGRAM", "espeak-ng-that-is-not-there")


def seconds(chunks: Iterator[Audio]) -> float:
    return sum(chunk.seconds for chunk in chunks)


def test_one_chunk_a_sentence_of_sensible_sound(voices: Registry) -> None:
    chunks = list(voices.get(Stage.SPEAK, "hibari").stream(TEXT))
    assert len(chunks) == 3
    for chunk in chunks:
        assert chunk.sample_rate == 24_000
        assert chunk.samples.dtype == np.float32
        assert 0.5 < chunk.seconds < 5
        assert 0.05 < np.abs(chunk.samples).max() <= 1.0


def test_an_abbreviation_does_not_split(voices: Registry) -> None:
    assert len(list(voices.get(Stage.SPEAK, "hibari").stream("Dr. Smith lives at No. 5."))) == 1


def test_speed(voices: Registry) -> None:
    speaker = voices.get(Stage.SPEAK, "hibari")
    slow, normal, fast = (seconds(speaker.stream(TEXT, speed=s)) for s in (0.5, 1.0, 2.0))
    assert 1.5 < slow / normal < 2.5
    assert 1.5 < normal / fast < 2.5


@pytest.mark.parametrize("name", ["auto", "hibari", "espeak"])
def test_bad_speed(voices: Registry, name: str) -> None:
    if name == "espeak" and shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed (apt-get install espeak-ng)")
    with pytest.raises(SettingsError):
        next(voices.get(Stage.SPEAK, name).stream("Hello.", speed=3.0))


def test_same_text_same_sound_from_many_threads(voices: Registry) -> None:
    speaker = voices.get(Stage.SPEAK, "hibari")

    def speak(_: int) -> np.ndarray:
        return concatenate(speaker.stream("A frobnicating xyzzy speaks. Twice.")).samples

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(speak, range(12)))
    assert all(np.array_equal(results[0], r) for r in results)


@pytest.mark.parametrize("text", ODD)
def test_odd_text_is_survived(voices: Registry, text: str) -> None:
    chunks = list(voices.get(Stage.SPEAK, "hibari").stream(text))
    assert chunks
    assert all(np.isfinite(c.samples).all() and np.abs(c.samples).max() <= 1 for c in chunks)


@pytest.mark.parametrize("text", ["", "  \n", "😀", "...", "```\ncode\n```"])
def test_nothing_to_say_is_silence_not_an_error(voices: Registry, text: str) -> None:
    assert list(voices.get(Stage.SPEAK).stream(text)) == []


def test_hibari_refuses_other_languages(voices: Registry) -> None:
    speaker = voices.get(Stage.SPEAK, "hibari")
    assert speaker.speaks("en-GB")
    assert not speaker.speaks("fr")
    with pytest.raises(InputError, match="English only"):
        next(speaker.stream("Bonjour.", language="fr"))


def test_voices_that_are_not_there(voices: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    with pytest.raises(SettingsError, match="heart"):
        HibariSpeaker(voices, voice="nobody").load()
    with pytest.raises(ModelMissingError, match="does not download voices by itself"):
        HibariSpeaker(voices, voice="emma").load()


def test_cancel_between_sentences(voices: Registry) -> None:
    cancel = CancelToken()
    stream = voices.get(Stage.SPEAK).stream(TEXT, cancel=cancel)
    next(stream)
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(stream)


@needs_espeak
def test_espeak_speaks_chinese_at_its_speed(voices: Registry) -> None:
    speaker = voices.get(Stage.SPEAK, "espeak")
    text = "你好，今天天气很好。我们去公园吧。"
    chunks = list(speaker.stream(text, language="zh"))
    assert len(chunks) == 2
    assert all(c.sample_rate == 22_050 and np.abs(c.samples).max() > 0.05 for c in chunks)
    fast = seconds(speaker.stream(text, language="zh", speed=2.0))
    assert fast < 0.75 * sum(c.seconds for c in chunks)
    with pytest.raises(InputError, match="does not support"):
        next(speaker.stream("?!a", language="xx"))


@needs_espeak
def test_japanese_with_kanji_is_refused_with_the_reason(voices: Registry) -> None:
    router = voices.get(Stage.SPEAK)
    assert seconds(router.stream("こんにちは。")) > 0.5
    with pytest.raises(InputError, match="only in kana"):
        next(router.stream("これは本です。"))


@needs_espeak
def test_espeak_takes_text_as_text_only(voices: Registry) -> None:
    speaker = voices.get(Stage.SPEAK, "espeak")
    assert seconds(speaker.stream("--version; $(ls) [[ abc ]]", language="fr")) > 1


@needs_espeak
def test_espeak_is_stopped(voices: Registry) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(voices.get(Stage.SPEAK, "espeak").stream("Bonjour.", language="fr", cancel=cancel))


@needs_espeak
def test_router_changes_voice_with_the_language(voices: Registry) -> None:
    router = voices.get(Stage.SPEAK)
    text = "Hello there. 你好。Bonjour à tous."
    assert router.models_for("Hello there. 你好。") == f"hibari heart + Kokoro-82M {DEFAULT_VOICE}"
    assert router.models_for("Bonjour.", "fr").startswith("espeak-ng")
    chunks = list(router.stream(text))
    assert [c.sample_rate for c in chunks] == [24_000] * 3
    assert all(np.abs(c.samples).max() > 0.05 for c in chunks)
    assert router.speaks("zh")
    assert not router.speaks("xx")


def test_kokoro_speaks_mandarin_only(voices: Registry) -> None:
    speaker = voices.get(Stage.SPEAK, "kokoro-zh")
    assert speaker.speaks("zh-CN")
    assert not speaker.speaks("ja")
    with pytest.raises(InputError, match="Mandarin only"):
        next(speaker.stream("Bonjour.", language="fr"))
    with pytest.raises(SettingsError):
        next(speaker.stream("你好。", speed=3.0))
    with pytest.raises(SettingsError, match=DEFAULT_VOICE):
        KokoroChinese(voices, voice="nobody").load()
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(speaker.stream("你好。", cancel=cancel))
    assert list(speaker.stream("，。😀")) == []


def test_each_word_of_a_mixed_sentence_in_its_own_voice_at_one_loudness(voices: Registry) -> None:
    chunks = list(voices.get(Stage.SPEAK).stream("今天的 meeting 在 Room 204 开始。"))
    assert len(chunks) == 5
    levels = []
    for chunk in chunks:
        assert chunk.sample_rate == 24_000
        assert abs(chunk.samples[0]) < 1e-3 and abs(chunk.samples[-1]) < 1e-3
        loud = chunk.samples[np.abs(chunk.samples) > 0.01]
        levels.append(float(np.sqrt(np.mean(loud**2))))
    assert max(levels) < 1.6 * min(levels)


@pytest.mark.usefixtures("no_espeak")
def test_without_espeak_the_reason_is_said() -> None:
    registry = default_registry()
    with pytest.raises(MissingPackageError, match="apt-get install espeak-ng"):
        EspeakSpeaker(registry).load()
    router = VoiceRouter(registry)
    router.load()
    assert router.speaks("en")
    assert not router.speaks("fr")
    assert len(list(router.stream("Hello."))) == 1
    with pytest.raises(InputError, match="espeak-ng is not installed"):
        next(router.stream("Hello. Привет."))


def test_wav_round_trip(voices: Registry, tmp_path: Path) -> None:
    speaker = voices.get(Stage.SPEAK)
    path = tmp_path / "hello.wav"
    written = write_wav(path, speaker.stream(TEXT))
    whole = concatenate(speaker.stream(TEXT))
    info = soundfile.info(path)
    assert (info.samplerate, info.channels, info.subtype) == (24_000, 1, "PCM_16")
    assert written == pytest.approx(info.duration) == pytest.approx(whole.seconds)
    samples, _ = soundfile.read(io.BytesIO(to_wav_bytes(whole)), dtype="float32")
    assert np.abs(samples - whole.samples).max() < 1e-4
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_no_file(tmp_path: Path) -> None:
    def broken() -> Iterator[Audio]:
        yield Audio(np.zeros(10, np.float32), 24_000)
        raise Cancelled

    with pytest.raises(Cancelled):
        write_wav(tmp_path / "a.wav", broken())
    with pytest.raises(EmptyInputError):
        write_wav(tmp_path / "a.wav", [])
    with pytest.raises(EmptyInputError):
        concatenate([])
    with pytest.raises(InputError, match="sample rates"):
        concatenate([Audio(np.zeros(1, np.float32), 8_000), Audio(np.zeros(1, np.float32), 16_000)])
    with pytest.raises(InputError, match="cannot be written"):
        write_wav(tmp_path / "missing" / "a.wav", [Audio(np.zeros(1, np.float32), 8_000)])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="limits of POSIX")
def test_a_full_disk_is_said_and_an_older_file_stays(tmp_path: Path) -> None:
    import resource

    path = tmp_path / "a.wav"
    path.write_bytes(b"older")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, before[1]))
    try:
        with pytest.raises(InputError, match="cannot be written") as caught:
            write_wav(path, [Audio(np.zeros(1_000, np.float32), 24_000)] * 9)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "free up disk space" in str(caught.value.fix)
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


def test_ctrl_c_while_a_file_is_written_is_not_swallowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A native library that calls back into Python prints the KeyboardInterrupt and goes on."""
    monkeypatch.setattr(open_files, "open", interrupted_open, raising=False)
    with pytest.raises(KeyboardInterrupt):
        write_wav(tmp_path / "a.wav", [Audio(np.zeros(100, np.float32), 24_000)] * 3)
    assert list(tmp_path.iterdir()) == []


def interrupted_open(descriptor: int, mode: str) -> IO[bytes]:
    """A file in whose second write Ctrl-C is pressed."""

    class Interrupted(io.FileIO):
        writes = 0

        def write(self, data: Any) -> int:
            self.writes += 1
            if self.writes == 2:
                raise KeyboardInterrupt
            return super().write(data) or 0

    return Interrupted(descriptor, mode)


def as_recorded(audio: Audio) -> Audio:
    """The voice at the transcriber's rate."""
    return audio_from_array(audio.samples, audio.sample_rate)


@pytest.mark.parametrize("speed", [0.8, 1.0, 1.3])
def test_whisper_reads_it_back(registry: Registry, speed: float) -> None:
    text = TEXT + " There are three hundred people in the old library, and most of them are reading."
    spoken = concatenate(registry.get(Stage.SPEAK).stream(text, speed=speed))
    heard = registry.get(Stage.TRANSCRIBE).transcribe(as_recorded(spoken)).text
    plain = jiwer.Compose([jiwer.ToLowerCase(), jiwer.RemovePunctuation(), jiwer.ReduceToListOfListOfWords()])
    heard = heard.replace("300", "three hundred")
    error = jiwer.wer(text, heard, reference_transform=plain, hypothesis_transform=plain)
    assert error <= 0.1, heard


@needs_espeak
def test_mandarin_is_spoken_in_mandarin_syllables() -> None:
    """The plain Mandarin voice of espeak-ng 1.51 spells every character's pinyin in English letters."""
    speaker = EspeakSpeaker(default_registry())
    speaker.load()
    voice = speaker.voice("zh-CN")
    command = ["espeak-ng", "-q", "-x", "-v", str(voice), "你好，今天天气很好。"]
    phonemes = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "(en)" not in phonemes
    assert len(re.findall(r"\d+n?_\|", phonemes)) == 8, phonemes
    spoken = concatenate(speaker.stream("你好，今天天气很好。", language="zh-CN"))
    assert 1.0 < spoken.seconds < 6.0


def test_whisper_reads_mandarin_back(registry: Registry) -> None:
    text = "今天天气很好，我们去公园走一走吧。你好，很高兴认识你，请问你叫什么名字？"
    spoken = concatenate(registry.get(Stage.SPEAK).stream(text))
    heard = registry.get(Stage.TRANSCRIBE).transcribe(as_recorded(spoken), language="zh").text
    plain = [re.sub(r"[\W_]", "", OpenCC("t2s").convert(words)) for words in (text, heard)]
    assert jiwer.cer(*plain) <= 0.15, heard


def test_each_packaged_voice_sounds_different(voices: Registry) -> None:
    speaker = voices.get(Stage.SPEAK)
    names = voices.spec(Stage.SPEAK).voices["zh"]
    sounds = [concatenate(speaker.with_voices({"zh": name}).stream("你好。")).samples for name in names]
    assert len({sound.tobytes() for sound in sounds}) == len(names) == 8
