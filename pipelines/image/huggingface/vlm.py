"""Captions and visual questions by vision-language models of transformers' image-text-to-text kind.

SmolVLM (Marafioti et al., 2025, arXiv:2504.05299), Qwen-VL (Wang et al., 2024, arXiv:2409.12191) and
every other that has a chat template and a processor.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.core.cancel import CancelToken
from pipelines.core.device import Placement, running
from pipelines.core.hub_backend import HubBackend, open_pretrained
from pipelines.core.registry import Registry
from pipelines.core.types import Caption, Image
from pipelines.image.huggingface.seeing import write
from pipelines.image.sentence import as_sentence, grey

PROMPT = "Describe the picture in one sentence."
_MOST_ANSWER_TOKENS = 200


class VlmCaptioner(HubBackend):
    """One sentence about a picture, and answers to questions about it.

    Args:
        registry: Its store's cache holds the lock files.
        prompt: What the model is asked for a caption.
        **options: As for every `HubBackend`.
    """

    default = "HuggingFaceTB/SmolVLM-500M-Instruct"

    def __init__(self, registry: Registry, *, prompt: str = PROMPT, **options: Any) -> None:
        super().__init__(registry, **options)
        self._prompt = prompt

    def _open(self, folder: Path, placement: Placement) -> None:
        from transformers import AutoModelForImageTextToText, AutoProcessor

        self._processor: Any = AutoProcessor.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        self._net = open_pretrained(AutoModelForImageTextToText, folder, placement)

    def _close(self) -> None:
        super()._close()
        self._processor = None

    def warm_up(self) -> None:
        """Look at a small grey picture; write one word about it."""
        self._write(grey(), self._prompt, None, most_tokens=1)

    def caption(self, image: Image, *, cancel: CancelToken | None = None) -> Caption:
        """Return a sentence about the picture. Raises Cancelled."""
        return as_sentence(self._write(image, self._prompt, cancel))

    def answer(self, image: Image, question: str, *, cancel: CancelToken | None = None) -> Caption:
        """Return an answer to a question about the picture. Raises Cancelled."""
        return self._write(image, question, cancel, most_tokens=_MOST_ANSWER_TOKENS)

    def _write(self, image: Image, text: str, cancel: CancelToken | None, most_tokens: int = 60) -> Caption:
        from PIL import Image as Pillow

        self.require_loaded()
        picture = {"type": "image", "image": Pillow.fromarray(image.pixels)}
        messages = [{"role": "user", "content": [picture, {"type": "text", "text": text}]}]
        cancel = cancel or CancelToken()
        cancel.raise_if_cancelled()
        with self._lock, running(self.model):
            inputs = self._processor.apply_chat_template(
                messages, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
            )
            inputs = inputs.to(self._net.device, dtype=self._net.dtype)
            return write(self._net, self._processor.tokenizer, inputs, cancel, most_tokens=most_tokens)
