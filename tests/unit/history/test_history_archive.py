"""Export and import: nothing is lost on the way, and nothing in a ZIP is trusted."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chatbot.history import (
    ArchiveError,
    History,
    HistoryError,
    MediaSource,
    NotFoundError,
    Opinion,
    Role,
    Status,
)
from chatbot.history.archive_format import ArchiveLimits
from chatbot.history.conversation_notes import set_pinned
from chatbot.history.export_archive import export_archive
from chatbot.history.import_archive import import_archive
from chatbot.turn.events import EvidenceReady
from pipelines.core.errors import LimitError
from pipelines.core.types import Audio
from pipelines.speech.wav import to_wav_bytes
from tests.support import records
from tests.unit.history.test_history_codec import FULL, plain

ME, OTHER = "local", "other"
WAV = to_wav_bytes(Audio(np.full(1600, 0.1, np.float32), 16_000))


def png(colour: int) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (4, 4), (colour, 0, 0)).save(buffer, "PNG")
    return buffer.getvalue()


def fill(history: History) -> str:
    """A conversation with two branches, files, a rating, corrections and every status."""
    conversation = history.create(ME).id
    context = records.context("Look!", "I am hear.", ("A cat.",), ("STOP",))
    media = [MediaSource(Role.PICTURE, "my cat.png", png(1)), MediaSource(Role.RECORDING, "me.wav", WAV)]
    with history.begin_turn(ME, conversation, text="Look! 海滩 <b>", media=media) as writer:
        writer.finish(records.reply("I see a cat.", context), speech=WAV)
    first = writer.turn
    history.rate(ME, first, Opinion.LIKE, "nice")
    history.correct(ME, first, "voice", "I am here.")
    history.correct(ME, first, "picture 1", "A lynx.")
    history.begin_turn(ME, conversation, text="two").fail(FULL.said, records.reply("I"))
    history.begin_turn(ME, conversation, text="three").finish(records.reply("Half", stopped=True))
    history.undo(ME, conversation)
    with history.edit_turn(ME, first, text="Other") as writer:
        writer.take(EvidenceReady(context.evidence[0]))
        writer.write("Cut of")
    return conversation


def contents(history: History, user: str, conversation: str) -> Any:
    """Everything of every turn but ids, oldest first, and the branch shown."""
    shown = [turn.id for turn in history.path(user, conversation)]
    found: dict[str, Any] = {}
    numbers: dict[str | None, int | None] = {None: None}
    level = history.siblings(user, shown[0])
    while level:
        below = []
        for turn in level:
            numbers[turn.id] = len(numbers)
            media = [(m.role, m.name, m.media_type, m.sha256, m.path.read_bytes()) for m in turn.media]
            found[str(numbers[turn.id])] = (
                numbers[turn.parent], turn.number, turn.sibling, turn.siblings, turn.created_at, turn.status,
                turn.text, turn.reply_text, media, plain(turn.evidence), plain(turn.context), plain(turn.answer),
                turn.error, turn.rating, turn.corrections, turn.id in shown,
            )  # fmt: skip
            followers = [t for t in history.select(user, turn.id) if t.parent == turn.id]
            below += [t for f in followers for t in history.siblings(user, f.id)]
        level = below
    history.select(user, shown[0])
    record = history.conversation(user, conversation)
    return record.title, record.pinned, record.created_at, record.updated_at, record.turns, found


def test_export_then_import_gives_the_same(history: History, tmp_path: Path) -> None:
    conversation = fill(history)
    set_pinned(history, ME, conversation, True)
    assert export_archive(history, ME, tmp_path / "out.zip", conversation) == 1
    expected = contents(history, ME, conversation)
    with History(tmp_path / "elsewhere") as other:
        result = import_archive(other, OTHER, tmp_path / "out.zip")
        (name,) = result.conversations
        assert result.left_out == () and name != conversation
        shown = [turn.text for turn in other.path(OTHER, name)]
        assert shown == [turn.text for turn in history.path(ME, conversation)] == ["Other"]
        assert contents(other, OTHER, name) == expected
        assert [hit.place for hit in other.search(OTHER, "lynx")] == ["caption"]
        assert other.search(OTHER, "I am hear.") == []
        export_archive(other, OTHER, tmp_path / "again.zip")
    first, again = (zipfile.ZipFile(tmp_path / n).read("conversation.json") for n in ("out.zip", "again.zip"))
    assert json.loads(first)["conversations"][0]["turns"] == json.loads(again)["conversations"][0]["turns"]


def test_undone_turns_come_back_too(history: History, tmp_path: Path) -> None:
    conversation = history.create(ME).id
    for text in ("one", "two", "three"):
        history.begin_turn(ME, conversation, text=text).finish(records.reply("Yes."))
    history.undo(ME, conversation)
    export_archive(history, ME, tmp_path / "out.zip")
    (name,) = import_archive(history, OTHER, tmp_path / "out.zip").conversations
    assert [turn.text for turn in history.path(OTHER, name)] == ["one", "two"]
    assert history.redo(OTHER, name)
    assert [turn.text for turn in history.path(OTHER, name)] == ["one", "two", "three"]


def test_what_is_there_already_is_not_doubled(history: History, tmp_path: Path) -> None:
    kept, gone = fill(history), fill(history)
    export_archive(history, ME, tmp_path / "out.zip")
    history.begin_turn(ME, kept, text="later").finish(records.reply("Yes."))
    history.delete(ME, gone)
    result = import_archive(history, ME, tmp_path / "out.zip")
    assert (len(result.conversations), result.known) == (1, 1)
    export_archive(history, ME, tmp_path / "whole.zip")
    again = import_archive(history, ME, tmp_path / "whole.zip")
    assert (again.conversations, again.known, history.count(ME)) == ((), 2, 2)


def test_a_copy_that_lacks_turns_of_the_export_does_not_hide_them(history: History, tmp_path: Path) -> None:
    conversation = history.create(ME).id
    history.begin_turn(ME, conversation, text="one").finish(records.reply("Yes."))
    export_archive(history, ME, tmp_path / "early.zip")
    history.begin_turn(ME, conversation, text="two").finish(records.reply("Yes."))
    export_archive(history, ME, tmp_path / "late.zip")
    import_archive(history, OTHER, tmp_path / "early.zip")
    (name,) = import_archive(history, OTHER, tmp_path / "late.zip").conversations
    assert [turn.text for turn in history.path(OTHER, name)] == ["one", "two"]


def test_all_conversations_and_only_the_owners(history: History, tmp_path: Path) -> None:
    conversation = fill(history)
    fill(history)
    history.create(OTHER, "Secret")
    assert export_archive(history, ME, tmp_path / "out.zip") == 2
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert b"Secret" not in archive.read("conversation.json") + archive.read("conversation.md")
        assert len([n for n in archive.namelist() if n.startswith("media/")]) == 2
    with pytest.raises(NotFoundError):
        export_archive(history, OTHER, tmp_path / "theirs.zip", conversation)
    assert not (tmp_path / "theirs.zip").exists()
    assert len(import_archive(history, OTHER, tmp_path / "out.zip").conversations) == 2


def test_the_markdown_reads_well(history: History, tmp_path: Path) -> None:
    conversation = fill(history)
    first = history.siblings(ME, history.path(ME, conversation)[0].id)[0]
    history.select(ME, first.id)
    export_archive(history, ME, tmp_path / "out.zip")
    text = zipfile.ZipFile(tmp_path / "out.zip").read("conversation.md").decode()
    picture = hashlib.sha256(png(1)).hexdigest()
    for part in (
        "# Look! 海滩 \\<b\\>\n",
        "(one of 2 versions)",
        f"![my cat.png](media/{picture}.png)",
        "> Look! 海滩 <b>",
        "- Heard: I am here.",
        "- Picture 1: A lynx.",
        "- Text in picture 1: STOP",
        "- Mood: happy, 75%",
        "I see a cat.",
        "*You: like: nice*",
        f"*Failed: {FULL}*",
    ):
        assert part in text
    assert "Cut of" not in text


def test_an_export_that_cannot_be_written_says_so(history: History, tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="cannot be written"):
        export_archive(history, ME, tmp_path / "none" / "out.zip")


def edited(source: Path, target: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    """Copy an export with its JSON changed."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "conversation.json":
                raw = json.loads(data)
                result = change(raw)
                data = json.dumps(raw if result is None else result).encode()
            new.writestr(name, data)
    return target


