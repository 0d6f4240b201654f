"""Reasons looked for on request: the kept turn is read again, and a back-end asked about parts of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from chatbot.history import History, TurnRecord
from chatbot.history.corrections import corrected_evidence
from chatbot.turn.corrections import words_heard
from chatbot.ui.drafts import read_draft
from chatbot.ui.markup import escape
from chatbot.ui.panel.reasons import (
    EXPLAINABLE,
    moments_markup,
    regions_markup,
    text_of,
    words_markup,
)
from chatbot.ui.panel.sources import PICTURE
from chatbot.ui.words import Words
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled, InputError, TrioError
from pipelines.core.registry import Registry, Selection
from pipelines.core.said import said
from pipelines.core.streams import Put, stream_from_future
from pipelines.core.types import Caption, Distribution, Evidence, Sentiment, Stage, Turn
from pipelines.explain.occlusion import Progress
from pipelines.explain.reasons import why_moments, why_regions, why_words

STEP_SECONDS = 0.25
"""A line on how far it is comes no oftener."""
AT_ONCE = 2
"""Explanations of all the people together: each asks a model a few dozen times."""
_GONE = said("This can no longer be explained: the original message is gone")


@dataclass(frozen=True)
class ReasonRequest:
    """What the button says. Nothing in it is to be trusted. `number` tells the answers apart."""

    turn: str
    source: str
    stage: str
    number: int


def explain(
    registry: Registry | Selection,
    turn: TurnRecord,
    request: ReasonRequest,
    words: Words,
    *,
    cancel: CancelToken | None = None,
    progress: Progress | None = None,
) -> str:
    """Return the reasons for one finding of a kept turn, as HTML.

    Raises:
        InputError: if the turn has no such finding, or its files are gone.
        Cancelled: when the token is cancelled.
    """
    item = _finding(turn, request)
    if item is None:
        raise InputError(_GONE)
    kept: dict[str, Any] = {"cancel": cancel, "progress": progress}
    if item.kind in (Stage.SENTIMENT, Stage.TEXT_EMOTION):
        assert isinstance(item.value, Sentiment | Distribution)
        text = text_of(item.source, turn.text, words_heard(corrected_evidence(turn)))
        parts = why_words(registry, item.kind, text, item.value.label, **kept)
        return words_markup(parts, words.labels.emotion(item.value.label), words)
    given = _read(turn)
    if isinstance(item.value, Caption):
        image = given.images[int(item.source.removeprefix(PICTURE)) - 1]
        return regions_markup(why_regions(registry, image, item.value.text, **kept), words)
    assert isinstance(item.value, Distribution)
    assert given.audio is not None
    moments = why_moments(registry, given.audio, item.value.label, **kept)
    return moments_markup(given.audio, moments, words.labels.emotion(item.value.label), words)


def _finding(turn: TurnRecord, request: ReasonRequest) -> Evidence | None:
    """Return what is to be explained; what a person wrote needs no reasons."""
    return next(
        (
            item
            for item in corrected_evidence(turn)
            if (item.kind, item.source) == (request.stage, request.source)
            and item.kind in EXPLAINABLE
            and item.value is not None
            and item.original is None
        ),
        None,
    )


def _read(turn: TurnRecord) -> Turn:
    draft = read_draft(turn.text, [item.path for item in turn.question_media])
    if draft.problems:
        raise InputError(_GONE)
    return draft.turn()


@dataclass(eq=False)
class ExplanationStream:
    """One explanation a tab; a new one ends the one before.

    Attributes:
        running: What a tab looks for now.
    """

    running: dict[str, CancelToken] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE, "trio-reasons"))

    def views(
        self,
        tab: str,
        registry: Registry | Selection,
        history: History,
        user: str,
        request: ReasonRequest,
        words: Words,
    ) -> Iterator[dict[str, Any]]:
        """Yield what the button's place shows: `number` with `step`, then with `markup`, "" when stopped.

        Stop shows at once; the worker is free again when it has seen it.
        """

        def work(put: Put[dict[str, Any]], cancel: CancelToken) -> str:
            told = -STEP_SECONDS

            def tell(done: int, total: int) -> None:
                nonlocal told
                if (now := time.monotonic()) - told >= STEP_SECONDS:
                    told = now
                    put({"number": request.number, "step": words.understood.why.progress(done, total)})

            turn = history.turn(user, request.turn)
            return explain(registry, turn, request, words, cancel=cancel, progress=tell)

        token = self._start(tab)
        try:
            markup = yield from stream_from_future(lambda *given: self._pool.submit(work, *given), token)
        except Cancelled:
            markup = ""
        except TrioError as error:
            markup = f'<p class="trio-muted">{escape(words.say(error.said))}</p>'
        finally:
            with self._lock:
                if self.running.get(tab) is token:
                    del self.running[tab]
        yield {"number": request.number, "markup": markup}

    def _start(self, tab: str) -> CancelToken:
        token = CancelToken()
        with self._lock:
            before, self.running[tab] = self.running.get(tab), token
        if before is not None:
            before.cancel()
        return token

    def stop(self, tab: str) -> None:
        """End what a tab looks for; its place is emptied."""
        with self._lock:
            token = self.running.get(tab)
        if token is not None:
            token.cancel()
