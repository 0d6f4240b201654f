"""What a server tells about its chat model, in each server's own way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.core.errors import BackendError
from pipelines.core.openai_client.client import Ask, OpenAIClient

_SIGHT = frozenset({"vision", "image", "multimodal"})


def server_properties(client: OpenAIClient) -> Mapping[str, Any]:
    """Return what llama.cpp's server answers to /props; {} from another server."""
    try:
        return client.json(Ask("/props", at_root=True))
    except BackendError:
        return {}


def sees_pictures(card: Mapping[str, Any], properties: Mapping[str, Any]) -> bool:
    """Whether the model sees pictures; no where nothing says it.

    llama.cpp says `modalities` in /props; OpenRouter, Mistral, LM Studio and others say it in the list of
    models, under `capabilities`, `architecture.input_modalities` or `type`.

    Args:
        card: The model in the server's list.
        properties: Of `server_properties`.
    """
    if _mapping(properties.get("modalities")).get("vision") is True:
        return True
    return any(word in _SIGHT for word in _said(card))


def context_of(card: Mapping[str, Any], properties: Mapping[str, Any]) -> int | None:
    """Return how many tokens prompt and reply may have; None where nothing says it."""
    slot = _mapping(properties.get("default_generation_settings")).get("n_ctx")
    names = ("max_model_len", "context_length", "max_context_length")  # vLLM, OpenRouter, Mistral
    for found in (slot, *map(card.get, names)):
        if isinstance(found, int) and found > 0:
            return found
    return None


def _said(card: Mapping[str, Any]) -> Iterator[str]:
    for value in (
        card.get("capabilities"),
        card.get("input_modalities"),
        _mapping(card.get("architecture")).get("input_modalities"),
        [{"vlm": "vision"}.get(str(card.get("type")), "")],
    ):
        if isinstance(value, Mapping):
            yield from (str(name) for name, yes in value.items() if yes is True)
        elif isinstance(value, list):
            yield from map(str, value)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
