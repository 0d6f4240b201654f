"""One call on its connection: messages to its session, the session's wishes to the workers and the page."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import anyio
from starlette.websockets import WebSocket, WebSocketDisconnect

from chatbot.call.call_limits import MAX_BAD_MESSAGES, RateLimit, Slots, check_size
from chatbot.call.call_models import CallModels
from chatbot.call.call_session import CallSession
from chatbot.call.call_settings import SAMPLE_RATE, CallSettings
from chatbot.call.messages import (
    CancelTranscribe,
    CancelTurn,
    DiscardTurn,
    Effect,
    End,
    Json,
    KeepHeard,
    KeepQuestion,
    SaveTurn,
    Send,
    Sound,
    Start,
    StartTurn,
    Transcribe,
    read_control,
)
from chatbot.call.sound_buffer import from_pcm16, to_frame
from chatbot.call.speech_detector import SileroStream
from chatbot.call.workers import Caller, CallWorkers, Listener, Load
from chatbot.history.call_conversations import CallConversations
from chatbot.turn.events import TurnEvent
from chatbot.turn.service import TurnService
from chatbot.web.hosting import rate_limit_key
from pipelines.core.errors import InputError, LimitError, TrioError
from pipelines.core.said import Text, as_sentence, phrase, said

if TYPE_CHECKING:
    pass

NORMAL, TOO_MUCH, INTERNAL = 1000, 1008, 1011
OUTBOX = 256
HEARING = 4
GOODBYE_SECONDS = 5.0
_log = logging.getLogger(__name__)


class CallResources:
    """What all the calls of a server share.

    Args:
        turns: Answers.
        conversations: Where they are kept.
        settings: Times and limits.
        say: Returns the text of an error in a language.
    """

    def __init__(
        self,
        turns: TurnService,
        conversations: CallConversations,
        settings: CallSettings,
        say: Callable[[Text, str], str],
    ) -> None:
        self.turns, self.conversations, self.settings, self.say = turns, conversations, settings, say
        self.load, self.slots = Load(), Slots(settings.calls_at_once)
        self.hearing = anyio.CapacityLimiter(HEARING)
        self._models: CallModels | None = None

    async def models(self) -> CallModels:
        """Return the models of calls, loaded once. Raises ModelError."""
        if self._models is None:
            self._models = await anyio.to_thread.run_sync(CallModels.load, self.turns.chatbot.registry.store)
        return self._models


class Connection:
    """One call. Its session is used under `_lock` alone: effects keep their order."""

    def __init__(self, calls: CallResources, websocket: WebSocket, user: str) -> None:
        self._calls, self._websocket, self._user = calls, websocket, user
        self._outbox: asyncio.Queue[bytes | Json | None] = asyncio.Queue(OUTBOX)
        self._lock = asyncio.Lock()
        self._session: CallSession | None = None
        self._work: CallWorkers | None = None
        self._pace = RateLimit(time.monotonic())
        self._bad = 0
        self._language = ""
        self._closed = False

    async def run(self) -> None:
        """Serve until one side ends it, whatever the reason; everything is released on one path."""
        sender = asyncio.create_task(self._send_all())
        receiver = asyncio.create_task(self._receive_all())
        try:
            done, _ = await asyncio.wait(
                {sender, receiver},
                timeout=self._calls.settings.max_call,
                return_when=asyncio.FIRST_COMPLETED,
            )
            self._closed = True
            with contextlib.suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
                async with asyncio.timeout(GOODBYE_SECONDS):
                    await self._say_goodbye(receiver if receiver in done else None, sender, too_long=not done)
        finally:
            self._closed = True
            for task in (sender, receiver):
                task.cancel()
            with anyio.CancelScope(shield=True):
                await asyncio.gather(sender, receiver, return_exceptions=True)
                await self._release()

    async def _release(self) -> None:
        if self._session is None or self._work is None:
            return
        for effect in self._session.close():
            self._do(effect)
        await anyio.to_thread.run_sync(self._work.stop)

    async def _say_goodbye(
        self, receiver: asyncio.Task[None] | None, sender: asyncio.Task[None], *, too_long: bool
    ) -> None:
        error = receiver.exception() if receiver is not None else None
        if sender.done() or isinstance(error, WebSocketDisconnect | RuntimeError):
            return
        reason: Text = ""
        if too_long:
            minutes = self._calls.settings.max_call / 60
            most = said("A call can last up to {minutes} minutes", minutes=format(minutes, ".0f"))
            code, reason = TOO_MUCH, LimitError(most, fix=said("Call again to continue")).said
        elif isinstance(error, TrioError):
            code, reason = TOO_MUCH if isinstance(error, LimitError) else INTERNAL, error.said
        elif error is not None:
            _log.error("a call failed", exc_info=error)
            code, reason = INTERNAL, as_sentence(said("Something went wrong; details are in the log"))
        else:
            code = NORMAL
        if reason:
            await self._put(self._in_words({"type": "error", "message": reason, "fatal": True}))
        await self._put(None)
        await sender
        await self._websocket.close(code)

    # In

    async def _receive_all(self) -> None:
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", NORMAL))
            data: str | bytes = message.get("bytes") or message.get("text") or ""
            self._pace.check(time.monotonic(), len(data) if isinstance(data, bytes) else 0)
            try:
                if not await self._take(data):
                    return
            except InputError as error:
                self._bad += 1
                if self._bad > MAX_BAD_MESSAGES:
                    raise LimitError(said("Too many invalid messages"), given=phrase(error.said)) from error
                await self._put(self._in_words({"type": "error", "message": error.said, "fatal": False}))

    async def _take(self, data: str | bytes) -> bool:
        """Handle one message; False for the one that ends the call."""
        check_size(data)
        if isinstance(data, str):
            control = read_control(data)
            if isinstance(control, End):
                return False
            if isinstance(control, Start):
                await self._start(control)
                return True
        session = self._session
        if session is None:
            raise InputError(
                said("The call has not started"),
                fix=said("Send {message} first", message='{"type": "start"}'),
            )
        async with self._lock:
            if isinstance(data, bytes):  # finding speech takes milliseconds, during which others would wait
                hear = functools.partial(session.hear, from_pcm16(data))
                effects = await anyio.to_thread.run_sync(hear, limiter=self._calls.hearing)
            else:
                effects = session.control(control)
            await self._apply(effects)
        return True

    async def _start(self, start: Start) -> None:
        if self._session is not None:
            raise InputError(said("The call has already started"), fix=said("Open another call"))
        calls = self._calls
        models = await calls.models()
        person = rate_limit_key(self._websocket)
        self._work = CallWorkers(
            calls.turns,
            calls.conversations,
            calls.load,
            Listener(self._on_event, self._on_partial, self._on_voice, self._on_unsaved),
            Caller(self._user, person, start.conversation, start.speed, start.voices, start.hot_words),
            models.voice_end,
        )
        self._language = start.language
        self._session = CallSession(
            SileroStream(models.silero),
            calls.settings,
            models.turn_end.judge,
            pause=start.pause,
            push=start.push,
        )
        await self._put({"type": "ready", "sample_rate": SAMPLE_RATE, "max_call": calls.settings.max_call})
        async with self._lock:
            await self._apply(self._session.open())

    async def _on_event(self, turn: int, event: TurnEvent) -> None:
        await self._with_session(lambda session: session.engine(turn, event))

    async def _on_voice(self, turn: int, chance: float) -> None:
        await self._with_session(lambda session: session.voice(turn, chance))

    async def _on_unsaved(self, turn: int, message: Text) -> None:
        if not self._closed:
            await self._put(self._in_words({"type": "unsaved", "turn": turn, "message": message}))

    async def _on_partial(self, stretch: int, text: str | None) -> None:
        await self._with_session(lambda session: session.partial(stretch, text))

    async def _with_session(self, step: Callable[[CallSession], list[Effect]]) -> None:
        async with self._lock:
            if self._session is not None and not self._closed:
                await self._apply(step(self._session))

    # Out

    async def _apply(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(message=message):
                    await self._put(self._in_words(message))
                case Sound(turn=turn, samples=samples, sample_rate=rate):
                    await self._put(to_frame(turn, samples, rate))
                case Transcribe():
                    assert self._session is not None and self._work is not None
                    if not self._work.transcribe(effect):
                        await self._apply(self._session.partial(effect.stretch, None))
                case _:
                    self._do(effect)

    def _in_words(self, message: Json) -> Json:
        """Return a message with what is for the person's eyes in their language."""
        say = self._calls.say
        notes = {key: say(message[key], self._language) for key in ("message", "note") if message.get(key)}
        return {**message, **notes}

    def _do(self, effect: Effect) -> None:
        assert self._work is not None
        match effect:
            case StartTurn():
                self._work.start(effect)
            case CancelTurn(turn=turn):
                self._work.cancel(turn)
            case KeepQuestion(turn=turn, audio=audio):
                self._work.keeper.begin(turn, audio)
            case KeepHeard(turn=turn, text=text):
                self._work.keeper.heard(turn, text)
            case DiscardTurn(turn=turn):
                self._work.keeper.discard(turn)
            case SaveTurn(turn=turn, audio=audio, state=state):
                self._work.keeper.end(turn, audio, state)
            case CancelTranscribe():
                self._work.cancel_transcribe()

    async def _put(self, message: bytes | Json | None) -> None:
        """Queue a message; waits while the page takes none, and so holds the engine back too."""
        await self._outbox.put(message)

    async def _send_all(self) -> None:
        while (message := await self._outbox.get()) is not None:
            if isinstance(message, bytes):
                await self._websocket.send_bytes(message)
            else:
                await self._websocket.send_json(message)
