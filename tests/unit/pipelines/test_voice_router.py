"""Which voice says what, and how the pieces are joined, on voices that only hum."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, cast

import numpy as np
import pytest

from pipelines.core.errors import InputError, MissingPackageError
from pipelines.core.registry import Registry
from pipelines.core.types import Audio, Stage
from pipelines.speech.tts.join import LOUDNESS
from pipelines.speech.tts.router import VoiceRouter


class Humming:
    """Hums for each text it is given, with silence around, at its own level."""

    sample_rate = 24_000

    def __init__(self, name: str, level: float) -> None:
        self.model, self.level, self.said = name, level, cast("list[tuple[str, dict[str, Any]]]", [])
        self.warm = 0

    def with_voices(self, chosen: Mapping[str, str]) -> Humming:
        other = copy.copy(self)
        other.model = chosen.get("zh", self.model)
        return other

    def warm_up(self) -> None:
        self.warm += 1

    def stream(self, text: str, **options: Any) -> Iterator[Audio]:
        self.said.append((text, options))
        hum = self.level * np.sin(np.arange(12_000) / 8)
        yield Audio(np.concatenate([np.zeros(6_000), hum, np.zeros(6_000)]).astype(np.float32), 24_000)


class Voices:
    def __init__(self) -> None:
        self.made = {"hibari": Humming("hibari", 0.5), "kokoro-zh": Humming("Kokoro", 0.1)}
        self.asked: list[str] = []

    def get(self, stage: Stage, name: str) -> Humming:
        assert stage == Stage.SPEAK
        self.asked.append(name)
        if name not in self.made:
            raise MissingPackageError("espeak-ng is not installed", fix="Install it")
        return self.made[name]


@pytest.fixture
def voices() -> Voices:
    return Voices()


@pytest.fixture
def router(voices: Voices) -> VoiceRouter:
    return VoiceRouter(cast(Registry, voices))


def said(voices: Voices, name: str) -> list[str]:
    return [text.strip() for text, _ in voices.made[name].said]


def test_a_mixed_sentence_changes_voice_and_joins_at_one_loudness(
    router: VoiceRouter, voices: Voices
) -> None:
    chunks = list(router.stream("今天的 meeting 在 Room 204 开始。", speed=1.2))
    assert said(voices, "kokoro-zh") == ["今天的", "在", "开始。"]
    assert said(voices, "hibari") == ["meeting", "Room 204"]
    assert [options["joined"] for _, options in voices.made["kokoro-zh"].said] == [True, True, False]
    assert all(options["speed"] == 1.2 for name in voices.made for _, options in voices.made[name].said)
    english = chunks[1].samples
    assert english[0] == english[-1] == 0
    assert len(english) < 16_000
    loud = english[np.abs(english) > 0.01]
    assert np.sqrt(np.mean(loud**2)) == pytest.approx(LOUDNESS, rel=0.1)


def test_whole_sentences_go_to_their_voices_as_they_are(router: VoiceRouter, voices: Voices) -> None:
    chunks = list(router.stream("Hello there. I am here! 你好。很好。"))
    assert said(voices, "hibari") == ["Hello there. I am here!"]
    assert said(voices, "kokoro-zh") == ["你好。很好。"]
    assert [len(chunk.samples) for chunk in chunks] == [24_000, 24_000]
    assert router.models_for("Hello. 你好。") == "hibari + Kokoro"


def test_chinese_words_in_an_english_sentence(router: VoiceRouter, voices: Voices) -> None:
    list(router.stream("In Chinese, hello is 你好 and thanks is 谢谢."))
    assert said(voices, "kokoro-zh") == ["你好", "谢谢."]
    assert said(voices, "hibari") == ["In Chinese, hello is", "and thanks is"]


def test_the_chinese_voice_is_loaded_when_it_is_needed(router: VoiceRouter, voices: Voices) -> None:
    router.load()
    assert voices.asked == ["hibari"]
    list(router.stream("Hello."))
    assert "kokoro-zh" not in voices.asked
    with pytest.raises(InputError, match="espeak-ng is not installed"):
        next(router.stream("你好。 Привет."))
    assert not voices.made["kokoro-zh"].said


def test_the_chosen_voice_speaks_and_the_router_itself_stays(router: VoiceRouter) -> None:
    chosen = router.with_voices({"zh": "zm_yunxi"})
    assert chosen.models_for("Hello. 你好。") == "hibari + zm_yunxi"
    assert router.models_for("Hello. 你好。") == "hibari + Kokoro"


def test_only_mandarin_warms_the_chinese_voice(router: VoiceRouter, voices: Voices) -> None:
    router.warm_up_for("en")
    assert "kokoro-zh" not in voices.asked
    router.with_voices({}).warm_up_for("zh")
    assert "kokoro-zh" in voices.asked
