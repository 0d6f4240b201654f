"""LangChain's client of the OpenAI API, unmodified, against a scripted Trio; both forms of the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api_server import Served
from tests.support.client_uses import (
    ANN,
    HEARD,
    HELLO,
    PERSON,
    PICTURE,
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


@pytest.fixture(scope="module")
def trio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("api")) as server:
        pytest.importorskip("langchain_openai")
        yield server


def client(trio: Served, form: str) -> Any:
    from langchain_openai import ChatOpenAI

    responses = form == "responses"
    return ChatOpenAI(
        model="gpt-4o-mini", base_url=f"{trio.url}/v1", api_key="any", use_responses_api=responses
    )


@pytest.fixture(params=["chat", "responses"])
def model(request: pytest.FixtureRequest, trio: Served) -> Any:
    says(trio)
    return client(trio, request.param)


def weather(city: str) -> str:
    """Tell the weather."""
    return f"21 degrees in {city}"


def test_it_talks_and_streams(trio: Served, model: Any) -> None:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    messages = [SystemMessage("Be short."), HumanMessage("Hi"), AIMessage("Hello."), HumanMessage("And?")]
    assert model.invoke(messages).text == HELLO
    chunks = list(model.stream(messages))
    assert "".join(chunk.text for chunk in chunks) == HELLO and len(chunks) > 3
    assert [reply.text for reply in model.batch(["Hi", "Ho"])] == [HELLO, HELLO]


def test_it_streams_in_a_loop(trio: Served) -> None:
    """Both forms in one loop: LangChain keeps its connections, which outlive no loop."""
    says(trio)

    async def streamed() -> list[str]:
        models = [client(trio, form) for form in ("chat", "responses")]
        return ["".join([chunk.text async for chunk in model.astream("Hi")]) for model in models]

    assert in_a_loop(streamed()) == [HELLO, HELLO]


def test_it_calls_tools(trio: Served, model: Any) -> None:
    from langchain_core.messages import HumanMessage, ToolMessage

    wanted = [("weather", {"city": "Köln"})]
    for choice in (None, "auto", "any", "weather"):
        says(trio, TAGGED)
        reply = model.bind_tools([weather], tool_choice=choice, strict=True).invoke("Is it warm?")
        assert (held(trio) is None) == (choice in (None, "auto"))
        assert [(call["name"], call["args"]) for call in reply.tool_calls] == wanted
    first, *rest = model.bind_tools([weather]).stream("Is it warm?")
    for chunk in rest:
        first += chunk
    assert [(call["name"], call["args"]) for call in first.tool_calls] == wanted
    (call,) = reply.tool_calls
    messages = [HumanMessage("Is it warm?"), reply, ToolMessage(weather("Köln"), tool_call_id=call["id"])]
    says(trio, "It is warm.")
    assert model.bind_tools([weather]).invoke(messages).text == "It is warm."
    assert "21 degrees in Köln" in told(trio)


def test_what_a_tool_shows_is_seen(trio: Served, model: Any) -> None:
    """A picture in a tool's result counts as the words about it, in the result's place."""
    from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

    call = {"name": "weather", "args": {"city": "Köln"}, "id": "c1"}
    picture = {"type": "image_url", "image_url": {"url": PICTURE_URL}}
    shown = ToolMessage([{"type": "text", "text": "Seen now:"}, picture], tool_call_id="c1")
    messages = [HumanMessage("Look"), AIMessage("", tool_calls=[call]), shown]
    assert model.bind_tools([weather]).invoke(messages).text == HELLO
    assert told(trio).startswith("<tool_response>") and "Look" not in told(trio)
    assert SEEN in told(trio) and "Seen now:" in told(trio) and "They seem" not in told(trio)
    later = [*messages, AIMessage("A cat."), HumanMessage("And now?")]
    model.bind_tools([weather]).invoke(later)
    assert "And now?" in told(trio)


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # LangChain's, of its own `parsed`
def test_it_gets_objects(trio: Served, model: Any) -> None:
    for method in ("json_schema", "json_mode"):
        says(trio, PERSON)
        asked = model.with_structured_output(Person, method=method)
        assert asked.invoke("Who? Reply in JSON.") == ANN
        assert (held(trio) == {}) == (method == "json_mode")
        assert list(asked.stream("Who? Reply in JSON."))[-1] == ANN
    says(trio, f'{{"name": "Person", "arguments": {PERSON}}}')
    assert model.with_structured_output(Person, method="function_calling").invoke("Who?") == ANN


def test_it_sees(trio: Served, model: Any) -> None:
    from langchain_core.messages import HumanMessage

    text = {"type": "text", "text": "What is it?"}
    by_url = {"type": "image_url", "image_url": {"url": PICTURE_URL}}
    model.invoke([HumanMessage([text, by_url])])
    assert SEEN in told(trio)
    for kind in ("image", "file"):
        says(trio)
        block = {"type": kind, "base64": PICTURE, "mime_type": "image/png"}
        named = {"filename": "a.png"} if kind == "file" else {}
        model.invoke([HumanMessage(content_blocks=[text, {**block, **named}])])
        assert SEEN in told(trio) and "What is it?" in told(trio)


def test_it_hears_and_speaks(trio: Served) -> None:
    """In chat completions; LangChain sends no sound to the other form."""
    from langchain_core.messages import HumanMessage

    says(trio)
    model = client(trio, "chat")
    model.invoke(
        [HumanMessage(content_blocks=[{"type": "audio", "base64": SOUND, "mime_type": "audio/wav"}])]
    )
    assert HEARD in told(trio)
    aloud = model.bind(modalities=["text", "audio"], audio={"voice": "alloy", "format": "wav"})
    reply = aloud.invoke("Hi")
    assert reply.additional_kwargs["audio"]["transcript"] == HELLO
    assert aloud.invoke([HumanMessage("Hi"), reply, HumanMessage("And?")]).additional_kwargs["audio"]["data"]


def test_it_embeds(trio: Served) -> None:
    """As texts: it would cut them to tokens by a table that it gets from the network."""
    from langchain_openai import OpenAIEmbeddings

    made = OpenAIEmbeddings(
        model="text-embedding-3-small",
        base_url=f"{trio.url}/v1",
        api_key="any",
        check_embedding_ctx_length=False,
    )
    assert [row[0] for row in made.embed_documents(["Hi", "there"])] == [2.0, 5.0]
    assert made.embed_query("Hi") == [2.0, 1.0, 0.0]
