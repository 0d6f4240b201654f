"""Captions and visual questions by BLIP (Li et al., 2022, arXiv:2201.12086; BSD-3-Clause)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.core.cancel import CancelToken
from pipelines.core.device import Placement, choose, running
from pipelines.core.hub_backend import HubBackend, find, open_pretrained, opening, short_name
from pipelines.core.hub_request import HubRequest
from pipelines.core.registry import Registry
from pipelines.core.types import Caption, Image
from pipelines.image.huggingface.seeing import write
from pipelines.image.sentence import as_sentence

QUESTION_MODEL = "Salesforce/blip-vqa-base"


class BlipCaptioner(HubBackend):
    """One sentence about a picture; short answers by BLIP's other model, opened at the first question.

    Args:
        registry: Its store's cache holds the lock files.
        question_model: Hub id or folder of the model for questions.
        question_revision: Its branch, tag or commit.
        **options: As for every `HubBackend`.
    """

    default = "Salesforce/blip-image-captioning-base"

    def __init__(
        self,
        registry: Registry,
        *,
        question_model: str = QUESTION_MODEL,
        question_revision: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(registry, **options)
        self.question_request = HubRequest(question_model, question_revision)
        self._questions: tuple[Any, Any] | None = None

    def _open(self, folder: Path, placement: Placement) -> None:
        from transformers import BlipForConditionalGeneration

        self._captions: tuple[Any, Any] | None = _opened(BlipForConditionalGeneration, folder, placement)

    def _close(self) -> None:
        self._captions = self._questions = None

    def warm_up(self) -> None:
        """Look at a small grey picture."""
        from pipelines.image.sentence import grey

        self.caption(grey())

    def caption(self, image: Image, *, cancel: CancelToken | None = None) -> Caption:
        """Return a sentence about the picture. Raises Cancelled."""
        self.require_loaded()
        with self._lock, running(self.model):
            return as_sentence(_written(self._captions, image, None, cancel))

    def answer(self, image: Image, question: str, *, cancel: CancelToken | None = None) -> Caption:
        """Return a short answer to a question about the picture.

        Raises:
            ModelError: if the model for questions cannot be used.
            Cancelled: when the token is cancelled.
        """
        self.require_loaded()
        with self._lock:
            if self._questions is None:
                self._questions = self._open_questions()
            with running(self.model):
                return _written(self._questions, image, question, cancel)

    def _open_questions(self) -> tuple[Any, Any]:
        from transformers import BlipForQuestionAnswering

        folder = find(self._hub, self.question_request, self._offline)
        with opening(short_name(self.question_request.model)):
            return _opened(BlipForQuestionAnswering, folder, choose(self._device, self._dtype))


def _opened(kind: Any, folder: Path, placement: Placement) -> tuple[Any, Any]:
    """Return (processor, model)."""
    from transformers import AutoProcessor

    processor = AutoProcessor.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    return processor, open_pretrained(kind, folder, placement)


def _written(
    opened: tuple[Any, Any] | None, image: Image, question: str | None, cancel: CancelToken | None
) -> Caption:
    assert opened is not None
    processor, net = opened
    inputs = processor(images=image.pixels, text=question, return_tensors="pt")
    cancel = cancel or CancelToken()
    cancel.raise_if_cancelled()
    return write(net, processor.tokenizer, inputs.to(net.device, dtype=net.dtype), cancel)
