"""Tools, JSON and log probabilities through the official client; /v1/responses the same."""

from __future__ import annotations

import base64
import json
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pydantic
import pytest

from chatbot.generators.llama import LlamaGenerator
from chatbot.generators.protocol import Extras
from pipelines.core.errors import BackendError, InputError
from pipelines.core.types import Stage
from tests.support.api_server import Served, png, served, wav
from tests.unit.api.test_api_chat import HI, prompt
from tests.unit.turn.test_tools import CALL, FENCED, TAGGED

WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
FLAT: Any = {"type": "function", **WEATHER["function"]}


class Person(pydantic.BaseModel):
    name: str
    age: int


@pytest.fixture
def trio(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as server:
        server.backend(Stage.GENERATE).context_tokens = 50_000  # this one counts letters
        yield server


def says(trio: Served, *pieces: str) -> Any:
    """Let the model write these pieces; return it. Its `extras` are those of the last request."""
    generator = trio.backend(Stage.GENERATE)
    generator.options["pieces"] = list(pieces)
    generator.extras = None
    return generator


@pytest.mark.parametrize("written", [TAGGED, FENCED, CALL])
def test_a_tool_is_called(trio: Served, written: str) -> None:
    says(trio, written[:7], written[7:])
    with trio.openai as client:
        reply = client.chat.completions.create(model="trio", messages=HI, tools=[WEATHER]).choices[0]
        assert reply.finish_reason == "tool_calls" and reply.message.content is None
        assert reply.message.tool_calls
        call: Any = reply.message.tool_calls[0]
        assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "Köln"})
        assert "<tools>" in prompt(trio)[0]["content"] and "Tells the weather." in prompt(trio)[0]["content"]
        stream = client.chat.completions.create(model="trio", messages=HI, tools=[WEATHER], stream=True)
        chunks = [chunk.choices[0] for chunk in stream]
        told = [call for chunk in chunks for call in chunk.delta.tool_calls or ()]
        assert [call.function.name for call in told if call.function] == ["weather"]
        assert not any(chunk.delta.content for chunk in chunks)
        assert chunks[-1].finish_reason == "tool_calls"
        with client.chat.completions.stream(model="trio", messages=HI, tools=[WEATHER]) as helper:
            for _ in helper:
                pass
            final: Any = helper.get_final_completion().choices[0].message
        assert final.tool_calls[0].function.name == "weather"


def test_words_are_words_where_there_are_tools(trio: Served) -> None:
    says(trio, "It is ", "warm.")
    reply = trio.openai.chat.completions.create(model="trio", messages=HI, tools=[WEATHER]).choices[0]
    assert (reply.message.content, reply.finish_reason) == ("It is warm.", "stop")


def test_a_tool_that_has_to_be_called_holds_the_reply(trio: Served) -> None:
    generator = says(trio, CALL)
    choices: tuple[Any, ...] = ("required", {"type": "function", "function": {"name": "weather"}})
    for choice in choices:
        trio.openai.chat.completions.create(model="trio", messages=HI, tools=[WEATHER], tool_choice=choice)
        assert generator.extras.schema["properties"]["name"] == {"const": "weather"}
    trio.openai.chat.completions.create(model="trio", messages=HI, tools=[WEATHER], tool_choice="none")
    assert generator.extras is None and "<tools>" not in prompt(trio)[0]["content"]
    with pytest.raises(openai.BadRequestError, match="there is no tool 'other'"):
        other: Any = {"type": "function", "function": {"name": "other"}}
        trio.openai.chat.completions.create(model="trio", messages=HI, tools=[WEATHER], tool_choice=other)


