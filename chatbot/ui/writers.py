"""The models that can write a reply: which are there, and what people call them."""

from __future__ import annotations

from collections.abc import Mapping

from chatbot.config.privacy import destinations
from chatbot.ui.hub_downloads import is_got
from chatbot.ui.model_downloads import bytes_to_get
from pipelines.core.registry import Registry
from pipelines.core.types import Stage


def other_writers(registry: Registry, backends: Mapping[Stage, str]) -> list[dict[str, str]]:
    """Return the models that could write a reply in place of the chosen one; loads nothing.

    Each is {"name", "title", "host"}: its back-end, what people call it, and the other machine that it sends
    the conversation to, "" where it stays here.

    Args:
        registry: The back-ends.
        backends: Choices that count before the registry's.
    """
    chosen = backends.get(Stage.GENERATE) or registry.name(Stage.GENERATE)
    return [
        {
            "name": name,
            "title": registry.title(Stage.GENERATE, name),
            "host": destinations(registry, {Stage.GENERATE: name}).get(Stage.GENERATE, ""),
        }
        for name in registry.table[Stage.GENERATE]
        if name != chosen and is_installed(registry, Stage.GENERATE, name)
    ]


def is_installed(registry: Registry, stage: Stage, name: str) -> bool:
    """Whether a back-end has all it needs here; looks whether files are there, and reads none of them."""
    if registry.is_loaded(stage, name):
        return True
    if registry.obstacle(stage, name) is not None or bytes_to_get(registry, stage, name):
        return False
    return registry.spec(stage, name).kind != "huggingface" or is_got(registry, stage, name)
