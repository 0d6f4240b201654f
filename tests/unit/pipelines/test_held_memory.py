"""What the pipelines' models hold in memory, and hold only once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import psutil
import pytest
from onnx import TensorProto, helper

from pipelines.core.onnx import open_session
from pipelines.speech.whisper_encoder import Silence
from pipelines.text.language import _LATIN, _identifier

ASSETS = Path(__file__).resolve().parents[3] / "assets" / "models"


def test_a_session_does_not_keep_the_bytes_of_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """ONNX Runtime keeps bytes that it is given: 88 MB of the Mandarin voice."""
    given: list[Any] = []
    real = onnxruntime.InferenceSession

    def opened(source: Any, *rest: Any, **options: Any) -> Any:
        given.append(source)
        return real(source, *rest, **options)

    monkeypatch.setattr(onnxruntime, "InferenceSession", opened)
    graph = ASSETS / "captioner" / "memory.onnx"
    open_session(graph)
    assert given == [str(graph)]


def test_a_run_takes_its_memory_from_an_arena_and_gives_it_back() -> None:
    """Mapped by the system each time, large tensors took the Mandarin voice 2.6 times as long."""
    wide = helper.make_tensor_value_info("wide", TensorProto.INT64, [1])
    most = helper.make_tensor_value_info("most", TensorProto.FLOAT, [])
    ones = helper.make_tensor("value", TensorProto.FLOAT, [1], [1.0])
    nodes = [
        helper.make_node("ConstantOfShape", ["wide"], ["row"], value=ones),
        helper.make_node("Sqrt", ["row"], ["other"]),
        helper.make_node("ReduceMax", ["other"], ["most"], keepdims=0),
    ]
    graph = helper.make_graph(nodes, "wide", [wide], [most])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    session, process = open_session(model.SerializeToString()), psutil.Process()
    floats = 50_000_000
    session.run(None, {"wide": np.array([1])})  # as warming up does: what the first run takes first stays
    before = process.memory_info().rss
    assert session.run(None, {"wide": np.array([floats])}) == [1.0]
    assert process.memory_info().rss - before < floats, "of 4 bytes each"


def test_the_silence_keeps_nothing_but_its_three_tensors() -> None:
    silence = Silence.read(ASSETS / "whisper-encoder" / "silence.npz")
    for tensor in (silence.keys, silence.values, silence.frames):
        assert tensor.base is None
        assert tensor.dtype == np.float32


def test_languages_that_are_not_told_apart_are_not_kept() -> None:
    identifier = _identifier(_LATIN)
    assert identifier.nb_ptc.shape[1] == len(_LATIN)
    identifier.set_languages(None)  # all that it has
    assert set(identifier.labels) == set(_LATIN)
