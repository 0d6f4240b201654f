"""One chat request: its options, its work and its end."""

from __future__ import annotations

import secrets
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from chatbot.api.aliases import AUTO, WHOLE
from chatbot.api.clamping import Adjusted
from chatbot.api.errors import ApiError, api_error
from chatbot.api.language_codes import language_code
from chatbot.api.message_reader import Reader, instructions_of
from chatbot.api.response_format import format_words, reply_schema, used_tools
from chatbot.api.schemas_chat import ChatRequest, TrioOptions
from chatbot.api.service import KEPT_SECONDS, Service, key_of, without_sound
from chatbot.generators import protocol as writing
from chatbot.generators.protocol import Extras
from chatbot.turn.events import ContextReady, Failed, Reply, TextDelta, TurnEvent
from chatbot.turn.options import TurnOptions
from chatbot.turn.protocols import TurnRequest
from chatbot.turn.record import reply_json
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import LimitError
from pipelines.core.types import Stage

MOST_LOGPROBS = 20
_ALWAYS_FIT = 128
"""Tokens of a reply for which every model has room."""


@dataclass(eq=False)
class ChatRun:
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
        self.begun, self.adjusted = "", Adjusted()
        self.options = self._options()

    def work(self, cancel: CancelToken) -> Iterator[TurnEvent]:
        """Read the messages and answer the last. Raises ApiError if that fails."""
        read = Reader(self.service, self.user, self.options, cancel).read(self.asked.messages)
        options = replace(self._fitted(), begun=read.begun, steps=read.steps)
        self.begun = read.begun
        events = self.service.run(TurnRequest(read.turn), self.user, cancel, options, read.history)
        left = bool(read.begun)
        for event in unless_failed(events):
            if isinstance(event, ContextReady):
                self.service.understood.put(read.key, without_sound(event.context))
            if left and isinstance(event, TextDelta):
                left = False  # the client has the beginning already
                continue
            yield event

    def new_text(self, reply: Reply) -> str:
        """Return a reply's text without the beginning that the client gave."""
        return reply.text.removeprefix(self.begun.strip()) if self.begun else reply.text

    def _fitted(self) -> TurnOptions:
        """Return the options; the longest reply leaves half of the model's context to the prompt."""
        wanted = self.options.max_reply_tokens
        if wanted <= _ALWAYS_FIT:
            return self.options
        name = self.options.backends.get(Stage.GENERATE) or self.service.registry.name(Stage.GENERATE)
        generator: writing.Generator = self.service.registry.get(Stage.GENERATE, name)
        used = min(wanted, generator.context_tokens // 2)
        if self._tokens_field is not None:
            field, given = self._tokens_field
            self.adjusted.note(field, given, used)
        return replace(self.options, max_reply_tokens=used)

    @property
    def _tokens_field(self) -> tuple[str, int] | None:
        """The field that names the longest reply, and what it says."""
        for name in ("max_completion_tokens", "max_tokens"):
            if (given := getattr(self.asked, name)) is not None:
                return name, given
        return None

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
        return {**record, "ignored": self.asked.ignored, "adjusted": self.adjusted.changes}

    def _options(self) -> TurnOptions:
        asked, service, adjusted = self.asked, self.service, self.adjusted
        more, tokens = asked.trio or TrioOptions(), self._tokens_field
        tools = used_tools(asked)
        changes: dict[str, Any] = {
            "temperature": adjusted.temperature(asked.temperature),
            "max_reply_tokens": adjusted.reply_tokens(*tokens) if tokens else None,
            "speed": adjusted.speed("trio.speed", more.speed),
            "reply_language": language_code(more.reply_language, "trio.reply_language"),
        }
        return service.turn_options(
            self._backends(more),
            speak=asked.spoken,
            instructions="\n".join(filter(None, (instructions_of(asked.messages), format_words(asked)))),
            stops=asked.stops,
            tools=tools,
            extras=Extras(reply_schema(asked, tools), self._logprobs(), plain=bool(tools)),
            **changes,
        )

    def _logprobs(self) -> int | None:
        if not self.asked.logprobs:
            return None
        given = self.asked.top_logprobs or 0
        used = max(0, min(given, MOST_LOGPROBS))
        self.adjusted.note("top_logprobs", given, used)
        return used

    def _backends(self, more: TrioOptions) -> dict[Stage, str]:
        asked, service = self.asked, self.service
        backends = {_stage(name): backend for name, backend in more.backends.items()}
        if service.resolve_alias(asked.model) != WHOLE:
            backends[Stage.GENERATE] = service.backend_name(Stage.GENERATE, asked.model)
        if asked.spoken and asked.audio is not None:
            backends[Stage.SPEAK] = voice_named(service, asked.audio.voice, "audio.voice")
        for stage, backend in backends.items():
            service.registry.spec(stage, backend)
        return backends


def voice_named(service: Service, voice: str, param: str) -> str:
    """Return the back-end of a voice; "auto" is the one that the settings choose. Raises ApiError."""
    rows = service.registry.table.get(Stage.SPEAK, {})
    if voice not in rows:
        voice = service.resolve_alias(voice)
    if voice in rows:
        return voice
    if voice == AUTO:
        return service.registry.name(Stage.SPEAK)
    allowed = ", ".join(dict.fromkeys(["auto", *rows]))
    raise ApiError(400, f"There is no voice {voice!r}. Allowed: {allowed}.", "unknown_voice", param)


def unless_failed(events: Generator[TurnEvent, None, None]) -> Iterator[TurnEvent]:
    """Yield the events of a turn. Raises ApiError, with what a client hears, if it fails."""
    with closing(events):
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
    if asked.functions:
        why = "`functions` is the old form of tools: describe them in `tools`."
        raise ApiError(400, why, "unsupported_parameter", "functions")
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
