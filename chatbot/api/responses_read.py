"""A request to /v1/responses as one to /v1/chat/completions: one way of answering serves both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from chatbot.api.errors import ApiError
from chatbot.api.schemas_chat import ChatRequest
from chatbot.api.schemas_responses import (
    AudioIn,
    CallIn,
    CallOutput,
    ChosenFunction,
    FileIn,
    ImageIn,
    ItemIn,
    MessageIn,
    PartIn,
    RefusalIn,
    ResponseRequest,
    TextIn,
)

Json = dict[str, Any]


def as_chat(asked: ResponseRequest, before: Sequence[Json]) -> ChatRequest:
    """Return the request in chat's words.

    Args:
        asked: The request.
        before: The messages of the response that it goes on from, as `messages_of` made them.

    Raises:
        ApiError: for what cannot be used.
    """
    chat: Json = {
        "model": asked.model,
        "messages": [*_instructions(asked), *before, *messages_of(asked)],
        "stream": asked.stream,
        "temperature": asked.temperature,
        "max_completion_tokens": asked.max_output_tokens,
        "tools": [_tool(tool.model_dump(exclude={"type", "strict"})) for tool in asked.tools or ()] or None,
        "tool_choice": _choice(asked),
        "logprobs": asked.logprobs or None,
        "top_logprobs": asked.top_logprobs,
        "trio": asked.trio,
        **(asked.model_extra or {}),
    }
    if asked.text is not None and asked.text.format is not None:
        chat["response_format"] = asked.text.format.for_chat()
    try:
        return ChatRequest.model_validate(chat)
    except ValidationError as error:
        found = error.errors()[0]
        raise ApiError(400, f"The input cannot be used: {found['msg']}.", "invalid_value", "input") from error


def messages_of(asked: ResponseRequest) -> list[Json]:
    """Return the input as chat messages; calls that follow one another become one message."""
    if isinstance(asked.input, str):
        return [{"role": "user", "content": asked.input}]
    found: list[Json] = []
    for item in asked.input:
        if isinstance(item, CallIn):
            _add_call(found, item)
        elif (message := _message(item)) is not None:
            found.append(message)
    return found


def answer_messages(text: str, calls: Sequence[Json]) -> list[Json]:
    """Return a reply as chat messages, for a request that goes on from it."""
    return [{"role": "assistant", "content": text or None, "tool_calls": list(calls) or None}]


def _instructions(asked: ResponseRequest) -> list[Json]:
    return [{"role": "system", "content": asked.instructions}] if asked.instructions else []


def _add_call(found: list[Json], item: CallIn) -> None:
    call = {
        "id": item.call_id,
        "type": "function",
        "function": {"name": item.name, "arguments": item.arguments},
    }
    if found and found[-1].get("tool_calls"):
        found[-1]["tool_calls"].append(call)
    else:
        found.append({"role": "assistant", "content": None, "tool_calls": [call]})


def _message(item: ItemIn) -> Json | None:
    if isinstance(item, CallOutput):
        output = item.output if isinstance(item.output, str) else [_part(part) for part in item.output]
        return {"role": "tool", "content": output, "tool_call_id": item.call_id}
    if not isinstance(item, MessageIn):
        return None
    if isinstance(item.content, str):
        return {"role": item.role, "content": item.content}
    return {"role": item.role, "content": [_part(part) for part in item.content]}


def _part(part: PartIn) -> Json:
    if isinstance(part, TextIn):
        return {"type": "text", "text": part.text}
    if isinstance(part, RefusalIn):
        return {"type": "refusal", "refusal": part.refusal}
    if isinstance(part, ImageIn):
        return {"type": "image_url", "image_url": {"url": part.file_id or part.image_url or ""}}
    if isinstance(part, AudioIn):
        return {"type": "input_audio", "input_audio": part.input_audio.model_dump()}
    assert isinstance(part, FileIn)
    return {"type": "file", "file": part.model_dump(exclude={"type"})}


def _tool(function: Json) -> Json:
    return {"type": "function", "function": function}


def _choice(asked: ResponseRequest) -> Any:
    if isinstance(asked.tool_choice, ChosenFunction):
        return _tool({"name": asked.tool_choice.name})
    return asked.tool_choice
