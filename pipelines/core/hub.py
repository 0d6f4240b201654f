"""Models of the Hugging Face hub: got on request, pinned to a commit, verified at every later load.

`huggingface_hub` lists, downloads small files and keeps the cache, which other programs share. On top of
it: only files that hold no code (no pickles), the licence and size before the download, large files that
resume in another run, the hub's own SHA-256 where it publishes one, and a lock file of what came.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pipelines.core.errors import ModelError, ModelHashError, ModelMissingError
from pipelines.core.hub_errors import explained
from pipelines.core.hub_fetch import fetch_file
from pipelines.core.hub_lock import HubLock, LockedFile, verify
from pipelines.core.hub_request import (
    HubFile,
    HubListing,
    HubRequest,
    check_repository,
    local_path,
    matching,
)
from pipelines.core.resume import Progress, no_progress
from pipelines.core.said import Text, said
from pipelines.core.weights import sha256_of

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SPARE_BYTES = 200_000_000
LOOK_UP_SECONDS = 15.0
"""Longest silence of the hub when it is asked what it has."""


class Hub:
    """Finds, gets and verifies hub models.

    Args:
        locks: Folder of the lock files.
        cache: The hub's own cache; None for `HF_HUB_CACHE` or its default.
        endpoint: Address of the hub; None for `HF_ENDPOINT` or huggingface.co.
    """

    def __init__(self, locks: Path, *, cache: Path | None = None, endpoint: str | None = None) -> None:
        self._locks, self._cache, self._endpoint = locks, cache, endpoint
        self._verified: set[tuple[str, str]] = set()

    @classmethod
    def beside(cls, weights: Path) -> Hub:
        """Return the hub whose locks lie in the cache of the packaged weights, as they do for every part."""
        return cls(weights / "hub")

    def folder(self, request: HubRequest) -> Path:
        """Return the model's folder (or the file, where `model` is one), verified; never downloads.

        A folder of the person's own is taken as it is.

        Raises:
            SettingsError: for a name that is neither a path nor a hub id.
            ModelMissingError: if it has not been got, or not all of it.
            ModelHashError: if its bytes are not those that were got.
        """
        if (own := local_path(request.model)) is not None:
            return own
        check_repository(request.model)
        lock = HubLock.read(self._lock_path(request.model), request.model)
        commit = lock.commit(request.revision)
        if commit is None:
            raise self._missing(request, said("not downloaded yet"))
        names = matching(lock.commits[commit], request.files)
        if not names:
            raise self._missing(
                request, said("{files} has not been downloaded", files=" or ".join(request.files))
            )
        folder = self._snapshot(request.model, commit)
        for name in names:
            if (str(folder), name) not in self._verified:
                verify(folder / name, lock.commits[commit][name], request.model, request.command)
                self._verified.add((str(folder), name))
        return folder

    def has(self, request: HubRequest) -> bool:
        """Whether the model has been got, or is the person's own; only looks whether its files are there.

        Raises:
            SettingsError: for a name that is neither a path nor a hub id.
            ModelError: for a path where nothing is, or a damaged lock file.
        """
        if local_path(request.model) is not None:
            return True
        check_repository(request.model)
        lock = HubLock.read(self._lock_path(request.model), request.model)
        commit = lock.commit(request.revision)
        names = matching(lock.commits[commit], request.files) if commit is not None else []
        folder = self._snapshot(request.model, commit or "")
        return bool(names) and all((folder / name).is_file() for name in names)

    def look_up(self, request: HubRequest) -> HubListing:
        """Return what the hub has, for the commit that is pinned or else the newest of the revision.

        Raises:
            ModelError: without network, for an unknown or gated repository, or one with pickles alone.
        """
        from huggingface_hub import HfApi

        check_repository(request.model)
        lock = HubLock.read(self._lock_path(request.model), request.model)
        wanted = lock.commit(request.revision) or request.revision
        with explained(request.model, request.revision):
            info = HfApi(endpoint=self._endpoint).model_info(
                request.model, revision=wanted, timeout=LOOK_UP_SECONDS, files_metadata=True
            )
        offered = {file.rfilename: file for file in info.siblings or ()}
        names = matching(offered, request.files)
        _require_weights(request, offered, names)
        files = tuple(_hub_file(offered[name]) for name in names)
        return HubListing(request.model, str(info.sha), _licence(info), bool(info.gated), files)

    def get(self, request: HubRequest, listing: HubListing, progress: Progress = no_progress) -> Path:
        """Download the files of `listing`, going on where an earlier try stopped; check and lock them.

        Args:
            request: What was looked up.
            listing: From `look_up`.
            progress: Told about the large files.

        Raises:
            ModelError: without network or room on the disk.
            ModelHashError: if the bytes are not those that the hub publishes; they are deleted.
        """
        from filelock import FileLock
        from huggingface_hub import snapshot_download

        self._require_room(listing)
        path = self._lock_path(request.model)
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".busy")), explained(request.model, request.revision):
            for file in listing.files:
                if file.sha256 is not None and not self._blob(request.model, file.sha256).is_file():
                    self._get_large(request, listing.commit, file, file.sha256, progress)
            folder = Path(
                snapshot_download(
                    request.model,
                    revision=listing.commit,
                    allow_patterns=[file.path for file in listing.files],
                    cache_dir=self._cache,
                    endpoint=self._endpoint,
                )
            )
            lock = HubLock.read(path, request.model)
            known = lock.commits.get(listing.commit, {})
            locked = {file.path: _locked(folder, file, known, request) for file in listing.files}
            lock.add(request.revision, listing.commit, locked)
            lock.write(path)
        self._verified |= {(str(folder), name) for name in locked}
        return folder

    def _get_large(
        self, request: HubRequest, commit: str, file: HubFile, digest: str, progress: Progress
    ) -> None:
        """Put a large file into the hub's cache, which resumes only within one process by itself."""
        part = self._locks / "parts" / digest
        fetch_file(request.model, file.path, commit, part, progress, self._endpoint)
        if part.stat().st_size != file.size or sha256_of(part) != digest:
            found = said("{count} bytes", count=part.stat().st_size)
            part.unlink()
            raise _not_published(request, file, found)
        blob = self._blob(request.model, digest)
        blob.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(part, blob)

    def _blob(self, repository: str, digest: str) -> Path:
        return self._repository(repository) / "blobs" / digest

    def _repository(self, repository: str) -> Path:
        from huggingface_hub.constants import HF_HUB_CACHE

        return (self._cache or Path(HF_HUB_CACHE)) / f"models--{repository.replace('/', '--')}"

    def _snapshot(self, repository: str, commit: str) -> Path:
        return self._repository(repository) / "snapshots" / commit

    def _lock_path(self, repository: str) -> Path:
        return self._locks / f"{repository.replace('/', '--')}.json"

    def _missing(self, request: HubRequest, why: Text) -> ModelMissingError:
        model: Text = request.model
        if request.revision:
            model = said("{model} at revision {revision}", model=model, revision=request.revision)
        return ModelMissingError(
            said("The model {model} is not on this computer", model=model),
            given=why,
            fix=said("Download it with: {command}", command=request.command),
        )

    def _require_room(self, listing: HubListing) -> None:
        from huggingface_hub.constants import HF_HUB_CACHE

        folder = (self._cache or Path(HF_HUB_CACHE)).absolute()
        there = next(path for path in (folder, *folder.parents) if path.exists())
        snapshot = self._snapshot(listing.repository, listing.commit)
        needed = sum(file.size for file in listing.files if not (snapshot / file.path).is_file())
        free = shutil.disk_usage(there).free
        if needed and free < needed + _SPARE_BYTES:
            raise ModelError(
                said("There is not enough disk space for {what}", what=listing.repository),
                given=said("{size} MB free in {folder}", size=format(free / 1e6, ",.0f"), folder=folder),
                allowed=said("at least {size} MB", size=format((needed + _SPARE_BYTES) / 1e6, ",.0f")),
                fix=said(
                    "Free up disk space, choose a smaller model, or set HF_HOME to a folder on another disk"
                ),
            )


