"""Files that programs upload, until they delete them or they grow too old: one folder a person."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from chatbot.history.media_folder import kind_of, owner_folder
from pipelines.core.errors import InputError, LimitError, TrioError
from pipelines.core.open_files import replace_file
from pipelines.speech.decode import AudioLimits

MAX_BYTES = AudioLimits().max_bytes
"""Of one file: what the larger of the two decoders takes."""
_DAY = 86_400
_SWEEP_SECONDS = 3600.0
_MEGA = 1_000_000
_ID = re.compile(r"file-[0-9a-f]{24}")
_NAME = 255


class NoFileError(InputError):
    """A person has no file of that id."""


class FileTooLargeError(LimitError):
    """One file is too large."""


class NotStoredError(TrioError):
    """A file cannot be written."""


class TooManyFilesError(LimitError):
    """A person keeps too many files already."""


@dataclass(frozen=True)
class FileLimits:
    """What one person may keep: files, bytes of all of them together, and days until they are removed."""

    count: int = 100
    total_bytes: int = 500 * _MEGA
    days: int = 30


@dataclass(frozen=True)
class StoredFile:
    """An uploaded file. `created`, `expires`: seconds since 1970; `bytes`: its size."""

    id: str
    name: str
    purpose: str
    bytes: int
    created: float
    expires: float

    @property
    def media_type(self) -> str:
        """What the file's name says that it is."""
        return kind_of(self.name)[1]


class FileStore:
    """The files of all people. Thread-safe; one process at a time.

    A file's bytes lie beside a JSON file that tells about it. That one is written last and removed first,
    so that a file is there whole or not at all. What is too old is removed within an hour of the next use.

    Args:
        root: Folder; made when it is needed.
        limits: Of each person.
        clock: Seconds since 1970.
    """

    def __init__(
        self, root: Path, limits: FileLimits | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._root, self._limits, self._clock = root, limits or FileLimits(), clock
        self._lock = threading.Lock()
        self._swept = float("-inf")

    def add(
        self, owner: str, name: str, purpose: str, source: BinaryIO, seconds: int | None = None
    ) -> StoredFile:
        """Keep a file.

        Args:
            owner: Whose it is.
            name: The file's name.
            purpose: What it is for.
            source: Its content, read to the end.
            seconds: How long it is kept, at most as long as the limits say; None for that.

        Raises:
            InputError: for an empty file.
            FileTooLargeError: if it is too large.
            TooManyFilesError: if the person keeps too many.
            NotStoredError: if it cannot be written.
        """
        with self._lock:
            self._sweep()
            size = self._measure(source)
            self._check(self._of(owner), size)
            now, longest = self._clock(), self._limits.days * _DAY
            kept = min(longest, seconds or longest)
            file = StoredFile(
                f"file-{secrets.token_hex(12)}", Path(name).name[:_NAME], purpose, size, now, now + kept
            )
            self._write(self._folder(owner), file, source)
            return file

    def get(self, owner: str, file_id: str) -> StoredFile:
        """Return what is known of a person's file. Raises NoFileError."""
        about = self._folder(owner) / f"{file_id}.json"
        file = _read(about) if _ID.fullmatch(file_id) else None
        if file is None or file.expires <= self._clock():
            raise NoFileError("The file was not found, or is no longer stored", given=file_id[:80])
        return file

    def path(self, owner: str, file_id: str) -> Path:
        """Return where a person's file is. Raises NoFileError."""
        return self._folder(owner) / self.get(owner, file_id).id

    def all(self, owner: str) -> list[StoredFile]:
        """Return a person's files, the oldest first."""
        with self._lock:
            self._sweep()
            return self._of(owner)

    def delete(self, owner: str, file_id: str) -> None:
        """Remove a person's file. Raises NoFileError."""
        with self._lock:
            _remove(self._folder(owner) / f"{self.get(owner, file_id).id}.json")

    def _folder(self, owner: str) -> Path:
        return self._root / owner_folder(owner)

    def _of(self, owner: str) -> list[StoredFile]:
        now = self._clock()
        found = [file for path in self._folder(owner).glob("file-*.json") if (file := _read(path))]
        return sorted((file for file in found if file.expires > now), key=lambda file: file.created)

    def _measure(self, source: BinaryIO) -> int:
        size = source.seek(0, os.SEEK_END)
        source.seek(0)
        if size == 0:
            raise InputError("The file is empty", fix="Send a picture or a recording")
        if size > MAX_BYTES:
            raise FileTooLargeError(
                "The file is too large",
                given=f"{size / _MEGA:.1f} MB",
                allowed=f"{MAX_BYTES / _MEGA:.0f} MB",
                fix="Send a smaller one",
            )
        return size

    def _check(self, kept: list[StoredFile], size: int) -> None:
        limits, total = self._limits, sum(file.bytes for file in kept)
        if len(kept) >= limits.count or total + size > limits.total_bytes:
            raise TooManyFilesError(
                "You have too many files stored",
                given=f"{len(kept)} files, {total / _MEGA:.1f} MB, and {size / _MEGA:.1f} MB more",
                allowed=f"{limits.count} files, {limits.total_bytes / _MEGA:.0f} MB",
                fix="Delete some with DELETE /v1/files/ID",
            )

    def _write(self, folder: Path, file: StoredFile, source: BinaryIO) -> None:
        about, content = folder / f"{file.id}.json", folder / file.id
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with content.open("xb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            draft = folder / f"{file.id}.new"
            draft.write_text(json.dumps(asdict(file)), encoding="utf-8")
            replace_file(draft, about)
        except BaseException as error:
            _remove(about)
            if not isinstance(error, OSError):
                raise
            raise NotStoredError(
                "The file could not be saved",
                given=f"{file.name}: {error.strerror or error}",
                fix="Check the free disk space",
            ) from error

    def _sweep(self) -> None:
        """Remove what is too old, and what an upload that was cut off left, of everybody, once an hour."""
        now = self._clock()
        if now - self._swept < _SWEEP_SECONDS:
            return
        self._swept = now
        for path in list(self._root.glob("*/file-*")):
            about = path.with_suffix(".json")
            if (file := _read(about)) is not None:
                old = file.expires <= now
            else:  # another process may be taking it in
                old = now - _changed(path) > _SWEEP_SECONDS
            if old:
                _remove(about)


def _read(about: Path) -> StoredFile | None:
    """Return what a JSON file tells; None where it is missing or damaged."""
    try:
        return StoredFile(**json.loads(about.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _changed(path: Path) -> float:
    """Return when a file was written, in seconds since 1970; 0 where it is gone."""
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _remove(about: Path) -> None:
    """Remove a file with what tells about it."""
    for path in (about, about.with_suffix(".new"), about.with_suffix("")):
        with suppress(OSError):
            path.unlink(missing_ok=True)
