"""The stages that understand a turn, in two waves: what needs only the input, then what needs the words."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, assert_never

from pipelines.core.cancel import CancelToken, attach
from pipelines.core.errors import Cancelled, TrioError
from pipelines.core.registry import Selection
from pipelines.core.said import as_sentence, said
from pipelines.core.streams import Inbox, Put
from pipelines.core.types import (
    Audio,
    Caption,
    Detections,
    Distribution,
    Evidence,
    EvidenceValue,
    Image,
    OcrText,
    Sentiment,
    Stage,
    Transcript,
    Turn,
)
from pipelines.text.turns import DANGERS

WORD_STAGES = (Stage.SENTIMENT, Stage.TEXT_EMOTION, Stage.DANGER)
PICTURE_STAGES = (Stage.CAPTION, Stage.OCR, Stage.DETECT)
AT_ONCE = 4
"""Stages of one turn that run together; the others of a turn with many pictures wait their turn."""
Coming = Mapping[tuple[Stage, str], "Future[Evidence]"]
"""What is being found, or was, elsewhere: by stage and source. What is not found there is cancelled."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Job:
    kind: Stage
    source: str
    work: Callable[[Any], EvidenceValue]
    """Takes the loaded back-end."""


def perceive(
    turn: Turn,
    backends: Selection,
    pool: Executor,
    cancel: CancelToken,
    *,
    known: Sequence[Evidence] = (),
    coming: Coming | None = None,
    begun: float | None = None,
    hot_words: str = "",
) -> Iterator[Evidence]:
    """Run every stage that the turn calls for and yield each one's evidence as soon as it is there.

    Stages that do not depend on one another run at the same time. A stage that fails gives evidence
    with an error.

    Args:
        turn: What was given.
        backends: Those of this turn.
        pool: Runs the stages.
        cancel: Stops them.
        known: Evidence that takes the place of a stage of the same kind and source, which does not run.
        coming: The same, for evidence that may still be on its way; where it is cancelled, the stage runs.
        begun: The turn's start on `time.perf_counter`; None for now.
        hot_words: Names and words that the recording may hold.

    Raises:
        Cancelled: when the token is cancelled. Stages that wait are dropped; those that run hold the token
            until they end.
    """
    ahead = {**(coming or {}), **{(item.kind, item.source): found_already(item) for item in known}}
    since = time.perf_counter() if begun is None else begun
    waiting, running = deque(_first_wave(turn, hot_words, cancel)), 0
    with Inbox[Evidence](cancel) as done:

        def run(job: _Job) -> None:
            attach(pool.submit(_run_into, done.put, job, backends, since), cancel)

        def arrived(job: _Job, future: Future[Evidence]) -> None:
            if future.cancelled():
                run(job)
            else:
                done.put(replace(future.result(), source=job.source, start=None))

        def start() -> None:
            nonlocal running
            while waiting and running < AT_ONCE:
                job, running = waiting.popleft(), running + 1
                if (future := ahead.get((job.kind, job.source))) is not None:
                    future.add_done_callback(partial(arrived, job))
                else:
                    run(job)

        start()
        while running:
            evidence = done.get()
            running -= 1
            waiting += _second_wave(turn, evidence, cancel)
            start()  # before the reader is busy with the evidence
            yield evidence


def found_already(evidence: Evidence) -> Future[Evidence]:
    """Return evidence as a value of `Coming`."""
    future: Future[Evidence] = Future()
    future.set_result(evidence)
    return future


def _first_wave(turn: Turn, hot_words: str, cancel: CancelToken) -> list[_Job]:
    jobs = []
    if (audio := turn.audio) is not None:
        jobs.append(_Job(Stage.TRANSCRIBE, "voice", lambda b: _heard(audio, b, hot_words, cancel)))
    if turn.text and turn.text.strip():
        jobs += _about_words(turn.text, "text")
    for number, image in enumerate(turn.images, start=1):
        jobs += _about_picture(image, f"picture {number}", cancel)
    return jobs


