"""Tools told in words, and the calls read from what a model writes."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from chatbot.generators.protocol import Finish, ToolCall
from chatbot.turn.tool_calls import call_schema, call_text, parsed, read_calls, result_text, told

NAMES = frozenset({"weather", "clock"})
CALL = '{"name": "weather", "arguments": {"city": "Köln"}}'
TAGGED = f"<tool_call>\n{CALL}\n</tool_call>"
FENCED = f"```json\n{CALL}\n```"
FOUND = ToolCall("weather", '{"city": "Köln"}')


def run(text: str, size: int) -> tuple[str, list[ToolCall], object]:
    def pieces() -> Iterator[str]:
        for at in range(0, len(text), size):
            yield text[at : at + size]
        return Finish("stop", 1, 2)

    found: list[ToolCall] = []
    said, reading = "", read_calls(pieces(), NAMES, found)
    while True:
        try:
            said += next(reading)
        except StopIteration as ended:
            return said, found, ended.value


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    ("text", "words", "calls"),
    [
        (TAGGED, "", [FOUND]),
        (FENCED, "", [FOUND]),
        (CALL, "", [FOUND]),
        (f"  {CALL}", "", [FOUND]),
        (f"```\n{CALL}\n```", "", [FOUND]),
        (f"```json\n{CALL}", "", [FOUND]),
        (f"<tool_call>\n{CALL}", "", [FOUND]),
        (f"[{CALL}, {CALL}]", "", [FOUND, FOUND]),
        (f"{TAGGED}\n{TAGGED}", "", [FOUND, FOUND]),
        (f"Let me look. {TAGGED}", "Let me look. ", [FOUND]),
        ('{"name": "clock"}', "", [ToolCall("clock", "{}")]),
        ('{"name": "weather", "arguments": "{\\"city\\": \\"Köln\\"}"}', "", [FOUND]),
        ('{"type": "function", "function": ' + CALL + "}", "", [FOUND]),
    ],
)
def test_calls_are_read_in_every_form(text: str, words: str, calls: list[ToolCall], size: int) -> None:
    said, found, value = run(text, size)
    assert (said.strip(), found) == (words.strip(), calls)
    assert value == Finish("stop", 1, 2)


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    "text",
    [
        *("Hello.", "a < b and {c}", "```python\nprint(1)\n```\nDone.", '{"name": "other", "arguments": {}}'),
        *(
            '{"name": "weather", "arguments": [1]}',
            "{not json",
            "<tool_call>not json</tool_call>",
            "<b>bold</b>",
        ),
        *("```json\n[1, 2]\n```", "[" * 100_000, "`code` and ``` a fence", '{"name": ["weather"]}'),
    ],
)
def test_all_else_stays_words_to_the_letter(text: str, size: int) -> None:
    assert run(text, size)[:2] == (text, [])


def test_words_are_not_held_back() -> None:
    pieces = iter(["Hello ", "there, ", "how ", TAGGED])
    found: list[ToolCall] = []
    reading = read_calls(pieces, NAMES, found)
    assert [next(reading), next(reading)] == ["Hello ", "there, "]
    assert not found


def test_messages_of_tools_are_those_of_the_template() -> None:
    tools = [{"name": "weather", "parameters": {"type": "object"}}]
    about = told(tools)
    line = json.loads(about.partition("<tools>\n")[2].partition("\n</tools>")[0])
    assert line == {"type": "function", "function": tools[0]}
    assert call_text("", [FOUND]) == TAGGED
    assert parsed(call_text("Well.", [FOUND]), NAMES) == ("Well.", (FOUND,))
    assert result_text(["21 C"]) == "<tool_response>\n21 C\n</tool_response>"
    one = call_schema(tools)
    assert one["properties"]["name"] == {"const": "weather"}
    assert len(call_schema([*tools, {"name": "clock"}])["anyOf"]) == 2