def test_json_is_held_and_parsed(trio: Served) -> None:
    generator = says(trio, '{"name": "Ann", ', '"age": 7}')
    with trio.openai as client:
        parsed = client.chat.completions.parse(model="trio", messages=HI, response_format=Person)
        assert parsed.choices[0].message.parsed == Person(name="Ann", age=7)
        assert set(generator.extras.schema["properties"]) == {"name", "age"}
        assert "JSON schema" in prompt(trio)[0]["content"]
        anything: Any = {"type": "json_object"}
        reply = client.chat.completions.create(model="trio", messages=HI, response_format=anything)
        assert generator.extras.schema == {}
        assert json.loads(reply.choices[0].message.content or "")["age"] == 7


def test_a_model_that_cannot_says_so(trio: Served) -> None:
    anything: Any = {"type": "json_object"}
    with pytest.raises(openai.BadRequestError, match="does not support what the request asks for"):
        trio.openai.chat.completions.create(model="generate/plain", messages=HI, response_format=anything)


@pytest.mark.parametrize("raised", [True, False])
def test_a_schema_that_llama_refuses_is_the_requests_fault(raised: bool) -> None:
    """It raises or tells; what else goes wrong stays the model's fault."""

    class Scripted:
        said = "JSON schema error at #: unrecognized type strange"

        def handle_chat_completions(self, request: Any, take: Any) -> None:
            if raised:
                raise RuntimeError(self.said)
            take({"error": {"message": self.said}})

    def run(extras: Extras | None) -> None:
        generator = LlamaGenerator.__new__(LlamaGenerator)
        generator._server, generator._generations = Scripted(), weakref.WeakSet()
        stream = generator.stream(
            [{"role": "user", "content": "Hi"}], temperature=0.0, max_tokens=1, extras=extras
        )
        list(stream)

    with pytest.raises(InputError, match="cannot apply this JSON schema"):
        run(Extras({"type": "strange"}))
    with pytest.raises(BackendError):
        run(None)
    Scripted.said = "out of memory"
    with pytest.raises(BackendError):
        run(Extras({"type": "string"}))


def test_a_program_with_tools_gets_the_model_without_its_adapter(trio: Served) -> None:
    generator = says(trio, "Hi")
    tool: Any = {"type": "function", "function": {"name": "now", "parameters": {"type": "object"}}}
    for tools in ([tool], []):
        more: Any = {"tools": tools} if tools else {}
        trio.openai.chat.completions.create(model="trio", messages=HI, **more)
        assert (generator.extras or Extras()).plain is bool(tools)
        generator.extras = None


@pytest.mark.parametrize("adapter", [None, "manners-adapter"])
def test_the_adapter_is_left_out_where_it_is_not_wanted(adapter: str | None) -> None:
    requests: list[Any] = []

    class Scripted:
        def handle_chat_completions(self, request: Any, take: Any) -> None:
            requests.append(request)

    generator = LlamaGenerator.__new__(LlamaGenerator)
    generator.adapter, generator._server, generator._generations = adapter, Scripted(), weakref.WeakSet()
    for extras in (None, Extras(), Extras({}), Extras(plain=True)):
        list(
            generator.stream([{"role": "user", "content": "Hi"}], temperature=0, max_tokens=1, extras=extras)
        )
    without = [request.get("lora") for request in requests]
    assert without == [None, None, None, [{"id": 0, "scale": 0.0}] if adapter else None]


def test_log_probabilities(trio: Served) -> None:
    generator = says(trio, "Hi")
    for stream in (False, True):
        made: Any = trio.openai.chat.completions.create(
            model="trio", messages=HI, logprobs=True, top_logprobs=2, stream=stream
        )
        choices = [chunk.choices[0] for chunk in made] if stream else made.choices
        (found,) = [choice.logprobs for choice in choices if choice.logprobs]
        assert [(item.token, item.logprob, item.bytes) for item in found.content] == [("Hi", -0.5, [72, 105])]
        assert [(top.token, top.logprob) for top in found.content[0].top_logprobs] == [
            ("Hi", -0.5),
            ("Ho", -1.5),
        ]
    assert generator.extras == Extras(None, 2)


