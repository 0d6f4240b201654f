"""Back-end tables and the registry that loads each back-end once.

A table maps a stage to its back-ends by name; a row names the class as "module:Class", so that
listing back-ends imports none of them.
"""

from __future__ import annotations

import importlib
import importlib.util
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipelines.core.errors import MissingPackageError, UnknownBackendError
from pipelines.core.protocols import Backend
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
        options: Options of the stage that this back-end takes even where it is not the stage's choice.
    """

    target: str
    kind: Kind
    description: str
    models: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    install: str = ""
    options: tuple[str, ...] = ()

    def missing_packages(self) -> list[str]:
        """Return the packages that cannot be found, without importing them."""
        return [name for name in self.packages if importlib.util.find_spec(name) is None]


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
        options: Keyword options for the constructors, by stage.
    """

    def __init__(
        self,
        table: Table,
        store: WeightStore,
        choices: Mapping[Stage, str] | None = None,
        options: Mapping[Stage, Mapping[str, Any]] | None = None,
    ) -> None:
        self.table = table
        self.store = store
        self._choices = dict(choices or {})
        self._options = {stage: dict(o) for stage, o in (options or {}).items()}
        self._loaded: dict[tuple[Stage, str], Backend] = {}
        self._locks: dict[tuple[Stage, str], threading.Lock] = {}
        self._guard = threading.Lock()

    def name(self, stage: Stage) -> str:
        """Return the name of the back-end chosen for `stage`."""
        rows = self.table.get(stage, {})
        if not rows:
            raise UnknownBackendError(f"There is no stage {stage!s} here", allowed=", ".join(self.table))
        return self._choices.get(stage) or next(iter(rows))

    def spec(self, stage: Stage, name: str | None = None) -> BackendSpec:
        """Return the row of a back-end. Raises UnknownBackendError."""
        name = name or self.name(stage)
        rows = self.table.get(stage, {})
        if name not in rows:
            raise UnknownBackendError(
                f"The stage {stage!s} has no back-end of that name",
                given=repr(name),
                allowed=", ".join(rows) or "none",
                fix="Choose one of these in the settings",
            )
        return rows[name]

    def get(self, stage: Stage, name: str | None = None) -> Any:
        """Return the loaded back-end; the first caller loads it, others wait.

        Raises:
            UnknownBackendError, MissingPackageError, ModelError
        """
        key = (stage, name or self.name(stage))
        with self._guard:
            if key in self._loaded:
                return self._loaded[key]
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._loaded:
                backend = self._build(*key)
                backend.load()
                self._loaded[key] = backend
            return self._loaded[key]

    def _build(self, stage: Stage, name: str) -> Backend:
        spec = self.spec(stage, name)
        if missing := spec.missing_packages():
            raise MissingPackageError(
                f"The back-end {name!r} of {stage!s} needs packages that are not installed",
                given="missing " + ", ".join(missing),
                fix=f"Install them with: {spec.install}",
            )
        module, _, cls = spec.target.partition(":")
        given, chosen = self._options.get(stage, {}), name == self.name(stage)
        options = {key: value for key, value in given.items() if chosen or key in spec.options}
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
