"""The Mandarin voice on a tiny graph with Kokoro's inputs, whose pitch is that of the style."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from pipelines.backends import EMBEDDED_TABLE, KOKORO_VOICES
from pipelines.core.assets import MODELS
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, Cancelled, InputError, ModelError, SettingsError
from pipelines.core.manifest import shipped_manifest
from pipelines.core.protocols import ChoosesVoice
from pipelines.core.registry import Registry
from pipelines.core.types import Audio, Stage
from pipelines.speech.tts.join import LOUDNESS, STOP_PAUSE
from pipelines.speech.tts.kokoro import DEFAULT_VOICE, GRAPH, VOCABULARY, VOICES, KokoroChinese
from pipelines.speech.tts.mandarin import phonemes
from tests.support.tiny_models.voices import kokoro_tones

PITCHES = {"zf_xiaoyi": 0.02, "zf_xiaobei": 0.06, "zm_yunxi": 0.04}
Made = Callable[..., KokoroChinese]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    kokoro_tones(tmp_path / GRAPH)
    symbols = sorted(set(phonemes("你好世界。今天很好，我们去公园走一走。")))
    vocabulary = {"vocab": {symbol: number + 1 for number, symbol in enumerate(symbols)}}
    (tmp_path / VOCABULARY).write_text(json.dumps(vocabulary), "utf-8")
    np.savez(tmp_path / VOICES, **{n: np.full((510, 1, 256), p, np.float32) for n, p in PITCHES.items()})
    return tmp_path


@pytest.fixture
def made(folder: Path) -> Made:
    def make(**options: object) -> KokoroChinese:
        registry = SimpleNamespace(store=SimpleNamespace(path=lambda name: folder))
        speaker = KokoroChinese(cast(Registry, registry), **options)  # type: ignore[arg-type]
        speaker.load()
        return speaker

    return make


def pitch(audio: Audio) -> float:
    """Radians a sample, by the passages through zero of the sound before the pause."""
    loud = audio.samples[: np.flatnonzero(np.abs(audio.samples) > 0.01)[-1]]
    return float(np.pi * np.count_nonzero(np.diff(np.signbit(loud))) / len(loud))


def test_one_chunk_a_sentence_at_the_common_loudness(made: Made) -> None:
    chunks = list(made().stream("你好。今天很好。"))
    assert [chunk.sample_rate for chunk in chunks] == [24_000] * 2
    for chunk in chunks:
        assert chunk.samples.dtype == np.float32
        loud = chunk.samples[np.abs(chunk.samples) > 0.01]
        assert np.sqrt(np.mean(loud**2)) == pytest.approx(LOUDNESS, rel=0.1)
        assert not chunk.samples[-int(STOP_PAUSE * 24_000) :].any()


def test_the_first_clause_of_a_long_sentence_is_heard_early(made: Made) -> None:
    text = "今天很好，我们去公园走一走，走一走，走一走，走一走，走一走。"
    first, rest = made().stream(text)
    assert first.seconds < rest.seconds


def test_longer_texts_and_slower_speech_take_longer(made: Made) -> None:
    def seconds(text: str, speed: float = 1.0) -> float:
        return sum(chunk.seconds - STOP_PAUSE for chunk in made().stream(text, speed=speed))

    assert seconds("今天很好。") > seconds("很好。")
    assert seconds("今天很好。", 0.5) == pytest.approx(2 * seconds("今天很好。"), rel=0.1)


def test_a_voice_is_chosen_without_opening_the_graph_again(made: Made, folder: Path) -> None:
    speaker = made()
    assert isinstance(speaker, ChoosesVoice)
    (folder / GRAPH).unlink()
    other = speaker.with_voices({"zh": "zf_xiaobei"})
    assert other.model == "Kokoro-82M zf_xiaobei"
    (high,), (low,) = other.stream("今天很好。"), speaker.stream("今天很好。")
    assert pitch(high) == pytest.approx(0.06, rel=0.1)
    assert pitch(low) == pytest.approx(0.02, rel=0.1)
    assert speaker.with_voices({"en": "heart"}) is speaker
    with pytest.raises(SettingsError, match="zf_xiaoyi, zf_xiaobei, zm_yunxi"):
        speaker.with_voices({"zh": "nobody"})


def test_voices_are_mixed(made: Made) -> None:
    (mixed,) = made(voice="zf_xiaoyi+zf_xiaobei").stream("今天很好。")
    assert pitch(mixed) == pytest.approx(0.04, rel=0.1)


def test_what_it_refuses(made: Made) -> None:
    cancel = CancelToken()
    cancel.cancel()
    speaker = made()
    with pytest.raises(Cancelled):
        next(speaker.stream("你好。", cancel=cancel))
    with pytest.raises(InputError, match="Mandarin only"):
        next(speaker.stream("Bonjour.", language="fr"))
    with pytest.raises(SettingsError):
        next(speaker.stream("你好。", speed=3.0))
    speaker.unload()
    with pytest.raises(BackendError, match="not loaded"):
        next(speaker.stream("你好。"))


def test_pickled_objects_in_the_voices_are_not_read(made: Made, folder: Path) -> None:
    np.savez(folder / VOICES, zf_xiaoyi=np.array([print], object))
    with pytest.raises(ModelError, match="cannot be read"):
        made()


def test_the_voices_that_come_with_trio_are_offered_the_usual_one_first() -> None:
    with np.load(MODELS / "kokoro-voices" / VOICES, allow_pickle=False) as archive:
        assert {archive[name].shape for name in archive.files} == {(510, 1, 256)}
        assert sorted(archive.files) == sorted(KOKORO_VOICES)
    for name in ("auto", "kokoro-zh"):
        assert EMBEDDED_TABLE[Stage.SPEAK][name].voices == {"zh": KOKORO_VOICES}
    assert KOKORO_VOICES[0] == DEFAULT_VOICE


def test_its_files_are_pinned() -> None:
    models = shipped_manifest().models
    assert {file.path for file in models["kokoro"].files} == {GRAPH, VOCABULARY}
    assert {file.path for file in models["kokoro-voices"].files} == {VOICES}
