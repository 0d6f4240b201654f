"""LiteLLM, unmodified, against a scripted Trio; as "openai/..." and as a server of vLLM's kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api_server import Served, wav
from tests.support.client_uses import (
    ANN,
    HEARD,
    HELLO,
    PERSON,
    PICTURE_URL,
    SEEN,
    SOUND,
    Person,
    held,
    says,
    serving,
    told,
)
from tests.support.event_loops import in_a_loop
from tests.unit.turn.test_tools import TAGGED

pytestmark = pytest.mark.timeout(300, func_only=True)  # a busy machine imports it for minutes
HI = [{"role": "user", "content": "Hi"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@pytest.fixture(scope="module")
def trio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("api")) as server:
        litellm = pytest.importorskip("litellm")
        litellm.telemetry = False
        yield server


@pytest.fixture(params=["openai/trio", "openai/gpt-4o-mini", "hosted_vllm/trio"])
def to(request: pytest.FixtureRequest, trio: Served) -> dict[str, Any]:
    says(trio)
    return {"model": request.param, "api_base": f"{trio.url}/v1", "api_key": "any"}


def user(*parts: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(parts)}]


def test_it_talks_and_streams(trio: Served, to: dict[str, Any]) -> None:
    import litellm

    whole = litellm.completion(messages=HI, max_tokens=2048, logprobs=True, top_logprobs=2, **to)
    assert whole.choices[0].message.content == HELLO
    assert whole.choices[0].logprobs.content[0].top_logprobs[1].token == "Ho"
    assert whole.usage.total_tokens > 0
    chunks = list(litellm.completion(messages=HI, stream=True, **to))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == HELLO

    async def streamed() -> str:
        stream = await litellm.acompletion(messages=HI, stream=True, **to)
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    assert in_a_loop(streamed()) == HELLO


def test_it_calls_tools(trio: Served, to: dict[str, Any]) -> None:
    import litellm

    named = {"type": "function", "function": {"name": "weather"}}
    for choice in ("auto", "required", named):
        says(trio, TAGGED)
        reply = litellm.completion(messages=HI, tools=[WEATHER], tool_choice=choice, **to).choices[0].message
        assert (held(trio) is None) == (choice == "auto")
        (call,) = reply.tool_calls
        assert (call.function.name, call.function.arguments) == ("weather", '{"city": "Köln"}')
    chunks = list(litellm.completion(messages=HI, tools=[WEATHER], stream=True, **to))
    (streamed,) = litellm.stream_chunk_builder(chunks).choices[0].message.tool_calls
    assert streamed.function.arguments == call.function.arguments
    given = {"role": "tool", "tool_call_id": call.id, "content": "21 degrees"}
    says(trio, "It is warm.")
    last = litellm.completion(messages=[*HI, reply, given], tools=[WEATHER], **to)
    assert last.choices[0].message.content == "It is warm." and "21 degrees" in told(trio)


def test_it_gets_objects(trio: Served, to: dict[str, Any]) -> None:
    import litellm

    says(trio, PERSON)
    free = litellm.completion(messages=HI, response_format={"type": "json_object"}, **to)
    assert held(trio) == {} and free.choices[0].message.content == PERSON
    found = litellm.completion(messages=HI, response_format=Person, **to).choices[0].message.content
    assert Person.model_validate_json(found) == ANN
    assert "age" in str(held(trio))


def test_it_sees_hears_and_speaks(trio: Served, to: dict[str, Any]) -> None:
    import litellm

    picture = {"type": "image_url", "image_url": {"url": PICTURE_URL}}
    litellm.completion(messages=user({"type": "text", "text": "What is it?"}, picture), **to)
    assert SEEN in told(trio) and "What is it?" in told(trio)
    sound = {"type": "input_audio", "input_audio": {"data": SOUND, "format": "wav"}}
    litellm.completion(messages=user(sound), **to)
    assert HEARD in told(trio)
    voice = {"voice": "alloy", "format": "wav"}
    spoken = litellm.completion(messages=HI, modalities=["text", "audio"], audio=voice, **to)
    assert spoken.choices[0].message.audio.transcript == HELLO
    assert litellm.speech(input="Good morning.", voice="alloy", **to).content[:3] in (b"ID3", b"\xff\xfb\xe4")
    assert litellm.transcription(file=("a.wav", wav()), **to).text == HEARD
    timed = litellm.transcription(file=("a.wav", wav()), response_format="verbose_json", **to)
    assert timed.segments[0]["end"] == 1.25


def test_it_embeds(trio: Served, to: dict[str, Any]) -> None:
    import litellm

    made = litellm.embedding(input=["Hi", "there"], **to)
    assert [row["embedding"][0] for row in made.data] == [2.0, 5.0]


def test_it_takes_responses(trio: Served, to: dict[str, Any]) -> None:
    import litellm

    assert litellm.responses(input="Hi", **to).output[0].content[0].text == HELLO
    events = list(litellm.responses(input="Hi", stream=True, **to))
    pieces = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert "".join(pieces) == HELLO


def test_errors_have_its_own_names(trio: Served, to: dict[str, Any]) -> None:
    import litellm

    with pytest.raises(litellm.NotFoundError, match="There is no model 'nope'"):
        litellm.completion(messages=HI, **{**to, "model": "openai/nope"})
    with pytest.raises(litellm.BadRequestError, match="n must be 1"):
        litellm.completion(messages=HI, n=2, **to)
