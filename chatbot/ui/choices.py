"""What a person can choose: the back-ends of each stage, and the profiles that choose for all of them."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from chatbot.warmup import ORDER
from pipelines.core.errors import BackendError, TrioError
from pipelines.core.registry import BackendSpec, Kind, Registry
from pipelines.core.types import Stage

_log = logging.getLogger(__name__)
MODEL_STAGES = tuple(stage for stage in ORDER if stage is not Stage.SPEAK)
"""The stages whose model is chosen under "Models"; that of `SPEAK` is the voice."""


@dataclass(frozen=True)
class Choice:
    """One back-end of a stage. `problem` says why it cannot run here and how to fix it."""

    name: str
    kind: Kind
    description: str
    problem: str | None


@dataclass(frozen=True)
class Choices:
    """What can be chosen here.

    Attributes:
        stages: The back-ends of each stage.
        chosen: The name that each stage has where the person chose none.
        languages: ISO 639-1 codes that the generator of replies can write, once it is loaded.
    """

    stages: Mapping[Stage, tuple[Choice, ...]]
    chosen: Mapping[Stage, str]
    languages: tuple[str, ...]

    def profiles(self) -> dict[Kind, dict[Stage, str]]:
        """Return for each kind of back-end that is there: its first for every stage that has one."""
        found: dict[Kind, dict[Stage, str]] = {}
        for stage, rows in self.stages.items():
            for row in rows:
                found.setdefault(row.kind, {}).setdefault(stage, row.name)
        return found

    def profile_of(self, backends: Mapping[Stage, str]) -> Kind | None:
        """Return the profile that these choices are, or None for a choice of one's own."""
        wanted = {**self.chosen, **backends}
        for kind, names in self.profiles().items():
            if all(wanted[stage] == names.get(stage, self.chosen[stage]) for stage in self.stages):
                return kind
        return None


def choices_of(registry: Registry, backends: Mapping[Stage, str]) -> Choices:
    """Return what can be chosen; loads nothing.

    Args:
        registry: The back-ends.
        backends: What the person has chosen so far.
    """
    stages = {
        stage: tuple(_choice(name, spec) for name, spec in registry.table[stage].items())
        for stage in ORDER
        if stage in registry.table
    }
    name = backends.get(Stage.GENERATE)
    loaded = Stage.GENERATE in stages and registry.is_loaded(Stage.GENERATE, name)
    languages = tuple(registry.get(Stage.GENERATE, name).languages) if loaded else ()
    return Choices(stages, {stage: registry.name(stage) for stage in stages}, languages)


def _choice(name: str, spec: BackendSpec) -> Choice:
    absent = [*spec.missing_packages(), *(each for each in spec.programs if shutil.which(each) is None)]
    problem = f"{', '.join(absent)}. {spec.install}" if absent else None
    return Choice(name, spec.kind, spec.description, problem)


def refused(registry: Registry, backends: Mapping[Stage, str]) -> dict[str, TrioError]:
    """Load the back-ends; return why those that cannot run here cannot, by name."""
    bad: dict[str, TrioError] = {}
    for stage, name in backends.items():
        try:
            registry.get(stage, name)
        except TrioError as error:
            bad[name] = error
        except Exception as error:
            _log.exception("the back-end %s of %s could not be loaded", name, stage)
            bad[name] = BackendError("It could not be loaded", given=f"{type(error).__name__}: {error}")
    return bad
