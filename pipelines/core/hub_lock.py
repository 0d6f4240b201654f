"""What was got from the hub: which commit stands for a model, and the SHA-256 of each of its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.core.errors import ModelError, ModelHashError, ModelMissingError
from pipelines.core.open_files import atomic_file
from pipelines.core.said import said
from pipelines.core.weights import sha256_of

MAIN = "main"


@dataclass(frozen=True)
class LockedFile:
    """`size` in bytes; `sha256` as lower-case hex."""

    size: int
    sha256: str


@dataclass
class HubLock:
    """The lock of one repository, one small JSON file.

    Attributes:
        repository: "owner/name".
        pins: Commit of every revision that was asked for; a branch stays at the commit it was got at.
        commits: Files of each commit by their path in the repository.
    """

    repository: str
    pins: dict[str, str] = field(default_factory=dict)
    commits: dict[str, dict[str, LockedFile]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, repository: str) -> HubLock:
        """Return the lock in `path`, an empty one where there is none. Raises ModelError if it is damaged."""
        if not path.is_file():
            return cls(repository)
        try:
            return _parsed(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(
                said("The lock file of {repository} cannot be read", repository=repository),
                given=f"{path}: {error}",
                fix=said("Delete it and download the model again"),
            ) from error

    def write(self, path: Path) -> None:
        """Write the lock in one step."""
        commits = {
            commit: {name: [file.size, file.sha256] for name, file in sorted(files.items())}
            for commit, files in self.commits.items()
        }
        text = json.dumps({"repository": self.repository, "pins": self.pins, "commits": commits}, indent=1)
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path) as file:
            file.write(f"{text}\n".encode())

    def add(self, revision: str | None, commit: str, files: Mapping[str, LockedFile]) -> None:
        """Pin `revision` to `commit` and remember its files beside those known already."""
        self.pins[revision or MAIN] = commit
        self.commits.setdefault(commit, {}).update(files)

    def commit(self, revision: str | None) -> str | None:
        """Return the commit that `revision` stands for (a branch, a tag or a commit); None if unknown."""
        wanted = revision or MAIN
        return self.pins.get(wanted) or (wanted if wanted in self.commits else None)


def _parsed(data: Mapping[str, Any]) -> HubLock:
    commits = {
        commit: {name: LockedFile(int(size), str(digest)) for name, (size, digest) in files.items()}
        for commit, files in data["commits"].items()
    }
    return HubLock(str(data["repository"]), {str(k): str(v) for k, v in data["pins"].items()}, commits)


def verify(path: Path, locked: LockedFile, repository: str, command: str) -> None:
    """Compare a file with the lock.

    Raises:
        ModelMissingError: if it is not there.
        ModelHashError: if it has other bytes.
    """
    if not path.is_file():
        raise ModelMissingError(
            said("The model {model} is incomplete", model=repository),
            given=said("{name} is missing", name=path.name),
            fix=said("Download it with: {command}", command=command),
        )
    size = path.stat().st_size
    if size != locked.size or sha256_of(path) != locked.sha256:
        raise ModelHashError(
            said(
                "The model {model} was rejected: a file has changed since it was downloaded", model=repository
            ),
            given=said("{path}, {count} bytes", path=path, count=size),
            allowed=said(
                "{count} bytes with SHA-256 {digest}…", count=locked.size, digest=locked.sha256[:16]
            ),
            fix=said("Delete that file, then download it with: {command}", command=command),
        )
