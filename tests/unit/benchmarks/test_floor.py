"""The floor of writing and reading: what is measured is a speed, and the table divides the right way round."""

from __future__ import annotations

import pytest

from benchmarks import floor

FOUND = {
    "machine": "x86_64, 2 cores",
    "load": 0.5,
    "model_gigabytes": 1.0,
    "gigabytes_a_second": {"1": 10.0, "2": 20.0},
    "gigaflops": {"1": 154, "2": 308},
    "writing_threads": 1,
    "tokens_a_second": {"1": {"read": 20.0, "written": 5.0}, "2": {"read": 50.0, "written": 10.0}},
}


def test_the_table_compares_a_token_with_what_the_machine_could_do() -> None:
    stages = dict.fromkeys(floor.STEPS, 0.25)
    lines = floor.table(FOUND, {"as_it_ships": {"stages_plain": stages}})
    written, read = lines[4:6]
    assert written.startswith("| a token written | 100 ms | 100 ms:") and written.endswith("| 1.0 |")
    assert read.startswith("| a token of the prompt read | 20.0 ms | 10.0 ms:") and read.endswith("| 2.0 |")
    assert lines[-1] == "| first sound of the voice | 0.25 |"


def test_memory_and_arithmetic_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floor, "MEGABYTES", 8)
    monkeypatch.setattr(floor, "SIDE", 128)
    assert floor.bandwidth(1) > 0.01
    assert floor.arithmetic(1) > 0.01


def test_the_fastest_run_counts() -> None:
    runs = iter(range(floor.REPEATS))
    assert floor.best(lambda: next(runs)) >= 0
    assert next(runs, None) is None
