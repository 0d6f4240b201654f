"""The laboratory's foundations: classic methods and small models, each reachable by name from a command.

A `Tool` needs no training: a file in, fields and perhaps written files out. A `Learned` model is trained by
`python -m training NAME train`, kept in a folder of its own and loaded from there. Rows name their target as
"module:attribute", so that listing them imports none.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from pipelines.core.errors import ModelError, ModelMissingError

CARD = "foundation.json"
Fields = dict[str, Any]
Tool = Callable[[Path, Path], Fields]
"""Takes the input file and the folder for written files; returns the fields of the result."""


class Learned(Protocol):
    """A trained foundation. `parameters`: how many numbers it learned."""

    @property
    def parameters(self) -> int:
        """How many numbers the model learned."""

    def save(self, folder: Path) -> None:
        """Write everything that `load` needs: safetensors, npz, JSON or skops, never a pickle."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the model as it was saved; it predicts the same."""

    def predict(self, file: Path, out: Path) -> Fields:
        """Return the fields of one input file; files that are written go to `out`.

        Raises:
            TrioError: if the file cannot be used.
        """


@dataclass(frozen=True)
class FoundationSpec:
    """One row of a table.

    Attributes:
        target: "module:attribute" of a `Tool` or of a `Learned` class.
        chapter: Of the article, for example "1.2".
        help: One line.
        learned: Whether it must be trained first.
    """

    target: str
    chapter: str
    help: str
    learned: bool = True

    def resolve(self) -> Any:
        """Import the target."""
        module, _, attribute = self.target.partition(":")
        return getattr(importlib.import_module(module), attribute)


FoundationTable = Mapping[str, FoundationSpec]


def foundations_home() -> Path:
    """Return where trained foundations are kept: `TRIO_FOUNDATIONS_DIR`, else the user's data folder."""
    if given := os.environ.get("TRIO_FOUNDATIONS_DIR"):
        return Path(given).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("trio", appauthor=False)) / "foundations"


def write_foundation(model: Learned, folder: Path, name: str, facts: Mapping[str, Any]) -> None:
    """Save `model` and its card: name, parameters and `facts` (data, seed, seconds, metrics)."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder)
    card = {"name": name, "parameters": model.parameters, **facts}
    (folder / CARD).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_card(folder: Path, name: str) -> Fields:
    """Return the card of the foundation `name` in `folder`.

    Raises:
        ModelMissingError: if it was not trained yet.
        ModelError: if the folder holds another one or a broken card.
    """
    path = folder / CARD
    if not path.is_file():
        raise ModelMissingError(
            f"The foundation {name} is not trained yet",
            given=f"no {CARD} in {folder}",
            fix=f"Train it with: python -m training {name} train",
        )
    try:
        card: Fields = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ModelError("The card of the foundation cannot be read", given=f"{path}: {error}") from error
    if card.get("name") != name:
        raise ModelError(
            "The folder holds another foundation",
            given=str(card.get("name")),
            allowed=name,
            fix="Name its own folder with --trained or --folder",
        )
    return card


def load_foundation(spec: FoundationSpec, name: str, folder: Path | None = None) -> Learned:
    """Return the trained foundation `name` from `folder`, by default its own under `foundations_home()`.

    Raises:
        ModelMissingError: if it was not trained yet.
        ModelError: if the folder holds another one.
    """
    folder = folder or foundations_home() / name
    read_card(folder, name)
    model: Learned = spec.resolve().load(folder)
    return model
