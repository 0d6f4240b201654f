"""/v1/audio/transcriptions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import JSONResponse, PlainTextResponse, Response

from chatbot.api.errors import ApiError
from chatbot.api.event_stream import event_stream
from chatbot.api.jobs import begun
from chatbot.api.language_codes import language_code
from chatbot.api.media_codec import sound_of
from chatbot.api.schemas_replies import ERRORS
from chatbot.api.service import Service
from chatbot.api.subtitles import srt, vtt
from chatbot.turn.events import Waiting
from pipelines.core.cancel import CancelToken
from pipelines.core.protocols import StreamingTranscriber
from pipelines.core.types import Segment, Stage, Transcript

Format = Literal["json", "text", "srt", "verbose_json", "vtt"]
MOST_PROMPT = 4000
"""Characters; of a long prompt Whisper reads the end."""
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The words, in the format that was asked for, or as they are found.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/event-stream": {"schema": {"type": "string"}},
            "text/plain": {"schema": {"type": "string"}},
            "text/vtt": {"schema": {"type": "string"}},
        },
    },
    **ERRORS,
}


def transcriptions_router(service: Service) -> APIRouter:
    """Return the route."""
    router = APIRouter()

    @router.post("/audio/transcriptions", response_model=None, responses=_ANSWERS)
    async def transcribe(
        request: Request,
        file: Annotated[UploadFile, File(description="The recording's file, up to 10 minutes.")],
        model: Annotated[str, Form(max_length=200)] = "trio",
        language: Annotated[
            str | None,
            Form(max_length=40, description="A code such as en or zh-CN, or a name; without it, detected."),
        ] = None,
        prompt: Annotated[
            str,
            Form(
                max_length=MOST_PROMPT, description="Names and words that may be said, as they are spelled."
            ),
        ] = "",
        response_format: Annotated[Format, Form()] = "json",
        granularities: Annotated[
            list[Literal["word", "segment"]] | None, Form(alias="timestamp_granularities[]")
        ] = None,
        stream: Annotated[
            bool | None, Form(description="Whether the words come as they are found; takes json and text.")
        ] = None,
    ) -> Response:
        """Turn a recording into words. `temperature` is ignored."""
        if granularities and "word" in granularities:
            raise ApiError(
                400,
                "Trio times segments, not words.",
                "unsupported_value",
                "timestamp_granularities",
            )
        if stream and response_format not in ("json", "text"):
            raise ApiError(
                400, "A streamed transcript is json or text.", "unsupported_value", "response_format"
            )
        service.backend_name(Stage.TRANSCRIBE, model)
        code = language_code(language)
        data = await file.read()
        seconds: list[float] = []

        def work(cancel: CancelToken) -> Iterator[Transcript]:
            audio = sound_of(data, "file")
            seconds.append(audio.seconds)
            transcriber = service.backend(Stage.TRANSCRIBE, model)
            hot_words = prompt or service.settings.hot_words
            how: dict[str, Any] = {"language": code, "hot_words": hot_words, "cancel": cancel}
            if stream and isinstance(transcriber, StreamingTranscriber):
                yield from transcriber.stream(audio, **how)
            else:
                yield transcriber.transcribe(audio, **how)

        run = service.jobs.run("/v1/audio/transcriptions", work, request)
        if stream:
            return event_stream(_events(await begun(run, lambda _: True)))
        (transcript,) = [item async for item in run if isinstance(item, Transcript)]
        return _written(transcript, response_format, seconds[0])

    return router


async def _events(grown: AsyncIterator[Transcript | Waiting]) -> AsyncIterator[dict[str, Any] | str]:
    """Yield what each transcript adds to the one before, and at the end the whole text."""
    text = ""
    async for item in grown:
        if isinstance(item, Waiting):
            yield f"waiting, position {item.position}"
            continue
        if added := item.text[len(text) :]:
            yield {"type": "transcript.text.delta", "delta": added}
        text = item.text
    yield {"type": "transcript.text.done", "text": text}


def _written(transcript: Transcript, how: Format, seconds: float) -> Response:
    segments = transcript.segments
    if not segments and transcript.text:  # a back-end that does not time its words
        segments = (Segment(0.0, seconds, transcript.text),)
    if how == "text":
        return PlainTextResponse(transcript.text + "\n")
    if how == "srt":
        return PlainTextResponse(srt(segments))
    if how == "vtt":
        return PlainTextResponse(vtt(segments), media_type="text/vtt")
    duration = round(seconds, 3)
    usage = {"type": "duration", "seconds": duration}
    if how == "json":
        return JSONResponse({"text": transcript.text, "usage": usage})
    probability = transcript.language_probability
    return JSONResponse(
        {
            "task": "transcribe",
            "language": transcript.language,
            "language_probability": None if probability is None else round(probability, 4),
            "duration": duration,
            "text": transcript.text,
            "segments": [
                {"id": n, "start": round(s.start, 3), "end": round(s.end, 3), "text": s.text}
                for n, s in enumerate(segments)
            ],
            "usage": usage,
        }
    )
