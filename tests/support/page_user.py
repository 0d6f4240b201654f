"""A page without a browser: a scripted engine that emits real events, and a person who talks to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from chatbot.history import TurnRecord
from chatbot.history.conversation_stores import ConversationStores
from chatbot.turn.early_work import EarlyWork
from chatbot.turn.events import (
    ContextReady,
    Done,
    EvidenceReady,
    Exchange,
    FusedContext,
    Reply,
    SpeechChunk,
    TextDelta,
    Timings,
    TurnEvent,
)
from chatbot.turn.idle_work import IdleWork
from chatbot.turn.options import TurnOptions
from chatbot.turn.service import TurnService
from chatbot.turn.understanding import Coming
from chatbot.ui.chat_handlers import ChatHandlers, Sent
from chatbot.ui.conversation_handlers import ConversationHandlers
from chatbot.ui.tab_session import Session, Visitor
from chatbot.ui.words import words_for
from pipelines.core.cancel import CancelToken
from pipelines.core.registry import Registry
from pipelines.core.types import Audio, Evidence, Sentiment, Stage, Turn
from tests.support.scripted import scripted_registry

WORDS = words_for("en")
SOUND = Audio(np.full(2400, 0.1, np.float32), 24000)
SENTIMENT = Evidence(Stage.SENTIMENT, "text", Sentiment("positive", 0.9), 0.9, "a head", 0.01)
CONTEXT = FusedContext("Hi", "", (), (), None, "en", (SENTIMENT,))
TIMINGS = Timings({}, 0.1, 0.2, 0.3, 0.4)


def record(text: str, **changes: Any) -> Reply:
    return Reply(text, CONTEXT, TIMINGS, {}, **changes)


HELLO: tuple[TurnEvent, ...] = (
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
    """Emits what it is told to; raises where the script holds an exception, waits where it holds an event."""

    script: Sequence[TurnEvent | Exception | threading.Event] = HELLO
    warm: Warm = field(default_factory=Warm)
    calls: list[dict[str, Any]] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)
    registry: Registry = field(default_factory=scripted_registry)
    expected: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.early, self.idle = EarlyWork(self.understand, self.registry), IdleWork(rest=0.0)

    def understand(self, turn: Turn, **options: Any) -> Iterator[TurnEvent]:
        """Understand nothing."""
        yield Done(record(""))

    def respond(
        self,
        turn: Turn,
        history: Sequence[Exchange] = (),
        *,
        cancel: CancelToken | None = None,
        options: TurnOptions | None = None,
        known: Sequence[Evidence] = (),
        coming: Coming | None = None,
    ) -> Iterator[TurnEvent]:
        self.calls.append(
            {"turn": turn, "history": history, "cancel": cancel, "options": options, "known": known}
        )
        try:
            for step in self.script:
                while isinstance(step, threading.Event) and not step.wait(0.01):
                    if cancel is not None and cancel.cancelled:
                        break
                if cancel is not None and cancel.cancelled:
                    yield Done(record("Hello", stopped=True))
                    return
                if isinstance(step, Exception):
                    raise step
                if not isinstance(step, threading.Event):
                    yield step
        finally:
            self.closed.set()

    def status(self) -> Warm:
        return self.warm

    def start_warm_up(self) -> None:
        """Nothing to load."""

    def expect_language(self, language: str) -> None:
        """Note what the page asks for."""
        self.expected.append(language)

    def embed(self, texts: Sequence[str]) -> Any:
        """Return one row a text: how often each letter is in it."""
        counts = np.array(
            [[text.casefold().count(chr(97 + n)) for n in range(26)] for text in texts], np.float32
        )
        return (counts + 0.01) / np.linalg.norm(counts + 0.01, axis=1, keepdims=True)


@dataclass
class Person:
    """Somebody at one tab."""

    handlers: ChatHandlers
    session: Session = field(default_factory=lambda: Session(options=TurnOptions(speed=1.2)))
    visitor: Visitor = field(default_factory=Visitor)
    seen: list[list[dict[str, Any]]] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def at(cls, folder: Path | None, engine: ScriptedEngine | None = None, **changes: Any) -> Person:
        """Return a person at a page of their own; None keeps nothing."""
        turns = TurnService(engine or ScriptedEngine())  # type: ignore[arg-type]
        return cls(ChatHandlers(turns, ConversationStores(folder), **changes))

    def beside(self, user: str = "local", tab: str = "other") -> Person:
        """Return somebody at another tab of the same page."""
        return Person(self.handlers, visitor=Visitor(user, tab))

    @property
    def engine(self) -> ScriptedEngine:
        return self.handlers.chatbot  # type: ignore[return-value]

    @property
    def browsing(self) -> ConversationHandlers:
        return ConversationHandlers(self.handlers)

    def send(self, text: str = "", files: Sequence[Path] = (), *, keep: bool = True) -> Sent:
        box = {"text": text, "files": [str(path) for path in files]}
        return self.handlers.send(self.visitor, self.session, box, keep=keep)

    def answers(self) -> Iterator[str]:
        """Yield what the last message shows, state by state."""
        for messages, sound in self.handlers.answer(self.visitor, self.session):
            self.seen.append(messages)
            if sound is not None:
                self.heard.append(sound)
            yield flat(messages)

    def say(self, text: str = "", files: Sequence[Path] = (), *, keep: bool = True) -> list[str]:
        """Send, and return every state of the answer."""
        sent = self.send(text, files, keep=keep)
        assert sent.taken, sent.hint
        return list(self.answers())

    def retry(self, turn: str | None = None) -> list[str]:
        sent = self.handlers.retry(self.visitor, self.session, turn or self.turns[-1].id)
        assert sent.taken, sent.hint
        return list(self.answers())

    def go_on(self, turn: str | None = None) -> list[str]:
        sent = self.handlers.go_on(self.visitor, self.session, turn or self.turns[-1].id)
        assert sent.taken, sent.hint
        return list(self.answers())

    def edit(self, turn: str, text: str) -> list[str]:
        sent = self.handlers.edit(self.visitor, self.session, turn, text)
        assert sent.taken, sent.hint
        return list(self.answers())

    def finish(self) -> None:
        """Wait until nothing is being answered any more."""
        while len(self.handlers.running):
            time.sleep(0.005)

    def do(self, act: str, **data: Any) -> str:
        """Press a button; return the hint."""
        return self.browsing.act(self.visitor, self.session, {"act": act, **data}).hint

    @property
    def messages(self) -> list[dict[str, Any]]:
        return self.handlers.messages(self.visitor, self.session)

    @property
    def turns(self) -> list[TurnRecord]:
        """What the store has."""
        if self.session.conversation is None:
            return []
        return self.handlers.history(self.session).path(self.visitor.user, self.session.conversation)

    @property
    def sidebar(self) -> str:
        return self.browsing.list(self.visitor, self.session)


def flat(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return everything that the last message shows, as one string."""
    return everything(messages[-1:])


def everything(messages: Sequence[Mapping[str, Any]]) -> str:
    parts = [part for message in messages for part in message["content"]]
    return "\n".join(str(part.value) if isinstance(part, gr.HTML) else str(part) for part in parts)


def at(person: Person, engine: ScriptedEngine) -> Person:
    """Let another engine answer."""
    person.handlers.turns = TurnService(engine)  # type: ignore[arg-type]
    return person


def held() -> tuple[ScriptedEngine, threading.Event]:
    """Return an engine that stops in the middle of its reply until the event is set."""
    event = threading.Event()
    return ScriptedEngine((*HELLO[:4], event, *HELLO[4:])), event
