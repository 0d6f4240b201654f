"""Fixtures of the hub back-ends' tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.core.registry import Registry
from pipelines.core.types import Stage
from pipelines.core.weights import WeightStore
from tests.support.opened_backends import Build, Opener


@pytest.fixture(scope="session")
def tiny_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[Any, dict[str, Any]]:
    """Options of the tiny models written so far, so that each is written once a session."""
    return {}


@pytest.fixture
def opened(
    tiny_folders: dict[Any, dict[str, Any]], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opener]:
    """Open a back-end of the table through the registry, on the tiny model of its row or of `build`."""
    import torch

    from chatbot.config.backends import CHATBOT_TABLE
    from tests.support.tiny_models import BUILDERS

    torch.set_num_threads(1)
    registries = []

    def open_(stage: Stage, name: str, build: Build | None = None, **options: Any) -> Any:
        build = build or BUILDERS[stage, name]
        if build not in tiny_folders:
            tiny_folders[build] = build(tmp_path_factory.mktemp("tiny"))
        registry = Registry(
            CHATBOT_TABLE,
            WeightStore(tmp_path / "cache"),
            {stage: name},
            {stage: {"device": "cpu", **tiny_folders[build], **options}},
        )
        registries.append(registry)
        return registry.get(stage)

    yield open_
    for registry in registries:
        registry.unload()