def _second_wave(turn: Turn, evidence: Evidence, cancel: CancelToken) -> list[_Job]:
    """Return what becomes possible with `evidence`: the words' and the voice's emotion, in parallel."""
    transcript, audio = evidence.value, turn.audio
    if not isinstance(transcript, Transcript) or audio is None or not transcript.text:
        return []

    def feeling(backend: Any) -> EvidenceValue:
        return _typed(backend.classify(audio, transcript.encoding, cancel=cancel))

    return [_Job(Stage.SPEECH_EMOTION, "voice", feeling), *_about_words(transcript.text, "voice")]


def _about_words(text: str, source: str) -> list[_Job]:
    return [_Job(stage, source, lambda b: _typed(b.classify(text))) for stage in WORD_STAGES]


def _about_picture(image: Image, source: str, cancel: CancelToken) -> list[_Job]:
    return [
        _Job(Stage.CAPTION, source, lambda b: _typed(b.caption(image, cancel=cancel))),
        _Job(Stage.OCR, source, lambda b: _typed(b.read(image, cancel=cancel))),
        _Job(Stage.DETECT, source, lambda b: _typed(b.detect(image, cancel=cancel))),
    ]


def _heard(audio: Audio, backend: Any, hot_words: str, cancel: CancelToken) -> EvidenceValue:
    """Transcribe; what the decoder has to say of the recording goes with the words."""
    found = _typed(backend.transcribe(audio, hot_words=hot_words, cancel=cancel))
    if audio.notes and isinstance(found, Transcript):
        found = replace(found, notes=(*found.notes, *audio.notes))
    return found


def _typed(value: Any) -> EvidenceValue:
    """Pass a back-end's result on; a back-end that breaks the protocol is found here, not in the fusion."""
    if not isinstance(value, EvidenceValue):
        raise TypeError(f"a back-end returned {type(value).__name__}")
    return value


def _run_into(put: Put[Evidence], job: _Job, backends: Selection, begun: float) -> None:
    put(_run(job, backends, begun))


def _run(job: _Job, backends: Selection, begun: float) -> Evidence:
    """Run one stage; loading the model does not count as its seconds."""
    model, start = "", time.perf_counter()
    try:
        backend = backends.get(job.kind)
        model, start = backend.model, time.perf_counter()
        value = job.work(backend)
    except Cancelled as stopped:
        error = stopped.said
    except TrioError as refused:
        error = refused.said
    except Exception as failure:
        _log.exception("the stage %s of %s failed", job.kind, job.source)
        name = type(failure).__name__
        error = as_sentence(
            said("This step failed unexpectedly ({error}); details are in the log", error=name)
        )
    else:
        seconds = time.perf_counter() - start
        return Evidence(
            job.kind, job.source, value, confidence_of(value), model, seconds, start=start - begun
        )
    seconds = time.perf_counter() - start
    return Evidence(job.kind, job.source, None, None, model, seconds, error, start - begun)


def danger_in(evidence: Evidence) -> str | None:
    """Return the danger that a stage found; None for none, and for another finding."""
    value = evidence.value
    if evidence.kind == Stage.DANGER and isinstance(value, Distribution) and value.label in DANGERS:
        return value.label
    return None


def is_notable(evidence: Evidence) -> bool:
    """Whether people are shown a finding: that nobody is in danger goes without saying."""
    return evidence.kind != Stage.DANGER or evidence.value is None or danger_in(evidence) is not None


def confidence_of(value: EvidenceValue) -> float | None:
    """Return how sure a stage is of its result, 0 to 1; None where it does not say."""
    if isinstance(value, Distribution | Caption):
        return value.confidence
    if isinstance(value, Sentiment):
        return value.score
    if isinstance(value, Transcript):
        return value.language_probability if value.text else None
    if isinstance(value, Detections):
        return max((item.score for item in value.objects), default=None)
    if isinstance(value, OcrText):
        return min((box.confidence for box in value.boxes), default=None)
    assert_never(value)
