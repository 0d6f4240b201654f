"""What llama.cpp's models hold in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xllamacpp

from chatbot.generators.gguf import GgufGenerator
from chatbot.generators.llama import Qwen05Generator, Qwen15Generator, start_server
from pipelines.core.registry import Registry
from pipelines.core.weights import WeightStore

Mode = xllamacpp.llama_load_mode


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The parameters with which llama.cpp's server is started; it loads nothing."""
    given: list[Any] = []
    monkeypatch.setattr(xllamacpp, "Server", given.append)
    return given


def test_a_packaged_model_is_not_mapped_beside_its_rearranged_copy(
    started: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = WeightStore()
    monkeypatch.setattr(store, "path", lambda _: tmp_path)
    for generator in (Qwen15Generator, Qwen05Generator):
        generator(Registry({}, store)).load()
    assert [params.load_mode for params in started] == [Mode.LLAMA_LOAD_MODE_NONE] * 2


def test_any_other_file_stays_mapped_for_it_may_be_larger_than_the_memory(
    started: list[Any], tmp_path: Path
) -> None:
    file = tmp_path / "any.gguf"
    file.write_bytes(b"GGUF")
    start_server(file, 1)
    GgufGenerator(Registry({}, WeightStore()), model=str(file)).load()
    assert [params.load_mode for params in started] == [Mode.LLAMA_LOAD_MODE_AUTO] * 2


def test_the_cache_of_a_conversation_has_a_type_that_the_fast_attention_takes(started: list[Any]) -> None:
    """With q8_0 it would have 210 MB less; llama.cpp then reads prompts several times as slowly."""
    start_server(Path("any.gguf"), 1)
    kept = {started[0].cache_type_k, started[0].cache_type_v}
    assert kept == {xllamacpp.ggml_type.GGML_TYPE_F16}
