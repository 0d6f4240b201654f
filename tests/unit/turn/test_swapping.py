"""One stage is given to a server while Trio runs: it works, or says why not, and the others go on."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from chatbot.config.backends import CHATBOT_TABLE
from chatbot.config.settings import Settings
from chatbot.turn.engine import Chatbot
from chatbot.turn.events import Done, EvidenceReady, Failed, TextDelta, TurnEvent
from chatbot.turn.options import TurnOptions
from chatbot.ui.preference_handlers import PreferenceHandlers
from chatbot.ui.preferences import Preferences
from pipelines.core.registry import Registry
from pipelines.core.types import Audio, Image, Stage, Turn
from tests.support.fake_openai import HELLO, FakeServer, break_off, delta, error, fake_server, stream
from tests.support.scripted import scripted_registry

CHAT = "/v1/chat/completions"
AUDIO, IMAGE = Audio(np.ones(16_000, np.float32), 16_000), Image(np.zeros((8, 8, 3), np.uint8))


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as server:
        server.script[CHAT] = [stream(*HELLO)]
        yield server


def chatbot(url: str) -> Chatbot:
    """Return a scripted Trio whose settings know a server for two stages, and use it for none."""
    given = scripted_registry()
    table = {stage: dict(rows) for stage, rows in given.table.items()}
    options: dict[Stage, Any] = {}
    for stage in (Stage.GENERATE, Stage.CAPTION):
        table[stage]["openai"] = CHATBOT_TABLE[stage]["openai"]
        options[stage] = {"openai": {"url": url, "retries": 0, "vision": True}}
    del options[Stage.CAPTION]["openai"]["vision"]
    return Chatbot(Settings(), Registry(table, given.store, options=options))


def answer(bot: Chatbot, turn: Turn, *stages: Stage) -> list[TurnEvent]:
    chosen = TurnOptions(speak=False, backends=dict.fromkeys(stages, "openai"))
    return list(bot.respond(turn, options=chosen))


def closed_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


def test_the_next_turn_is_answered_by_the_server_and_names_it(server: FakeServer) -> None:
    with chatbot(server.url) as bot:
        last = answer(bot, Turn("Look!", (IMAGE,)), Stage.GENERATE)[-1]
        assert isinstance(last, Done) and last.reply.text == "Hello there."
        assert last.reply.models["generate"] == f"tiny (server {server.url[7:-3]})"
        picture, words = server.asked(CHAT)[0].json["messages"][-1]["content"]
        assert picture["type"] == "image_url" and "Look!" in words["text"] and "cat" not in words["text"]
        before = answer(bot, Turn("Hello!"))[-1]
        assert isinstance(before, Done) and before.reply.models["generate"] == "scripted"


def test_a_server_that_is_down_is_not_taken_in_the_settings_and_says_why() -> None:
    with chatbot(closed_port()) as bot:
        remembering = PreferenceHandlers(bot.registry, TurnOptions())
        given = {"backend:generate": "openai", "backend:ocr": "scripted", "changed": "backend:generate"}
        after, (refusal,) = remembering.change(given, Preferences().stored())
        assert after.backends == {}
        assert (
            refusal.name == "openai"
            and "is not responding" in str(refusal.why)
            and "Start it" in str(refusal.why)
        )


def test_a_server_that_is_down_later_costs_its_stage_alone() -> None:
    with chatbot(closed_port()) as bot:
        *events, last = answer(bot, Turn("Look!", (IMAGE,), AUDIO), Stage.CAPTION)
    assert isinstance(last, Done) and last.reply.text
    found = {e.evidence.kind: e.evidence for e in events if isinstance(e, EvidenceReady)}
    assert "is not responding" in str(found.pop(Stage.CAPTION).error)
    assert len(found) == 7 and all(item.error is None for item in found.values())


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (error(401, "who?"), "rejected the API key"),
        (error(500, "out of memory"), "out of memory"),
        (stream({"error": {"message": "slot lost"}}), "slot lost"),
    ],
)
def test_replies_that_the_server_refuses_end_the_turn_with_the_reason(
    server: FakeServer, script: Any, said: str
) -> None:
    server.script[CHAT] = [script]
    with chatbot(server.url) as bot:
        last = answer(bot, Turn("Hello!"), Stage.GENERATE)[-1]
    assert isinstance(last, Failed) and said in str(last.message)


def test_what_was_said_before_a_cut_stays_in_the_chat(server: FakeServer) -> None:
    server.script[CHAT] = [stream(delta("The sky is "), then=break_off)]
    with chatbot(server.url) as bot:
        *events, last = answer(bot, Turn("Hello!"), Stage.GENERATE)
    assert [e.text for e in events if isinstance(e, TextDelta)] == ["The sky is "]
    assert isinstance(last, Failed) and "was lost" in str(last.message) and last.reply.text == "The sky is"


def test_stop_and_a_closed_tab_close_the_connection(server: FakeServer) -> None:
    server.script[CHAT] = [stream(delta("One "), then=lambda handler: handler.wait_until_gone())]
    with chatbot(server.url) as bot:
        running = bot.respond(
            Turn("Hello!"), options=TurnOptions(speak=False, backends={Stage.GENERATE: "openai"})
        )
        next(event for event in running if isinstance(event, TextDelta))
        running.close()  # type: ignore[attr-defined]
        assert server.gone.wait(10)
