"""PP-OCRv6 (Baidu, 2026) as RapidOCR runs it, on files that are named: it gets none by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken

_MODELS = {
    "Det": "rapidocr/models/PP-OCRv6_det_small.onnx",
    "Cls": "rapidocr/models/ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "rapidocr/models/PP-OCRv6_rec_small.onnx",
}
_RUNTIME = "EngineConfig.onnxruntime"

Found = tuple[Any, str, float]
"""Four corners as (x, y), the text, how sure it is."""


class OcrEngine:
    """Finds the lines of text in one picture. Not thread-safe.

    Args:
        folder: Where the packages are installed, with models that have been verified.
        threads: For each of the three models.
    """

    def __init__(self, folder: Path, threads: int) -> None:
        from rapidocr import RapidOCR

        options: dict[str, Any] = {f"{part}.model_path": str(folder / name) for part, name in _MODELS.items()}
        options[f"{_RUNTIME}.intra_op_num_threads"] = threads
        options[f"{_RUNTIME}.inter_op_num_threads"] = 1
        self._rapid = RapidOCR(params={"Global.log_level": "error", **options})
        line = [np.full((48, 96, 3), 255, np.uint8)]
        self._rapid.recognize_txt(
            self._rapid.cls_and_rotate(line)[0]
        )  # opens models that no blank page needs

        self._cancel = CancelToken()
        for part in (self._rapid.text_cls, self._rapid.text_rec):
            part.session = self._checked(part.session)

    def _checked(self, run: Callable[..., Any]) -> Callable[..., Any]:
        """Return a model that asks the token before each batch of lines, of which a page has many."""

        def checked(batch: Any, *more: Any) -> Any:
            self._cancel.raise_if_cancelled()
            return run(batch, *more)

        return checked

    def find(self, pixels: NDArray[np.uint8], cancel: CancelToken | None = None) -> list[Found]:
        """Return the lines in RGB pixels of shape (height, width, 3). Raises Cancelled."""
        self._cancel = cancel or CancelToken()
        self._cancel.raise_if_cancelled()
        found = self._rapid(np.ascontiguousarray(pixels[:, :, ::-1]))
        if found.boxes is None or found.txts is None:
            return []
        return list(zip(found.boxes, found.txts, found.scores, strict=True))
