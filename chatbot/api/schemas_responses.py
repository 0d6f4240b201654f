"""What /v1/responses takes (https://platform.openai.com/docs/api-reference/responses/create)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chatbot.api.schemas_chat import (
    MAX_MESSAGES,
    MAX_TEXT,
    MAX_TOOLS,
    InputAudio,
    ResponseFormat,
    TrioOptions,
)

_Text = Annotated[str, Field(max_length=MAX_TEXT)]
_Name = Annotated[str, Field(min_length=1, max_length=200)]


class TextIn(BaseModel):
    """Words."""

    type: Literal["input_text", "output_text", "text"]
    text: _Text


class RefusalIn(BaseModel):
    """What an assistant said instead of an answer."""

    type: Literal["refusal"]
    refusal: _Text


class ImageIn(BaseModel):
    """A picture: `image_url`, a data URL, or `file_id` of an upload."""

    type: Literal["input_image"]
    image_url: str | None = None
    file_id: str | None = None


class AudioIn(BaseModel):
    """A recording."""

    type: Literal["input_audio"]
    input_audio: InputAudio


class FileIn(BaseModel):
    """A picture or a recording: `file_id` of an upload, or `file_data` in base64."""

    type: Literal["input_file"]
    file_id: Annotated[str, Field(max_length=200)] | None = None
    file_data: str | None = None
    filename: str | None = None


GivenPart = Annotated[TextIn | ImageIn | AudioIn | FileIn, Field(discriminator="type")]
PartIn = Annotated[TextIn | RefusalIn | ImageIn | AudioIn | FileIn, Field(discriminator="type")]


class MessageIn(BaseModel):
    """A message."""

    type: Literal["message"] = "message"
    role: Literal["user", "assistant", "system", "developer"]
    content: _Text | list[PartIn]


class CallIn(BaseModel):
    """An earlier call of a function."""

    type: Literal["function_call"]
    call_id: Annotated[str, Field(max_length=200)] = ""
    name: _Name
    arguments: _Text = "{}"


class CallOutput(BaseModel):
    """What a function gave: words, pictures and a recording, in any combination."""

    type: Literal["function_call_output"]
    call_id: Annotated[str, Field(max_length=200)] = ""
    output: _Text | list[GivenPart]


class ReasoningIn(BaseModel):
    """What another model thought; it is left out."""

    type: Literal["reasoning"]


ItemIn = MessageIn | CallIn | CallOutput | ReasoningIn


class FunctionIn(BaseModel):
    """A function of the client's program."""

    type: Literal["function"]
    name: _Name
    description: _Text | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class ChosenFunction(BaseModel):
    """The function that has to be called."""

    type: Literal["function"]
    name: _Name


class FormatIn(BaseModel):
    """Free text, any JSON object, or JSON that keeps to a schema."""

    type: Literal["text", "json_object", "json_schema"] = "text"
    name: Annotated[str, Field(max_length=200)] = ""
    schema_: Annotated[dict[str, Any] | None, Field(alias="schema")] = None
    strict: bool | None = None

    def for_chat(self) -> ResponseFormat:
        """Return the same as chat completions word it."""
        named = None if self.schema_ is None else {"name": self.name, "schema": self.schema_}
        return ResponseFormat.model_validate({"type": self.type, "json_schema": named})


class TextOptions(BaseModel):
    """The form of the reply's text."""

    format: FormatIn | None = None


class ResponseRequest(BaseModel):
    """A conversation to be continued. Fields that are not named here are ignored, and listed in the reply."""

    model_config = ConfigDict(extra="allow")

    model: Annotated[str, Field(max_length=200)] = "trio"
    input: _Text | Annotated[list[ItemIn], Field(max_length=MAX_MESSAGES)]
    instructions: _Text | None = None
    previous_response_id: Annotated[str, Field(max_length=200)] | None = None
    stream: bool | None = None
    store: bool | None = None
    temperature: Annotated[float | None, Field(allow_inf_nan=False)] = None
    max_output_tokens: int | None = None
    tools: Annotated[list[FunctionIn] | None, Field(max_length=MAX_TOOLS)] = None
    tool_choice: Literal["none", "auto", "required"] | ChosenFunction | None = None
    parallel_tool_calls: bool | None = None
    text: TextOptions | None = None
    include: list[str] | None = None
    top_logprobs: int | None = None
    metadata: dict[str, str] | None = None
    trio: TrioOptions | None = None

    @property
    def logprobs(self) -> bool:
        """Whether log probabilities are wanted."""
        return "message.output_text.logprobs" in (self.include or ())
