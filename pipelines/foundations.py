"""All the foundations by name, and the commands that run them on files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.core.foundation import Fields, FoundationSpec, FoundationTable, Learned, load_foundation
from pipelines.core.registry import Registry
from pipelines.core.types import Stage
from pipelines.crossmodal.foundations.crossmodal_foundations import TABLE as CROSSMODAL
from pipelines.explain.explainers import TABLE as EXPLAIN
from pipelines.image.foundations.image_foundations import TABLE as IMAGE
from pipelines.speech.foundations.speech_foundations import TABLE as SPEECH
from pipelines.stages import StageOptions
from pipelines.text.foundations.text_foundations import TABLE as TEXT
from pipelines.text.foundations.tuned.tuned_foundations import TABLE as TUNED

FOUNDATIONS: FoundationTable = {**TEXT, **IMAGE, **SPEECH, **CROSSMODAL, **TUNED, **EXPLAIN}


@dataclass
class FoundationCommand:
    """One foundation as a word of the command line; used as `pipelines.stages.StageCommand` is."""

    name: str
    spec: FoundationSpec
    needs: tuple[Stage, ...] = ()
    _target: Any = field(default=None, init=False)

    def prepare(self, registry: Registry, options: StageOptions) -> str:
        """Load the trained model, or import the tool; return its name.

        Raises:
            ModelMissingError: if it was not trained yet.
        """
        del registry
        learned = self.spec.learned
        self._target = (
            load_foundation(self.spec, self.name, options.trained) if learned else self.spec.resolve()
        )
        return self.name

    def run(self, registry: Registry, path: Path, options: StageOptions) -> Fields:
        """Return the fields of one file."""
        del registry
        out = options.out or path.parent
        if self.spec.learned:
            model: Learned = self._target
            return model.predict(path, out)
        fields: Fields = self._target(path, out)
        return fields


def foundation_command(name: str) -> FoundationCommand | None:
    """Return the command of a foundation; None where there is none of that name."""
    spec = FOUNDATIONS.get(name)
    return FoundationCommand(name, spec) if spec else None
