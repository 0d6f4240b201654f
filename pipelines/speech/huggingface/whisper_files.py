"""OpenAI's own Whisper checkpoints: downloads that resume, and the SHA-256 that OpenAI publishes."""

from __future__ import annotations

import os
from pathlib import Path

from pipelines.core.errors import (
    MissingPackageError,
    ModelError,
    ModelHashError,
    ModelMissingError,
    SettingsError,
)
from pipelines.core.hub_backend import INSTALL
from pipelines.core.hub_request import HUB_COMMAND
from pipelines.core.resume import Progress, fetch, no_progress
from pipelines.core.said import said
from pipelines.core.weights import sha256_of

PREFIX = "whisper:"
LICENCE = "MIT"


class WhisperFiles:
    """The checkpoints by size ("tiny", "base.en", "large-v3", ...).

    Args:
        cache: Trio's folder for them; those that openai-whisper itself got are used too.
    """

    def __init__(self, cache: Path) -> None:
        self._cache = cache

    def path(self, size: str) -> Path:
        """Return the verified checkpoint; never downloads.

        Raises:
            SettingsError: for an unknown size.
            ModelMissingError: if it is not there.
            ModelHashError: if its bytes are not OpenAI's.
        """
        _, digest = published(size)
        found = next((path for path in self._places(size) if path.is_file()), None)
        if found is None:
            raise ModelMissingError(
                said("The Whisper model {size} is not on this computer", size=size),
                fix=said("Download it with: {command}", command=_command(size)),
            )
        if sha256_of(found) != digest:
            raise ModelHashError(
                said(
                    "The Whisper model {size} was rejected: it does not match the file published by OpenAI",
                    size=size,
                ),
                given=str(found),
                allowed=f"SHA-256 {digest[:16]}…",
                fix=said("Delete it, then download it with: {command}", command=_command(size)),
            )
        return found

    def described(self, size: str) -> str:
        """Return one line for people: bytes of the download, licence. Raises ModelError without network."""
        import httpx

        url, _ = published(size)
        try:
            answer = httpx.head(url, follow_redirects=True, timeout=20.0)
            answer.raise_for_status()
            return f"Whisper {size}: {int(answer.headers['content-length']) / 1e6:,.1f} MB, licence {LICENCE}"
        except (httpx.HTTPError, KeyError, ValueError) as error:
            raise _unreachable(size, error) from error

    def get(self, size: str, progress: Progress = no_progress) -> Path:
        """Download a checkpoint, going on where an earlier try stopped, and check it.

        Raises:
            ModelError: without network or room.
            ModelHashError: if the bytes are not OpenAI's; they are deleted.
        """
        import httpx

        url, digest = published(size)
        part = self._cache / f"{size}.pt.part"
        try:
            fetch(url, part, f"whisper {size}", progress)
        except (httpx.HTTPError, OSError) as error:
            raise _unreachable(size, error) from error
        if sha256_of(part) != digest:
            part.unlink()
            raise ModelHashError(
                said(
                    "The download of the Whisper model {size} was rejected: "
                    "it does not match the file published by OpenAI",
                    size=size,
                ),
                allowed=f"SHA-256 {digest[:16]}…",
                fix=said("Download it again with: {command}", command=_command(size)),
            )
        target = self._cache / f"{size}.pt"
        os.replace(part, target)
        return target

    def _places(self, size: str) -> tuple[Path, Path]:
        name = published(size)[0].rpartition("/")[2]
        theirs = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "whisper"
        return self._cache / f"{size}.pt", theirs / name


def published(size: str) -> tuple[str, str]:
    """Return address and SHA-256 of a checkpoint, as openai-whisper has them. Raises SettingsError."""
    try:
        import whisper
    except ImportError as error:
        raise MissingPackageError(
            said("Whisper by OpenAI needs a package that is not installed"),
            fix=said("Install it with: {command}", command=INSTALL),
        ) from error
    if size not in whisper._MODELS:
        raise SettingsError(
            said("OpenAI has no Whisper model of that size"),
            given=repr(size),
            allowed=", ".join(whisper.available_models()) + ", or the path of a .pt file",
        )
    url: str = whisper._MODELS[size]
    return url, url.split("/")[-2]


def _unreachable(size: str, error: Exception) -> ModelError:
    return ModelError(
        said("The Whisper model {size} could not be downloaded", size=size),
        given=f"{type(error).__name__}: {error}"[:160],
        fix=said("Check the network and the disk and try again: the download will resume where it stopped"),
    )


def _command(size: str) -> str:
    return f"{HUB_COMMAND} {PREFIX}{size}"
