"""Loading the models in the background, so that the first turn finds them warm."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipelines.core.errors import TrioError
from pipelines.core.protocols import WarmsForLanguage
from pipelines.core.registry import Registry
from pipelines.core.said import Text, as_sentence, said
from pipelines.core.types import Stage

ORDER: tuple[Stage, ...] = (
    Stage.GENERATE,
    Stage.TRANSCRIBE,
    Stage.SPEAK,
    Stage.SENTIMENT,
    Stage.TEXT_EMOTION,
    Stage.DANGER,
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
    errors: Mapping[str, Text]

    @property
    def ready(self) -> bool:
        """Whether every stage is warm."""
        return not self.pending and not self.errors


class WarmUp:
    """Warms the stages of a registry, each once, in one background thread, then that of languages."""

    def __init__(self, registry: Registry, stages: Sequence[Stage] = ORDER) -> None:
        self._registry, self._stages = registry, tuple(stages)
        self._done: list[Stage] = []
        self._errors: dict[Stage, Text] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = self._resting = False
        self._languages: list[str] = []
        self._warmed = 0

    def start(self) -> None:
        """Start; a second call does nothing."""
        with self._lock:
            if self._thread is None:
                self._begin(self._run)

    def expect(self, language: str) -> None:
        """Tell that somebody writes this ISO 639-1 language, whose own parts are warmed after the stages."""
        with self._lock:
            if language in self._languages:
                return
            self._languages.append(language)
            if self._resting and not self._stopping:
                self._resting = False
                self._begin(self._warm_languages)

    def _begin(self, work: Callable[[], None]) -> None:
        self._thread = threading.Thread(target=work, name="trio-warm-up", daemon=True)
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
        self._warm_languages()

    def _warm_languages(self) -> None:
        while (language := self._next_language()) is not None:
            for stage in self._done:
                self._warm_for(stage, language)

    def _next_language(self) -> str | None:
        with self._lock:
            if self._stopping or self._warmed == len(self._languages):
                self._resting = True
                return None
            self._warmed += 1
            return self._languages[self._warmed - 1]

    def _warm_for(self, stage: Stage, language: str) -> None:
        """Warm what only a language needs; where that fails, the reply that needs it says why."""
        try:
            backend = self._registry.get(stage)
            if isinstance(backend, WarmsForLanguage) and not self._stopping:
                backend.warm_up_for(language)
        except TrioError as error:
            _log.warning("the stage %s is not available in %s: %s", stage, language, error)
        except Exception:
            _log.exception("the stage %s could not be warmed up for %s", stage, language)

    def _warm(self, stage: Stage) -> Text | None:
        try:
            self._registry.warm_up([stage])
        except TrioError as error:
            return error.said
        except Exception as error:
            _log.exception("the stage %s could not be warmed up", stage)
            why = f"{type(error).__name__}: {error}"
            return as_sentence(said("The stage failed unexpectedly: {error}", error=why))
        return None

    def status(self) -> WarmUpStatus:
        """Return how far the models are."""
        with self._lock:
            settled = {*self._done, *self._errors}
            pending = tuple(str(stage) for stage in self._stages if stage not in settled)
            errors = {str(stage): error for stage, error in self._errors.items()}
            return WarmUpStatus(tuple(map(str, self._done)), pending, errors)
