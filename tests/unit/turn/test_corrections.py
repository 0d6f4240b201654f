"""Words that a person put right: in the evidence, in the store, and in the answer that follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image as Pillow

from chatbot.config.settings import Settings
from chatbot.history import History, MediaSource, NotFoundError, Role, Status, TurnRecord
from chatbot.turn.corrections import apply_correction, known_evidence
from chatbot.turn.engine import Chatbot
from chatbot.turn.understanding import WORD_STAGES
from chatbot.ui.drafts import read_draft
from chatbot.ui.panel.bridge import CorrectionRequest, correction_request
from chatbot.ui.panel.correction_forms import MAX_LETTERS
from chatbot.ui.panel.resubmission import applied_corrections, correct_and_answer
from chatbot.ui.tab_session import PendingTurn
from chatbot.ui.words import words_for
from pipelines.core.errors import InputError
from pipelines.core.registry import Registry
from pipelines.core.types import (
    Audio,
    Caption,
    Detections,
    Distribution,
    Evidence,
    OcrText,
    Sentiment,
    Stage,
    Transcript,
)
from pipelines.speech.wav import to_wav_bytes
from tests.support.records import keeping
from tests.support.scripted import scripted_registry
from tests.unit.history.test_history_codec import plain

ME = "local"
HEARD = Evidence(Stage.TRANSCRIBE, "voice", Transcript("I lost my joy.", "en", 0.8), 0.8, "m", 0.5, start=0.1)
SEEN = Evidence(Stage.CAPTION, "picture 1", Caption("A dog.", 0.4), 0.4, "m", 0.5)
TONE = Evidence(Stage.SPEECH_EMOTION, "voice", Distribution("sad", 0.7, {}), 0.7, "m", 0.1)
FEELING = Evidence(Stage.SENTIMENT, "voice", Sentiment("positive", 0.9), 0.9, "m", 0.1)
READ = Evidence(Stage.OCR, "picture 1", OcrText("EXIT"), 0.9, "m", 0.1)
FOUND = Evidence(Stage.DETECT, "picture 1", Detections((), 9, 9), None, "m", 0.1)
TYPED = Evidence(Stage.SENTIMENT, "text", Sentiment("positive", 0.9), 0.9, "m", 0.1)


def test_a_corrected_transcript_is_sure_and_keeps_what_was_heard() -> None:
    right = apply_correction(HEARD, "I lost my job.")
    assert plain(right.value) == plain(Transcript("I lost my job.", "en", 1.0))
    assert (right.original, right.confidence, right.model) == ("I lost my joy.", 1.0, "m")
    again = apply_correction(right, "I lost my jab.")
    assert again.original == "I lost my joy."
    assert apply_correction(HEARD, "I lost my joy.") is HEARD


def test_a_failed_stage_becomes_the_persons_words() -> None:
    failed = replace(SEEN, value=None, confidence=None, error="Too small.")
    right = apply_correction(failed, "A lynx.")
    assert (right.value, right.error, right.original) == (Caption("A lynx.", 1.0), None, "")


@pytest.mark.parametrize(
    ("heard", "language", "text", "expected"),
    [
        ("Oui.", "fr", "Ouf.", "fr"),
        ("I am fine.", "en", "我很好，谢谢你。", "zh"),
        ("", "cy", "Ich möchte bitte einen Kaffee und ein Stück Kuchen bestellen.", "de"),
    ],
)
def test_the_language_stays_unless_the_words_are_of_another(
    heard: str, language: str, text: str, expected: str
) -> None:
    right = apply_correction(replace(HEARD, value=Transcript(heard, language, 0.6)), text)
    assert isinstance(right.value, Transcript)
    assert right.value.language == expected


def test_only_what_follows_from_the_corrected_words_is_worked_out_again() -> None:
    items = [HEARD, TONE, FEELING, SEEN, READ, FOUND, TYPED]
    voice = known_evidence(items, {"voice": "I lost my job."})
    assert [(i.kind, i.source) for i in voice] == [(i.kind, i.source) for i in items if i is not FEELING]
    assert [i.original for i in voice if i.original is not None] == ["I lost my joy."]
    assert len(known_evidence(items, {"picture 1": "A lynx."})) == len(items)
    broken = replace(READ, value=None, error="No.")
    assert broken not in known_evidence([broken], {"picture 1": "A lynx."})


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with History(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def registry() -> Registry:
    return scripted_registry({Stage.TRANSCRIBE: {"text": "I lost my joy."}})


def ask(history: History, registry: Registry, folder: Path, text: str = "") -> TurnRecord:
    """Keep and answer a turn of a recording and a picture."""
    voice, picture = folder / "voice.wav", folder / "cat.png"
    voice.write_bytes(to_wav_bytes(Audio(np.full(16_000, 0.1, np.float32), 16_000)))
    Pillow.fromarray(np.zeros((16, 16, 3), np.uint8)).save(picture)
    media = [
        MediaSource(Role.RECORDING, "voice.wav", voice),
        MediaSource(Role.PICTURE, "cat.png", picture),
    ]
    conversation = history.create(ME).id
    writer = history.begin_turn(ME, conversation, text=text, media=media)
    draft = read_draft(text, [voice, picture])
    for _ in keeping(writer, Chatbot(Settings(), registry).respond(draft.turn())):
        pass
    return history.turn(ME, writer.turn)


def answer(history: History, registry: Registry, asked: PendingTurn) -> TurnRecord:
    events = Chatbot(Settings(), registry).respond(asked.draft.turn(), known=asked.known)
    for _ in keeping(asked.writer, events):
        pass
    assert asked.writer.problem is None
    return history.turn(ME, asked.writer.turn)


def test_a_corrected_turn_is_answered_as_a_new_version(
    history: History, registry: Registry, tmp_path: Path
) -> None:
    old = ask(history, registry, tmp_path)
    before = {stage: len(registry.get(stage).calls) for stage in registry.table}
    asked = correct_and_answer(history, ME, old.id, "voice", " I lost my job. ")
    new = answer(history, registry, asked)
    ran = {s for s in registry.table if len(registry.get(s).calls) > before[s]}
    assert ran == {*WORD_STAGES, Stage.GENERATE, Stage.SPEAK}
    assert (new.sibling, new.siblings, new.status) == (2, 2, Status.DONE)
    assert new.context is not None and new.context.transcript == "I lost my job."
    (heard,) = [item for item in new.evidence if item.kind == Stage.TRANSCRIBE]
    assert heard.original == "I lost my joy."
    assert plain(heard.value) == plain(Transcript("I lost my job.", "en", 1.0))
    assert [item.name for item in new.question_media] == ["voice.wav", "cat.png"]
    kept = history.turn(ME, old.id)
    assert kept.context is not None and kept.context.transcript == "I lost my joy."
    assert [(c.original, c.corrected) for c in kept.corrections] == [("I lost my joy.", "I lost my job.")]
    assert [t.id for t in history.path(ME, old.conversation)] == [new.id]
    assert history.exchanges(ME, old.conversation)[0].user == "I lost my job."


def test_a_second_correction_keeps_the_first(history: History, registry: Registry, tmp_path: Path) -> None:
    old = ask(history, registry, tmp_path)
    asked = correct_and_answer(history, ME, old.id, "voice", "I lost my job.")
    once = answer(history, registry, asked)
    twice = answer(history, registry, correct_and_answer(history, ME, once.id, "picture 1", "A\nlynx."))
    assert twice.context is not None
    assert (twice.context.transcript, twice.context.captions) == ("I lost my job.", ("A lynx.",))
    originals = {item.source: item.original for item in twice.evidence if item.original is not None}
    assert originals == {"voice": "I lost my joy.", "picture 1": "A cat on a mat."}
    assert twice.siblings == 3
    assert {item.source for item in applied_corrections(twice)} == {"voice", "picture 1"}
    assert {item.source for item in applied_corrections(history.turn(ME, old.id))} == {"voice"}


@pytest.mark.parametrize(
    ("source", "text", "message"),
    [
        ("voice", "   ", "Enter a correction first"),
        ("voice", "I lost my joy.", "Change it first"),
        ("voice", "x" * (MAX_LETTERS + 1), "20000 characters"),
        ("picture 1", "A  cat on a\nmat.", "Change it first"),
        ("picture 9", "A cat.", "nothing to correct"),
        ("text", "Hi", "nothing to correct"),
        ("<script>", "Hi", "nothing to correct"),
    ],
)
def test_a_correction_that_cannot_be_made_leaves_the_turn_alone(
    history: History, registry: Registry, tmp_path: Path, source: str, text: str, message: str
) -> None:
    old = ask(history, registry, tmp_path)
    with pytest.raises(InputError, match=message):
        correct_and_answer(history, ME, old.id, source, text)
    kept = history.turn(ME, old.id)
    assert (kept.siblings, kept.corrections) == (1, ())


def test_nobody_corrects_the_turns_of_others(history: History, registry: Registry, tmp_path: Path) -> None:
    old = ask(history, registry, tmp_path)
    with pytest.raises(NotFoundError):
        correct_and_answer(history, "somebody", old.id, "voice", "I lost my job.")
    assert history.turn(ME, old.id).siblings == 1


def test_files_that_are_gone_are_named_in_the_pages_words(
    history: History, registry: Registry, tmp_path: Path
) -> None:
    old = ask(history, registry, tmp_path)
    next(item for item in old.media if item.role == Role.PICTURE).path.unlink()
    with pytest.raises(InputError, match="can no longer be read") as caught:
        correct_and_answer(history, ME, old.id, "voice", "I lost my job.")
    assert "文件已无法读取" in words_for("zh").say(caught.value.said)
    assert history.turn(ME, old.id).siblings == 1


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"turn": "t", "source": "voice", "text": "x"}, CorrectionRequest("t", "voice", "x")),
        ({"turn": 3, "source": None, "text": ["x"]}, CorrectionRequest("", "", "")),
        (None, CorrectionRequest("", "", "")),
        ("text", CorrectionRequest("", "", "")),
    ],
)
def test_what_the_browser_sends_is_read_with_care(data: Any, expected: CorrectionRequest) -> None:
    assert correction_request(gr.EventData(None, data)) == expected
