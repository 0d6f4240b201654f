"""The threads of a call: one for answers, one for partial transcripts, one for what is kept."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from chatbot.call.messages import StartTurn, Transcribe
from chatbot.call.turn_keeper import TurnKeeper
from chatbot.history.call_conversations import CallConversations, Past
from chatbot.turn.events import EvidenceReady, TurnEvent
from chatbot.turn.names import listening_for
from chatbot.turn.protocols import TurnContext, TurnRequest
from chatbot.turn.service import TurnService, ended_by
from pipelines.core.cancel import CancelToken, attach
from pipelines.core.errors import Cancelled
from pipelines.core.said import Text
from pipelines.core.types import Stage, Turn
from pipelines.speech.voice_end import VoiceEnd

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


Step = Coroutine[Any, Any, None]


@dataclass(frozen=True)
class Listener:
    """Takes the results; its coroutines run in the call's event loop.

    `event`: what the engine says of a turn. `partial`: a partial transcript of a stretch. `voice`: the chance
    that who spoke has finished, by the voice. `unsaved`: why something of a turn could not be kept.
    """

    event: Callable[[int, TurnEvent], Step]
    partial: Callable[[int, str | None], Step]
    voice: Callable[[int, float], Step]
    unsaved: Callable[[int, Text], Step]


@dataclass(frozen=True)
class Caller:
    """Who calls.

    Attributes:
        user: The account.
        person: Whom limits count.
        conversation: As the page named it.
        speed: Of the voice.
        voices: Chosen voice by language.
        hot_words: Names and words that may be said.
    """

    user: str
    person: str
    conversation: str
    speed: float
    voices: Mapping[str, str] = field(default_factory=dict)
    hot_words: str = ""


class CallWorkers:
    """Does the session's long jobs: answers, partial transcripts and what is kept, each in order.

    Args:
        turns: Answers.
        conversations: Where the turns are kept.
        load: Shared by all the calls.
        listener: Where results go.
        caller: Who calls.
        voice_end: Judges the voice before a pause, if anything does.
    """

    def __init__(
        self,
        turns: TurnService,
        conversations: CallConversations,
        load: Load,
        listener: Listener,
        caller: Caller,
        voice_end: VoiceEnd | None = None,
    ) -> None:
        self._turns, self._load, self._listener, self._caller = turns, load, listener, caller
        self._voice_end = voice_end
        self._loop = asyncio.get_running_loop()
        self._answers = ThreadPoolExecutor(1, thread_name_prefix="trio-call-answer")
        self._partials = ThreadPoolExecutor(1, thread_name_prefix="trio-call-partial")
        self._tokens: dict[int, CancelToken] = {}
        self._partial_token, self._closed = CancelToken(), CancelToken()
        self.keeper = TurnKeeper(conversations, caller.user, caller.conversation, self._tell)

    def start(self, job: StartTurn) -> None:
        """Answer a turn once the jobs before it are done."""
        token = self._tokens[job.turn] = CancelToken()
        if self._voice_end is not None:
            self._partials.submit(self._judge, self._voice_end, job, token)
        self._answers.submit(self._answer, job, self.keeper.past(), token)

    def cancel(self, turn: int) -> None:
        """Stop an answer; one that has not begun is left out."""
        if token := self._tokens.get(turn):
            token.cancel()

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
        """Cancel everything and return once all threads have ended. Blocks: not for the event loop."""
        for token in (*list(self._tokens.values()), self._partial_token, self._closed):
            token.cancel()
        self._answers.shutdown(wait=True)
        self._partials.shutdown(wait=True)
        self.keeper.close()

    def _answer(self, job: StartTurn, past: Future[Past], token: CancelToken) -> None:
        self._load.answer(1)
        try:
            with closing(self._events(job, past, token)) as events:
                for event in events:
                    if isinstance(event, EvidenceReady) and event.evidence.kind == Stage.TRANSCRIBE:
                        self._load.took(event.evidence.seconds)
                    if not self._hand_over(self._listener.event(job.turn, event), token):
                        return
        finally:
            token.on_idle(lambda: self._load.answer(-1))
            self._tokens.pop(job.turn, None)

    def _events(
        self, job: StartTurn, past: Future[Past], token: CancelToken
    ) -> Generator[TurnEvent, None, None]:
        if token.cancelled:
            return
        try:
            before = past.result()
        except Exception as error:
            yield ended_by(error)
            return
        caller = self._caller
        options = self._turns.chatbot.turn_options(
            speak=True,
            speed=caller.speed,
            voices=caller.voices,
            hot_words=caller.hot_words,
            instructions=before.instructions,
        )
        options = listening_for(options, before.exchanges)
        context = TurnContext(caller.person, "call", options, token, lambda: before.exchanges)
        yield from self._turns.run(TurnRequest(Turn(audio=job.audio)), context)

    def _tell(self, turn: int, problem: Text) -> None:
        asyncio.run_coroutine_threadsafe(self._listener.unsaved(turn, problem), self._loop)

    def _judge(self, voice_end: VoiceEnd, job: StartTurn, token: CancelToken) -> None:
        if not token.cancelled:
            self._hand_over(self._listener.voice(job.turn, voice_end.chance(job.audio)), token)

    def _transcribe(self, job: Transcribe, token: CancelToken) -> None:
        text: str | None = None
        try:
            transcriber = self._turns.chatbot.registry.get(Stage.TRANSCRIBE)
            text = transcriber.transcribe(job.audio, hot_words=self._caller.hot_words, cancel=token).text
        except Cancelled:
            pass
        except Exception as error:
            _log.warning("a partial transcript failed: %s", error)
        finally:
            self._load.end_partial()
        self._hand_over(self._listener.partial(job.stretch, text), self._closed)

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
