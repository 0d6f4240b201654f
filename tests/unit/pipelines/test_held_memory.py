"""What the pipelines' models hold in memory, and hold only once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

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
    assert open_session(graph).get_inputs()
    assert given == [str(graph)]


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
