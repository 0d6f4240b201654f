"""Messages whose content is a list of parts: texts and pictures.

A part is `{"type": "text", "text": str}` or `{"type": "image", "image": pipelines.core.types.Image}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.core.errors import InputError
from pipelines.core.types import Image

Part = Mapping[str, Any]


def parts_of(content: str | Sequence[Part]) -> list[Part]:
    """Return a message's content as parts."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def text_of(content: str | Sequence[Part]) -> str:
    """Return the texts of a message's content, a line each."""
    return "\n".join(part["text"] for part in parts_of(content) if part["type"] == "text")


def images_of(content: str | Sequence[Part]) -> list[Image]:
    """Return the pictures of a message's content."""
    return [part["image"] for part in parts_of(content) if part["type"] == "image"]


def refuse_pictures(messages: Sequence[Mapping[str, Any]], model: str) -> None:
    """Raise InputError where a message has a picture: `model` sees none."""
    if any(images_of(message["content"]) for message in messages):
        raise InputError(
            f"The model {model} cannot see pictures",
            fix="Choose one that can, or send their captions instead",
        )
