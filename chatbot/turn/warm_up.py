"""Loading the models in the background, so that the first turn finds them warm."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.core.errors import TrioError
from pipelines.core.protocols import WarmsLater
from pipelines.core.registry import Registry
from pipelines.core.types import Stage

ORDER: tuple[Stage, ...] = (
    Stage.GENERATE,
    Stage.TRANSCRIBE,
    Stage.SPEAK,
    Stage.SENTIMENT,
    Stage.TEXT_EMOTION,
    Stage.CAPTION,
    Stage.OCR,
    Stage.DETECT,
    Stage.SPEECH_EMOTION,
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WarmUpStatus:
    """How far the models are; names are those of the stages. `errors`: why a stage is not available."""

    done: tuple[str, ...]
    pending: tuple[str, ...]
    errors: Mapping[str, str]

    @property
    def ready(self) -> bool:
        """Whether every stage is warm."""
        return not self.pending and not self.errors


class WarmUp:
    """Warms the stages of a registry, each once, in one background thread."""

    def __init__(self, registry: Registry, stages: Sequence[Stage] = ORDER) -> None:
        self._registry, self._stages = registry, tuple(stages)
        self._done: list[Stage] = []
        self._errors: dict[Stage, str] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = False

    def start(self) -> None:
        """Start; a second call does nothing."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="trio-warm-up", daemon=True)
                self._thread.start()

    def wait(self) -> None:
        """Return once every stage has been tried."""
        self.start()
        assert self._thread is not None
        self._thread.join()

    def stop(self) -> None:
        """Return once the stage that is loading has loaded; those after it are left cold."""
        self._stopping = True
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        for stage in self._stages:
            if self._stopping:
                return
            error = self._warm(stage)
            with self._lock:
                if error is None:
                    self._done.append(stage)
                else:
                    self._errors[stage] = error
        self._warm_rest()

    def _warm_rest(self) -> None:
        """Warm what is needed less often; where that fails, the reply that needs it says why."""
        for stage in self._done:
            try:
                backend = self._registry.get(stage)
                if isinstance(backend, WarmsLater) and not self._stopping:
                    backend.warm_up_rest()
            except TrioError as error:
                _log.warning("a part of the stage %s is not available: %s", stage, error)
            except Exception:
                _log.exception("a part of the stage %s could not be warmed up", stage)

    def _warm(self, stage: Stage) -> str | None:
        try:
            self._registry.warm_up([stage])
        except TrioError as error:
            return str(error)
        except Exception as error:
            _log.exception("the stage %s could not be warmed up", stage)
            return f"The stage failed unexpectedly: {type(error).__name__}: {error}"
        return None

    def status(self) -> WarmUpStatus:
        """Return how far the models are."""
        with self._lock:
            settled = {*self._done, *self._errors}
            pending = tuple(str(stage) for stage in self._stages if stage not in settled)
            errors = {str(stage): error for stage, error in self._errors.items()}
            return WarmUpStatus(tuple(map(str, self._done)), pending, errors)
