"""How each back-end of the table is made ready for the contract: on which weights, or on which server.

A back-end of a new kind gets a line in `BY_KIND`, one that needs something of its own (a tiny model on disk,
a cluster) a line in `BY_ROW`. One that has neither fails the suite, unless `LEFT_OUT` says why.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from chatbot.config.backends import CHATBOT_TABLE
from pipelines.backends_ray import NAME as RAY
from pipelines.core.registry import Registry
from pipelines.core.types import Stage
from pipelines.core.weights import WeightStore
from tests.support.fake_openai import HELLO, KEY, Handler, data, delta, fake_server, pcm, reply, stream
from tests.support.tiny_models import prepare

Row = tuple[Stage, str]
Prepare = Callable[[Row, Path], AbstractContextManager[Registry]]
"""Takes the row and an empty folder; gives a registry whose choice is that row. Nothing is loaded yet."""


def registry_of(row: Row, **options: Any) -> Registry:
    """Return a registry that has chosen the row, with these options."""
    stage, name = row
    return Registry(CHATBOT_TABLE, WeightStore(), {stage: name}, {stage: options})


@contextlib.contextmanager
def real_weights(row: Row, folder: Path) -> Iterator[Registry]:
    """On the weights that come with Trio's packages, one thread a model where that can be chosen."""
    spec = CHATBOT_TABLE[row[0]][row[1]]
    registry = registry_of(row, **({"threads": 1} if "threads" in spec.options else {}))
    try:
        yield registry
    finally:
        registry.unload()


@contextlib.contextmanager
def scripted_server(row: Row, folder: Path) -> Iterator[Registry]:
    """On a server that answers every request well, each with something of its own."""
    with fake_server() as server:
        server.script["/v1/chat/completions"] = [chat]
        server.script["/v1/audio/transcriptions"] = [heard]
        server.script["/v1/audio/speech"] = [spoken]
        registry = registry_of(row, url=server.url, api_key=KEY)
        try:
            yield registry
        finally:
            registry.unload()


def heard(handler: Handler) -> None:
    text = f"And so, my {len(handler.asked.body)} fellow Americans"
    segments = [{"start": 0.0, "end": 2.0, "text": text}]
    reply({"text": text, "language": "english", "segments": segments})(handler)


def spoken(handler: Handler) -> None:
    data(pcm(0.4 + 0.02 * len(handler.asked.json["input"])), "audio/pcm")(handler)


def chat(handler: Handler) -> None:
    asked = handler.asked.json
    if asked.get("stream"):
        stream(delta(f"You said {asked['messages'][-1]['content']!r:.60}. "), *HELLO)(handler)
    else:
        text = f"A cat looks at {len(handler.asked.body)} things."
        reply({"choices": [{"message": {"content": text}}]})(handler)


@contextlib.contextmanager
def tiny_model(row: Row, folder: Path) -> Iterator[Registry]:
    """On a tiny model with random weights, written to disk."""
    registry = registry_of(row, **prepare(*row, folder / "model"))
    try:
        yield registry
    finally:
        registry.unload()


BY_KIND: Mapping[str, Prepare] = {
    "embedded": real_weights,
    "huggingface": tiny_model,
    "server": scripted_server,
}
BY_ROW: Mapping[Row, Prepare] = {}
LEFT_OUT: Mapping[Row, str] = {
    (
        stage,
        RAY,
    ): "a cluster takes a minute to start; tests/integration/test_cluster.py runs every stage in one"
    for stage in CHATBOT_TABLE
}
"""Rows that the suite does not run, and the reason."""

ROWS: tuple[Row, ...] = tuple((stage, name) for stage, rows in CHATBOT_TABLE.items() for name in rows)


def preparation(row: Row) -> Prepare | None:
    """Return how a row is made ready; None where nobody said how."""
    return BY_ROW.get(row) or BY_KIND.get(CHATBOT_TABLE[row[0]][row[1]].kind)
