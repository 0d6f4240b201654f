"""Tools of programs: told to the model as words, and its calls read from what it writes.

The words are those of Qwen2.5's chat template (the "Hermes" form, https://github.com/NousResearch/Hermes-Function-
Calling). They stand in ordinary messages, so that every generator can be asked. Models do not always keep to
the form: a call in a ```json block, or alone, is read too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

from chatbot.generators.protocol import ToolCall

Tool = Mapping[str, Any]
"""A function as the OpenAI API describes it: `name`, and `description` and `parameters` (JSON schema)."""
_ABOUT = """# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
{tools}
</tools>

For each function call, return a json object with function name and arguments within <tool_call></tool_call> \
XML tags:
<tool_call>
{{"name": <function-name>, "arguments": <args-json-object>}}
</tool_call>
Your functions know what you cannot: when the person asks for what a function finds out or does, reply with \
its call alone, as in
<tool_call>
{{"name": {first}, "arguments": {{...}}}}
</tool_call>
Never say that you cannot. Otherwise answer in words."""
"""The call of the last lines is what makes a small model call at all where it may also answer."""
_LATER = re.compile(r"<tool_call>|```(?:json)?\s*[\[{]")
_FIRST = re.compile(rf"{_LATER.pattern}|\A\s*[\[{{]")
_BEGINNING = re.compile(r"(?:<[a-z_]{0,9}|`{1,2}|```[json]{0,4}\s*)\Z")
"""An end of the text that may be the beginning of a call."""
_BLOCK = re.compile(
    r"<tool_call>(.*?)(?:</tool_call>|(?=<tool_call>)|\Z)|```(?:json)?\s*(.*?)(?:```|\Z)", re.DOTALL
)


def told(tools: Sequence[Tool]) -> str:
    """Return the instructions that tell a model of tools, of which there is one at least."""
    lines = (json.dumps({"type": "function", "function": tool}, ensure_ascii=False) for tool in tools)
    first = json.dumps(tools[0]["name"], ensure_ascii=False)
    return _ABOUT.format(tools="\n".join(lines), first=first)


def call_text(text: str, calls: Sequence[ToolCall]) -> str:
    """Return what the model wrote when it called tools, after some words or none."""
    blocks = [
        f'<tool_call>\n{{"name": {json.dumps(call.name)}, "arguments": {call.arguments}}}\n</tool_call>'
        for call in calls
    ]
    return "\n".join([*([text] if text else []), *blocks])


def result_text(results: Sequence[str]) -> str:
    """Return what tells the model what its tools gave; it stands in the place of a person's words."""
    return "\n".join(f"<tool_response>\n{result}\n</tool_response>" for result in results)


def call_schema(tools: Sequence[Tool]) -> dict[str, Any]:
    """Return the JSON schema of a call of one of the tools."""
    calls = [
        {
            "type": "object",
            "properties": {
                "name": {"const": tool["name"]},
                "arguments": tool.get("parameters") or {"type": "object"},
            },
            "required": ["name", "arguments"],
            "additionalProperties": False,
        }
        for tool in tools
    ]
    return calls[0] if len(calls) == 1 else {"anyOf": calls}


def read_calls(
    pieces: Iterator[str], names: frozenset[str], found: list[ToolCall]
) -> Generator[str, None, object]:
    """Yield a reply's words, and return what `pieces` returns; what may be a call is held back until the end.

    Args:
        pieces: The reply.
        names: The tools that there are.
        found: Gets the calls.
    """
    held, begun, opening = "", False, _FIRST
    while True:
        try:
            held += next(pieces)
        except StopIteration as ended:
            value: object = ended.value
            break
        if begun:
            continue
        match = opening.search(held)
        begun = match is not None
        at = match.start() if match else _sure(held)
        if held[:at].strip():
            yield held[:at]
            held, opening = held[at:], _LATER
    words, calls = parsed(held, names)
    found.extend(calls)
    if words:
        yield words
    return value


def _sure(text: str) -> int:
    """Return how many characters are surely no part of a call."""
    match = _BEGINNING.search(text)
    return match.start() if match else len(text)


def parsed(text: str, names: frozenset[str]) -> tuple[str, tuple[ToolCall, ...]]:
    """Return the words and the calls in a reply's text; what names none of the tools are words."""
    calls = _calls(text, names)
    if calls:
        return "", calls
    found: list[ToolCall] = []

    def taken(match: re.Match[str]) -> str:
        calls = _calls(match[1] if match[1] is not None else match[2], names)
        found.extend(calls)
        return "" if calls else match[0]

    words = _BLOCK.sub(taken, text)
    return (words.strip() if found else text), tuple(found)


def _calls(text: str, names: frozenset[str]) -> tuple[ToolCall, ...]:
    """Return the calls that a JSON text is; none where it is something else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    calls = [_call(item, names) for item in (value if isinstance(value, list) else [value])]
    good = tuple(call for call in calls if call is not None)
    return good if len(good) == len(calls) else ()


def _call(value: Any, names: frozenset[str]) -> ToolCall | None:
    if isinstance(value, dict) and isinstance(value.get("function"), dict):
        value = value["function"]
    if not isinstance(value, dict) or not isinstance(value.get("name"), str) or value["name"] not in names:
        return None
    arguments = value.get("arguments", value.get("parameters", {}))
    if isinstance(arguments, str):  # some models write JSON in JSON
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return None
    if not isinstance(arguments, dict):
        return None
    return ToolCall(value["name"], json.dumps(arguments, ensure_ascii=False))
