"""A reply that was cancelled leaves its slot, with what it has read, to the prompt that follows."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from chatbot.generators.llama import LlamaGenerator
from chatbot.generators.protocol import Message
from pipelines.core.cancel import CancelToken
from pipelines.core.registry import Registry
from pipelines.core.weights import WeightStore


class Server:
    """Writes one word; then "slow" ones wait until they may look whether to stop."""

    def __init__(self) -> None:
        self.may_look = threading.Event()
        self.order: list[str] = []

    def handle_chat_completions(self, request: Any, take: Any) -> None:
        said = request["messages"][0]["content"]
        self.order.append(f"{said} begins")
        take({"choices": [{"delta": {"content": said}}]})
        if said == "slow":
            assert self.may_look.wait(20)
            assert take({"choices": [{"delta": {"content": "more"}}]})
        self.order.append(f"{said} ends")


def generator(server: Server, tmp_path: Path) -> LlamaGenerator:
    made = LlamaGenerator(Registry({}, WeightStore(tmp_path)))
    made._server = server
    return made


def asked(text: str) -> list[Message]:
    return [{"role": "user", "content": text}]


def test_a_prompt_waits_for_the_slot_of_a_reply_that_was_cancelled(tmp_path: Path) -> None:
    server = Server()
    llama = generator(server, tmp_path)
    token = CancelToken()
    idle = llama.stream(asked("slow"), temperature=0.0, max_tokens=9, cancel=token)
    assert next(idle) == "slow"
    token.cancel()
    turn = llama.stream(asked("turn"), temperature=0.0, max_tokens=9)
    threading.Timer(0.1, server.may_look.set).start()
    assert list(turn) == ["turn"]
    assert server.order == ["slow begins", "slow ends", "turn begins", "turn ends"]


def test_replies_that_are_wanted_run_side_by_side(tmp_path: Path) -> None:
    server = Server()
    llama = generator(server, tmp_path)
    first = llama.stream(asked("slow"), temperature=0.0, max_tokens=9)
    assert next(first) == "slow"
    assert list(llama.stream(asked("other"), temperature=0.0, max_tokens=9)) == ["other"]
    first.close()
    server.may_look.set()
    llama.unload()


def test_a_prompt_that_waits_can_be_stopped_at_once(tmp_path: Path) -> None:
    server, token, mine = Server(), CancelToken(), CancelToken()
    llama = generator(server, tmp_path)
    idle = llama.stream(asked("slow"), temperature=0.0, max_tokens=9, cancel=token)
    assert next(idle) == "slow"
    token.cancel()
    threading.Timer(0.1, mine.cancel).start()
    assert list(llama.stream(asked("turn"), temperature=0.0, max_tokens=9, cancel=mine)) == []
    server.may_look.set()
    llama.unload()
    assert "turn begins" not in server.order
