"""Media files on disk, named by the SHA-256 of their bytes, one folder an owner.

A file is first written whole beside its place ("staged") and then renamed into it, so that no reader
ever sees half of one. Callers place and remove files inside a write transaction of the database, which
keeps a file from being removed while another turn takes it into use.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from chatbot.history.errors import HistoryError
from pipelines.core.open_files import remove_file, replace_file
from pipelines.core.said import said

BLOCK = 1 << 20
STALE_SECONDS = 86_400.0
_INCOMING = ".incoming"
_OTHER = "application/octet-stream"
_TYPES = {
    **dict.fromkeys((".jpg", ".jpeg", ".jfif"), "image/jpeg"),
    **dict.fromkeys((".tif", ".tiff"), "image/tiff"),
    **dict.fromkeys((".ogg", ".oga", ".opus"), "audio/ogg"),
    **dict.fromkeys((".m4a", ".mp4"), "audio/mp4"),
    **dict.fromkeys((".aif", ".aiff"), "audio/aiff"),
    **{f".{kind}": f"image/{kind}" for kind in ("png", "webp", "gif", "bmp")},
    **{f".{kind}": f"audio/{kind}" for kind in ("wav", "flac", "aac", "webm")},
    ".mp3": "audio/mpeg",
}
"""What Trio decodes. Python's own table changes with the system and with what other packages add to it."""


@dataclass(frozen=True)
class Staged:
    """A file that is whole on disk but not in its place. `suffix` with its dot; `bytes`: its size."""

    path: Path
    sha256: str
    suffix: str
    media_type: str
    bytes: int


class MediaFolder:
    """The folder of kept files. Thread-safe."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def prepare(self) -> None:
        """Make the folder and clear away what unfinished writes of earlier days left."""
        for folder in (self.root, self.root / _INCOMING):
            _make_private(folder)
            folder.chmod(0o700)
        oldest = time.time() - STALE_SECONDS
        for path in (self.root / _INCOMING).iterdir():
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < oldest:
                    path.unlink()

    def path(self, owner: str, sha256: str, suffix: str) -> Path:
        """Return where a file of the owner is."""
        return self.root / owner_folder(owner) / sha256[:2] / f"{sha256}{suffix}"

    @contextlib.contextmanager
    def staged(self, sources: list[tuple[str, bytes | Path]]) -> Iterator[list[Staged]]:
        """Write files, given as (name, content), and forget at the end those that were not placed.

        Raises:
            HistoryError: if one cannot be read or written.
        """
        done: list[Staged] = []
        try:
            for name, content in sources:
                done.append(self._stage(name, content))
            yield done
        finally:
            for item in done:
                item.path.unlink(missing_ok=True)

    def _stage(self, name: str, content: bytes | Path) -> Staged:
        suffix, media_type = kind_of(name)
        try:
            handle, draft = tempfile.mkstemp(dir=self.root / _INCOMING)
            try:
                with os.fdopen(handle, "wb") as file:
                    digest, size = _copy(content, file)
            except BaseException:
                os.unlink(draft)
                raise
        except OSError as error:
            raise HistoryError(
                said("A file in the message could not be saved"),
                given=f"{name}: {error.strerror or error}",
                fix=said("Check the free disk space"),
            ) from error
        return Staged(Path(draft), digest, suffix, media_type, size)

    def place(self, owner: str, staged: Staged, suffix: str) -> Path:
        """Move a staged file into its place, over the same bytes if they are there. Raises HistoryError."""
        target = self.path(owner, staged.sha256, suffix)
        try:
            if target.exists() and not staged.path.exists():
                return target  # placed a moment ago, for another turn
            _make_private(target.parent)
            replace_file(staged.path, target)
            _sync_folder(target.parent)
        except OSError as error:
            raise HistoryError(said("A file in the message could not be saved"), given=str(error)) from error
        return target

    def remove(self, owner: str, sha256: str, suffix: str) -> None:
        """Remove a file, and its folder when that is empty."""
        path = self.path(owner, sha256, suffix)
        remove_file(path)
        for folder in (path.parent, path.parent.parent):
            with contextlib.suppress(OSError):
                folder.rmdir()

    def all_files(self) -> Iterator[Path]:
        """Yield every file that is in its place."""
        for owner in self.root.iterdir():
            if owner.name != _INCOMING and owner.is_dir():
                yield from (path for path in owner.glob("*/*") if path.is_file())


def owner_folder(owner: str) -> str:
    """Return the name of an owner's folder; the name itself may hold anything."""
    return hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def kind_of(name: str) -> tuple[str, str]:
    """Return suffix and media type to keep a file under; what is no picture or sound becomes plain bytes."""
    suffix = Path(name).suffix.lower()
    return (suffix, _TYPES[suffix]) if suffix in _TYPES else (".bin", _OTHER)


def _copy(content: bytes | Path, file: BinaryIO) -> tuple[str, int]:
    """Write content out to the disk itself; return its SHA-256 and size."""
    digest, size = hashlib.sha256(), 0
    for block in _blocks(content):
        digest.update(block)
        size += file.write(block)
    file.flush()
    os.fsync(file.fileno())
    return digest.hexdigest(), size


def _blocks(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _make_private(folder: Path) -> None:
    """Make a folder that only its owner may enter, with those above it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _sync_folder(folder: Path) -> None:
    """Put a rename on disk; not every system lets a folder be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
