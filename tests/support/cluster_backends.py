"""Back-ends that the tests run in replicas: they wait, fail and note what happens to them in a file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.core.cancel import CancelToken
from pipelines.core.registry import BackendSpec, Registry, Table
from pipelines.core.types import Audio, Caption, Distribution, Image, Sentiment, Stage


class _Noting:
    model = "noting"
    sample_rate = 8000

    def __init__(self, registry: Registry, *, notes: str = "") -> None:
        self._notes = Path(notes)

    def load(self) -> None: ...

    def warm_up(self) -> None: ...

    def unload(self) -> None: ...

    def note(self, text: str) -> None:
        with self._notes.open("a") as file:
            file.write(f"{text}\n")

    def wait(self, cancel: CancelToken, text: str) -> None:
        self.note(f"{text} began")
        if cancel.wait(20):
            self.note(f"{text} was cancelled")
        cancel.raise_if_cancelled()


class EndlessSpeaker(_Noting):
    def stream(
        self, text: str, *, language: str = "en", speed: float = 1.0, cancel: Any = None
    ) -> Iterator[Audio]:
        try:
            for _ in range(1000):
                if cancel.cancelled:
                    self.note(f"{text} was cancelled")
                    return
                yield Audio(np.zeros(8, np.float32), self.sample_rate)
                time.sleep(0.02)
        finally:
            self.note(f"{text} closed")


class SlowCaptioner(_Noting):
    def caption(self, image: Image, *, cancel: Any = None) -> Caption:
        self.wait(cancel, "caption")
        return Caption("never", 0.0)


class Bursting(_Noting):
    def classify(self, text: str) -> Distribution:
        raise ZeroDivisionError("nobody foresaw this")


class Slow(_Noting):
    def classify(self, text: str) -> Sentiment:
        time.sleep(0.3)
        return Sentiment("positive", 1.0)


TABLE: Table = {
    stage: {
        "noting": BackendSpec(
            f"tests.support.cluster_backends:{name}", "embedded", "for tests", options=("notes",)
        )
    }
    for stage, name in {
        Stage.SPEAK: "EndlessSpeaker",
        Stage.CAPTION: "SlowCaptioner",
        Stage.TEXT_EMOTION: "Bursting",
        Stage.SENTIMENT: "Slow",
    }.items()
}
