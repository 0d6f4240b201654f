"""Messages with pictures as lists of parts, as chat templates for models that see take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatbot.generators.protocol import Message
from pipelines.core.errors import InputError
from pipelines.core.said import said


def parts_of(message: Message) -> list[dict[str, Any]]:
    """Return a message's content: its pictures, then its words."""
    pictures = [{"type": "image", "image": image} for image in message.get("images", ())]
    return [*pictures, {"type": "text", "text": message["content"]}]


def refuse_pictures(messages: Sequence[Message], model: str) -> None:
    """Raise InputError where a message has a picture: `model` sees none."""
    if any(message.get("images") for message in messages):
        raise InputError(
            said("The model {model} does not accept pictures", model=model),
            fix=said("Choose a model that does, or send captions instead"),
        )