def test_a_response(trio: Served) -> None:
    with trio.openai as client:
        made = client.responses.create(model="gpt-4o-mini", input="Hi", instructions="Be short.")
        assert made.output_text == "Hello there. How are you?" and made.status == "completed"
        assert made.usage is not None and made.usage.total_tokens == 15
        assert prompt(trio)[0]["content"].endswith("Be short.")
        client.responses.create(model="trio", input="And now?", previous_response_id=made.id)
        assert [message["content"] for message in prompt(trio)[1:3]] == ["Hi", "Hello there. How are you?"]
        assert client.responses.retrieve(made.id).output_text == made.output_text
        client.responses.delete(made.id)
        with pytest.raises(openai.NotFoundError):
            client.responses.create(model="trio", input="And now?", previous_response_id=made.id)
        hidden = client.responses.create(model="trio", input="Hi", store=False)
        with pytest.raises(openai.NotFoundError):
            client.responses.retrieve(hidden.id)


def test_a_streamed_response(trio: Served) -> None:
    with trio.openai.responses.stream(model="trio", input="Hi") as stream:
        events = list(stream)
        final = stream.get_final_response()
    said = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert said == final.output_text == "Hello there. How are you?"
    kinds = [event.type for event in events]
    assert kinds[:4] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert kinds[-1] == "response.completed"
    assert [event.sequence_number for event in events] == list(range(len(events)))


def test_pictures_and_sound_of_a_response(trio: Served) -> None:
    content: Any = [
        {"type": "input_text", "text": "What?"},
        {"type": "input_image", "image_url": f"data:image/png;base64,{base64.b64encode(png()).decode()}"},
        {"type": "input_audio", "input_audio": {"data": base64.b64encode(wav()).decode(), "format": "wav"}},
    ]
    made: Any = trio.openai.responses.create(model="trio", input=[{"role": "user", "content": content}])
    assert made.trio["captions"] == ["A cat on a mat."] and made.trio["transcript"] == "I am here."


def test_tools_of_a_response(trio: Served) -> None:
    says(trio, TAGGED)
    with trio.openai as client:
        made = client.responses.create(model="trio", input="Warm?", tools=[FLAT])
        call: Any = made.output[0]
        assert (call.type, call.name, json.loads(call.arguments)) == (
            "function_call",
            "weather",
            {"city": "Köln"},
        )
        with client.responses.stream(model="trio", input="Warm?", tools=[FLAT]) as stream:
            kinds = [event.type for event in stream]
        assert "response.function_call_arguments.done" in kinds and "response.output_text.delta" not in kinds
        says(trio, "It is warm.")
        result: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "21"}
        after = client.responses.create(
            model="trio", input=[result], tools=[FLAT], previous_response_id=made.id
        )
        assert after.output_text == "It is warm."
        assert [m["content"][:12] for m in prompt(trio)[-2:]] == ["<tool_call>\n", "<tool_respon"]
        whole: Any = [{"role": "user", "content": "Warm?"}, call.model_dump(), result]
        assert client.responses.create(model="trio", input=whole, tools=[FLAT]).output_text == "It is warm."


def test_json_of_a_response(trio: Served) -> None:
    says(trio, '{"name": "Ann", "age": 7}')
    made = trio.openai.responses.parse(model="trio", input="Who?", text_format=Person)
    assert made.output_parsed == Person(name="Ann", age=7)


def test_a_response_that_was_cut_or_fails_says_so(trio: Served) -> None:
    cut = trio.openai.responses.create(model="trio", input="Hi", max_output_tokens=1)
    assert cut.status == "incomplete" and cut.incomplete_details is not None
    with pytest.raises(openai.BadRequestError):
        trio.openai.responses.create(model="trio", input="")
    generator = trio.backend(Stage.GENERATE)
    generator.options |= {"error": BackendError("The model broke"), "error_at": 2}
    with trio.openai.responses.create(model="trio", input="Hi", stream=True) as stream:
        last: Any = list(stream)[-1]
    assert last.type == "response.failed" and "The model broke" in last.response.error.message
