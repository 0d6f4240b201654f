"""An answer is on disk as it comes, however it ends."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from chatbot.history import History, HistoryError, MediaSource, Role, Status, retries, tables
from chatbot.history.flusher import Flusher
from chatbot.turn.events import ContextReady, Done, EvidenceReady, Failed, SpeechChunk, TextDelta, TurnEvent
from pipelines.core.types import Audio
from tests.support import records

ME = "local"


def events(ending: TurnEvent) -> Iterator[TurnEvent]:
    context = records.context("hello")
    yield EvidenceReady(context.evidence[0])
    yield ContextReady(context)
    yield TextDelta("Hello ")
    yield SpeechChunk(Audio(np.zeros(240, np.float32), 24_000), "Hello")
    yield TextDelta("there.")
    yield ending


@pytest.mark.parametrize(
    ("ending", "status", "error"),
    [
        (Done(records.reply("Hello there.", records.context("hello"))), Status.DONE, None),
        (Done(records.reply("Hello there.", None, stopped=True)), Status.STOPPED, None),
        (Failed("No room.", records.reply("Hello there.")), Status.FAILED, "No room."),
    ],
)
def test_the_engines_events_are_kept(
    history: History, ending: Done | Failed, status: Status, error: str | None
) -> None:
    writer = history.begin_turn(ME, history.create(ME).id, text="hello")
    passed = list(records.keeping(writer, events(ending)))
    turn = history.turn(ME, writer.turn)
    assert passed[-1] is ending
    assert (turn.status, turn.error, turn.reply_text) == (status, error, "Hello there.")
    assert turn.answer is not None and turn.answer.voice_note == "No voice."
    assert turn.spoken_reply is not None and turn.spoken_reply.path.read_bytes()[:4] == b"RIFF"
    assert turn.evidence[0].error == "No words." and turn.emotion is not None
    assert writer.problem is None


def test_a_closed_page_interrupts_the_turn_and_the_engine(history: History) -> None:
    ended = []

    def engine() -> Iterator[TurnEvent]:
        try:
            yield from events(Done(records.reply("never")))
        finally:
            ended.append(True)

    writer = history.begin_turn(ME, history.create(ME).id, text="hello")
    running = records.keeping(writer, engine())
    for event in running:
        if isinstance(event, TextDelta):
            break
    running.close()  # type: ignore[attr-defined]
    turn = history.turn(ME, writer.turn)
    assert ended == [True]
    assert (turn.status, turn.reply_text) == (Status.INTERRUPTED, "Hello ")
    assert turn.context is not None and turn.answer is None
    assert (turn.reply.text, turn.reply.models) == ("Hello ", {"text-emotion": "scripted"})


def test_an_error_in_the_with_block_interrupts_the_turn(history: History) -> None:
    with pytest.raises(ZeroDivisionError), history.begin_turn(ME, history.create(ME).id) as writer:
        writer.write("so far")
        raise ZeroDivisionError
    turn = history.turn(ME, writer.turn)
    assert (turn.status, turn.reply_text) == (Status.INTERRUPTED, "so far")


def test_a_full_disk_does_not_end_the_answer(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = history.begin_turn(ME, history.create(ME).id, text="hello")

    def full() -> None:
        raise HistoryError("The disk is full")

    monkeypatch.setattr(history.storage.database, "write", full)
    passed = list(records.keeping(writer, events(Done(records.reply("Hello there.")))))
    assert len(passed) == 6
    assert str(writer.problem) == "The disk is full."


def test_a_conversation_deleted_meanwhile_stays_deleted(history: History) -> None:
    conversation = history.create(ME).id
    with history.begin_turn(ME, conversation, text="hello") as writer:
        writer.write("Hello ")
        history.delete(ME, conversation)
        writer.write("there.")
        writer.finish(records.reply("Hello there."), speech=b"voice")
    assert [records.count(history, kind) for kind in (tables.Turn, tables.Media)] == [0, 0]


def test_what_was_written_so_far_can_be_read_while_answering(history: History) -> None:
    conversation = history.create(ME).id
    writer = history.begin_turn(ME, conversation, text="hello")
    writer.write("Hel")
    writer.write("lo ")
    history.storage.flusher.flush()
    (turn,) = history.path(ME, conversation)
    assert (turn.status, turn.reply_text) == (Status.ANSWERING, "Hello ")
    assert history.exchanges(ME, conversation) == []


def test_closing_marks_running_turns_and_reopening_leaves_them(tmp_path: Path) -> None:
    history = History(tmp_path)
    conversation = history.create(ME).id
    writer = history.begin_turn(ME, conversation, text="hello")
    writer.write("Hello ")
    history.close()
    with History(tmp_path) as history:
        (turn,) = history.path(ME, conversation)
        assert (turn.status, turn.reply_text) == (Status.INTERRUPTED, "Hello ")
    assert list((tmp_path / "answering").iterdir()) == []


def test_a_second_opening_leaves_a_living_turn_alone(tmp_path: Path) -> None:
    with History(tmp_path) as first:
        conversation = first.create(ME).id
        with first.begin_turn(ME, conversation, text="hello") as writer:
            with History(tmp_path) as second:
                assert second.path(ME, conversation)[0].status == Status.ANSWERING
            writer.finish(records.reply("Hello."))
        assert first.path(ME, conversation)[0].status == Status.DONE


def test_changes_of_many_turns_go_out_in_one_save() -> None:
    saved: list[dict[int, dict[str, str]]] = []
    flusher = Flusher(lambda changes: saved.append({k: dict(v) for k, v in changes.items()}), interval=3600)
    flusher.flush()
    for text in ("a", "ab", "abc"):
        flusher.put(1, {"reply": text})
        flusher.put(2, {"reply": text.upper()})
    flusher.put(2, {"evidence": "e"})
    flusher.close()
    assert saved == [{1: {"reply": "abc"}, 2: {"reply": "ABC", "evidence": "e"}}]
    flusher.put(3, {"reply": "late"})
    flusher.flush()
    assert len(saved) == 1


def test_a_file_that_cannot_be_read_leaves_no_turn(history: History, tmp_path: Path) -> None:
    conversation = history.create(ME).id
    media = [
        MediaSource(Role.PICTURE, "a.png", b"a"),
        MediaSource(Role.PICTURE, "b.png", tmp_path / "none.png"),
    ]
    with pytest.raises(HistoryError, match=r"b\.png"):
        history.begin_turn(ME, conversation, media=media)
    assert history.path(ME, conversation) == []
    assert [p for p in (history.data_dir / "media").rglob("*") if p.is_file()] == []


@pytest.mark.parametrize("name", ["page.html", "picture.svg", "run.js", "no ending", "../../../etc/passwd"])
def test_what_a_browser_could_run_is_kept_as_plain_bytes(history: History, name: str) -> None:
    conversation = history.create(ME).id
    history.begin_turn(ME, conversation, media=[MediaSource(Role.PICTURE, name, b"<script>")]).interrupt()
    (media,) = history.path(ME, conversation)[0].media
    assert (media.media_type, media.path.suffix) == ("application/octet-stream", ".bin")
    assert media.path.resolve().is_relative_to((history.data_dir / "media").resolve())
    assert history.open_media(ME, media.id) == media


def test_the_same_bytes_are_kept_once_for_each_owner(history: History) -> None:
    for user in (ME, ME, "other"):
        media = [MediaSource(Role.PICTURE, "a.png", b"same")] * 2
        history.begin_turn(user, history.create(user).id, media=media).interrupt()
    files = [p for p in (history.data_dir / "media").rglob("*") if p.is_file()]
    assert len(files) == 2 and len({p.parent.parent for p in files}) == 2


def test_files_without_a_row_are_swept_at_the_next_start(tmp_path: Path) -> None:
    with History(tmp_path) as history:
        conversation = history.create(ME).id
        history.begin_turn(ME, conversation, media=[MediaSource(Role.PICTURE, "a.png", b"a")]).interrupt()
        (media,) = history.path(ME, conversation)[0].media
        stray = media.path.with_name("0" * 64 + ".png")
        stray.write_bytes(b"stray")
    with History(tmp_path) as history:
        assert (stray.exists(), media.path.exists()) == (False, True)


def full_disk(monkeypatch: pytest.MonkeyPatch, history: History, times: int) -> list[int]:
    """Let that many writes fail; return what counts them."""
    whole, failed = history.storage.database.write, list[int]()

    def write() -> object:
        if len(failed) < times:
            failed.append(1)
            raise HistoryError("The disk is full")
        return whole()

    monkeypatch.setattr(retries, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(history.storage.database, "write", write)
    return failed


def test_an_end_that_cannot_be_written_is_tried_again(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = history.begin_turn(ME, history.create(ME).id, text="hello")
    failed = full_disk(monkeypatch, history, 2)
    writer.take(Done(records.reply("Hello.")))
    assert len(failed) == 2 and writer.problem is None
    assert history.turn(ME, writer.turn).status == Status.DONE


def test_a_disk_that_is_full_until_the_end_leaves_an_interrupted_turn_and_never_an_answering_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History(tmp_path)
    writer = history.begin_turn(ME, history.create(ME).id, text="hello")
    with writer:
        writer.write("Hel")
        history.storage.flusher.flush()
        full_disk(monkeypatch, history, 999)
        writer.take(TextDelta("lo."))
        writer.take(Done(records.reply("Hello.")))
        assert str(writer.problem) == "The disk is full."
    history.storage.process_lock.release()
    monkeypatch.undo()
    with History(tmp_path) as again:
        turn = again.turn(ME, writer.turn)
        assert (turn.status, turn.reply_text) == (Status.INTERRUPTED, "Hel")
    history.close()


def test_an_end_that_could_not_be_written_is_written_once_there_is_room(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = records.context("", "What is a lighthouse?")
    with history.begin_turn(ME, None) as writer:
        writer.write("A tower.")
        full_disk(monkeypatch, history, 999)
        writer.take(Done(records.reply("A tower.", said)))
        assert str(writer.problem) == "The disk is full."
    assert history.turn(ME, writer.turn).status == Status.ANSWERING
    monkeypatch.undo()
    history.storage.flusher.flush()
    turn = history.turn(ME, writer.turn)
    assert (turn.status, turn.reply_text, turn.answer is not None) == (Status.DONE, "A tower.", True)
    assert history.conversation(ME, writer.conversation).title == "What is a lighthouse?"


def test_what_could_not_be_saved_waits_beneath_what_came_after_it() -> None:
    saved: list[object] = []

    def save(changes: Mapping[int, Mapping[str, object]]) -> None:
        saved.append({row: dict(columns) for row, columns in changes.items()})
        if len(saved) == 1:
            flusher.put(1, {"reply": "ab"})
            raise HistoryError("The disk is full")

    flusher = Flusher(save, interval=3600)
    flusher.put(1, {"reply": "a", "evidence": "e"}, soon=True)
    while not saved:
        time.sleep(0.001)
    flusher.flush()
    assert saved[1:] == [{1: {"reply": "ab", "evidence": "e"}}]
    flusher.close()
    assert len(saved) == 2


def test_a_turn_that_others_follow_is_not_taken_out(history: History) -> None:
    conversation = history.create(ME).id
    first = history.begin_turn(ME, conversation, text="one")
    second = history.begin_turn(ME, conversation, text="two")
    first.discard()
    assert [turn.status for turn in history.path(ME, conversation)] == [
        Status.INTERRUPTED,
        Status.ANSWERING,
    ]
    second.discard()
    second.take(TextDelta("late"))
    second.interrupt()
    assert [turn.text for turn in history.path(ME, conversation)] == ["one"]
    assert history.redo(ME, conversation) is False
