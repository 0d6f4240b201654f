"""What a person can choose: the back-ends of each stage, and the profiles that choose for all of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from chatbot.config.mind import Writer
from chatbot.config.privacy import destinations
from chatbot.config.profiles import PROFILES, Profile
from chatbot.turn.warm_up import ORDER
from pipelines.core.errors import BackendError, TrioError
from pipelines.core.registry import Kind, Registry
from pipelines.core.said import Text, said
from pipelines.core.types import Stage

_log = logging.getLogger(__name__)
MODEL_STAGES = tuple(stage for stage in ORDER if stage is not Stage.SPEAK)
"""The stages whose model is chosen under "Models"; that of `SPEAK` is the voice."""


@dataclass(frozen=True)
class Choice:
    """One back-end of a stage.

    Attributes:
        name: In the table.
        title: What people call it.
        kind: Where its model comes from.
        description: One line.
        problem: What it lacks here and how to get it, a command as plain text; None where it can.
        voices: That can be chosen, by ISO 639-1 language, its usual one first.
    """

    name: str
    title: str
    kind: Kind
    description: str
    problem: tuple[Text, Text] | None
    voices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Choices:
    """What can be chosen here.

    Attributes:
        stages: The back-ends of each stage.
        chosen: The name that each stage has where the person chose none.
        languages: ISO 639-1 codes that the generator of replies can write, once it is loaded.
        sent: The other machine that a stage sends its input to, by stage.
        writer: Which packaged model writes the replies where nobody chooses, and why.
    """

    stages: Mapping[Stage, tuple[Choice, ...]]
    chosen: Mapping[Stage, str]
    languages: tuple[str, ...]
    sent: Mapping[Stage, str]
    writer: Writer | None = None

    def profiles(self) -> dict[Profile, dict[Stage, str]]:
        """Return the back-end of every stage for each profile of which something can run here.

        A stage that a profile leaves out, or whose back-end cannot run here, has its first embedded one.
        """
        usual = {stage: self._embedded(stage) for stage in self.stages}
        found: dict[Profile, dict[Stage, str]] = {"embedded": usual}
        for profile, names in PROFILES.items():
            running = {stage: name for stage, name in names.items() if self._runs(stage, name)}
            if running:
                found[profile] = usual | running
        return found

    def profile_of(self, backends: Mapping[Stage, str]) -> Profile | None:
        """Return the profile that these choices are, or None for a choice of one's own."""
        wanted = {**self.chosen, **backends}
        return next((profile for profile, names in self.profiles().items() if names == wanted), None)

    def _embedded(self, stage: Stage) -> str:
        rows = self.stages[stage]
        return next((row.name for row in rows if row.kind == "embedded"), self.chosen[stage])

    def _runs(self, stage: Stage, name: str) -> bool:
        return any(row.name == name and row.problem is None for row in self.stages.get(stage, ()))


def choices_of(registry: Registry, backends: Mapping[Stage, str], writer: Writer | None = None) -> Choices:
    """Return what can be chosen; loads nothing.

    Args:
        registry: The back-ends.
        backends: What the person has chosen so far.
        writer: Which packaged model writes the replies where nobody chooses.
    """
    stages = {
        stage: _rows(registry, stage, backends.get(stage)) for stage in ORDER if stage in registry.table
    }
    name = backends.get(Stage.GENERATE)
    loaded = Stage.GENERATE in stages and registry.is_loaded(Stage.GENERATE, name)
    languages = tuple(registry.get(Stage.GENERATE, name).languages) if loaded else ()
    chosen = {stage: registry.name(stage) for stage in stages}
    return Choices(stages, chosen, languages, destinations(registry, backends), writer)


def _rows(registry: Registry, stage: Stage, chosen: str | None) -> tuple[Choice, ...]:
    """Return the back-ends that can be offered: a server whose address nobody set only where it is chosen."""
    shown = {registry.name(stage), chosen}
    names = (name for name in registry.table[stage] if name in shown or registry.address(stage, name) != "")
    return tuple(_choice(registry, stage, name) for name in names)


def _choice(registry: Registry, stage: Stage, name: str) -> Choice:
    spec, lacks = registry.spec(stage, name), registry.obstacle(stage, name)
    title = registry.title(stage, name)
    return Choice(name, title, spec.kind, spec.description, lacks, spec.voices)


def refused(registry: Registry, backends: Mapping[Stage, str]) -> dict[Stage, TrioError]:
    """Load the back-ends; return why those that cannot run here cannot, by stage."""
    bad: dict[Stage, TrioError] = {}
    for stage, name in backends.items():
        try:
            registry.get(stage, name)
        except TrioError as error:
            bad[stage] = error
        except Exception as error:
            _log.exception("the back-end %s of %s could not be loaded", name, stage)
            bad[stage] = BackendError(
                said("The model could not be loaded"), given=f"{type(error).__name__}: {error}"
            )
    return bad
