"""Chat messages to a model's input ids through its own template."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatbot.generators.message_parts import parts_of
from chatbot.generators.protocol import Message
from pipelines.core.errors import BackendError, ModelError
from pipelines.core.said import said
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
                said("The model {model} has no chat template", model=model),
                fix=said("Choose a model trained for chat; their names often end in Instruct or Chat"),
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
        """Return the inputs, `input_ids` of shape (1, n) among them, for the reply to `messages`.

        Raises:
            BackendError: if the template refuses them.
        """
        with self._lock, explained_prompt():
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
                ids = self.tokenizer(message["content"], add_special_tokens=False)["input_ids"]
            total += len(ids) + _MESSAGE_TOKENS + sum(map(self._picture_tokens, message.get("images", ())))
        return total

    def _picture_tokens(self, image: Image) -> int:
        alone: Message = {"role": "user", "content": "", "images": [image]}
        return int(self.encode([alone])["input_ids"].shape[1])

    def _prepared(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        if self.folds:
            messages = folded(messages)
        return [{"role": m["role"], "content": self._content(m)} for m in messages]

    def _content(self, message: Message) -> Any:
        if not self.sees:
            return self._without_controls(message["content"])
        from PIL import Image as Pillow

        return [
            {"type": "text", "text": self._without_controls(part["text"])}
            if part["type"] == "text"
            else {"type": "image", "image": Pillow.fromarray(part["image"].pixels)}
            for part in parts_of(message)
        ]

    def _without_controls(self, text: str) -> str:
        """Return a text without control tokens, so that no words can pose as another speaker's."""
        controls = [str(t) for t in self.tokenizer.added_tokens_decoder.values() if t.special]
        while any(control in text for control in controls):
            for control in controls:
                text = text.replace(control, "")
        return text

    def _takes_system(self) -> bool:
        """Whether the template writes the system's words: some refuse them, some leave them out."""
        from jinja2 import TemplateError

        messages: list[Message] = [
            {"role": "system", "content": _MARK},
            {"role": "user", "content": "Hello"},
        ]
        try:
            return _MARK in self.writer.apply_chat_template(self._prepared(messages), tokenize=False)
        except TemplateError:
            return False


@contextlib.contextmanager
def explained_prompt() -> Iterator[None]:
    """Turn what templates and processors raise into BackendError."""
    from jinja2 import TemplateError

    try:
        yield
    except (TemplateError, ValueError, TypeError, KeyError, IndexError) as error:
        raise BackendError(
            said("The model's chat template does not accept this conversation"),
            given=f"{type(error).__name__}: {' '.join(str(error).split())[:160]}",
        ) from error


def folded(messages: Sequence[Message]) -> list[Message]:
    """Return the messages with the system's words at the start of the user's first."""
    system = "\n\n".join(m["content"] for m in messages if m["role"] == "system")
    rest = [m for m in messages if m["role"] != "system"]
    if not system or not rest or rest[0]["role"] != "user":
        return rest
    first: Message = {**rest[0], "content": f"{system}\n\n{rest[0]['content']}"}
    return [first, *rest[1:]]
