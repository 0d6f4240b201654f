"""The engine behind the text reader: on verified files, without a network."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled
from pipelines.core.types import TextBox
from pipelines.core.weights import WeightStore
from pipelines.image.decode import decode_image
from pipelines.image.ocr import sure
from pipelines.image.ocr_engine import OcrEngine


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> OcrEngine:
    def refused(*_: Any) -> None:
        raise AssertionError("the engine asks the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    return OcrEngine(WeightStore().path("pp-ocr-v6"), 1)


def test_a_sign_is_read_and_an_empty_page_is_not(engine: OcrEngine, samples: Path) -> None:
    corners, text, sure = engine.find(decode_image(samples / "sign.png").pixels)[0]
    assert np.shape(corners) == (4, 2) and text.strip() and 0.5 <= sure <= 1.0
    assert engine.find(np.full((64, 192, 3), 255, np.uint8)) == []


class StopsAt(CancelToken):
    """Is cancelled when it is asked for the nth time."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.left = number

    def raise_if_cancelled(self) -> None:
        self.left -= 1
        if self.left <= 0:
            self.cancel()
        super().raise_if_cancelled()


def test_stop_is_asked_between_the_batches_of_a_page(engine: OcrEngine, samples: Path) -> None:
    sign = decode_image(samples / "sign.png").pixels
    counted = StopsAt(1000)
    assert engine.find(sign, counted)
    asked = 1000 - counted.left
    assert asked >= 3, "finding, turning and reading lines"
    for number in range(1, asked + 1):
        with pytest.raises(Cancelled):
            engine.find(sign, StopsAt(number))
    assert engine.find(sign)


def test_the_files_are_those_that_are_pinned() -> None:
    from pipelines.image import ocr_engine

    pinned = {file.path for file in WeightStore().entry("pp-ocr-v6").files}
    assert pinned == set(ocr_engine._MODELS.values())


@pytest.mark.parametrize(
    ("text", "confidence", "kept"),
    [("EXIT", 0.6, True), ("EXIT", 0.59, False), ("东", 0.95, True), ("0", 0.65, False), ("", 1.0, False)],
)
def test_a_lone_character_must_be_surer_than_a_word(text: str, confidence: float, kept: bool) -> None:
    assert sure(TextBox(text, confidence, ((0, 0), (1, 0), (1, 1), (0, 1)))) is kept
