"""The type of the fixture `opened` (tests/unit/conftest.py)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from pipelines.core.types import Stage

Build = Callable[[Path], dict[str, Any]]


class Opener(Protocol):
    def __call__(self, stage: Stage, name: str, build: Build | None = None, **options: Any) -> Any: ...
