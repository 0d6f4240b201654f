"""Chat messages to a model's input ids through its own template."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatbot.generators.parts import images_of, parts_of, text_of
from chatbot.generators.protocol import Message
from pipelines.core.errors import ModelError
from pipelines.core.types import Image

_MESSAGE_TOKENS = 16
"""More than any template known to us writes round one message."""
_MARK = "Trio's own words"


@dataclass(eq=False)
class ChatTemplate:
    """A tokenizer, or a processor for pictures too, with a chat template.

    Attributes:
        writer: What has the template: the processor where the model sees, else the tokenizer.
        tokenizer: The tokenizer.
        sees: Whether content goes in as parts.
        folds: Whether the system's words must go into the first message of the user.
    """

    writer: Any
    tokenizer: Any
    sees: bool
    folds: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(cls, folder: Path, model: str, *, sees: bool) -> ChatTemplate:
        """Read it. Raises ModelError for a model without a chat template."""
        from transformers import AutoProcessor, AutoTokenizer

        kind = AutoProcessor if sees else AutoTokenizer
        writer = kind.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        tokenizer = writer.tokenizer if sees else writer
        if not (writer.chat_template or tokenizer.chat_template):
            raise ModelError(
                f"The model {model} has no chat template",
                fix="Choose one that was trained to chat; their names often end in Instruct or Chat",
            )
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token
        template = cls(writer, tokenizer, sees)
        template.folds = not template._takes_system()
        return template

    def inputs(self, messages: Sequence[Message], net: Any) -> dict[str, Any]:
        """Return the inputs for the reply to `messages` on the device and in the format of `net`."""
        return {
            name: tensor.to(net.device, net.dtype if tensor.is_floating_point() else None)
            for name, tensor in self.encode(messages).items()
        }

    def encode(self, messages: Sequence[Message]) -> Any:
        """Return the inputs, `input_ids` of shape (1, n) among them, for the reply to `messages`."""
        with self._lock:
            return self.writer.apply_chat_template(
                self._prepared(messages),
                add_generation_prompt=True,
                tokenize=True,
                return_dict=True,
                return_tensors="pt",
                enable_thinking=False,
            )

    def count(self, messages: Sequence[Message]) -> int:
        """Return an upper bound: exact for texts and pictures, generous for what is round them."""
        total = 0
        for message in messages:
            with self._lock:
                ids = self.tokenizer(text_of(message["content"]), add_special_tokens=False)["input_ids"]
            total += (
                len(ids) + _MESSAGE_TOKENS + sum(map(self._picture_tokens, images_of(message["content"])))
            )
        return total

    def _picture_tokens(self, image: Image) -> int:
        part = {"type": "image", "image": image}
        return int(self.encode([{"role": "user", "content": [part]}])["input_ids"].shape[1])  # type: ignore[typeddict-item]

    def _prepared(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        plain: list[Mapping[str, Any]] = list(messages)
        if self.folds:
            plain = folded(plain)
        return [{"role": m["role"], "content": self._content(m["content"])} for m in plain]

    def _content(self, content: Any) -> Any:
        if not self.sees:
            return text_of(content)
        from PIL import Image as Pillow

        return [
            part
            if part["type"] == "text"
            else {"type": "image", "image": Pillow.fromarray(part["image"].pixels)}
            for part in parts_of(content)
        ]

    def _takes_system(self) -> bool:
        """Whether the template writes the system's words: some refuse them, some leave them out."""
        from jinja2 import TemplateError

        messages = [{"role": "system", "content": _MARK}, {"role": "user", "content": "Hello"}]
        prepared = [{"role": m["role"], "content": self._content(m["content"])} for m in messages]
        try:
            return _MARK in self.writer.apply_chat_template(prepared, tokenize=False)
        except TemplateError:
            return False


def folded(messages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the messages with the system's words at the start of the user's first."""
    system = "\n\n".join(text_of(m["content"]) for m in messages if m["role"] == "system")
    rest = [m for m in messages if m["role"] != "system"]
    if not system or not rest or rest[0]["role"] != "user":
        return rest
    parts = [{"type": "text", "text": f"{system}\n\n"}, *parts_of(rest[0]["content"])]
    content = parts if images_of(rest[0]["content"]) else f"{system}\n\n{text_of(rest[0]['content'])}"
    return [{**rest[0], "content": content}, *rest[1:]]
