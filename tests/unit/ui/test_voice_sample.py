"""A sentence in a voice, to listen to before it is chosen."""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from chatbot.turn.options import TurnOptions
from chatbot.ui.preference_handlers import PreferenceHandlers
from chatbot.ui.preferences import Preferences
from chatbot.ui.words import LANGUAGES, words_for
from pipelines.core.errors import InputError
from pipelines.core.registry import Registry
from pipelines.core.types import Audio, Stage
from tests.support.scripted import Speaker, scripted_registry

WORDS = words_for("en")
VOICES = {"zh": ("zf_xiaoyi", "zm_yunxi")}


class Voices(Speaker):
    """Notes what it says; `chosen` are its voices. It does not speak English."""

    chosen: Mapping[str, str] = {}

    def with_voices(self, chosen: Mapping[str, str]) -> Voices:
        other = Voices(None, **self.options)  # type: ignore[arg-type]
        other.chosen, other.calls = chosen, self.calls
        return other

    def stream(
        self, text: str, *, language: str = "en", speed: float = 1.0, cancel: Any = None
    ) -> Iterator[Audio]:
        if language == "en":
            raise InputError("This voice supports Mandarin only")
        self.calls.append((text, language, speed, dict(self.chosen)))
        for _ in range(2):
            yield Audio(np.full(2400, 0.1, np.float32), self.sample_rate)


@pytest.fixture
def registry() -> Registry:
    given = scripted_registry(classes={Stage.SPEAK: Voices})
    rows = given.table[Stage.SPEAK]
    table = {**given.table, Stage.SPEAK: {"scripted": replace(rows["scripted"], voices=VOICES)}}
    return Registry(table, given.store)


@pytest.fixture
def remembering(registry: Registry) -> PreferenceHandlers:
    return PreferenceHandlers(registry, TurnOptions(speed=1.1))


def heard(remembering: PreferenceHandlers, **given: Any) -> dict[str, Any]:
    values = {key.replace("__", ":"): value for key, value in given.items()}
    return remembering.sample(WORDS, values, Preferences().stored())


def test_the_sentence_is_said_in_the_voice_and_at_the_speed_of_the_form(
    remembering: PreferenceHandlers, registry: Registry
) -> None:
    found = heard(remembering, listen="zh", number=3, voice__zh="zm_yunxi", speed=1.5)
    assert (found["number"], found["problem"]) == (3, "")
    with wave.open(io.BytesIO(base64.b64decode(found["sound"]))) as sound:
        assert (sound.getnframes(), sound.getframerate()) == (4800, 24_000)
    sentence = words_for("zh").settings.sample
    assert registry.get(Stage.SPEAK).calls == [(sentence, "zh", 1.5, {"zh": "zm_yunxi"})]


def test_a_voice_that_is_not_offered_is_not_tried(
    remembering: PreferenceHandlers, registry: Registry
) -> None:
    heard(remembering, listen="zh", voice__zh="../../secret", speed="fast")
    ((_, language, speed, voices),) = registry.get(Stage.SPEAK).calls
    assert (language, speed, voices) == ("zh", 1.1, {})


@pytest.mark.parametrize(
    ("language", "why"),
    [("en", "Mandarin only"), ("xx", "no sentence to listen to"), (None, "no sentence to listen to")],
)
def test_what_cannot_be_said_is_told(remembering: PreferenceHandlers, language: str | None, why: str) -> None:
    found = heard(remembering, listen=language)
    assert found["sound"] == ""
    assert found["problem"].startswith("The voice could not be played.")
    assert why in found["problem"]


@pytest.mark.parametrize("page", LANGUAGES)
def test_every_language_of_the_page_has_a_button(remembering: PreferenceHandlers, page: str) -> None:
    words = words_for(page)
    form = remembering.form(words, Preferences())["form"]
    for language in LANGUAGES:
        name = words.settings.hear(words.labels.language(language))
        assert f'data-listen="{language}" aria-label="{name}"' in form
