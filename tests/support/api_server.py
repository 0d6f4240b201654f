"""A scripted Trio behind a real server, for tests of the API."""

from __future__ import annotations

import contextlib
import io
import itertools
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openai
import soundfile
from PIL import Image

from chatbot.cli.server.web_app import create_app
from chatbot.config.settings import load_settings
from chatbot.generators.protocol import Extras, Finish, TokenLogprob
from chatbot.turn.engine import Chatbot
from chatbot.web.auth.accounts import Accounts
from pipelines.core.registry import BackendSpec, Registry
from pipelines.core.types import Segment, Stage, Transcript
from pipelines.core.weights import WeightStore
from tests.support import scripted
from tests.support.serving import running

PASSWORD = "correct horse battery"
Options = Mapping[Stage, Mapping[str, Any]]


class CountingGenerator(scripted.Generator):
    """Says how it ended, as llama.cpp does; `max_tokens` counts pieces."""

    takes = frozenset({"schema", "logprobs", "plain"})

    def stream(
        self,
        messages: Any,
        *,
        temperature: float,
        max_tokens: int,
        cancel: Any = None,
        extras: Extras | None = None,
    ) -> Generator[str, None, Finish]:
        self.asked = {"temperature": temperature, "max_tokens": max_tokens}
        self.extras = extras
        sure = (TokenLogprob("Hi", -0.5, (("Hi", -0.5), ("Ho", -1.5))),) if extras and extras.logprobs else ()
        number = 0
        for piece in super().stream(messages, temperature=temperature, max_tokens=max_tokens, cancel=cancel):
            if number == max_tokens:
                return Finish("length", 11, number)
            number += 1
            yield piece
        return Finish("stop", 11, number, sure)


class EndlessGenerator(scripted.Generator):
    """Writes until it is stopped; `ended` tells that it was."""

    ended = threading.Event()

    def stream(
        self, messages: Any, *, temperature: float, max_tokens: int, cancel: Any = None
    ) -> Iterator[str]:
        try:
            for number in itertools.count():  # never the same again: a repetition would be ended
                if cancel.cancelled:
                    break
                cancel.wait(0.01) if hasattr(cancel, "wait") else threading.Event().wait(0.01)
                yield f"more {number} "
        finally:
            self.ended.set()


class TimedTranscriber(scripted.Transcriber):
    def transcribe(
        self, audio: Any, *, language: Any = None, hot_words: str = "", cancel: Any = None
    ) -> Transcript:
        heard = super().transcribe(audio, language=language, hot_words=hot_words)
        segments = (Segment(0.0, 1.25, "I am <here>."), Segment(3661.5, 3662.0, "Twice."))
        return Transcript(heard.text, language or "en", 0.9, segments, heard.encoding)


class GrowingTranscriber(scripted.Transcriber):
    """Finds the words piece by piece."""

    def stream(
        self, audio: Any, *, language: Any = None, hot_words: str = "", cancel: Any = None
    ) -> Iterator[Transcript]:
        self._act(audio)
        self.hot_words = hot_words
        for text in ("I am", "I am here.", "I am here."):
            yield Transcript(text, language or "en", 0.9)
        if error := self.options.get("late"):
            raise error


class EndlessTranscriber(scripted.Transcriber):
    """Finds words until it is stopped; `ended` tells that it was."""

    ended = threading.Event()

    def stream(
        self, audio: Any, *, language: Any = None, hot_words: str = "", cancel: Any = None
    ) -> Iterator[Transcript]:
        text = ""
        try:
            while not cancel.wait(0.01):
                text += "more "
                yield Transcript(text, "en", 0.9)
        finally:
            self.ended.set()


class Embedder(scripted._Base):
    def embed(self, texts: Sequence[str], *, cancel: Any = None) -> Any:
        self._act(list(texts))
        return np.array([[len(text), 1.0, 0.0] for text in texts], np.float32)

    def count_tokens(self, texts: Sequence[str]) -> int:
        return sum(len(text.split()) for text in texts)


def spec(cls: type, **more: Any) -> BackendSpec:
    return BackendSpec(f"{cls.__module__}:{cls.__name__}", "embedded", "scripted", **more)


def registry(options: Options | None = None, choices: Mapping[Stage, str] | None = None) -> Registry:
    """Return scripted back-ends, with some that are special."""
    table = {stage: dict(rows) for stage, rows in scripted.scripted_registry().table.items()}
    table[Stage.GENERATE] = {
        "counting": spec(CountingGenerator),
        "plain": spec(scripted.Generator),
        "endless": spec(EndlessGenerator),
        "absent": spec(scripted.Generator, packages=("no_such_package",), install="pip install it"),
    }
    table[Stage.TRANSCRIBE] = {
        "timed": spec(TimedTranscriber),
        "growing": spec(GrowingTranscriber),
        "endless": spec(EndlessTranscriber),
    }
    table[Stage.EMBED] = {"lengths": spec(Embedder)}
    return Registry(table, WeightStore(), choices, options)


class Served:
    """A running server."""

    def __init__(self, url: str, chatbot: Chatbot, app: Any, key: str) -> None:
        self.url, self.chatbot, self.app, self.key = url, chatbot, app, key

    @property
    def openai(self) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{self.url}/v1", api_key=self.key or "none", max_retries=0, timeout=60)

    def backend(self, stage: Stage) -> Any:
        return self.chatbot.registry.get(stage)


@contextlib.contextmanager
def served(
    folder: Path,
    options: Options | None = None,
    *,
    accounts: bool = False,
    choices: Mapping[Stage, str] | None = None,
    **settings: Any,
) -> Iterator[Served]:
    """Serve a scripted Trio at a free port; with `accounts`, ann has a key."""
    settings.setdefault("data_dir", folder / "data")
    if accounts:
        Accounts(folder / "users").add("ann", PASSWORD)
        settings["auth"] = folder / "users"
    chosen = load_settings(**settings)
    with Chatbot(chosen, registry(options, choices)) as chatbot:
        app = create_app(chatbot, chosen)
        with running(app, chosen) as address:
            sessions = app.state.hosting.sessions
            key = sessions.token("ann") if sessions is not None else ""
            yield Served(address, chatbot, app, key)


def png(width: int = 8, height: int = 6) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "PNG")
    return out.getvalue()


def wav(seconds: float = 0.5) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, np.zeros(int(16000 * seconds), np.float32), 16000, format="WAV")
    return out.getvalue()
