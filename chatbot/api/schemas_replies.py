"""What /v1 answers, for its documentation."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel


class ErrorDetail(BaseModel):
    """`param`: the field that is wrong. `code`: for programs. `said`: id and values of the message."""

    message: str
    type: str
    param: str | None
    code: str
    said: dict[str, Any] | None = None


class ErrorAnswer(BaseModel):
    """An error."""

    error: ErrorDetail


class Usage(BaseModel):
    """Tokens."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class SpokenReply(BaseModel):
    """A reply's voice: a file in base64, and its words."""

    id: str
    data: str
    expires_at: int
    transcript: str


class ReplyMessage(BaseModel):
    """The reply; `content` is null where it is spoken."""

    role: Literal["assistant"]
    content: str | None
    refusal: str | None = None
    audio: SpokenReply | None = None
    tool_calls: list[dict[str, Any]] | None = None


class Choice(BaseModel):
    """The one reply."""

    index: int
    message: ReplyMessage
    finish_reason: Literal["stop", "length", "tool_calls"]
    logprobs: dict[str, Any] | None = None


class ChatCompletion(BaseModel):
    """A reply. `trio`: what was understood, as `python -m chatbot ask --json` names it."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: Usage | None
    trio: dict[str, Any]


class ModelAbout(BaseModel):
    """`stage` and `backend`: as the settings call them. `chosen`: whether it is the stage's choice."""

    stage: str | None
    backend: str | None
    kind: str
    description: str
    chosen: bool
    loaded: bool
    missing_packages: list[str]


class ModelCard(BaseModel):
    """A model: all of Trio, or one stage's back-end."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    trio: ModelAbout


class ModelList(BaseModel):
    """All the models."""

    object: Literal["list"]
    data: list[ModelCard]


class Embedding(BaseModel):
    """One text's vector, of length 1: numbers, or base64 of little-endian float32."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class EmbeddingUsage(BaseModel):
    """Tokens."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingList(BaseModel):
    """The vectors, in the order of the texts."""

    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: EmbeddingUsage


class ObjectFound(BaseModel):
    """An object in a picture. `box`: left, top, right, bottom in pixels; `score`: 0 to 1."""

    label: str
    box: tuple[float, float, float, float]
    score: float


class Perception(BaseModel):
    """What was understood, as `python -m chatbot ask --json` names it."""

    object: Literal["perception"]
    transcript: str | None
    language: str | None
    captions: list[str]
    ocr: list[str]
    objects: list[list[ObjectFound]]
    sentiment: dict[str, Any] | None
    text_emotion: dict[str, Any] | None
    danger: dict[str, Any] | None
    speech_emotion: dict[str, Any] | None
    fused: dict[str, Any] | None
    seconds: float
    models: dict[str, str]
    evidence: list[dict[str, Any]]


class FileObject(BaseModel):
    """An uploaded file. `created_at`, `expires_at`: seconds since 1970; `bytes`: its size."""

    id: str
    object: Literal["file"]
    bytes: int
    created_at: int
    expires_at: int
    filename: str
    purpose: str
    status: Literal["processed"]


class FileList(BaseModel):
    """A page of the files that are kept."""

    object: Literal["list"]
    data: list[FileObject]
    first_id: str | None
    last_id: str | None
    has_more: bool


class FileDeleted(BaseModel):
    """A file that is gone."""

    id: str
    object: Literal["file"]
    deleted: bool


ERRORS: dict[int | str, dict[str, Any]] = {
    code: {"model": ErrorAnswer, "description": about}
    for code, about in {
        400: "The request cannot be used.",
        401: "No key, or one that does not count.",
        403: "The request comes from another site's page, or asks for what is switched off.",
        404: "There is no such model or file.",
        413: "Too large.",
        429: "Too much at once; `Retry-After` says when to try again.",
        503: "A model or its package is missing, or failed.",
    }.items()
}