def _require_weights(request: HubRequest, offered: Iterable[str], names: list[str]) -> None:
    settings = ("*.json", "*.txt", "*.model", "*.jinja", "*.md")
    if any(not any(fnmatchcase(name, p) for p in settings) for name in names):
        return
    weights = [
        name for name in offered if name.endswith((".bin", ".pt", ".pth", ".ckpt", ".h5", ".safetensors"))
    ]
    weights += [name for name in offered if name.endswith((".gguf", ".onnx"))]
    raise ModelError(
        said("{model} has no weights that Trio can use", model=request.model),
        given=", ".join(sorted(weights)[:8]) or said("no weights at all"),
        allowed=", ".join(request.files),
        fix=said(
            "Name the files with --file, or choose a revision with safetensors; pickles are not accepted"
        ),
    )


def _hub_file(sibling: Any) -> HubFile:
    digest = str(sibling.lfs.sha256) if sibling.lfs else ""
    return HubFile(sibling.rfilename, int(sibling.size or 0), digest if _SHA256.fullmatch(digest) else None)


def _licence(info: Any) -> str:
    card = info.card_data
    found = card.get("license") if card else None
    tags = [tag.partition(":")[2] for tag in info.tags or () if tag.startswith("license:")]
    return str(found or (tags[0] if tags else "not stated"))


def _locked(folder: Path, file: HubFile, known: dict[str, LockedFile], request: HubRequest) -> LockedFile:
    """Return size and SHA-256 of a downloaded file; delete it where they are not the published ones."""
    path = folder / file.path
    found = LockedFile(path.stat().st_size, sha256_of(path))
    expected = file.sha256 or (known[file.path].sha256 if file.path in known else found.sha256)
    if found.size != file.size or found.sha256 != expected:
        path.resolve().unlink()
        path.unlink(missing_ok=True)
        raise _not_published(
            request,
            file,
            said("{count} bytes with SHA-256 {digest}…", count=found.size, digest=found.sha256[:16]),
        )
    return found


def _not_published(request: HubRequest, file: HubFile, given: Text) -> ModelHashError:
    allowed = said("{count} bytes", count=file.size)
    if file.sha256:
        allowed = said("{count} bytes with SHA-256 {digest}…", count=file.size, digest=file.sha256[:16])
    return ModelHashError(
        said(
            "The download of {model} was rejected: {path} does not match the published file",
            model=request.model,
            path=file.path,
        ),
        given=given,
        allowed=allowed,
        fix=said("Download it again with: {command}", command=request.command),
    )
