"""Reading an export in. Nothing in the ZIP is trusted: names, sizes, hashes and types are all checked."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from chatbot.history.archive_format import (
    FORMAT,
    JSON_NAME,
    MARKDOWN_NAME,
    MEDIA_NAME,
    VERSION,
    Archive,
    ArchiveLimits,
)
from chatbot.history.codec import decode
from chatbot.history.errors import ArchiveError, HistoryError
from chatbot.history.import_rows import check_tree, import_conversations
from chatbot.history.media_folder import Staged
from chatbot.history.store import History
from chatbot.history.stored import Role
from pipelines.core.errors import InputError, LimitError
from pipelines.core.said import Text, phrase, said

BLOCK = 1 << 16
_END_BYTES = 22 + 65_535
_ENTRY_BYTES = 256
"""More than the directory of an export takes for one entry: 46 bytes, a name of at most 79, and extras."""
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""Of the others Python's reader unpacks a whole block at once, which may be thousands of times as large."""
_FIX = said("Choose a ZIP file exported from Trio")
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True)
class ImportResult:
    """What came in.

    Attributes:
        conversations: Ids of the new conversations.
        known: How many were there already, with all their turns, and were not added again.
        left_out: Name of each file that was left out, and why.
    """

    conversations: tuple[str, ...]
    known: int = 0
    left_out: tuple[tuple[str, Text], ...] = ()


def import_archive(
    history: History, user: str, source: Path, limits: ArchiveLimits | None = None
) -> ImportResult:
    """Read an export into new conversations of the user: all of it, or nothing.

    Ids are made anew. A conversation that is there already, whole, is not added again. A file that is no
    picture or recording within the limits of what Trio reads is left out.

    Raises:
        ArchiveError: for a file that is no export, or a damaged or unsafe one; it names what is wrong.
        LimitError: for too many entries or bytes, counted while reading.
        HistoryError: if it cannot be kept.
    """
    reader = _Reader(source, limits or ArchiveLimits())
    with reader.opened() as names:
        archive = _parse(reader.read(JSON_NAME))
        wanted = {
            (item.file, item.role): item.name
            for conversation in archive.conversations
            for turn in conversation.turns
            for item in turn.media
        }
        for name, _ in wanted:
            if name not in names:
                raise ArchiveError(said("A file listed in the export is missing"), given=name, fix=_FIX)
        with tempfile.TemporaryDirectory(prefix="trio-import-") as folder:
            good, left_out = _extract(reader, wanted, Path(folder))
            sources: list[tuple[str, bytes | Path]] = [(name, path) for name, path in good.items()]
            with history.storage.folder.staged(sources) as staged:
                files: Mapping[str, Staged] = dict(zip(good, staged, strict=True))
                new = import_conversations(history.storage, user, archive, files)
        return ImportResult(new, len(archive.conversations) - len(new), tuple(left_out))


