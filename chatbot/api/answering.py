"""One chat request: its options, its work and its end."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from chatbot.api.conversation import Reader, instructions_of
from chatbot.api.errors import ApiError, api_error
from chatbot.api.schemas_chat import ChatRequest
from chatbot.api.service import WHOLE, Service, key_of, without_sound
from chatbot.events import ContextReady, Failed, Reply, ReplyEvent
from chatbot.options import TurnOptions
from chatbot.record import reply_json
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import LimitError
from pipelines.core.types import Stage

KEPT_SECONDS = 3600


@dataclass(eq=False)
class Answering:
    """A chat request that is being answered.

    Attributes:
        service: The API's side of Trio.
        user: Whose request it is.
        asked: The request.

    Raises:
        ApiError: for what Trio cannot do.
        SettingsError: for a number outside its limits.
        UnknownBackendError: for a back-end that is not there.
    """

    service: Service
    user: str | None
    asked: ChatRequest
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def __post_init__(self) -> None:
        _check(self.asked)
        self.options = self._options()

    def work(self, cancel: CancelToken) -> Iterator[ReplyEvent]:
        """Read the messages and answer the last. Raises ApiError if that fails."""
        read = Reader(self.service, self.user, self.options, cancel).read(self.asked.messages)
        events = self.service.engine.respond(read.turn, read.history, cancel=cancel, options=self.options)
        for event in unless_failed(events):
            if isinstance(event, ContextReady):
                self.service.understood.put(read.key, without_sound(event.context))
            yield event

    def remember_spoken(self, text: str) -> dict[str, Any]:
        """Keep a spoken reply's text; return its id and until when it is surely kept."""
        name = f"audio_{secrets.token_hex(12)}"
        self.keep_spoken(name, text)
        return {"id": name, "expires_at": self.created + KEPT_SECONDS}

    def keep_spoken(self, name: str, text: str) -> None:
        """Keep the text of the spoken reply `name`."""
        self.service.spoken.put(key_of(self.user, name), text)

    def record(self, reply: Reply) -> dict[str, Any]:
        """Return what was understood, with models and seconds."""
        record = reply_json(reply)
        del record["reply"]
        return {**record, "ignored": self.asked.ignored}

    def _options(self) -> TurnOptions:
        asked, service = self.asked, self.service
        more, backends = asked.trio, dict[Stage, str]()
        for name, backend in (more.backends if more else {}).items():
            backends[_stage(name)] = backend
        if asked.model != WHOLE:
            backends[Stage.GENERATE] = service.backend_name(Stage.GENERATE, asked.model)
        if asked.spoken and asked.audio is not None:
            backends[Stage.SPEAK] = voice_named(service, asked.audio.voice, "audio.voice")
        for stage, backend in backends.items():
            service.registry.spec(stage, backend)
        return service.turn_options(
            backends,
            temperature=asked.temperature,
            max_reply_tokens=asked.max_completion_tokens or asked.max_tokens,
            speak=asked.spoken,
            speed=more.speed if more else None,
            reply_language=more.reply_language if more else None,
            instructions=instructions_of(asked.messages),
            stops=(asked.stop,) if isinstance(asked.stop, str) else tuple(asked.stop or ()),
        )


def voice_named(service: Service, voice: str, param: str) -> str:
    """Return the back-end of a voice; "auto" is the one that the settings choose. Raises ApiError."""
    rows = service.registry.table.get(Stage.SPEAK, {})
    if voice in rows:
        return voice
    if voice == "auto":
        return service.registry.name(Stage.SPEAK)
    allowed = ", ".join(dict.fromkeys(["auto", *rows]))
    raise ApiError(400, f"There is no voice {voice!r}. Allowed: {allowed}.", "unknown_voice", param)


def unless_failed(events: Iterator[ReplyEvent]) -> Iterator[ReplyEvent]:
    """Yield the events of a turn. Raises ApiError, with what a client hears, if it fails."""
    with closing(events):  # type: ignore[type-var]
        for event in events:
            if isinstance(event, Failed):
                raise _failure(event)
            yield event


def _failure(event: Failed) -> ApiError:
    if isinstance(event.error, LimitError):
        return ApiError(400, event.message, "context_length_exceeded", "messages")
    if event.error is not None:
        return api_error(event.error)
    return ApiError(500, event.message, "internal_error")


def _stage(name: str) -> Stage:
    try:
        return Stage(name)
    except ValueError:
        allowed = ", ".join(Stage)
        message = f"There is no stage {name!r}. Allowed: {allowed}."
        raise ApiError(400, message, "invalid_value", "trio.backends") from None


def _check(asked: ChatRequest) -> None:
    """Refuse what would otherwise be left undone in silence."""
    if asked.n is not None and asked.n != 1:
        raise ApiError(400, "Trio gives one reply to a request: n must be 1.", "unsupported_value", "n")
    for name in ("tools", "functions"):
        if getattr(asked, name):
            raise ApiError(400, f"Trio calls no functions: leave {name} out.", "unsupported_parameter", name)
    if asked.logprobs:
        raise ApiError(400, "Trio gives no log probabilities.", "unsupported_parameter", "logprobs")
    if asked.response_format and asked.response_format.get("type", "text") != "text":
        raise ApiError(
            400,
            "Trio replies in plain text: response_format must be text.",
            "unsupported_value",
            "response_format",
        )
    if asked.spoken and asked.audio is None:
        raise ApiError(
            400, "Audio needs `audio`: a voice and a format.", "missing_required_parameter", "audio"
        )
    if asked.spoken and asked.stream and asked.audio is not None and asked.audio.format != "pcm16":
        raise ApiError(
            400,
            "A streamed voice comes as pcm16: audio.format must be pcm16.",
            "unsupported_value",
            "audio.format",
        )
