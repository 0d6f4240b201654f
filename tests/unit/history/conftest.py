"""A history of its own for each test, and the work of quiet moments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.history import History
from chatbot.history.quiet_work import QuietWork
from chatbot.turn.idle_work import IdleWork
from pipelines.core.registry import Registry


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with History(tmp_path / "data") as history:
        yield history


@pytest.fixture
def quiet(registry: Registry) -> Iterator[QuietWork]:
    idle = IdleWork(rest=0)
    yield QuietWork(registry, idle)
    idle.close()
