"""From the engine's events to the page, with a scripted engine that emits real events."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest

from chatbot.events import (
    ContextReady,
    Done,
    EvidenceReady,
    Exchange,
    Failed,
    FusedContext,
    Reply,
    ReplyEvent,
    SpeechChunk,
    TextDelta,
    Timings,
)
from chatbot.options import TurnOptions
from chatbot.ui.answer import View, stream
from chatbot.ui.app import build
from chatbot.ui.conversation import Conversation
from chatbot.ui.handlers import Handlers
from chatbot.ui.markup import escape
from chatbot.ui.theme import HEAD
from chatbot.ui.turns import Draft, Problem
from chatbot.ui.words import words_for
from pipelines.core.cancel import CancelToken
from pipelines.core.registry import Registry
from pipelines.core.types import Audio, Evidence, Sentiment, Stage, Turn
from tests.unit.scripted import scripted_registry

WORDS = words_for("en")
SOUND = Audio(np.full(2400, 0.1, np.float32), 24000)
SENTIMENT = Evidence(Stage.SENTIMENT, "text", Sentiment("positive", 0.9), 0.9, "a head", 0.01)
CONTEXT = FusedContext("Hi", "", (), (), None, "en", (SENTIMENT,))
TIMINGS = Timings({}, 0.1, 0.2, 0.3, 0.4)


def record(text: str, **changes: Any) -> Reply:
    return Reply(text, CONTEXT, TIMINGS, {}, **changes)


HELLO: tuple[ReplyEvent, ...] = (
    EvidenceReady(SENTIMENT),
    ContextReady(CONTEXT),
    TextDelta("Hello there. "),
    SpeechChunk(SOUND, "Hello there."),
    TextDelta("Bye."),
    SpeechChunk(SOUND, "Bye."),
    Done(record("Hello there. Bye.")),
)


@dataclass
class Warm:
    ready: bool = True
    done: tuple[str, ...] = ("a", "b")
    pending: tuple[str, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass
class ScriptedEngine:
    """Emits what it is told to; raises where the script holds an exception."""

    script: Sequence[ReplyEvent | Exception] = HELLO
    warm: Warm = field(default_factory=Warm)
    calls: list[dict[str, Any]] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)
    registry: Registry = field(default_factory=scripted_registry)

    def respond(
        self,
        turn: Turn,
        history: Sequence[Exchange] = (),
        *,
        cancel: CancelToken | None = None,
        options: TurnOptions | None = None,
    ) -> Iterator[ReplyEvent]:
        self.calls.append({"turn": turn, "history": history, "cancel": cancel, "options": options})
        try:
            for step in self.script:
                if cancel is not None and cancel.cancelled:
                    yield Done(record("Hello", stopped=True))
                    return
                if isinstance(step, Exception):
                    raise step
                yield step
        finally:
            self.closed.set()

    def status(self) -> Warm:
        return self.warm

    def start_warm_up(self) -> None:
        """Nothing to load."""


@pytest.fixture
def handlers(tmp_path: Path) -> Handlers:
    return Handlers(ScriptedEngine(), str(tmp_path))


def talk(engine: ScriptedEngine, conversation: Conversation, token: CancelToken | None = None) -> list[View]:
    def save(data: bytes, name: str) -> str:
        assert data.startswith(b"RIFF")
        return f"/kept/{name}"

    return list(stream(engine, conversation, token or CancelToken(), TurnOptions(speed=1.2), save))


def asked(text: str = "Hi", problems: tuple[Problem, ...] = ()) -> Conversation:
    conversation = Conversation()
    conversation.ask(Draft(text, (), problems), [text])
    return conversation


def flat(view: View) -> str:
    """Return everything that the last message shows, as one string."""
    parts = view.messages[-1]["content"]
    return "\n".join(str(part.value) if isinstance(part, gr.HTML) else str(part) for part in parts)


def test_evidence_text_and_voice_appear_as_they_come() -> None:
    engine, conversation = ScriptedEngine(), asked()
    views = talk(engine, conversation)
    assert WORDS.doing(Stage.SENTIMENT, "text") in flat(views[0])
    assert WORDS.done(Stage.SENTIMENT, "text") in flat(views[1])
    assert WORDS.panel.thinking in flat(views[2])
    assert any("Hello there." in flat(view) and "Bye." not in flat(view) for view in views)
    heard = [len(view.player["chunks"]) for view in views if view.player is not None]
    assert heard == [0, 1, 2, 2]
    assert {view.player["turn"] for view in views if view.player is not None} == {1}
    last = flat(views[-1])
    assert "Hello there. Bye." in last
    assert "/kept/reply.wav" in last
    assert WORDS.panel.title in last
    assert engine.calls[0]["options"] == TurnOptions(speed=1.2)


def test_the_next_turn_gets_the_last_one_as_history() -> None:
    engine, conversation = ScriptedEngine(), asked("Hi")
    talk(engine, conversation)
    conversation.ask(Draft("Again"), ["Again"])
    views = talk(engine, conversation)
    history = engine.calls[1]["history"]
    assert [(past.user, past.reply) for past in history] == [("Hi", "Hello there. Bye.")]
    assert [message["role"] for message in views[-1].messages] == ["user", "assistant"] * 2


def test_retry_replaces_the_answer_and_its_history() -> None:
    engine, conversation = ScriptedEngine(), asked()
    talk(engine, conversation)
    assert conversation.ask_again()
    views = talk(engine, conversation)
    assert engine.calls[1]["history"] == ()
    assert [message["role"] for message in views[-1].messages] == ["user", "assistant"]
    assert len(conversation.exchanges) == 1


def test_a_failure_is_shown_with_what_was_said_and_can_be_retried() -> None:
    failing = ScriptedEngine((TextDelta("Half a"), Failed("The model ran out.", record("Half a"))))
    conversation = asked()
    last = flat(talk(failing, conversation)[-1])
    assert "Half a" in last
    assert "The model ran out." in last
    assert conversation.ask_again()


def test_an_engine_that_crashes_leaves_a_notice_and_no_details(caplog: pytest.LogCaptureFixture) -> None:
    views = talk(ScriptedEngine((TextDelta("Half"), RuntimeError("secret path"))), asked())
    assert escape(WORDS.messages.crashed) in flat(views[-1])
    assert "Half" in flat(views[-1])
    assert "secret" not in flat(views[-1])
    assert "secret path" in caplog.text


def test_stop_keeps_the_part_that_was_said() -> None:
    engine, conversation, token = ScriptedEngine(), asked(), CancelToken()
    views = stream(engine, conversation, token, TurnOptions(), lambda data, name: name)
    for view in views:
        if "Hello" in flat(view):
            token.cancel()
    assert WORDS.messages.stopped in flat(view)
    assert "Bye." not in flat(view)
    assert conversation.exchanges[0].reply == "Hello"


def test_closing_the_stream_cancels_the_turn_and_closes_the_engine() -> None:
    engine, token = ScriptedEngine(), CancelToken()
    views = stream(engine, asked(), token, TurnOptions(), lambda data, name: name)
    next(views)
    next(views)
    views.close()
    assert token.cancelled
    assert engine.closed.is_set()


def test_a_reply_that_a_cleared_chat_no_longer_waits_for_is_dropped() -> None:
    engine, conversation = ScriptedEngine(), asked()
    views = stream(engine, conversation, CancelToken(), TurnOptions(), lambda data, name: name)
    next(views)
    conversation.clear()
    assert list(views) == []
    assert conversation.messages == []
    assert conversation.exchanges == []


def test_bad_files_are_named_and_the_text_is_answered() -> None:
    conversation = asked("Hi", (Problem("<b>.png", lambda _: "This is not a picture."),))
    views = talk(ScriptedEngine(), conversation)
    for view in (views[0], views[-1]):
        assert "This is not a picture." in flat(view)
        assert "<b>.png" not in flat(view)
    assert "Bye." in flat(views[-1])


def test_bad_files_alone_are_named_without_asking_the_engine() -> None:
    engine = ScriptedEngine()
    views = talk(engine, asked("", (Problem("a.png", lambda _: "This is not a picture."),)))
    assert "This is not a picture." in flat(views[-1])
    assert engine.calls == []


def test_an_unspoken_reply_says_why() -> None:
    done = Done(record("Hello", voice_note="No voice speaks Finnish."))
    assert "No voice speaks Finnish." in flat(talk(ScriptedEngine((TextDelta("Hello"), done)), asked())[-1])


def test_an_empty_message_gets_a_hint_and_leaves_the_session_free(handlers: Handlers) -> None:
    sent = handlers.send("tab", Conversation(), {"text": "  ", "files": []})
    assert (sent.taken, sent.hint) == (False, WORDS.messages.empty)
    assert handlers.send("tab", Conversation(), {"text": "Hi", "files": []}).taken


def test_a_second_message_waits_for_the_first_in_its_session_only(handlers: Handlers) -> None:
    mine = Conversation()
    assert handlers.send("tab", mine, {"text": "One"}).taken
    assert handlers.send("tab", mine, {"text": "Two"}).hint == WORDS.messages.busy
    assert handlers.send("other", Conversation(), {"text": "Three"}).taken
    list(handlers.answer("tab", mine, TurnOptions()))
    assert handlers.send("tab", mine, {"text": "Two"}).taken


def test_sessions_do_not_share_messages(handlers: Handlers) -> None:
    mine, yours = Conversation(), Conversation()
    handlers.send("tab", mine, {"text": "My secret"})
    handlers.send("other", yours, {"text": "Yours"})
    shown = [messages for messages, _ in handlers.answer("other", yours, TurnOptions())]
    assert "My secret" not in str([flat(View(messages)) for messages in shown])


def test_stop_reaches_the_running_turn_of_its_session_only(handlers: Handlers) -> None:
    mine, yours = Conversation(), Conversation()
    handlers.send("tab", mine, {"text": "One"})
    handlers.send("other", yours, {"text": "Two"})
    handlers.running.stop("tab")
    *_, (messages, _) = handlers.answer("tab", mine, TurnOptions())
    assert WORDS.messages.stopped in flat(View(messages))
    *_, (messages, _) = handlers.answer("other", yours, TurnOptions())
    assert WORDS.messages.stopped not in flat(View(messages))
    assert len(handlers.running) == 0


def test_a_closed_tab_cancels_its_turn_and_is_forgotten(handlers: Handlers) -> None:
    conversation = Conversation()
    handlers.send("tab", conversation, {"text": "One"})
    token = handlers.running.get("tab")
    handlers.running.leave("tab")
    assert token is not None
    assert token.cancelled
    assert len(handlers.running) == 0
    assert list(handlers.answer("tab", conversation, TurnOptions())) == []


def test_retry_without_a_message_gets_a_hint(handlers: Handlers) -> None:
    assert handlers.retry("tab", Conversation()).hint == WORDS.messages.nothing_to_retry
    assert len(handlers.running) == 0


@pytest.mark.parametrize(
    ("warm", "shown", "settled"),
    [
        (Warm(False, ("a",), ("b", "c")), WORDS.status.warming(1, 3), False),
        (Warm(), WORDS.status.ready, True),
        (Warm(False, ("a",), (), {"<ocr>": "missing"}), "Not available: &lt;ocr&gt;", True),
    ],
)
def test_the_status_line_follows_the_warm_up(tmp_path: Path, warm: Warm, shown: str, settled: bool) -> None:
    line, last = Handlers(ScriptedEngine(warm=warm), str(tmp_path)).status_line(WORDS)
    assert shown in line
    assert last is settled


@dataclass(frozen=True)
class PageSettings:
    def turn_options(self) -> TurnOptions:
        return TurnOptions()


def test_the_page_reports_to_nobody_and_loads_from_nowhere_else() -> None:
    page = build(ScriptedEngine(), PageSettings())
    assert page.analytics_enabled is False
    assert "default-src 'self'" in HEAD
    assert "http" not in HEAD.replace("http-equiv", "")
