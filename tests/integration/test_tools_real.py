"""Tools that the model may call or not: the larger mind, real weights, through the official client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from chatbot.cli.server.web_app import create_app
from chatbot.config.backends import CHATBOT_TABLE
from chatbot.config.mind import LARGE
from chatbot.config.settings import load_settings
from chatbot.turn.engine import Chatbot
from pipelines.core.registry import Registry
from pipelines.core.types import Stage
from tests.support import scripted
from tests.support.serving import running

WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@pytest.fixture(scope="module")
def ask(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Asks the real mind; the rest of Trio is scripted."""
    table = {stage: dict(rows) for stage, rows in scripted.scripted_registry().table.items()}
    table[Stage.GENERATE] = {LARGE: CHATBOT_TABLE[Stage.GENERATE][LARGE]}
    settings = load_settings(data_dir=tmp_path_factory.mktemp("tools"), history=False)
    chosen = Registry(table, registry.store, {Stage.GENERATE: LARGE})
    with Chatbot(settings, chosen) as chatbot, running(create_app(chatbot, settings), settings) as url:
        client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0, timeout=280)

        def message(messages: list[Any]) -> Any:
            reply = client.chat.completions.create(
                model="trio",
                messages=messages,
                tools=[WEATHER],
                tool_choice="auto",
                temperature=0,
                max_tokens=60,
            )
            return reply.choices[0].message

        yield message


def test_a_tool_is_called_where_it_helps_and_its_result_is_told(ask: Any) -> None:
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Rome now?"}]
    asked = ask(messages)
    (call,) = asked.tool_calls
    assert call.function.name == "weather" and "Rome" in call.function.arguments
    given = {"role": "tool", "tool_call_id": call.id, "content": '{"degrees": 21, "sky": "cloudy"}'}
    told = ask([*messages, asked, given])
    assert not told.tool_calls and "21" in told.content


def test_no_tool_is_called_where_none_helps(ask: Any) -> None:
    said = ask([{"role": "user", "content": "Say good morning in French."}])
    assert not said.tool_calls and "bonjour" in said.content.lower()
