"""What form of reply a chat request asks for: words, JSON, a call of a tool."""

from __future__ import annotations

import json
from typing import Any

from chatbot.api.errors import ApiError
from chatbot.api.json_schemas import checked_schema
from chatbot.api.schemas_chat import ChatRequest, NamedTool
from chatbot.turn.tool_calls import Tool, call_schema


def used_tools(asked: ChatRequest) -> tuple[Tool, ...]:
    """Return the tools that the model may call now, with checked schemas. Raises ApiError."""
    named = asked.tool_choice.function.name if isinstance(asked.tool_choice, NamedTool) else None
    found: list[Tool] = []
    for number, tool in enumerate(asked.tools or ()):
        param = f"tools.{number}.function.parameters"
        about = tool.function.model_dump(exclude_none=True)
        if "parameters" in about:
            about["parameters"] = checked_schema(about["parameters"], param)
        if named in (None, tool.function.name):
            found.append(about)
    if asked.tool_choice == "none":
        return ()
    if not found and asked.tool_choice not in (None, "auto"):
        what = "there are no tools" if named is None else f"there is no tool {named!r}"
        raise ApiError(400, f"A tool has to be called, but {what}.", "invalid_value", "tool_choice")
    return tuple(found)


def reply_schema(asked: ChatRequest, tools: tuple[Tool, ...]) -> dict[str, Any] | None:
    """Return the JSON schema of the reply, {} for any object; None for free text. Raises ApiError."""
    wanted = _wanted(asked)
    if not tools:
        return wanted
    if asked.tool_choice not in (None, "auto"):
        return call_schema(tools)
    return None if wanted is None else {"anyOf": [call_schema(tools), wanted or {"type": "object"}]}


def format_words(asked: ChatRequest) -> str:
    """Return the instructions for a reply in JSON; none for free text. Raises ApiError."""
    wanted = _wanted(asked)
    if wanted is None:
        return ""
    if not wanted:
        return "Reply with one JSON object and nothing else."
    about = json.dumps(wanted, ensure_ascii=False)
    return f"Reply with JSON alone, which keeps to this JSON schema: {about}"


def _wanted(asked: ChatRequest) -> dict[str, Any] | None:
    form = asked.response_format
    if form is None or form.type == "text":
        return None
    if form.type == "json_object":
        return {}
    if form.json_schema is None:
        why = "response_format of the type json_schema needs `json_schema` with a schema."
        raise ApiError(400, why, "missing_required_parameter", "response_format.json_schema")
    return checked_schema(form.json_schema.schema_, "response_format.json_schema.schema")
