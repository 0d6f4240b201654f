"""What /v1/chat/completions takes (https://platform.openai.com/docs/api-reference/chat/create)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MAX_TEXT = 100_000
MAX_FILES = 10
MAX_MESSAGES = 1_000
MAX_TOOLS = 128
MAX_STOPS = 16
_Text = Annotated[str, Field(max_length=MAX_TEXT)]
_Number = Annotated[float | None, Field(allow_inf_nan=False)]
_Stop = Annotated[str, Field(max_length=200)]
_Name = Annotated[str, Field(min_length=1, max_length=200)]


def _as_object(given: object) -> object:
    """Return a picture's address as the object that the API describes; other servers take it alone too."""
    return {"url": given} if isinstance(given, str) else given


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
    image_url: Annotated[ImageUrl, BeforeValidator(_as_object)]


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


class CalledFunction(BaseModel):
    """A function that was called. `arguments`: a JSON object, as text."""

    name: _Name
    arguments: _Text = "{}"


class CallBefore(BaseModel):
    """An earlier call of a tool."""

    id: Annotated[str, Field(max_length=200)] = ""
    type: Literal["function"] = "function"
    function: CalledFunction


class AssistantMessage(BaseModel):
    """An earlier reply, or calls of tools. The last message may be one: the reply goes on from there."""

    role: Literal["assistant"]
    content: _Text | list[AssistantPart] | None = None
    audio: SpokenBefore | None = None
    tool_calls: Annotated[list[CallBefore] | None, Field(max_length=MAX_TOOLS)] = None


class ToolMessage(BaseModel):
    """What a tool gave: words, pictures and a recording, in any combination."""

    role: Literal["tool"]
    content: _Text | list[UserPart]
    tool_call_id: Annotated[str, Field(max_length=200)] = ""


ChatMessage = Annotated[
    SystemMessage | UserMessage | AssistantMessage | ToolMessage, Field(discriminator="role")
]


class FunctionTool(BaseModel):
    """A function of the client's program. `parameters`: a JSON schema of its arguments."""

    name: _Name
    description: _Text | None = None
    parameters: dict[str, Any] | None = None


class Tool(BaseModel):
    """A tool that the model may call."""

    type: Literal["function"]
    function: FunctionTool


class NamedFunction(BaseModel):
    """The name of a function."""

    name: _Name


class NamedTool(BaseModel):
    """The tool that has to be called."""

    type: Literal["function"]
    function: NamedFunction


class NamedSchema(BaseModel):
    """A JSON schema that the reply keeps to."""

    model_config = ConfigDict(populate_by_name=True)

    name: Annotated[str, Field(max_length=200)] = ""
    description: _Text | None = None
    schema_: Annotated[dict[str, Any], Field(alias="schema")] = {}
    strict: bool | None = None


class ResponseFormat(BaseModel):
    """Free text, any JSON object, or JSON that keeps to a schema."""

    type: Literal["text", "json_object", "json_schema"] = "text"
    json_schema: NamedSchema | None = None


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
    speed: _Number = None
    backends: dict[str, Annotated[str, Field(max_length=100)]] = {}


class ChatRequest(BaseModel):
    """A conversation to be continued. Fields that are not named here are ignored, and listed in the reply."""

    model_config = ConfigDict(extra="allow")

    model: Annotated[str, Field(max_length=200)] = "trio"
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=MAX_MESSAGES)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: _Number = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    stop: _Stop | Annotated[list[_Stop], Field(max_length=MAX_STOPS)] | None = None
    n: int | None = None
    modalities: Annotated[list[Literal["text", "audio"]], Field(min_length=1)] | None = None
    audio: AudioOut | None = None
    tools: Annotated[list[Tool] | None, Field(max_length=MAX_TOOLS)] = None
    tool_choice: Literal["none", "auto", "required"] | NamedTool | None = None
    functions: list[Any] | None = None
    response_format: ResponseFormat | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    trio: TrioOptions | None = None

    @property
    def spoken(self) -> bool:
        """Whether the reply is wanted as sound."""
        return "audio" in (self.modalities or ())

    @property
    def stops(self) -> tuple[str, ...]:
        """Texts that end the reply; an empty one is none."""
        given = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return tuple(stop for stop in given if stop)

    @property
    def ignored(self) -> list[str]:
        """Fields that were given and count for nothing."""
        return sorted(self.model_extra or {})
