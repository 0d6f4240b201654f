"""Which model of the hub, which of its files, and what the hub says of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from pipelines.core.errors import ModelMissingError, SettingsError
from pipelines.core.programs import TRIO
from pipelines.core.said import said

HUB_COMMAND = f"{TRIO} models hub"
TRANSFORMERS_FILES = ("*.safetensors", "*.json", "*.txt", "*.model", "*.jinja", "README.md")
"""Weights, settings, vocabularies, chat templates and the card; what transformers reads of a model."""
IGNORED = ("*/*", "consolidated*.safetensors", "*.fp32*.safetensors")
"""Copies of the same weights for other programs; files in folders are got only when asked for by name."""
SAFE = (*TRANSFORMERS_FILES, "*.onnx", "*.onnx_data", "*.gguf", "*.npz", "*.md", "*.bpe", "*.tiktoken")
CHECKED = ("*.ckpt", "voices*.bin", "voices/*.bin", "model.bin")
"""Read by one back-end each, unpickling nothing: `torch.load(weights_only=True)`, CTranslate2, numbers."""
_REPOSITORY = re.compile(r"^[A-Za-z0-9][\w.-]*/[\w.-]+$")


@dataclass(frozen=True)
class HubRequest:
    """Which model, and which of its files.

    Attributes:
        model: "owner/name" on the hub, or a folder or file on this machine.
        revision: Branch, tag or commit; None for the main branch as it was when it was got.
        files: Glob patterns of the files in the repository.
    """

    model: str
    revision: str | None = None
    files: tuple[str, ...] = TRANSFORMERS_FILES

    @property
    def command(self) -> str:
        """The command that gets it."""
        words = [HUB_COMMAND, self.model]
        words += ["--revision", self.revision] if self.revision else []
        if self.files != TRANSFORMERS_FILES:
            words += [f"--file '{pattern}'" for pattern in self.files]
        return " ".join(words)


@dataclass(frozen=True)
class HubFile:
    """One file on the hub. `size` in bytes; `sha256` where the hub publishes it (large files)."""

    path: str
    size: int
    sha256: str | None


@dataclass(frozen=True)
class HubListing:
    """What the hub says of a model. `licence`: as on its card, "not stated" without one."""

    repository: str
    commit: str
    licence: str
    gated: bool
    files: tuple[HubFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all the files together."""
        return sum(file.size for file in self.files)

    def __str__(self) -> str:
        """Return one line for people: model, commit, size, licence."""
        gate = ", gated" if self.gated else ""
        return (
            f"{self.repository} @ {self.commit[:12]}: {self.size / 1e6:,.1f} MB, licence {self.licence}{gate}"
        )


def local_path(model: str) -> Path | None:
    """Return the path where `model` names one; None for a hub id.

    Raises:
        ModelMissingError: for the form of a path where nothing is.
    """
    path = Path(model).expanduser()
    if model and path.exists():
        return path
    if model.startswith((".", "/", "~")) or model.count("/") > 1 or "\\" in model:
        raise ModelMissingError(
            said("There is no model at this path"), given=model, fix=said("Check the path")
        )
    return None


def check_repository(model: str) -> None:
    """Raise SettingsError unless `model` has the form of a hub id."""
    if not _REPOSITORY.match(model):
        raise SettingsError(
            said("This is not the name of a hub model"),
            given=repr(model),
            allowed=said("owner/name, or a path on this computer"),
        )


def matching(names: Iterable[str], patterns: tuple[str, ...]) -> list[str]:
    """Return the safe names that fit a pattern; names in folders only where the pattern has a slash too."""
    allowed = (*SAFE, *(p for p in CHECKED if p in patterns))
    return sorted(
        name
        for name in names
        if any(fnmatchcase(name, pattern) for pattern in allowed)
        and any(_fits(name, pattern) for pattern in patterns)
    )


def _fits(name: str, pattern: str) -> bool:
    if not fnmatchcase(name, pattern):
        return False
    return name == pattern or "/" in pattern or not any(fnmatchcase(name, p) for p in IGNORED)
