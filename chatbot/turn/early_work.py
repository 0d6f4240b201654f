"""What lies in a person's draft is understood before it is sent, and the same content never twice."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.turn.events import EvidenceReady, TurnEvent
from chatbot.turn.options import TurnOptions
from chatbot.turn.understanding import PICTURE_STAGES, WORD_STAGES, Coming, found_already
from pipelines.core.cancel import CancelToken
from pipelines.core.registry import Registry, Selection
from pipelines.core.streams import Inbox
from pipelines.core.types import Audio, Evidence, EvidenceValue, Image, Stage, Transcript, Turn

KEPT = 64
"""Pictures and recordings whose evidence is kept in memory, of all the people together."""
_RECORDING = (Stage.TRANSCRIBE, Stage.SPEECH_EMOTION, *WORD_STAGES)
_Key = tuple[str, str, tuple[str, ...]]
_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Running:
    """A picture or recording that is being understood, or waits for it. `drafts`: those that hold it."""

    found: Mapping[Stage, Future[Evidence]]
    drafts: set[str] = field(default_factory=set)
    begun: bool = False
    token: CancelToken = field(default_factory=CancelToken)


class EarlyWork:
    """Understands the pictures and recordings of drafts, one after another. Thread-safe; closes itself.

    What is taken out of every draft, and is not sent, is not understood any further.

    Args:
        understand: `Chatbot.understand`.
        registry: Names the back-ends: what another one finds is another result.
        kept: How many results are remembered.
    """

    def __init__(
        self, understand: Callable[..., Iterator[TurnEvent]], registry: Registry, kept: int = KEPT
    ) -> None:
        self._understand, self._registry, self._kept = understand, registry, kept
        self._lock = threading.Lock()
        self._running: dict[_Key, _Running] = {}
        self._known: OrderedDict[_Key, dict[Stage, Evidence]] = OrderedDict()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="trio-early")

    def close(self) -> None:
        """Stop what runs and wait for it."""
        with self._lock:
            running = list(self._running.values())
        for work in running:
            work.token.cancel()
        self._pool.shutdown(cancel_futures=True)

    def prepare(self, person: str, draft: str, turn: Turn | None, options: TurnOptions) -> Coming:
        """Understand what a draft holds; return what is found of it, by stage and source, once it is.

        Args:
            person: Whose it is; nobody else is given what is found.
            draft: Names the draft, for example its browser tab.
            turn: What it holds; None where it was emptied.
            options: Which back-ends understand it.
        """
        contents = self._keyed(person, turn, options)
        coming: dict[tuple[Stage, str], Future[Evidence]] = {}
        with self._lock:
            for source, (key, content) in contents.items():
                found = self._recalled(key) or self._begin(key, content, options, draft)
                coming |= {(stage, source): future for stage, future in found.items()}
        self._leave(draft, {key for key, _ in contents.values()})
        return coming

    def leave(self, draft: str) -> None:
        """Note that a draft is there no more."""
        self._leave(draft, set())

    def _leave(self, draft: str, held: Set[_Key]) -> None:
        """Take a draft's hold from all works but those it still holds; cancel what nobody holds."""
        with self._lock:
            unwanted = [work for key, work in self._running.items() if key not in held and _left(work, draft)]
        for work in unwanted:
            work.token.cancel()

    def take(self, person: str, turn: Turn, options: TurnOptions, cancel: CancelToken) -> Coming:
        """Return what is known of a turn that is sent, and what is being found; it belongs to the turn now.

        What has not been begun is left to the turn. `cancel`, the turn's token, ends what is being found.
        """
        coming: dict[tuple[Stage, str], Future[Evidence]] = {}
        late: list[_Running] = []
        contents = self._keyed(person, turn, options)
        with self._lock:
            for source, (key, _) in contents.items():
                work = self._running.get(key)
                if work is not None and not work.begun:
                    late.append(self._running.pop(key))
                    continue
                if work is not None:
                    work.drafts.add(f"turn {id(cancel)}")
                    cancel.on_cancel(work.token.cancel)
                found = self._recalled(key) if work is None else work.found
                coming |= {(stage, source): future for stage, future in found.items()}
        for work in late:
            work.token.cancel()
        return coming

    def keep(self, person: str, turn: Turn, options: TurnOptions, evidence: Sequence[Evidence]) -> None:
        """Remember what the stages have found in a turn, for the next time that the same is sent."""
        ran = [item for item in evidence if item.error is None and item.start is not None]
        for source, (key, _) in self._keyed(person, turn, options).items():
            self._remember(key, [item for item in ran if item.source == source])

    def _keyed(
        self, person: str, turn: Turn | None, options: TurnOptions
    ) -> dict[str, tuple[_Key, Image | Audio]]:
        selection = Selection(self._registry, options.backends)
        keyed: dict[str, tuple[_Key, Image | Audio]] = {}
        for source, content in _contents(turn):
            how = tuple(selection.name(stage) for stage in _stages(content))
            if isinstance(content, Audio):
                how += (options.hot_words,)
            keyed[source] = (person, _digest(content), how), content
        return keyed

    def _recalled(self, key: _Key) -> Mapping[Stage, Future[Evidence]]:
        """Return what is known of a content, {} for nothing."""
        if key not in self._known:
            return {}
        self._known.move_to_end(key)
        return {stage: found_already(evidence) for stage, evidence in self._known[key].items()}

    def _begin(
        self, key: _Key, content: Image | Audio, options: TurnOptions, draft: str
    ) -> Mapping[Stage, Future[Evidence]]:
        work = self._running.get(key)
        if work is None or work.token.cancelled:
            work = self._running[key] = _Running({stage: Future() for stage in _stages(content)})
            self._pool.submit(self._run, key, content, options, work)
        work.drafts.add(draft)
        return work.found

    def _run(self, key: _Key, content: Image | Audio, options: TurnOptions, work: _Running) -> None:
        found: list[Evidence] = []
        try:
            with self._lock:
                work.begun = not work.token.cancelled
            if work.begun:
                turn = Turn(audio=content) if isinstance(content, Audio) else Turn(images=(content,))
                for event in self._understand(turn, cancel=work.token.child(), options=options):
                    if isinstance(event, EvidenceReady) and event.evidence.error is None:
                        found.append(event.evidence)
                        work.found[event.evidence.kind].set_result(event.evidence)
        except Exception:
            _log.exception("a draft could not be understood ahead")
        finally:
            self._end(key, work, found)

    def _end(self, key: _Key, work: _Running, found: Sequence[Evidence]) -> None:
        """Keep what was found, and leave what was not to the turn."""
        self._remember(key, found)
        with self._lock:
            if self._running.get(key) is work:
                del self._running[key]
        for future in work.found.values():
            if future.cancel():
                future.set_running_or_notify_cancel()  # whoever waits for it is told

    def _remember(self, key: _Key, found: Sequence[Evidence]) -> None:
        if not found:
            return
        with self._lock:
            known = self._known.setdefault(key, {})
            known |= {item.kind: replace(item, value=_light(item.value)) for item in found}
            self._known.move_to_end(key)
            while len(self._known) > self._kept:
                self._known.popitem(last=False)


