"""Programs that other people wrote for the OpenAI API, unmodified, against a scripted Trio."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydantic
import pytest

from pipelines.core.types import Stage
from tests.support.api_server import Served, png, served
from tests.support.loopback import alone
from tests.unit.turn.test_tools import TAGGED

PERSON = '{"name": "Ann", "age": 7}'


class Person(pydantic.BaseModel):
    name: str
    age: int


@pytest.fixture
def trio(tmp_path: Path) -> Iterator[Served]:
    with alone(), served(tmp_path) as server:
        server.backend(Stage.GENERATE).context_tokens = 50_000  # this one counts letters
        yield server


def says(trio: Served, *pieces: str) -> None:
    trio.backend(Stage.GENERATE).options["pieces"] = list(pieces)


@pytest.fixture(params=["chat", "responses"])
def model(request: pytest.FixtureRequest, trio: Served) -> Any:
    """Pydantic AI's model for either API."""
    openai = pytest.importorskip("pydantic_ai.models.openai")
    from pydantic_ai.providers.openai import OpenAIProvider

    kind = openai.OpenAIChatModel if request.param == "chat" else openai.OpenAIResponsesModel
    return kind("gpt-4o-mini", provider=OpenAIProvider(base_url=f"{trio.url}/v1", api_key="any"))


def test_pydantic_ai_talks_and_sees(trio: Served, model: Any) -> None:
    from pydantic_ai import Agent, BinaryContent

    agent = Agent(model, instructions="Be short.")
    first = agent.run_sync(["What is it?", BinaryContent(png(), media_type="image/png")])
    assert first.output == "Hello there. How are you?"
    assert "a cat on a mat" in trio.backend(Stage.GENERATE).calls[-1][-1]["content"]
    assert agent.run_sync("And now?", message_history=first.all_messages()).output == first.output

    async def streamed() -> str:
        async with agent.run_stream("Hi") as run:
            return [text async for text in run.stream_text(delta=False)][-1]

    from tests.support.event_loops import in_a_loop

    assert in_a_loop(streamed()) == first.output


def test_pydantic_ai_calls_tools(trio: Served, model: Any) -> None:
    from pydantic_ai import Agent

    agent, asked = Agent(model), list[str]()

    @agent.tool_plain
    def weather(city: str) -> str:
        """Tell the weather."""
        asked.append(city)
        says(trio, "It is warm.")
        return "21 degrees"

    says(trio, TAGGED)
    assert agent.run_sync("Is it warm?").output == "It is warm."
    assert asked == ["Köln"]
    assert "21 degrees" in trio.backend(Stage.GENERATE).calls[-1][-1]["content"]


def test_pydantic_ai_gets_objects(trio: Served, model: Any) -> None:
    from pydantic_ai import Agent, NativeOutput

    says(trio, PERSON)
    assert Agent(model, output_type=NativeOutput(Person)).run_sync("Who?").output == Person(name="Ann", age=7)
    says(trio, f'{{"name": "final_result", "arguments": {PERSON}}}')
    assert Agent(model, output_type=Person).run_sync("Who?").output == Person(name="Ann", age=7)


def test_llm_talks_sees_calls_tools_and_gets_objects(trio: Served) -> None:
    llm = pytest.importorskip("llm")
    from llm.default_plugins.openai_models import Chat

    model = Chat(
        "trio",
        model_name="trio",
        api_base=f"{trio.url}/v1",
        vision=True,
        supports_schema=True,
        supports_tools=True,
    )
    model.key = "any"
    hello = "Hello there. How are you?"
    assert model.prompt("Hi", stream=False).text() == hello
    assert "".join(model.prompt("Hi", system="Be short.")) == hello
    picture = llm.Attachment(type="image/png", content=png())
    assert model.prompt("What?", attachments=[picture], stream=False).text() == hello
    assert "a cat on a mat" in trio.backend(Stage.GENERATE).calls[-1][-1]["content"]
    says(trio, PERSON)
    assert '"Ann"' in model.prompt("Who?", schema=Person, stream=False).text()

    def weather(city: str) -> str:
        """Tell the weather."""
        says(trio, "It is warm.")
        return f"21 degrees in {city}"

    for stream in (False, True):
        says(trio, TAGGED)
        said = model.chain("Is it warm?", tools=[weather], stream=stream).text()
        assert said.endswith("It is warm.")
        assert "21 degrees in Köln" in trio.backend(Stage.GENERATE).calls[-1][-1]["content"]
