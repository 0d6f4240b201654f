"""The threads of a call: the engine's answers in one, partial transcripts in another."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import closing
from typing import Any, Protocol, cast

from chatbot.call.host import CallEngine, CallHost
from chatbot.call.messages import SaveTurn, StartTurn, Transcribe
from chatbot.turn.events import EvidenceReady, ReplyEvent
from pipelines.core.cancel import CancelToken, attach
from pipelines.core.errors import Cancelled, TrioError
from pipelines.core.types import Stage, Turn

SLOW_SECONDS = 1.5
REST_SECONDS = 60.0
_log = logging.getLogger(__name__)


class Load:
    """How busy all the calls keep the models, so that a partial transcript hardly ever delays an answer's.

    A transcript that runs cannot be interrupted. Where it is slow, partial ones are given up for a while;
    what the answer's own transcript finds in a pause is shown all the same.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers = 0
        self._partial_since: float | None = None
        self._slow_until = 0.0

    def took(self, seconds: float) -> None:
        """Note how long a transcript took, partial or whole."""
        if seconds > SLOW_SECONDS:
            self._slow_until = time.monotonic() + REST_SECONDS

    def answer(self, change: int) -> None:
        """Count an answer that begins (1), or whose last stage has ended (-1)."""
        with self._lock:
            self._answers += change

    def begin_partial(self) -> bool:
        """Reserve the models for a partial transcript; False while they are needed elsewhere, or slow."""
        now = time.monotonic()
        with self._lock:
            free = self._partial_since is None and self._answers == 0 and now >= self._slow_until
            if free:
                self._partial_since = now
            return free

    def end_partial(self) -> None:
        """Free them."""
        with self._lock:
            begun, self._partial_since = self._partial_since, None
        if begun is not None:
            self.took(time.monotonic() - begun)


class Listener(Protocol):
    """Takes the results; its coroutines run in the call's event loop."""

    async def on_event(self, turn: int, event: ReplyEvent) -> None:
        """Take what the engine says."""

    async def on_broken(self, turn: int, message: str) -> None:
        """Take the reason for which a turn cannot be answered."""

    async def on_partial(self, stretch: int, text: str | None) -> None:
        """Take a partial transcript."""


class CallWorkers:
    """Does the session's long jobs, one answer and one partial transcript at a time.

    Args:
        chatbot: The engine.
        host: The app.
        load: Shared by all the calls.
        listener: Where results go.
        user, conversation, speed: Of the call.
    """

    def __init__(
        self,
        chatbot: CallEngine,
        host: CallHost,
        load: Load,
        listener: Listener,
        *,
        user: str,
        conversation: str,
        speed: float,
    ) -> None:
        self._chatbot, self._host, self._load, self._listener = chatbot, host, load, listener
        self._user, self._conversation, self._speed = user, conversation, speed
        self._loop = asyncio.get_running_loop()
        self._answers = ThreadPoolExecutor(1, thread_name_prefix="trio-call-answer")
        self._partials = ThreadPoolExecutor(1, thread_name_prefix="trio-call-partial")
        self._tokens: dict[int, CancelToken] = {}
        self._partial_token, self._closed = CancelToken(), CancelToken()

    def start(self, job: StartTurn) -> None:
        """Answer a turn once the jobs before it are done."""
        token = self._tokens[job.turn] = CancelToken()
        self._answers.submit(self._answer, job, token)

    def cancel(self, turn: int) -> None:
        """Stop an answer; one that has not begun is left out."""
        if token := self._tokens.get(turn):
            token.cancel()

    def save_turn(self, save: SaveTurn) -> None:
        """Let the host keep a turn, after the jobs before it and before the next answer."""
        self._answers.submit(self._save_turn, save)

    def transcribe(self, job: Transcribe) -> bool:
        """Write a partial transcript; False where the models are busy."""
        if not self._load.begin_partial():
            return False
        self._partial_token = CancelToken()
        self._partials.submit(self._transcribe, job, self._partial_token)
        return True

    def cancel_transcribe(self) -> None:
        """Stop the partial transcript."""
        self._partial_token.cancel()

    def stop(self) -> None:
        """Cancel everything and return once both threads have ended. Blocks: not for the event loop."""
        for token in (*list(self._tokens.values()), self._partial_token, self._closed):
            token.cancel()
        self._answers.shutdown(wait=True)
        self._partials.shutdown(wait=True)

    def _answer(self, job: StartTurn, token: CancelToken) -> None:
        self._load.answer(1)
        try:
            if not token.cancelled:
                self._run(job, token)
        except Cancelled:
            pass
        except TrioError as error:
            self._hand_over(self._listener.on_broken(job.turn, str(error)), self._closed)
        except Exception as error:
            _log.exception("a turn of a call failed")
            message = f"Something went wrong ({type(error).__name__}); details are in the log."
            self._hand_over(self._listener.on_broken(job.turn, message), self._closed)
        finally:
            token.on_idle(lambda: self._load.answer(-1))
            self._tokens.pop(job.turn, None)

    def _run(self, job: StartTurn, token: CancelToken) -> None:
        history = self._host.history(self._user, self._conversation)
        turn = Turn(audio=job.audio)
        wanted = self._host.instructions(self._user, self._conversation)
        options = self._chatbot.turn_options(speak=True, speed=self._speed, instructions=wanted)
        with self._host.turn(self._user, token):
            events = self._chatbot.respond(turn, history, cancel=token, options=options)
            with closing(cast(_Closable, events)):
                for event in events:
                    if isinstance(event, EvidenceReady) and event.evidence.kind == Stage.TRANSCRIBE:
                        self._load.took(event.evidence.seconds)
                    if not self._hand_over(self._listener.on_event(job.turn, event), token):
                        return

    def _save_turn(self, save: SaveTurn) -> None:
        try:
            self._host.save_turn(self._user, self._conversation, save.turn, save.events)
        except Exception:
            _log.exception("a turn of a call could not be kept")

    def _transcribe(self, job: Transcribe, token: CancelToken) -> None:
        text: str | None = None
        try:
            transcriber = self._chatbot.registry.get(Stage.TRANSCRIBE)
            text = transcriber.transcribe(job.audio, cancel=token).text
        except Cancelled:
            pass
        except Exception as error:
            _log.warning("a partial transcript failed: %s", error)
        finally:
            self._load.end_partial()
        self._hand_over(self._listener.on_partial(job.stretch, text), self._closed)

    def _hand_over(self, coroutine: Coroutine[Any, Any, None], token: CancelToken) -> bool:
        """Wait until the event loop has taken a result, which slows the engine to the pace of the page.

        Returns False once nobody wants the results any more.
        """
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        attach(future, token)
        try:
            future.result()
        except CancelledError:
            return False
        return not token.cancelled


class _Closable(Iterator[ReplyEvent], Protocol):
    def close(self) -> None: ...
