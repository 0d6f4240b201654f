"""How many threads llama.cpp writes with."""

from __future__ import annotations

import os

import pytest

from chatbot.generators.llama import writing_threads


@pytest.mark.parametrize(
    ("threads", "cores", "writing"), [(2, 1, 1), (2, 2, 1), (2, 3, 2), (4, 8, 4), (8, 4, 3), (1, 4, 1)]
)
def test_a_core_is_left_to_the_voice(
    threads: int, cores: int, writing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert writing_threads(threads) == writing
