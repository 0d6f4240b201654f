"""/v1/perceive: what Trio understands of a turn, without an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from chatbot.api.attachments import Attachments
from chatbot.api.chat_run import unless_failed
from chatbot.api.errors import ApiError
from chatbot.api.media_codec import from_base64, picture_of, sound_of
from chatbot.api.schemas_chat import MAX_FILES, MAX_TEXT, InputAudio
from chatbot.api.schemas_replies import ERRORS, Perception
from chatbot.api.service import Service
from chatbot.turn.events import Done, Reply, TurnEvent
from chatbot.turn.protocols import TurnRequest
from chatbot.turn.record import reply_json
from chatbot.web.auth.identity import current_user
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import InputError
from pipelines.core.types import Image, Turn


class PerceiveRequest(BaseModel):
    """Words, pictures (data URLs or ids of uploaded files) and a recording (base64), in any combination."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str | None, Field(max_length=MAX_TEXT)] = None
    images: Annotated[list[str], Field(max_length=MAX_FILES)] = []
    audio: InputAudio | None = None


@dataclass(frozen=True)
class RawTurn:
    """A turn that is not decoded yet: files' bytes, and pictures as data URLs or ids of uploads."""

    text: str | None = None
    images: Sequence[bytes | str] = ()
    audio: bytes | None = field(default=None, repr=False)
    attached: Attachments = field(default_factory=Attachments)

    def decoded(self) -> Turn:
        """Return the turn. Raises ApiError."""
        pictures = [self._picture(image, f"images.{n}") for n, image in enumerate(self.images)]
        sound = None if self.audio is None else sound_of(self.audio, "audio")
        try:
            return Turn(self.text, tuple(pictures), sound)
        except InputError as error:
            raise ApiError(400, error.said, "empty_message") from error

    def _picture(self, image: bytes | str, param: str) -> Image:
        return self.attached.picture(image, param) if isinstance(image, str) else picture_of(image, param)


_SCHEMA = PerceiveRequest.model_json_schema(ref_template="#/components/schemas/{model}")
_FILE = {"type": "string", "format": "binary"}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {key: value for key, value in _SCHEMA.items() if key != "$defs"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "text": {"type": "string", "maxLength": MAX_TEXT},
                        "images": {"type": "array", "items": _FILE, "maxItems": MAX_FILES},
                        "audio": _FILE,
                    },
                }
            },
        },
    }
}


_ANSWERS = {**ERRORS, 415: {**ERRORS[400], "description": "Neither JSON nor a form."}}


def perceiving_router(service: Service) -> APIRouter:
    """Return the route."""
    router = APIRouter()

    @router.post("/perceive", response_model=Perception, responses=_ANSWERS, openapi_extra=_BODY)
    async def perceive(request: Request) -> Any:
        """Tell what is understood: transcript, captions, text in pictures, objects, sentiment, emotions."""
        raw = await _read(request, Attachments(service.files, current_user(request)))
        work = understanding(service, raw, current_user(request))
        return perception(await service.jobs.all("/v1/perceive", work, request))

    return router


def understanding(service: Service, raw: RawTurn, user: str | None) -> Any:
    """Return work that understands a turn. It raises ApiError if that fails."""

    def work(cancel: CancelToken) -> Iterator[TurnEvent]:
        yield from unless_failed(service.run(TurnRequest(raw.decoded(), answer=False), user, cancel))

    return work


def perception(events: Sequence[TurnEvent]) -> dict[str, Any]:
    """Return what was understood, by the end of `events`."""
    last = events[-1]
    assert isinstance(last, Done)
    return _perception(last.reply)


def _perception(reply: Reply) -> dict[str, Any]:
    record = reply_json(reply)
    kept = (
        "transcript",
        "language",
        "captions",
        "ocr",
        "objects",
        "sentiment",
        "text_emotion",
        "danger",
        "speech_emotion",
        "fused",
    )
    return {
        "object": "perception",
        **{name: record[name] for name in kept},
        "seconds": record["timings"]["total"],
        "models": record["models"],
        "evidence": record["evidence"],
    }


async def _read(request: Request, attached: Attachments) -> RawTurn:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _read_form(request)
    if kind != "application/json":
        raise ApiError(415, "Send JSON or multipart/form-data.", "unsupported_media_type")
    try:
        asked = await run_in_threadpool(PerceiveRequest.model_validate_json, await request.body())
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from error
    audio = None
    if asked.audio is not None:
        audio = await run_in_threadpool(from_base64, asked.audio.data, "audio.data")
    return RawTurn(asked.text, asked.images, audio, attached)


async def _read_form(request: Request) -> RawTurn:
    async with request.form(max_files=MAX_FILES + 1) as form:
        text, audio = form.get("text"), form.get("audio")
        pictures = [item for name in ("images", "image", "images[]") for item in form.getlist(name)]
        if isinstance(text, UploadFile) or not all(isinstance(item, UploadFile) for item in pictures):
            raise ApiError(400, "`text` is a field, `images` and `audio` are files.", "invalid_value")
        if audio is not None and not isinstance(audio, UploadFile):
            raise ApiError(400, "`audio` is a file.", "invalid_value", "audio")
        if text is not None and len(text) > MAX_TEXT:
            raise ApiError(400, f"`text` has more than {MAX_TEXT} characters.", "too_long", "text")
        images = [await item.read() for item in pictures if isinstance(item, UploadFile)]
        return RawTurn(text, images, await audio.read() if audio is not None else None)
