"""Turns of several people on one server: they wait in line, see their position, and may not send too many."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatbot.ui.words import words_for
from chatbot.web.admission.turn_queue import QueueLength
from pipelines.core.types import Stage
from tests.support.hosted import Browser, Server, box, handlers_of, served


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    with served(tmp_path, turns_at_once=1, turns_each=2, turns_per_minute=4) as running:
        yield running


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Replies are held back until this is set."""
    from tests.support import scripted

    free, original = threading.Event(), scripted.Generator.stream

    def stream(self: Any, *arguments: Any, **options: Any) -> Iterator[str]:
        assert free.wait(120)
        yield from original(self, *arguments, **options)

    monkeypatch.setattr(scripted.Generator, "stream", stream)
    return free


def logged_in(server: Server, name: str) -> Browser:
    browser = Browser(server.url)
    assert browser.log_in(name).status_code == 303
    return browser


def speaking(browser: Browser, text: str) -> threading.Thread:
    thread = threading.Thread(target=browser.say, args=(text, []))
    thread.start()
    return thread


def until(server: Server, length: QueueLength) -> None:
    queue = server.app.state.hosting.queue
    for _ in range(1200):
        if queue.length() == length:
            return
        threading.Event().wait(0.05)
    raise AssertionError(queue.length())


def test_the_second_person_sees_their_position_and_is_answered(server: Server, held: threading.Event) -> None:
    ann, bob = logged_in(server, "ann"), logged_in(server, "bob")
    first = speaking(ann, "me first")
    until(server, QueueLength(1, 0))
    second = speaking(bob, "me too")
    until(server, QueueLength(1, 1))
    held.set()
    first.join(60)
    second.join(60)
    waiting = words_for("en").messages.in_line(1)
    assert waiting in "\n".join(bob.seen)
    assert waiting not in "\n".join(ann.seen)
    assert "How are you?" in "".join(bob.seen)
    assert server.app.state.hosting.queue.length() == QueueLength(0, 0)


def test_a_person_who_leaves_the_line_makes_room(server: Server, held: threading.Event) -> None:
    ann, bob = logged_in(server, "ann"), logged_in(server, "bob")
    first = speaking(ann, "me first")
    until(server, QueueLength(1, 0))
    send, answer = handlers_of(bob.config())
    bob.call(send, [box("me too", []), None, None])
    event = bob.join(answer, [None, None]).json()["event_id"]
    until(server, QueueLength(1, 1))
    stop = next(d for d in bob.config()["dependencies"] if any(t[1] == "stop" for t in d["targets"]))
    call = {"fn_index": stop["id"], "data": [None] * len(stop["inputs"]), "session_hash": bob.session}
    assert bob.http.post("gradio_api/run/predict", json=call).status_code == 200
    until(server, QueueLength(1, 0))
    with bob.http.stream("GET", "gradio_api/queue/data", params={"session_hash": bob.session}) as stream:
        text = "".join(stream.iter_text())
    assert event in text
    assert words_for("en").messages.stopped in text
    held.set()
    first.join(60)


def test_too_many_messages_are_refused_in_the_chat_with_the_time(server: Server) -> None:
    ann = logged_in(server, "ann")
    for number in range(4):
        assert "How are you?" in str(ann.say(f"message {number}", []))
    refused = str(ann.say("one more", []))
    assert "Try again in" in refused
    assert words_for("en").messages.failed_title in refused
    assert "How are you?" in str(logged_in(server, "bob").say("hello", []))


def test_turns_are_counted_and_named(server: Server) -> None:
    ann = logged_in(server, "ann")
    ann.say("hello", [])
    text = ann.http.get("metrics").text
    assert 'trio_turns_total{outcome="answered"} 1.0' in text
    assert str(Stage.GENERATE) in text
