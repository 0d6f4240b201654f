"""The registry of back-ends."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from chatbot.config.backends import CHATBOT_TABLE
from pipelines.core.errors import MissingPackageError, UnknownBackendError
from pipelines.core.manifest import shipped_manifest
from pipelines.core.registry import BackendSpec, Registry
from pipelines.core.types import Stage
from pipelines.core.weights import WeightStore

HERE = __name__


class Slow:
    model = "slow"
    loads = 0
    enough: threading.Semaphore | None = None

    def __init__(self, registry: Registry, **options: Any) -> None:
        self.options = options

    def load(self) -> None:
        if self.enough is not None:
            assert all(self.enough.acquire(timeout=30) for _ in range(8)), "not all have asked"
        type(self).loads += 1

    def warm_up(self) -> None: ...

    def unload(self) -> None:
        type(self).loads -= 1


def table(**extra: BackendSpec) -> dict[Stage, dict[str, BackendSpec]]:
    return {Stage.OCR: {"slow": BackendSpec(f"{HERE}:Slow", "embedded", "d"), **extra}}


def test_a_backend_is_loaded_once_by_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is loading until all of them have come to ask."""
    Slow.loads = 0
    asked = threading.Semaphore(0)
    monkeypatch.setattr(Slow, "enough", asked)
    registry = Registry(table(), WeightStore(), options={Stage.OCR: {"a": 1}})
    found: list[Any] = []

    def ask() -> None:
        asked.release()
        found.append(registry.get(Stage.OCR))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Slow.loads == 1 and len(set(map(id, found))) == 1
    assert found[0].options == {"a": 1}
    assert registry.is_loaded(Stage.OCR)
    registry.unload()
    assert Slow.loads == 0 and not registry.is_loaded(Stage.OCR)


def test_a_missing_package_is_answered_with_the_command() -> None:
    spec = BackendSpec(
        "no.such:Thing", "huggingface", "d", packages=("no_such_package",), install="pip install x"
    )
    registry = Registry(table(heavy=spec), WeightStore(), {Stage.OCR: "heavy"})
    with pytest.raises(MissingPackageError, match=r"no_such_package.*pip install x"):
        registry.get(Stage.OCR)


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownBackendError, match="slow"):
        Registry(table(), WeightStore(), {Stage.OCR: "fast"}).get(Stage.OCR)
    with pytest.raises(UnknownBackendError, match="caption"):
        Registry(table(), WeightStore()).get(Stage.CAPTION)


def test_every_row_of_the_table_names_models_that_the_manifest_has() -> None:
    known = set(shipped_manifest().models)
    for rows in CHATBOT_TABLE.values():
        for name, spec in rows.items():
            assert set(spec.models) <= known, name