def as_they_come(coming: Coming, cancel: CancelToken) -> Iterator[Evidence]:
    """Yield what is found, in the order in which it is; what is not found is left out.

    Raises:
        Cancelled: when the token is cancelled.
    """
    with Inbox[Evidence | None](cancel) as inbox:
        for (_, source), future in coming.items():
            future.add_done_callback(lambda done, source=source: inbox.put(_of(done, source)))  # type: ignore[misc]
        for _ in coming:
            if (evidence := inbox.get()) is not None:
                yield evidence


def _of(future: Future[Evidence], source: str) -> Evidence | None:
    return None if future.cancelled() else replace(future.result(), source=source, start=None)


def _left(work: _Running, draft: str) -> bool:
    """Take a draft's hold away; return whether nobody holds the work any more."""
    if draft not in work.drafts:
        return False
    work.drafts.discard(draft)
    return not work.drafts


def _contents(turn: Turn | None) -> Iterator[tuple[str, Image | Audio]]:
    if turn is None:
        return
    if turn.audio is not None:
        yield "voice", turn.audio
    for number, image in enumerate(turn.images, start=1):
        yield f"picture {number}", image


def _stages(content: Image | Audio) -> tuple[Stage, ...]:
    return _RECORDING if isinstance(content, Audio) else PICTURE_STAGES


def _digest(content: Image | Audio) -> str:
    data: NDArray[Any] = content.samples if isinstance(content, Audio) else content.pixels
    kind = (content.sample_rate, content.notes) if isinstance(content, Audio) else data.shape
    digest = hashlib.sha256(repr(kind).encode("utf-8", "replace"))
    digest.update(np.ascontiguousarray(data).data)
    return digest.hexdigest()


def _light(value: EvidenceValue | None) -> EvidenceValue | None:
    """Return a finding without what only the next stage needs."""
    return replace(value, encoding=None) if isinstance(value, Transcript) else value
