"""A call with real models over a real WebSocket route: what is said is understood, spoken about and cut."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from chatbot.call.sound_buffer import to_frame
from chatbot.config.settings import Settings
from chatbot.history import Status
from chatbot.locale import LANGUAGES
from chatbot.turn.engine import Chatbot
from chatbot.ui.call.call_words import call_words
from pipelines.core.registry import Registry
from pipelines.speech.decode import decode_audio
from tests.support.call_sessions import read_frame
from tests.support.called import Kept, calls_app

SILENCE = np.zeros(16_000, np.float32)


@pytest.fixture(scope="module")
def bot(registry: Registry) -> Iterator[Chatbot]:
    with Chatbot(Settings()) as bot:
        bot.wait_until_warm()
        yield bot


class Call:
    def __init__(self, socket: Any, **start: Any) -> None:
        self.socket = socket
        self.sound: dict[int, float] = {}
        self.say(type="start", **start)

    def say(self, **message: Any) -> None:
        self.socket.send_text(json.dumps(message))

    def speak(self, *sounds: Any) -> None:
        sound = np.concatenate(sounds)
        for begin in range(0, len(sound), 512):
            self.socket.send_bytes(to_frame(0, sound[begin : begin + 512], 16_000)[8:])

    def until(self, kind: str, **fields: Any) -> dict[str, Any]:
        while True:
            message = self.socket.receive()
            assert message["type"] == "websocket.send", message
            if data := message.get("bytes"):
                turn, rate, samples = read_frame(data)
                assert np.abs(samples).max() > 0.01
                self.sound[turn] = self.sound.get(turn, 0) + len(samples) / rate
                continue
            found: dict[str, Any] = json.loads(message["text"])
            assert found["type"] not in ("failed", "error"), found
            if found["type"] == kind and found.items() >= fields.items():
                return found


def jfk(samples: Path, begin: float, end: float | None = None) -> Any:
    sound = decode_audio(samples / "jfk.flac").samples
    return sound[round(begin * 16_000) : None if end is None else round(end * 16_000)]


def test_speech_is_understood_answered_aloud_and_can_be_interrupted(bot: Chatbot, samples: Path) -> None:
    conversations = Kept()
    with TestClient(calls_app(bot, conversations)) as http, http.websocket_connect("/call") as socket:
        call = Call(socket, pause=1.5, conversation="new-c")
        call.speak(SILENCE[:4000], jfk(samples, 0), SILENCE, SILENCE)
        heard = call.until("transcript")
        for word in ("fellow americans", "ask not", "country"):
            assert word in heard["text"].lower()
        assert heard["language"] == "en"
        done = call.until("done")
        assert done["text"] and done["note"] is None
        first = done["turn"]
        assert call.sound[first] == pytest.approx(done["seconds"], abs=0.01)
        assert done["seconds"] > 0.5

        call.say(type="played", turn=first, seconds=done["seconds"] / 2)
        call.speak(jfk(samples, 8.1))
        call.until("drop", turn=first)
        call.until("state", state="hearing")
        call.speak(SILENCE, SILENCE)
        assert "you can do for your country" in call.until("transcript")["text"].lower()
        call.until("state", state="speaking")
        kept = conversations.turns(name="new-c")
        assert kept[0].context is not None and kept[0].context.transcript == heard["text"]
        assert done["text"].startswith(kept[0].reply_text) and len(kept[0].reply_text) < len(done["text"])
        assert kept[1].status is Status.ANSWERING, "what was said is kept before it is answered"


def test_every_emotion_that_can_be_understood_has_a_word(samples: Path) -> None:
    models = samples.parent / "models"
    heads = json.loads((models / "feelings" / "heads.json").read_text("utf-8"))
    voice = np.load(models / "speech-emotion" / "head.npz")["labels"]
    for label in (*voice, *heads["emotion"]["labels"], *heads["sentiment"]["labels"]):
        for words in map(call_words, LANGUAGES):
            assert f"label_{label}" in words
