"""/v1/audio/speech."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from chatbot.api.aliases import WHOLE
from chatbot.api.chat_run import voice_named
from chatbot.api.clamping import Adjusted
from chatbot.api.errors import ApiError
from chatbot.api.event_stream import STREAM_HEADERS, event_stream
from chatbot.api.jobs import begun
from chatbot.api.language_codes import language_code
from chatbot.api.media_codec import to_base64
from chatbot.api.schemas_replies import ERRORS
from chatbot.api.service import Service
from chatbot.turn.events import Waiting
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import EmptyInputError
from pipelines.core.protocols import Speaker
from pipelines.core.types import Audio, Stage
from pipelines.speech.encode import MEDIA_TYPES, encoded
from pipelines.speech.tts.text import sentence_language, speakable

MAX_CHARACTERS = 4096


class SpeechRequest(BaseModel):
    """A text to be read aloud. `voice`: "auto" or another back-end of the stage "speak"."""

    model_config = ConfigDict(extra="ignore")

    input: Annotated[str, Field(min_length=1, max_length=MAX_CHARACTERS)]
    model: Annotated[str, Field(max_length=200)] = "trio"
    voice: Annotated[str, Field(max_length=100)] = "auto"
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "mp3"
    speed: Annotated[float | None, Field(allow_inf_nan=False)] = None
    stream_format: Literal["audio", "sse"] = "audio"
    language: Annotated[str | None, Field(max_length=20)] = None


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The sound, sentence by sentence; pcm is 24 kHz, 16-bit, mono.",
        "content": {
            **{kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES.values()},
            "text/event-stream": {"schema": {"type": "string"}},
        },
    },
    **ERRORS,
}


def speech_router(service: Service) -> APIRouter:
    """Return the route."""
    router = APIRouter()

    @router.post("/audio/speech", response_model=None, response_class=StreamingResponse, responses=_ANSWERS)
    async def speak(request: Request, asked: SpeechRequest) -> Response:
        """Read a text aloud."""
        name = voice_named(service, asked.voice, "voice")
        if service.resolve_alias(asked.model) != WHOLE:
            name = service.backend_name(Stage.SPEAK, asked.model)
        adjusted = Adjusted()
        speed = adjusted.speed("speed", asked.speed)
        work = speaking(service, name, asked.input, speed or 1.0, language_code(asked.language))

        def file(cancel: CancelToken) -> Iterator[bytes]:
            sound = work(cancel)
            first = next(sound)
            yield from encoded(_after(first, sound), asked.response_format)

        pieces = await begun(service.jobs.run("/v1/audio/speech", file, request), lambda _: True)
        if asked.stream_format == "sse":
            return event_stream(_events(pieces, len(asked.input)), adjusted.headers)
        headers = {**STREAM_HEADERS, **adjusted.headers}
        return StreamingResponse(
            _bytes(pieces), media_type=MEDIA_TYPES[asked.response_format], headers=headers
        )

    return router


def speaking(
    service: Service, name: str, text: str, speed: float, language: str | None = None
) -> Callable[[CancelToken], Iterator[Audio]]:
    """Return work that reads a text aloud with the voice `name`, at least one chunk of it.

    Raises:
        ApiError: where there are no words in the text.
    """
    words = speakable(text)
    if not words:
        why = "There is nothing to read aloud: the text has no words besides markup, code and emoji."
        raise ApiError(400, why, "empty_message", "input")

    def work(cancel: CancelToken) -> Iterator[Audio]:
        speaker: Speaker = service.registry.get(Stage.SPEAK, name)
        spoken = speaker.stream(
            words, language=language or sentence_language(words, "en"), speed=speed, cancel=cancel
        )
        first = next(spoken, None)
        if first is None:
            raise EmptyInputError("There is nothing to read aloud in the text", given=words[:80])
        yield first
        yield from spoken

    return work


def _after(first: Audio, rest: Iterator[Audio]) -> Iterator[Audio]:
    yield first
    yield from rest


async def _events(
    pieces: AsyncIterator[bytes | Waiting], characters: int
) -> AsyncIterator[dict[str, Any] | str]:
    """Yield the file piece by piece as events. A voice has no tokens: its usage is counted in characters."""
    async for piece in pieces:
        if isinstance(piece, bytes):
            yield {"type": "speech.audio.delta", "audio": to_base64(piece)}
        else:
            yield f"waiting, position {piece.position}"
    usage = {"input_tokens": characters, "output_tokens": 0, "total_tokens": characters}
    yield {"type": "speech.audio.done", "usage": usage}


async def _bytes(pieces: AsyncIterator[bytes | Waiting]) -> AsyncIterator[bytes]:
    async for piece in pieces:
        if isinstance(piece, bytes):
            yield piece