class _Reader:
    """A ZIP whose bytes are counted as they come out."""

    def __init__(self, source: Path, limits: ArchiveLimits) -> None:
        self._source, self._limits = source, limits
        self._left = limits.max_bytes
        self._zip: zipfile.ZipFile

    @contextlib.contextmanager
    def opened(self) -> Iterator[frozenset[str]]:
        """Open the ZIP and give the names of its entries, all of which are of the expected form."""
        try:
            self._check_directory()
            with zipfile.ZipFile(self._source) as self._zip:
                yield self._names()
        except OSError as error:
            raise ArchiveError(
                said("The export cannot be read"), given=f"{self._source.name}: {error.strerror or error}"
            ) from error
        except zipfile.BadZipFile as error:
            raise ArchiveError(
                said("This is not a ZIP file, or it is damaged"),
                given=f"{self._source.name}: {error}",
                fix=_FIX,
            ) from error

    def _check_directory(self) -> None:
        """Refuse a directory that is too large before it is read, which takes memory for each entry."""
        with self._source.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _END_BYTES))
            end = file.read()
        at = end.rfind(b"PK\5\6")
        found = end[at : at + 22]
        if at < 0 or len(found) < 22:
            return  # no ZIP: the library says so
        entries, length = struct.unpack("<H", found[10:12])[0], struct.unpack("<I", found[12:16])[0]
        if (
            end[max(0, at - 20) : at].startswith(b"PK\6\7")
            or length > self._limits.max_entries * _ENTRY_BYTES
        ):
            entries = max(entries, length // _ENTRY_BYTES, 65_535)
        self._check_count(entries)

    def _check_count(self, entries: int) -> None:
        if entries > self._limits.max_entries:
            raise LimitError(
                said("The export contains too many files"),
                given=f"{entries}",
                allowed=f"{self._limits.max_entries}",
            )

    def _names(self) -> frozenset[str]:
        entries = self._zip.infolist()
        self._check_count(len(entries))
        for entry in entries:
            if entry.compress_type not in _METHODS:
                raise ArchiveError(
                    said("The ZIP file uses an unsupported compression method"),
                    given=said(
                        "method {method} of {file}",
                        method=entry.compress_type,
                        file=repr(entry.filename[:80]),
                    ),
                    allowed=said("stored or deflated"),
                    fix=_FIX,
                )
            known = entry.filename in (JSON_NAME, MARKDOWN_NAME) or MEDIA_NAME.fullmatch(entry.filename)
            if not known:
                raise ArchiveError(
                    said("The ZIP file contains something that does not belong in an export"),
                    given=repr(entry.filename[:80]),
                    allowed=f"{JSON_NAME}, {MARKDOWN_NAME} and files named by their SHA-256 in media/",
                    fix=_FIX,
                )
        names = frozenset(entry.filename for entry in entries)
        if len(names) != len(entries) or JSON_NAME not in names:
            what = (
                said("{name} is missing", name=JSON_NAME)
                if JSON_NAME not in names
                else said("two files have the same name")
            )
            raise ArchiveError(said("The ZIP file is not a Trio export"), given=what, fix=_FIX)
        return names

    def blocks(self, name: str, most: int) -> Iterator[bytes]:
        """Yield an entry's bytes. Raises LimitError or ArchiveError."""
        try:
            with self._zip.open(name) as file:
                while block := file.read(BLOCK):
                    most -= len(block)
                    self._left -= len(block)
                    if most < 0 or self._left < 0:
                        raise self._too_large(name)
                    yield block
        except _DAMAGE as error:
            raise ArchiveError(
                said("A file in the export is damaged"), given=f"{name}: {str(error)[:120]}", fix=_FIX
            ) from error

    def read(self, name: str) -> bytes:
        """Return the JSON, whole."""
        return b"".join(self.blocks(name, self._limits.max_json_bytes))

    def copy(self, name: str, target: BinaryIO) -> str:
        """Write an entry out and return the SHA-256 of its bytes."""
        digest = hashlib.sha256()
        for block in self.blocks(name, self._limits.max_bytes):
            digest.update(block)
            target.write(block)
        return digest.hexdigest()

    def _too_large(self, name: str) -> LimitError:
        most, most_json = (n / 1e6 for n in (self._limits.max_bytes, self._limits.max_json_bytes))
        return LimitError(
            said("The export is too large when unpacked"),
            given=name,
            allowed=said(
                "{all} MB in all, {part} MB of {name}",
                all=format(most, ".0f"),
                part=format(most_json, ".0f"),
                name=JSON_NAME,
            ),
        )


def _parse(data: bytes) -> Archive:
    try:
        raw: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ArchiveError(
            said("{name} is not valid JSON", name=JSON_NAME), given=str(error)[:120], fix=_FIX
        ) from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        given = repr(raw.get("format"))[:60] if isinstance(raw, dict) else type(raw).__name__
        raise ArchiveError(
            said("{name} is not a Trio export", name=JSON_NAME),
            given=said("format {version}", version=given),
            allowed=FORMAT,
        )
    if raw.get("version") != VERSION:
        raise ArchiveError(
            said("The export comes from another version of Trio"),
            given=said("schema version {version}", version=repr(raw.get("version"))[:40]),
            allowed=str(VERSION),
            fix=said("Update Trio"),
        )
    try:
        archive: Archive = decode(Archive, raw, "export")
        for number, conversation in enumerate(archive.conversations):
            check_tree(conversation, f"export.conversations[{number}]")
    except (HistoryError, RecursionError, OverflowError) as error:
        raise ArchiveError(
            said("{name} is invalid", name=JSON_NAME),
            given=phrase(error.said) if isinstance(error, HistoryError) else str(error)[:300],
            fix=_FIX,
        ) from error
    return archive


def _extract(
    reader: _Reader, wanted: Mapping[tuple[str, Role], str], folder: Path
) -> tuple[dict[str, Path], list[tuple[str, Text]]]:
    """Write the wanted files out; return those that can be used, and the others' names and what is wrong."""
    good: dict[str, Path] = {}
    left_out: list[tuple[str, Text]] = []
    seen: set[str] = set()
    for (name, role), shown in wanted.items():
        path = folder / Path(name).name
        if name not in seen:
            with path.open("wb") as target:
                digest = reader.copy(name, target)
            if digest != Path(name).name.partition(".")[0]:
                raise ArchiveError(said("A file in the export was modified"), given=name, fix=_FIX)
            seen.add(name)
        try:
            _check_readable(path, role)
        except InputError as error:
            left_out.append((shown, error.said))
            good.pop(name, None)
        else:
            good[name] = path
    return good, left_out


def _check_readable(path: Path, role: Role) -> None:
    """Decode a file within the limits of the app's own input. Raises InputError."""
    from pipelines.image.decode import decode_image
    from pipelines.speech.decode import decode_audio

    if role == Role.PICTURE:
        decode_image(path)
    else:
        decode_audio(path)
