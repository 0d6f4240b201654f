"""Messages as the chat API of OpenAI, vLLM, Ollama and llama.cpp takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chatbot.generators.protocol import Extras, Message, TokenLogprob
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


def api_extras(extras: Extras | None) -> dict[str, Any]:
    """Return the fields of a request that ask for what is wanted beyond text."""
    fields: dict[str, Any] = {}
    if extras is not None and extras.schema is not None:
        fields["response_format"] = {"type": "json_object"}
        if extras.schema:
            named = {"name": "reply", "schema": extras.schema}
            fields["response_format"] = {"type": "json_schema", "json_schema": named}
    if extras is not None and extras.logprobs is not None:
        fields["logprobs"] = True
        if extras.logprobs:
            fields["top_logprobs"] = extras.logprobs
    return fields


def logprobs_of(choice: Mapping[str, Any]) -> list[TokenLogprob]:
    """Return the tokens of one event of a stream with their probabilities; none where it has none."""
    told = choice.get("logprobs")
    items = told.get("content") if isinstance(told, Mapping) else None
    return [_logprob(item) for item in items or () if isinstance(item, Mapping) and "logprob" in item]


def _logprob(item: Mapping[str, Any]) -> TokenLogprob:
    top = item.get("top_logprobs") or ()
    pairs = tuple((str(other.get("token", "")), float(other["logprob"])) for other in top)
    return TokenLogprob(str(item.get("token", "")), float(item["logprob"]), pairs)
