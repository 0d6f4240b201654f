"""What only some language needs is loaded for those who use that language, after the stages."""

from __future__ import annotations

import threading
import time

import pytest

from chatbot.turn.warm_up import WarmUp
from pipelines.core.errors import ModelMissingError
from pipelines.core.registry import Registry
from pipelines.core.types import Stage
from tests.support.scripted import scripted_registry

STAGES = (Stage.TRANSCRIBE, Stage.SPEAK)


class Voices:
    """What a speaker is asked to warm; `refuses` is a language whose part is not there."""

    def __init__(self, registry: Registry) -> None:
        self.warmed: list[str] = []
        self.refuses = ""
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.may_end.set()
        speaker = registry.get(Stage.SPEAK)
        speaker.warm_up = lambda: self.warmed.append("stage")
        speaker.warm_up_for = self.warm_up_for

    def warm_up_for(self, language: str) -> None:
        self.begun.set()
        assert self.may_end.wait(60)
        if language == self.refuses:
            raise ModelMissingError("Not there")
        self.warmed.append(language)

    def come_to(self, expected: list[str]) -> None:
        for _ in range(1000):
            if self.warmed == expected:
                return
            time.sleep(0.01)
        assert self.warmed == expected


@pytest.fixture
def registry() -> Registry:
    return scripted_registry()


@pytest.fixture
def voices(registry: Registry) -> Voices:
    return Voices(registry)


@pytest.fixture
def warm_up(registry: Registry) -> WarmUp:
    return WarmUp(registry, STAGES)


def test_nothing_is_warmed_for_a_language_that_nobody_uses(warm_up: WarmUp, voices: Voices) -> None:
    warm_up.wait()
    assert voices.warmed == ["stage"]


def test_a_language_told_before_the_start_comes_after_the_stages(warm_up: WarmUp, voices: Voices) -> None:
    warm_up.expect("zh")
    assert voices.warmed == []
    warm_up.wait()
    assert voices.warmed == ["stage", "zh"]


def test_languages_told_later_are_warmed_once_each(warm_up: WarmUp, voices: Voices) -> None:
    warm_up.wait()
    for language in ("en", "zh", "en", "zh"):
        warm_up.expect(language)
    voices.come_to(["stage", "en", "zh"])
    warm_up.expect("ja")
    voices.come_to(["stage", "en", "zh", "ja"])


def test_what_a_language_lacks_is_no_error_of_the_stage(warm_up: WarmUp, voices: Voices) -> None:
    voices.refuses = "zh"
    warm_up.expect("zh")
    warm_up.expect("en")
    warm_up.wait()
    assert voices.warmed == ["stage", "en"]
    assert warm_up.status().ready


def test_after_the_end_no_language_is_warmed(warm_up: WarmUp, voices: Voices) -> None:
    warm_up.wait()
    voices.may_end.clear()
    warm_up.expect("en")
    assert voices.begun.wait(60)
    stopping = threading.Thread(target=warm_up.stop)
    stopping.start()
    while not warm_up._stopping:
        time.sleep(0.01)
    warm_up.expect("zh")
    voices.may_end.set()
    stopping.join()
    assert voices.warmed == ["stage", "en"]
