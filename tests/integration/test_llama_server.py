"""The server back-end against a real llama.cpp server that runs the packaged 0.5B."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from chatbot.cli.doctor_stages import check_stage
from chatbot.config.backends import chatbot_registry
from chatbot.config.settings import Settings, load_settings
from chatbot.generators.openai_server import OpenAIGenerator
from chatbot.generators.protocol import Finish, Message
from chatbot.turn.engine import Chatbot
from chatbot.turn.events import Done, Failed, TextDelta
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError
from pipelines.core.registry import Registry
from pipelines.core.types import Stage, Turn
from tests.support.llama_server import KEY, LlamaServer

HELLO: list[Message] = [{"role": "user", "content": "Say hello."}]
LONG: list[Message] = [{"role": "user", "content": "Write a long story about a lighthouse keeper."}]
WAIT = 20.0


@pytest.fixture(scope="module")
def server(registry: Registry) -> LlamaServer:
    return LlamaServer(registry.store)


def settings(server: LlamaServer, **options: Any) -> Settings:
    given = {"url": server.url, "api_key": KEY, "retries": 0, **options}
    return load_settings(
        backends={"generate": "openai"}, options={"generate": given}, speak=False, max_reply_tokens=24
    )


@pytest.fixture
def generator(server: LlamaServer) -> Iterator[OpenAIGenerator]:
    registry = chatbot_registry(settings(server))
    yield registry.get(Stage.GENERATE)
    registry.unload()


def test_it_learns_the_model_and_its_context(server: LlamaServer, generator: OpenAIGenerator) -> None:
    host = server.url.removeprefix("http://").removesuffix("/v1")
    assert generator.model.endswith(f"(server {host})") and "qwen2.5-coder-0.5b" in generator.model.lower()
    assert generator.context_tokens == 1024 and not generator.sees


def test_a_reply_is_streamed_to_its_end(generator: OpenAIGenerator) -> None:
    pieces, written = [], generator.stream(HELLO, temperature=0.0, max_tokens=12)
    with pytest.raises(StopIteration) as ended:
        while True:
            pieces.append(next(written))
    assert len(pieces) > 3 and "".join(pieces).strip()
    finish = ended.value.value
    assert isinstance(finish, Finish) and finish.prompt_tokens > 5 and 3 < finish.reply_tokens <= 12


def test_the_most_tokens_end_a_reply(generator: OpenAIGenerator) -> None:
    written = generator.stream(LONG, temperature=0.0, max_tokens=5)
    with pytest.raises(StopIteration) as ended:
        while True:
            next(written)
    assert ended.value.value.reason == "length" and ended.value.value.reply_tokens == 5


def busy(server: LlamaServer) -> bool:
    slots = httpx.get(
        server.url.removesuffix("/v1") + "/slots", headers={"Authorization": f"Bearer {KEY}"}, timeout=WAIT
    )
    return any(slot["is_processing"] for slot in slots.raise_for_status().json())


def until_idle(server: LlamaServer) -> bool:
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        if not busy(server):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("how", ["close", "cancel"])
def test_the_server_stops_writing_when_nobody_listens(
    server: LlamaServer, generator: OpenAIGenerator, how: str
) -> None:
    cancel = CancelToken()
    written = generator.stream(LONG, temperature=0.0, max_tokens=900, cancel=cancel)
    next(written)
    assert busy(server)
    if how == "close":
        written.close()
    else:
        cancel.cancel()
        assert sum(1 for _ in written) < 800
    assert until_idle(server)


def test_two_replies_are_written_at_once(generator: OpenAIGenerator) -> None:
    found: list[str] = []

    def write() -> None:
        found.append("".join(generator.stream(HELLO, temperature=0.0, max_tokens=12)))

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2 and all(text.strip() for text in found)


def test_a_prompt_that_is_too_long_is_refused_by_name(generator: OpenAIGenerator) -> None:
    with pytest.raises(BackendError, match=r"rejected the request \(400\).*(context|tokens)"):
        list(generator.stream([{"role": "user", "content": "word " * 3000}], temperature=0.0, max_tokens=5))


def test_a_wrong_key_says_where_to_set_it(server: LlamaServer) -> None:
    chosen = settings(server, api_key="sk-of-somebody-else")
    check = check_stage(chatbot_registry(chosen), Stage.GENERATE)
    with Chatbot(chosen) as chatbot:
        last = list(chatbot.respond(Turn("Hello!")))[-1]
    assert isinstance(last, Failed) and "rejected the API key" in str(last.message)
    assert "[options.generate]" in str(last.message) and "somebody" not in f"{last.message}{check}"


def test_a_whole_turn_names_the_server(server: LlamaServer) -> None:
    with Chatbot(settings(server)) as chatbot:
        *events, last = chatbot.respond(Turn("What is the capital of France?"))
    assert isinstance(last, Done) and last.reply.finish is not None
    assert "(server 127.0.0.1:" in last.reply.models["generate"]
    assert "".join(e.text for e in events if isinstance(e, TextDelta)).strip() == last.reply.text


def test_the_doctor_sees_that_it_answers(server: LlamaServer) -> None:
    check = check_stage(chatbot_registry(settings(server)), Stage.GENERATE)
    assert check.problem is None and check.options["api_key"] == "(hidden)"
