"""llama.cpp holds replies to JSON schemas and tells log probabilities; the small model, real weights."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from chatbot.config.backends import CHATBOT_TABLE
from chatbot.generators.llama import Qwen05Generator
from chatbot.generators.protocol import Extras, Finish, Message
from chatbot.turn.tool_calls import call_schema, parsed
from pipelines.core.errors import InputError
from pipelines.core.registry import Registry
from pipelines.core.types import Stage

PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 12}, "age": {"type": "integer", "maximum": 99}},
    "required": ["name", "age"],
}
WEATHER = {
    "name": "weather",
    "parameters": {
        "type": "object",
        "properties": {"city": {"enum": ["Rome", "Oslo"]}},
        "required": ["city"],
    },
}


@pytest.fixture(scope="module")
def small(registry: Registry) -> Any:
    """Skips where the models have not been pulled."""
    chosen = Registry(CHATBOT_TABLE, registry.store, {Stage.GENERATE: "qwen-0.5b"}, {})
    generator = Qwen05Generator(chosen, threads=1)
    generator.load()
    yield generator
    generator.unload()


def reply(generator: Any, words: str, extras: Extras, most: int = 40) -> tuple[str, Finish]:
    messages: list[Message] = [{"role": "user", "content": words}]
    stream = generator.stream(messages, temperature=0.0, max_tokens=most, extras=extras)
    text = ""
    while True:
        try:
            text += next(stream)
        except StopIteration as ended:
            assert isinstance(ended.value, Finish)
            return text, ended.value


def test_a_reply_keeps_to_a_schema(small: Any) -> None:
    text, _ = reply(small, "Ann is 7. JSON:", Extras(PERSON))
    found = json.loads(text)
    assert set(found) == {"name", "age"} and isinstance(found["age"], int)


def test_any_object_is_json(small: Any) -> None:
    text, finish = reply(small, "JSON of Ann, 7 years:", Extras({}), 60)
    assert text.lstrip().startswith("{")
    assert finish.reason == "length" or isinstance(json.loads(text), dict)


def test_a_call_is_held(small: Any) -> None:
    text, _ = reply(small, "Weather in Oslo?", Extras(call_schema([WEATHER])))
    words, (call,) = parsed(text, frozenset({"weather"}))
    assert not words and json.loads(call.arguments)["city"] in ("Rome", "Oslo")


def test_tokens_have_probabilities(small: Any) -> None:
    text, finish = reply(small, "Hi", Extras(None, 2), 4)
    assert len(finish.logprobs) >= 3
    assert "".join(item.token for item in finish.logprobs).startswith(text[:4])
    for item in finish.logprobs:
        assert item.logprob <= 0 and len(item.top) == 2 and math.isfinite(item.top[0][1])


def test_a_schema_that_llama_cannot_hold_is_the_requests_fault(small: Any) -> None:
    with pytest.raises(InputError, match="cannot apply this JSON schema"):
        reply(small, "Hi", Extras({"type": "strange"}))
