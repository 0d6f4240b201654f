"""The shipped graphs: their weights lie in the published files, and no other file will do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipelines.core.errors import ModelError, ModelHashError
from pipelines.core.onnx import open_session
from pipelines.core.registry import Registry
from pipelines.core.weights import WeightStore
from pipelines.text.embed import MiniLMEncoder

GRAPHS = [
    ("minilm-graph", "minilm", "model.safetensors"),
    ("efficientnet-lite2-graph", "efficientnet-lite2", "efficientnet-lite2-9656183e.pth"),
    ("whisper-encoder", "whisper-base", "model.bin"),
]


@pytest.mark.parametrize(("graph", "model", "weights"), GRAPHS)
def test_a_graph_points_into_the_published_weights(
    registry: Registry, graph: str, model: str, weights: str
) -> None:
    onnx = pytest.importorskip("onnx")
    path = registry.store.path(graph) / "graph.onnx"
    size = (registry.store.path(model) / weights).stat().st_size
    loaded = onnx.load(str(path), load_external_data=False)
    outside = [
        {entry.key: entry.value for entry in tensor.external_data}
        for tensor in loaded.graph.initializer
        if tensor.external_data
    ]
    assert {place["location"] for place in outside} == {weights}
    assert all(int(place["offset"]) + int(place["length"]) <= size for place in outside)
    assert sum(int(place["length"]) for place in outside) > 50 * path.stat().st_size


@pytest.mark.parametrize(("graph", "model", "weights"), GRAPHS)
def test_a_graph_without_all_its_weights_is_refused(
    registry: Registry, graph: str, model: str, weights: str
) -> None:
    half = (registry.store.path(model) / weights).read_bytes()[:1_000_000]
    with pytest.raises(ModelError, match="could not be opened"):
        open_session(registry.store.path(graph) / "graph.onnx", {weights: half})


def test_weights_with_another_hash_are_refused(registry: Registry, tmp_path: Path) -> None:
    real = registry.store.path("minilm")
    copy = tmp_path / real.name
    shutil.copytree(real, copy)
    with (copy / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))
    with pytest.raises(ModelHashError):
        MiniLMEncoder(Registry({}, WeightStore(tmp_path))).load()
