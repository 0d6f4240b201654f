"""What a turn leaves, made by hand and by chance, for tests of the history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hypothesis import strategies as st
from sqlalchemy import func, select

from chatbot.history import History, TurnWriter, tables
from chatbot.turn.events import EmotionSource, FusedContext, FusedEmotion, Reply, Timings, TurnEvent
from pipelines.core.types import (
    Caption,
    Detection,
    Detections,
    Distribution,
    Evidence,
    OcrText,
    Segment,
    Sentiment,
    Stage,
    TextBox,
    Transcript,
)

numbers = st.floats(allow_nan=False)
shares = st.floats(0, 1)
words = st.text(max_size=12)
scores = st.dictionaries(words, numbers, max_size=3)
boxes = st.builds(TextBox, words, shares, st.tuples(*[st.tuples(numbers, numbers)] * 4))
found = st.builds(Detection, words, st.tuples(*[numbers] * 4), shares)
values = st.one_of(
    st.builds(Detections, st.lists(found, max_size=2).map(tuple), st.integers(), st.integers()),
    st.builds(
        Transcript, words, words, shares, st.tuples(st.builds(Segment, numbers, numbers, words)), st.none()
    ),
    st.builds(Distribution, words, shares, scores),
    st.builds(Sentiment, words, shares),
    st.builds(Caption, words, shares),
    st.builds(OcrText, words, st.lists(boxes, max_size=2).map(tuple)),
)
evidence = st.builds(
    Evidence,
    st.sampled_from(Stage),
    words,
    st.none() | values,
    st.none() | shares,
    words,
    numbers,
    st.none() | words,
    st.none() | numbers,
    st.none() | words,
)
emotions = st.builds(
    FusedEmotion,
    words,
    shares,
    scores,
    st.lists(st.builds(EmotionSource, words, words, shares, shares), max_size=3).map(tuple),
    st.none() | words,
)
texts = st.lists(words, max_size=3).map(tuple)
contexts = st.builds(
    FusedContext,
    words,
    words,
    texts,
    texts,
    st.none() | emotions,
    words,
    st.lists(evidence, max_size=4).map(tuple),
)
maybe = st.none() | numbers
replies = st.builds(
    Reply,
    words,
    st.none() | contexts,
    st.builds(Timings, scores, maybe, maybe, maybe, numbers, scores),
    st.dictionaries(words, words, max_size=3),
    st.none() | words,
    stopped=st.booleans(),
)


def keeping(writer: TurnWriter, events: Iterable[TurnEvent]) -> Iterator[TurnEvent]:
    """Pass a turn's events on, each kept before it is."""
    with writer:
        for event in events:
            writer.take(event)
            yield event


def context(
    text: str = "",
    transcript: str = "",
    captions: tuple[str, ...] = (),
    ocr: tuple[str, ...] = (),
    label: str | None = "happy",
) -> FusedContext:
    found = [Evidence(Stage.TEXT_EMOTION, "text", None, None, "scripted", 0.1, "No words.")]
    if transcript:
        found.append(
            Evidence(Stage.TRANSCRIBE, "voice", Transcript(transcript, "en", 0.9), 0.9, "scripted", 0.1)
        )
    for number, caption in enumerate(captions, start=1):
        found.append(
            Evidence(Stage.CAPTION, f"picture {number}", Caption(caption, 0.2), 0.2, "scripted", 0.1)
        )
    emotion = FusedEmotion(label, 0.75, {label: 0.75, "sad": 0.25}, ()) if label else None
    return FusedContext(text, transcript, captions, ocr, emotion, "en", tuple(found))


def reply(text: str, understood: FusedContext | None = None, *, stopped: bool = False) -> Reply:
    timings = Timings({"generate": 0.5}, 0.1, None, 0.5, 0.6)
    return Reply(text, understood, timings, {"generate": "scripted"}, "No voice.", stopped=stopped)


def count(history: History, kind: type[tables.Base]) -> int:
    """Return how many rows of a table are kept, of everybody together."""
    with history.storage.database.read() as session:
        return int(session.scalar(select(func.count()).select_from(kind)) or 0)
