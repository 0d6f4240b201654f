"""Messages as the chat API of OpenAI, vLLM, Ollama and llama.cpp takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatbot.generators.protocol import Message
from pipelines.image.encode import jpeg_data_url


def api_messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Return the messages with pictures as parts of their content, before the words."""
    return [_api_message(message) for message in messages]


def _api_message(message: Message) -> dict[str, Any]:
    images = message.get("images", ())
    if not images:
        return {"role": message["role"], "content": message["content"]}
    parts: list[dict[str, Any]] = [
        {"type": "image_url", "image_url": {"url": jpeg_data_url(image)}} for image in images
    ]
    parts.append({"type": "text", "text": message["content"]})
    return {"role": message["role"], "content": parts}