def turn(raw: dict[str, Any], number: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = raw["conversations"][0]["turns"][number]
    return found


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda raw: raw.update(format="other"), "format 'other'"),
        (lambda raw: raw.update(version=2), "schema version 2"),
        (lambda raw: [], "not a Trio export"),
        (lambda raw: raw.pop("conversations") and None, r"export\.conversations"),
        (lambda raw: turn(raw).pop("text") and None, r"export\.conversations\[0\]\.turns\[0\]\.text"),
        (lambda raw: turn(raw).update(status="thinking"), r"turns\[0\]\.status.*thinking.*answering"),
        (lambda raw: turn(raw).update(evidence="none"), r"turns\[0\]\.evidence"),
        (lambda raw: turn(raw)["evidence"][0].update(kind="smell"), r"evidence\[0\]\.kind"),
        (lambda raw: turn(raw)["media"][0].update(role="virus"), r"media\[0\]\.role"),
        (lambda raw: turn(raw)["media"][0].update(file="../../etc/passwd"), "etc/passwd"),
        (
            lambda raw: turn(raw)["media"][0].update(file="media/" + "0" * 64),
            "listed in the export is missing",
        ),
        (lambda raw: turn(raw, 1).update(parent=77), r"turns\[1\]\.parent"),
        (lambda raw: turn(raw, 0).update(parent=1), r"turns\[0\]\.parent"),
        (lambda raw: turn(raw, 1).update(id=0), r"turns\[1\]\.id"),
        (lambda raw: turn(raw, 0).update(next=0), r"turns\[0\]\.next"),
        (lambda raw: turn(raw, 0).update(created_at=1e300), r"turns\[0\]\.created_at"),
        (lambda raw: turn(raw, 0).update(created_at=float("nan")), r"turns\[0\]\.created_at"),
        (lambda raw: turn(raw, 0).update(opinion="meh"), r"turns\[0\]\.opinion"),
        (lambda raw: raw["conversations"][0].update(leaf=99), r"\[0\]\.leaf"),
        (lambda raw: raw["conversations"][0].update(root=1), r"\[0\]\.root"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_kept(
    history: History, tmp_path: Path, change: Callable[[dict[str, Any]], Any], named: str
) -> None:
    fill(history)
    export_archive(history, ME, tmp_path / "good.zip")
    with pytest.raises(ArchiveError, match=named):
        import_archive(history, OTHER, edited(tmp_path / "good.zip", tmp_path / "bad.zip", change))
    assert history.count(OTHER) == 0


def with_entry(history: History, tmp_path: Path, name: str, data: bytes) -> Path:
    fill(history)
    export_archive(history, ME, tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip", "a") as archive:
        archive.writestr(name, data)
    return tmp_path / "out.zip"


@pytest.mark.parametrize(
    "name",
    ["../evil.txt", "/etc/passwd", "media/../../evil", "media/evil.png", "notes.txt", "C:\\evil", "media/"],
)
def test_entries_that_are_no_part_of_an_export_are_refused(
    history: History, tmp_path: Path, name: str
) -> None:
    with pytest.raises(ArchiveError, match="does not belong in an export"):
        import_archive(history, OTHER, with_entry(history, tmp_path, name, b"x"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_entries_of_one_name_are_refused(history: History, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="two files have the same name"):
        import_archive(history, OTHER, with_entry(history, tmp_path, "conversation.json", b"{}"))


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"null", b"1"])
def test_json_that_is_none_is_refused(history: History, tmp_path: Path, data: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("conversation.json", data)
    with pytest.raises(ArchiveError):
        import_archive(history, OTHER, tmp_path / "bad.zip")


@pytest.mark.parametrize(
    "data", [b"", b"no zip at all", b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04" + b"\xff" * 99]
)
def test_what_is_no_zip_is_refused(history: History, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bad.zip").write_bytes(data)
    with pytest.raises(ArchiveError):
        import_archive(history, OTHER, tmp_path / "bad.zip")
    with pytest.raises(ArchiveError, match="cannot be read"):
        import_archive(history, OTHER, tmp_path / "none.zip")


def test_a_bomb_is_refused_while_it_is_read_whatever_it_claims(history: History, tmp_path: Path) -> None:
    """The sizes in the ZIP's own directory are made small; the bytes are counted all the same."""
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversation.json", b" " * 5_000_000)
    limits = ArchiveLimits(max_json_bytes=1_000_000)
    with pytest.raises(LimitError, match="too large when unpacked"):
        import_archive(history, OTHER, bomb, limits)
    lying = bomb.read_bytes().replace((5_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    bomb.write_bytes(lying)
    with pytest.raises((LimitError, ArchiveError)):
        import_archive(history, OTHER, bomb, limits)


def test_the_files_count_together(history: History, tmp_path: Path) -> None:
    fill(history)
    export_archive(history, ME, tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        total = sum(e.file_size for e in archive.infolist() if e.filename != "conversation.md")
    with pytest.raises(LimitError):
        import_archive(history, OTHER, tmp_path / "out.zip", ArchiveLimits(max_bytes=total - 1))
    with pytest.raises(LimitError, match="too many files"):
        import_archive(history, OTHER, tmp_path / "out.zip", ArchiveLimits(max_entries=3))
    assert history.count(OTHER) == 0
    import_archive(history, OTHER, tmp_path / "out.zip", ArchiveLimits(max_bytes=total, max_entries=4))


def test_a_changed_file_is_refused(history: History, tmp_path: Path) -> None:
    fill(history)
    export_archive(history, ME, tmp_path / "good.zip")
    with zipfile.ZipFile(tmp_path / "good.zip") as old, zipfile.ZipFile(tmp_path / "bad.zip", "w") as new:
        for name in old.namelist():
            new.writestr(name, png(9) if name.endswith(".png") else old.read(name))
    with pytest.raises(ArchiveError, match="was modified"):
        import_archive(history, OTHER, tmp_path / "bad.zip")


def test_a_file_that_does_not_decode_is_left_out_and_noted(history: History, tmp_path: Path) -> None:
    conversation = history.create(ME).id
    media = [MediaSource(Role.PICTURE, "evil.png", b"<script>"), MediaSource(Role.PICTURE, "cat.png", png(1))]
    history.begin_turn(ME, conversation, text="Look", media=media).finish(records.reply("Yes."))
    export_archive(history, ME, tmp_path / "out.zip")
    result = import_archive(history, OTHER, tmp_path / "out.zip")
    (turn,) = history.path(OTHER, result.conversations[0])
    assert [item.name for item in turn.media] == ["cat.png"]
    assert [name for name, _ in result.left_out] == ["evil.png"]


def test_a_turn_that_was_being_answered_arrives_interrupted(history: History, tmp_path: Path) -> None:
    writer = history.begin_turn(ME, history.create(ME).id, text="hello")
    writer.write("Hel")
    history.storage.flusher.flush()
    export_archive(history, ME, tmp_path / "out.zip")
    (name,) = import_archive(history, OTHER, tmp_path / "out.zip").conversations
    (turn,) = history.path(OTHER, name)
    assert (turn.status, turn.reply_text) == (Status.INTERRUPTED, "Hel")
