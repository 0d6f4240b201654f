"""One Trio uses another's API for its stages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chatbot.config.privacy import destinations
from chatbot.config.settings import load_settings
from chatbot.turn.engine import Chatbot
from chatbot.turn.events import Done, EvidenceReady, SpeechChunk
from pipelines.core.errors import BackendError
from pipelines.core.registry import Registry
from pipelines.core.types import Audio, Evidence, Stage, Transcript, Turn
from pipelines.image.decode import decode_image
from pipelines.speech.decode import decode_audio
from tests.support.served_api import served_api

REMOTE = (Stage.TRANSCRIBE, Stage.CAPTION, Stage.SPEAK, Stage.GENERATE)


@pytest.fixture(scope="module")
def url(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the first Trio; `registry` skips where the models have not been pulled."""
    settings = load_settings(data_dir=tmp_path_factory.mktemp("first"), history=False, threads=1)
    with served_api(settings) as address:
        yield f"{address}/v1"


@pytest.fixture(scope="module")
def second(url: str) -> Iterator[Chatbot]:
    options: dict[Stage, dict[str, Any]]
    options = {stage: {"url": url, "model": "trio", "timeout": 600} for stage in REMOTE}
    options[Stage.SPEAK]["voice"] = "auto"
    settings = load_settings(profile="server", options=options, offline=True, max_reply_tokens=30)
    with Chatbot(settings) as chatbot:
        yield chatbot


def test_a_turn_of_voice_and_picture_through_the_other_trio(
    second: Chatbot, registry: Registry, samples: Path
) -> None:
    voice = Audio(decode_audio(samples / "jfk.flac").samples[:51_000], 16_000)  # a whole thing said
    *events, last = second.respond(Turn("What animal is it?", (decode_image(samples / "cat.jpg"),), voice))
    assert isinstance(last, Done), last
    evidence: dict[Stage, Evidence] = {
        e.evidence.kind: e.evidence for e in events if isinstance(e, EvidenceReady)
    }
    assert [item.error for item in evidence.values()] == [None] * len(evidence)
    heard = evidence[Stage.TRANSCRIBE].value
    here = registry.get(Stage.TRANSCRIBE).transcribe(voice)
    assert isinstance(heard, Transcript) and heard.encoding is None
    # Commas hang on the number of threads.
    said, alike = (re.findall(r"\w+", one.text.lower()) for one in (heard, here))
    assert (said, heard.language) == (alike, here.language)
    assert heard.language_probability == pytest.approx(here.language_probability, abs=0.01)
    emotion = registry.get(Stage.SPEECH_EMOTION).classify(voice, here.encoding)
    assert evidence[Stage.SPEECH_EMOTION].value.label == emotion.label  # type: ignore[union-attr]
    assert "cat" in evidence[Stage.CAPTION].value.text  # type: ignore[union-attr]
    assert last.reply.text and last.reply.finish is not None
    models = last.reply.models
    assert all("(server 127.0.0.1:" in models[stage] for stage in REMOTE)
    assert "server" not in models[Stage.SPEECH_EMOTION]
    sound = np.concatenate([e.audio.samples for e in events if isinstance(e, SpeechChunk)])
    assert len(sound) > 12_000 and np.abs(sound).max() > 0.05


def test_nothing_leaves_this_computer(second: Chatbot) -> None:
    assert destinations(second.registry) == {}


def test_the_other_trios_errors_come_through(url: str, samples: Path) -> None:
    options = {Stage.SPEAK: {"url": url, "voice": "nobody", "retries": 0}}
    settings = load_settings(backends={Stage.SPEAK: "openai"}, options=options)
    with Chatbot(settings) as chatbot, pytest.raises(BackendError, match=r"no voice 'nobody'.*auto"):
        list(chatbot.registry.get(Stage.SPEAK).stream("Hello."))
