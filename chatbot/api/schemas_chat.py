"""What /v1/chat/completions takes (https://platform.openai.com/docs/api-reference/chat/create)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chatbot.options import REPLY_TOKENS, SPEEDS, TEMPERATURES

MAX_TEXT = 100_000
MAX_FILES = 10
MAX_MESSAGES = 1_000
_Text = Annotated[str, Field(max_length=MAX_TEXT)]
_Tokens = Annotated[int | None, Field(ge=REPLY_TOKENS[0], le=REPLY_TOKENS[1])]
_Number = Annotated[float | None, Field(allow_inf_nan=False)]


class TextPart(BaseModel):
    """Words."""

    type: Literal["text"]
    text: _Text


class ImageUrl(BaseModel):
    """A picture as a data URL, or the id of an uploaded file; other addresses are refused."""

    url: str


class ImagePart(BaseModel):
    """A picture."""

    type: Literal["image_url"]
    image_url: ImageUrl


class InputAudio(BaseModel):
    """A recording's file in base64. `format` is a hint alone: the file itself tells."""

    data: str
    format: str | None = None


class AudioPart(BaseModel):
    """A recording."""

    type: Literal["input_audio"]
    input_audio: InputAudio


class FileInput(BaseModel):
    """A picture or a recording: `file_id` of an upload, or `file_data` in base64. `filename`: a hint."""

    file_id: Annotated[str, Field(max_length=200)] | None = None
    file_data: str | None = None
    filename: str | None = None


class FilePart(BaseModel):
    """A file."""

    type: Literal["file"]
    file: FileInput


class RefusalPart(BaseModel):
    """What an assistant said instead of an answer."""

    type: Literal["refusal"]
    refusal: _Text


UserPart = Annotated[TextPart | ImagePart | AudioPart | FilePart, Field(discriminator="type")]
AssistantPart = Annotated[TextPart | RefusalPart, Field(discriminator="type")]


class SystemMessage(BaseModel):
    """Instructions; they are told after Trio's own."""

    role: Literal["system", "developer"]
    content: _Text | Annotated[list[TextPart], Field(min_length=1)]


class UserMessage(BaseModel):
    """What the person said: words, pictures and a recording, in any combination."""

    role: Literal["user"]
    content: _Text | Annotated[list[UserPart], Field(min_length=1)]


class SpokenBefore(BaseModel):
    """A spoken reply, by the id that it was given."""

    id: Annotated[str, Field(max_length=200)]


class AssistantMessage(BaseModel):
    """An earlier reply."""

    role: Literal["assistant"]
    content: _Text | list[AssistantPart] | None = None
    audio: SpokenBefore | None = None


ChatMessage = Annotated[SystemMessage | UserMessage | AssistantMessage, Field(discriminator="role")]


class AudioOut(BaseModel):
    """How a spoken reply comes. `voice`: "auto" or another back-end of the stage "speak"."""

    voice: Annotated[str, Field(max_length=100)] = "auto"
    format: Literal["wav", "pcm16", "mp3", "opus", "flac", "aac"] = "wav"


class StreamOptions(BaseModel):
    """`include_usage`: whether one more chunk, without choices, tells the tokens."""

    include_usage: bool = False


class TrioOptions(BaseModel):
    """What Trio can do beyond the OpenAI API.

    `reply_language`: ISO 639-1 code. `speed`: of the voice. `backends`: back-end by stage.
    """

    model_config = ConfigDict(extra="forbid")

    reply_language: Annotated[str, Field(max_length=20)] | None = None
    speed: Annotated[float | None, Field(ge=SPEEDS[0], le=SPEEDS[1])] = None
    backends: dict[str, Annotated[str, Field(max_length=100)]] = {}


class ChatRequest(BaseModel):
    """A conversation to be continued. Fields that are not named here are ignored, and listed in the reply."""

    model_config = ConfigDict(extra="allow")

    model: Annotated[str, Field(max_length=200)] = "trio"
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=MAX_MESSAGES)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Annotated[float | None, Field(ge=TEMPERATURES[0], le=TEMPERATURES[1])] = None
    max_tokens: _Tokens = None
    max_completion_tokens: _Tokens = None
    stop: (
        Annotated[str, Field(min_length=1, max_length=200)]
        | Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=4)]
        | None
    ) = None
    n: int | None = None
    modalities: Annotated[list[Literal["text", "audio"]], Field(min_length=1)] | None = None
    audio: AudioOut | None = None
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    response_format: dict[str, Any] | None = None
    logprobs: bool | None = None
    trio: TrioOptions | None = None

    @property
    def spoken(self) -> bool:
        """Whether the reply is wanted as sound."""
        return "audio" in (self.modalities or ())

    @property
    def ignored(self) -> list[str]:
        """Fields that were given and count for nothing."""
        return sorted(self.model_extra or {})
