"""Back-end tables and the registry that loads each back-end once.

A table maps a stage to its back-ends by name; a row names the class as "module:Class", so that
listing back-ends imports none of them.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pipelines.core.errors import MissingPackageError, UnknownBackendError
from pipelines.core.protocols import Backend
from pipelines.core.said import Text, said
from pipelines.core.types import Stage
from pipelines.core.weights import WeightStore

Kind = Literal["embedded", "huggingface", "server"]


@dataclass(frozen=True)
class BackendSpec:
    """One row of a table.

    Attributes:
        target: "module:Class".
        kind: Where the model comes from.
        description: One line for `doctor` and the settings page.
        models: Names in the weights manifest that it needs.
        packages: Importable modules that it needs beyond the light requirements.
        programs: Programs of the system that it needs.
        install: The command that installs those packages or programs.
        options: Keyword options that the constructor takes from the settings.
        address: The option that says where the input is sent; "" where it stays in this process.
        address_variable: Variable of the environment that says it where the option does not.
        voices: Of a speaker: the voices that can be chosen, by ISO 639-1 language, its usual one first.
        title: The model's name as people know it; "" where the back-end's own name says it.
        preset: Options that it has where the settings give no others.
    """

    target: str
    kind: Kind
    description: str
    models: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    install: str = ""
    options: tuple[str, ...] = ()
    address: str = ""
    address_variable: str = ""
    voices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    title: str = ""
    preset: Mapping[str, Any] = field(default_factory=dict)

    def missing_packages(self) -> list[str]:
        """Return the packages that cannot be found, without importing them."""
        return [name for name in self.packages if importlib.util.find_spec(name) is None]

    def missing_programs(self) -> list[str]:
        """Return the programs that are not on the path."""
        return [name for name in self.programs if shutil.which(name) is None]


Table = Mapping[Stage, Mapping[str, BackendSpec]]


def merged(*tables: Table) -> Table:
    """Return one table with the rows of all, those of the first tables first.

    Raises:
        ValueError: if two tables have a back-end of the same name for a stage.
    """
    rows: dict[Stage, dict[str, BackendSpec]] = {}
    for table in tables:
        for stage, more in table.items():
            if twice := rows.get(stage, {}).keys() & more.keys():
                raise ValueError(f"{stage} has two back-ends called {', '.join(sorted(twice))}")
            rows.setdefault(stage, {}).update(more)
    return rows


class Registry:
    """Loads back-ends on first use and keeps them.

    Args:
        table: All the back-ends; the first of a stage is its default.
        store: Where verified weights come from.
        choices: Back-end names by stage, where not the default.
        options: Keyword options by stage, for the stage's choice; a mapping under the name of a back-end
            holds options of that one, chosen or not.
        shared: Keyword options for every back-end whose row lists them.
    """

    def __init__(
        self,
        table: Table,
        store: WeightStore,
        choices: Mapping[Stage, str] | None = None,
        options: Mapping[Stage, Mapping[str, Any]] | None = None,
        shared: Mapping[str, Any] | None = None,
    ) -> None:
        self.table = table
        self.store = store
        self._choices = dict(choices or {})
        self._options = {stage: dict(o) for stage, o in (options or {}).items()}
        self._shared = dict(shared or {})
        self._loaded: dict[tuple[Stage, str], Backend] = {}
        self._locks: dict[tuple[Stage, str], threading.Lock] = {}
        self._guard = threading.Lock()

    def name(self, stage: Stage) -> str:
        """Return the name of the back-end chosen for `stage`."""
        rows = self.table.get(stage, {})
        if not rows:
            raise UnknownBackendError(
                said("There is no stage {stage}", stage=stage), allowed=", ".join(self.table)
            )
        return self._choices.get(stage) or next(iter(rows))

    def spec(self, stage: Stage, name: str | None = None) -> BackendSpec:
        """Return the row of a back-end. Raises UnknownBackendError."""
        name = name or self.name(stage)
        rows = self.table.get(stage, {})
        if name not in rows:
            raise UnknownBackendError(
                said("The stage {stage} has no backend with that name", stage=stage),
                given=repr(name),
                allowed=", ".join(rows) or said("none"),
                fix=said("Choose one of the allowed ones in the settings"),
            )
        return rows[name]

    def options(self, stage: Stage, name: str | None = None) -> dict[str, Any]:
        """Return the keyword options that a back-end is made with. Raises UnknownBackendError."""
        name = name or self.name(stage)
        spec, rows = self.spec(stage, name), self.table[stage]
        given = self._options.get(stage, {})
        found = dict(spec.preset)
        found |= {key: value for key, value in self._shared.items() if key in spec.options}
        if name == self.name(stage):
            found |= {key: value for key, value in given.items() if not _of_row(rows, key, value)}
        own = given.get(name, {})
        return found | (dict(own) if isinstance(own, Mapping) else {})

    def title(self, stage: Stage, name: str | None = None) -> str:
        """Return what people call a back-end: its model's name, or its own with the model that was set.

        Raises:
            UnknownBackendError
        """
        name, spec = name or self.name(stage), self.spec(stage, name)
        model = str(self.options(stage, name).get("model") or "").rpartition("/")[2]
        return spec.title or (f"{name} · {model}" if model else name)

    def address(self, stage: Stage, name: str | None = None) -> str | None:
        """Return where a back-end sends its input, "" where that is not set; None for one in this process.

        Raises:
            UnknownBackendError
        """
        spec = self.spec(stage, name)
        if not spec.address:
            return None
        return str(self.options(stage, name).get(spec.address) or os.environ.get(spec.address_variable, ""))

    def obstacle(self, stage: Stage, name: str | None = None) -> tuple[Text, Text] | None:
        """Return what a back-end lacks here and how to get it, None for nothing; loads nothing.

        Raises:
            UnknownBackendError
        """
        spec = self.spec(stage, name)
        if absent := [*spec.missing_packages(), *spec.missing_programs()]:
            return said("missing: {packages}", packages=", ".join(absent)), spec.install
        if self.address(stage, name) == "":
            place = f"[options.{stage}.{name or self.name(stage)}]"
            how = said("set {option} under {place} in the settings file", option=spec.address, place=place)
            if spec.address_variable:
                how = said(
                    "set {option} under {place} in the settings file, or the variable {variable}",
                    option=spec.address,
                    place=place,
                    variable=spec.address_variable,
                )
            return said("no {address} is set", address=spec.address), how
        return None

    def get(self, stage: Stage, name: str | None = None) -> Any:
        """Return the loaded back-end; the first caller loads it, others wait.

        Raises:
            UnknownBackendError, MissingPackageError, ModelError
            SettingsError: for options that the back-end cannot use.
            BackendError: if a server that it needs does not answer.
        """
        key = (stage, name or self.name(stage))
        with self._guard:
            if key in self._loaded:
                return self._loaded[key]
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._loaded:
                backend = self.build(*key)
                backend.load()
                self._loaded[key] = backend
            return self._loaded[key]

    def build(self, stage: Stage, name: str) -> Backend:
        """Return a new back-end that is not loaded. Raises what `get` raises, and SettingsError."""
        spec = self.spec(stage, name)
        if missing := spec.missing_packages():
            raise MissingPackageError(
                said(
                    "The backend {backend} of {stage} needs packages that are not installed",
                    backend=repr(name),
                    stage=stage,
                ),
                given="missing " + ", ".join(missing),
                fix=said("Install them with: {command}", command=spec.install),
            )
        module, _, cls = spec.target.partition(":")
        options = self.options(stage, name)
        backend: Backend = getattr(importlib.import_module(module), cls)(self, **options)
        return backend

    def is_loaded(self, stage: Stage, name: str | None = None) -> bool:
        """Whether `get` would return at once."""
        return (stage, name or self.name(stage)) in self._loaded

    def warm_up(self, stages: Iterable[Stage]) -> None:
        """Load the chosen back-ends of `stages` and run each once."""
        for stage in stages:
            self.get(stage).warm_up()

    def unload(self) -> None:
        """Free every loaded back-end."""
        with self._guard:
            backends, self._loaded = list(self._loaded.values()), {}
        for backend in backends:
            backend.unload()


def _of_row(rows: Mapping[str, BackendSpec], key: str, value: Any) -> bool:
    """Whether what is given under `key` holds a back-end's options, and is not an option of that name."""
    return key in rows and isinstance(value, Mapping)


@dataclass(frozen=True)
class Selection:
    """A registry's back-ends with other choices for some stages."""

    registry: Registry
    choices: Mapping[Stage, str]

    def name(self, stage: Stage) -> str:
        """Return the name of the back-end chosen for `stage`."""
        return self.choices.get(stage) or self.registry.name(stage)

    def get(self, stage: Stage) -> Any:
        """Return the chosen back-end, loaded; raises what `Registry.get` raises."""
        return self.registry.get(stage, self.choices.get(stage))
