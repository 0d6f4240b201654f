"""/v1/audio/transcriptions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import JSONResponse, PlainTextResponse, Response

from chatbot.api.errors import ApiError
from chatbot.api.media import sound_of
from chatbot.api.schemas_replies import ERRORS
from chatbot.api.service import Service
from chatbot.api.subtitles import srt, vtt
from pipelines.core.cancel import CancelToken
from pipelines.core.types import Segment, Stage, Transcript

Format = Literal["json", "text", "srt", "verbose_json", "vtt"]
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The words, in the format that was asked for.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
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
            str | None, Form(max_length=20, description="ISO 639-1 code; without one it is detected.")
        ] = None,
        response_format: Annotated[Format, Form()] = "json",
        granularities: Annotated[
            list[Literal["word", "segment"]] | None, Form(alias="timestamp_granularities[]")
        ] = None,
    ) -> Response:
        """Turn a recording into words. `prompt`, `temperature` and `stream` are ignored."""
        if granularities and "word" in granularities:
            raise ApiError(
                400,
                "Trio times segments, not words.",
                "unsupported_value",
                "timestamp_granularities",
            )
        service.backend_name(Stage.TRANSCRIBE, model)
        data = await file.read()
        seconds: list[float] = []

        def work(cancel: CancelToken) -> Iterator[Transcript]:
            audio = sound_of(data, "file")
            seconds.append(audio.seconds)
            transcriber = service.backend(Stage.TRANSCRIBE, model)
            yield transcriber.transcribe(audio, language=language or None, cancel=cancel)

        (transcript,) = await service.jobs.all(work, request)
        return _written(transcript, response_format, seconds[0])

    return router


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
