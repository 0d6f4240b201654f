"""The way of a turn from Send to the first sound, as docs/architecture.md draws it: counted, not remembered."""

from __future__ import annotations

import inspect
import re
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from chatbot.config.settings import load_settings
from chatbot.turn import replying
from chatbot.turn.engine import Chatbot
from pipelines.core.streams import stream_from_thread
from pipelines.core.types import Stage
from tests.support.page_user import Person
from tests.support.scripted import Generator, Speaker, scripted_registry

ARCHITECTURE = Path(__file__).resolve().parents[3] / "docs" / "architecture.md"
seen: dict[str, list[str]] = {}


class LookingSpeaker(Speaker):
    """Notes, at the first sentence, which functions every thread of the turn is in."""

    def stream(self, text: str, **named: Any) -> Any:
        if not seen:
            Writer.spoken.wait(10)
            names = {thread.ident: thread.name for thread in threading.enumerate()}
            frames = sys._current_frames()
            seen.update({names[ident]: stack(frame) for ident, frame in frames.items() if ident in names})
            Writer.seen.set()
        return super().stream(text, **named)


class Writer(Generator):
    """Is still writing while the first sentence is spoken."""

    spoken, seen = threading.Event(), threading.Event()

    def stream(self, messages: Any, **named: Any) -> Any:
        yield "Hello there. "
        yield "How are you?"
        self.spoken.set()
        self.seen.wait(10)


LOOKING = {Stage.SPEAK: LookingSpeaker, Stage.GENERATE: Writer}


def stack(frame: FrameType | None) -> list[str]:
    """Return the project's functions that a thread is in, outermost first; generators with a star."""
    found: list[str] = []
    while frame is not None:
        if re.search(r"[/\\](chatbot|pipelines)[/\\]", frame.f_code.co_filename):
            star = "*" if frame.f_code.co_flags & inspect.CO_GENERATOR else ""
            found.append(f"{frame.f_code.co_qualname}{star}")
        frame = frame.f_back
    return found[::-1]


def test_the_way_is_as_long_as_the_architecture_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queues = list[str]()

    def stream(*given: Any, name: str) -> Any:
        queues.append(name)
        return stream_from_thread(*given, name=name)

    monkeypatch.setattr(replying, "stream_from_thread", stream)
    with Chatbot(load_settings(), scripted_registry(classes=LOOKING)) as chatbot:
        person = Person.at(tmp_path, chatbot)  # type: ignore[arg-type]
        person.say("Hi")
        person.handlers.stores.close()
    drawn = " ".join(ARCHITECTURE.read_text("utf-8").split())
    for thread, outermost in (("MainThread", ["answer (wiring)"]), ("trio-turn", []), ("trio-write", [])):
        way = [*outermost, *(name.rstrip("*") for name in seen[thread] if name.endswith("*"))]
        assert " → ".join(way) in drawn
    threads = sorted(name for name in seen if name in (*queues, "trio-turn"))
    here = sum(name.endswith("*") for name in seen["trio-turn"])
    assert f"{here} generators, {len(threads)} threads, {len(queues)} queues" in drawn
