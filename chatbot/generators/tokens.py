"""How many tokens a prompt has, without its model's tokenizer: an upper estimate."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.generators.protocol import Message

_ASCII_PER_TOKEN = 3.0
_TEMPLATE_TOKENS = 8


def estimate_tokens(messages: Sequence[Message], image_tokens: int = 0) -> int:
    """Return three ASCII characters a token, every other byte a token, and `image_tokens` a picture."""
    pictures = sum(len(message.get("images", ())) for message in messages)
    words = sum(_TEMPLATE_TOKENS + _words(message["content"]) for message in messages)
    return words + pictures * image_tokens


def _words(text: str) -> int:
    ascii_characters = sum(char.isascii() for char in text)
    return (
        round(ascii_characters / _ASCII_PER_TOKEN) + len(text.encode("utf-8", "replace")) - ascii_characters
    )
