"""The models of the hub that are offered by name: rows of the table, made from `hub_models.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from pipelines.core.registry import Table
from pipelines.core.types import Stage

FILE = Path(__file__).with_name("hub_models.toml")


class HubModel(BaseModel):
    """One entry; the file says what its fields mean."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    title: str
    stage: Stage
    backend: str
    description: str
    licence: str
    options: dict[str, Any]


def hub_models(file: Path = FILE) -> list[HubModel]:
    """Return the entries of the file."""
    return [HubModel.model_validate(entry) for entry in tomllib.loads(file.read_text("utf-8"))["models"]]


def hub_models_table(table: Table, models: Sequence[HubModel]) -> Table:
    """Return a row for each model: that of the back-end which runs it in `table`, and its options."""
    rows: dict[Stage, dict[str, Any]] = {}
    for model in models:
        rows.setdefault(model.stage, {})[model.name] = replace(
            table[model.stage][model.backend],
            title=model.title,
            description=f"{model.description} ({model.licence})",
            preset=model.options,
        )
    return rows
