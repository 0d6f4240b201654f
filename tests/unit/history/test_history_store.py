"""Conversations, branches, owners, judgements."""

from __future__ import annotations

import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from chatbot.history import (
    History,
    HistoryError,
    MediaSource,
    NotFoundError,
    Opinion,
    Rating,
    Role,
    Status,
    tables,
    tree,
)
from chatbot.history.conversation_notes import set_pinned
from chatbot.turn.events import ContextReady, EvidenceReady
from pipelines.core.errors import InputError
from tests.support import records
from tests.unit.history.test_history_codec import plain

ME, OTHER = "local", "somebody else"
KINDS = (tables.Conversation, tables.Turn, tables.Media)


def say(history: History, conversation: str, text: str, answer: str = "Yes.", user: str = ME) -> str:
    with history.begin_turn(user, conversation, text=text) as writer:
        writer.finish(records.reply(answer, records.context(text)))
    return writer.turn


def shown(history: History, conversation: str) -> list[str]:
    return [turn.text for turn in history.path(ME, conversation)]


def test_a_turn_comes_back_whole(tmp_path: Path) -> None:
    context = records.context("Look!", "I am here.", ("A cat.", "A dog."), ("", "STOP"))
    reply = records.reply("I see a cat.", context)
    with History(tmp_path) as history:
        conversation = history.create(ME).id
        media = [MediaSource(Role.PICTURE, "cat.png", b"cat"), MediaSource(Role.RECORDING, "me.wav", b"me")]
        with history.begin_turn(ME, conversation, text="Look!", media=media) as writer:
            for item in context.evidence:
                writer.take(EvidenceReady(item))
            writer.take(ContextReady(context))
            writer.write("I see ")
            writer.finish(reply, speech=b"voice")
    with History(tmp_path) as history:
        (turn,) = history.path(ME, conversation)
        assert plain(turn.answer) == plain(reply)
        assert plain(turn.context) == plain(context)
        assert plain(turn.evidence) == plain(context.evidence)
        assert (turn.status, turn.text, turn.reply_text) == (Status.DONE, "Look!", "I see a cat.")
        assert [(m.role, m.name, m.media_type, m.path.read_bytes()) for m in turn.media] == [
            (Role.PICTURE, "cat.png", "image/png", b"cat"),
            (Role.RECORDING, "me.wav", "audio/wav", b"me"),
            (Role.REPLY, "reply.wav", "audio/wav", b"voice"),
        ]
        assert turn.spoken_reply == turn.media[2]
        assert turn.question_media == turn.media[:2]
        (exchange,) = history.exchanges(ME, conversation)
        assert (exchange.user, exchange.reply) == ("Look! I am here.", "I see a cat.")
        assert plain(exchange.context) == plain(context)


def test_the_list_is_newest_first_and_paged(history: History) -> None:
    names = [history.create(ME, f"number {n}").id for n in range(5)]
    say(history, names[1], "hello")
    found = [item.id for item in history.conversations(ME)]
    assert found == [names[1], names[4], names[3], names[2], names[0]]
    assert [item.id for item in history.conversations(ME, limit=2, offset=2)] == found[2:4]
    assert (history.count(ME), history.count(OTHER)) == (5, 0)
    assert history.conversation(ME, names[1]).turns == 1


def test_what_is_pinned_comes_first_on_every_page_of_the_list(history: History) -> None:
    names = [history.create(ME, f"number {n}").id for n in range(4)]
    before = history.conversation(ME, names[0])
    assert set_pinned(history, ME, names[0], True).pinned
    set_pinned(history, ME, names[2], True)
    found = history.conversations(ME)
    assert [item.id for item in found] == [names[2], names[0], names[3], names[1]]
    assert [item.pinned for item in found] == [True, True, False, False]
    assert [item.id for item in history.conversations(ME, limit=2, offset=1)] == [names[0], names[3]]
    set_pinned(history, ME, names[0], False)
    assert history.conversation(ME, names[0]) == before, "a pin is no change of what was said"
    with pytest.raises(NotFoundError):
        set_pinned(history, OTHER, names[0], True)


@pytest.mark.parametrize(
    ("text", "context", "title"),
    [
        ("  Good\n morning ", None, "Good morning"),
        ("", records.context(transcript="I am here."), "I am here."),
        ("", records.context(captions=("A cat on a mat.",)), "A cat on a mat."),
        ("word " * 40, None, "word word word word word word word word word word word…"),
        ("海" * 100, None, "海" * 59 + "…"),
    ],
)
def test_the_first_turn_gives_the_title(history: History, text: str, context: Any, title: str) -> None:
    conversation = history.create(ME).id
    with history.begin_turn(ME, conversation, text=text) as writer:
        writer.finish(records.reply("Yes.", context))
    say(history, conversation, "something else")
    assert history.conversation(ME, conversation).title == title


def test_a_title_that_the_person_gave_stays(history: History) -> None:
    conversation = history.create(ME).id
    assert history.rename(ME, conversation, " My\nholidays ").title == "My holidays"
    say(history, conversation, "hello")
    assert history.conversation(ME, conversation).title == "My holidays"


def test_edit_and_retry_add_versions_and_select_switches(history: History) -> None:
    conversation = history.create(ME).id
    first, second = say(history, conversation, "one"), say(history, conversation, "two")
    say(history, conversation, "three")
    with history.edit_turn(ME, second, text="zwei") as writer:
        writer.finish(records.reply("Ja."))
    say(history, conversation, "drei")
    assert shown(history, conversation) == ["one", "zwei", "drei"]
    retried = history.retry_turn(ME, writer.turn)
    retried.finish(records.reply("Again."))
    third = history.turn(ME, retried.turn)
    assert (third.text, third.number, third.sibling, third.siblings, third.parent) == ("zwei", 2, 3, 3, first)
    assert [turn.id for turn in history.siblings(ME, second)] == [second, writer.turn, retried.turn]
    assert [turn.text for turn in history.select(ME, second)] == ["one", "two", "three"]
    assert [turn.text for turn in history.select(ME, writer.turn)] == ["one", "zwei", "drei"]
    assert [turn.text for turn in history.select(ME, retried.turn)] == ["one", "zwei"]
    assert [exchange.reply for exchange in history.exchanges(ME, conversation)] == ["Yes.", "Again."]


def test_versions_of_the_first_turn_and_a_deep_jump(history: History) -> None:
    conversation = history.create(ME).id
    first = say(history, conversation, "one")
    say(history, conversation, "two")
    deep = say(history, conversation, "three")
    with history.edit_turn(ME, first, text="eins") as writer:
        writer.finish(records.reply("Ja."))
    assert shown(history, conversation) == ["eins"]
    assert [turn.text for turn in history.select(ME, deep)] == ["one", "two", "three"]
    while history.undo(ME, conversation):
        pass
    assert shown(history, conversation) == []
    while history.redo(ME, conversation):
        pass
    assert shown(history, conversation) == ["one", "two", "three"]


def test_undo_hides_and_loses_nothing(history: History) -> None:
    conversation = history.create(ME).id
    say(history, conversation, "one")
    second = say(history, conversation, "two")
    assert history.undo(ME, conversation)
    assert shown(history, conversation) == ["one"]
    say(history, conversation, "other")
    assert history.turn(ME, second).siblings == 2
    assert [turn.text for turn in history.select(ME, second)] == ["one", "two"]


def test_retry_shares_the_files(history: History) -> None:
    conversation = history.create(ME).id
    media = [MediaSource(Role.PICTURE, "cat.png", b"cat")]
    with history.begin_turn(ME, conversation, media=media) as writer:
        writer.finish(records.reply("A cat."), speech=b"voice")
    again = history.retry_turn(ME, writer.turn)
    edited = history.edit_turn(ME, writer.turn, text="And this?")
    files = [[m.name for m in history.turn(ME, w.turn).media] for w in (again, edited)]
    assert files == [["cat.png"], ["cat.png"]]
    assert records.count(history, tables.Media) == 2, "picture and voice"


def calls(history: History, conversation: str, turn: str, media: str) -> dict[str, Callable[[str], Any]]:
    return {
        "conversation": lambda user: history.conversation(user, conversation),
        "rename": lambda user: history.rename(user, conversation, "mine"),
        "delete": lambda user: history.delete(user, conversation),
        "begin_turn": lambda user: history.begin_turn(user, conversation, text="mine"),
        "edit_turn": lambda user: history.edit_turn(user, turn, text="mine"),
        "retry_turn": lambda user: history.retry_turn(user, turn),
        "path": lambda user: history.path(user, conversation),
        "turn": lambda user: history.turn(user, turn),
        "siblings": lambda user: history.siblings(user, turn),
        "select": lambda user: history.select(user, turn),
        "undo": lambda user: history.undo(user, conversation),
        "redo": lambda user: history.redo(user, conversation),
        "exchanges": lambda user: history.exchanges(user, conversation),
        "mood": lambda user: history.mood(user, conversation),
        "open_media": lambda user: history.open_media(user, media),
        "rate": lambda user: history.rate(user, turn, Opinion.LIKE),
        "correct": lambda user: history.correct(user, turn, "voice", "mine"),
    }


@pytest.mark.parametrize("name", calls(None, "", "", ""))  # type: ignore[arg-type]
def test_somebody_elses_id_is_like_a_wrong_one(history: History, name: str) -> None:
    conversation = history.create(ME).id
    with history.begin_turn(ME, conversation, media=[MediaSource(Role.PICTURE, "cat.png", b"cat")]) as writer:
        writer.finish(records.reply("A cat."))
    media = history.turn(ME, writer.turn).media[0].id
    with pytest.raises(NotFoundError) as of_other:
        calls(history, conversation, writer.turn, media)[name](OTHER)
    with pytest.raises(NotFoundError) as of_nobody:
        calls(history, "0" * 32, "0" * 32, "0" * 32)[name](ME)
    assert of_other.value.what == of_nobody.value.what
    (turn,) = history.path(ME, conversation)
    assert (turn.rating, turn.siblings, turn.corrections) == (None, 1, ())


def test_delete_takes_what_only_it_used(history: History) -> None:
    kept, gone = history.create(ME).id, history.create(ME).id
    theirs = history.create(OTHER).id
    for user, conversation, names in ((ME, kept, "a"), (ME, gone, "ab"), (OTHER, theirs, "b")):
        media = [MediaSource(Role.PICTURE, f"{name}.png", name.encode()) for name in names]
        history.begin_turn(user, conversation, media=media).finish(records.reply("Yes."))
    paths = {m.name: m.path for turn in history.path(ME, gone) for m in turn.media}
    history.delete(ME, gone)
    assert (paths["a.png"].exists(), paths["b.png"].exists()) == (True, False)
    assert history.path(OTHER, theirs)[0].media[0].path.read_bytes() == b"b"
    assert history.delete_all(ME) == 1
    assert (history.count(ME), history.count(OTHER)) == (0, 1)
    assert [records.count(history, kind) for kind in KINDS] == [1, 1, 1]
    files = [path for path in (history.data_dir / "media").rglob("*") if path.is_file()]
    assert files == [history.path(OTHER, theirs)[0].media[0].path]


def test_a_long_conversation_is_walked_and_deleted(history: History) -> None:
    conversation = history.create(ME).id
    with history.storage.database.write() as session:
        row = tree.find_conversation(session, ME, conversation)
        for number in range(1200):
            turn = tables.Turn(text=str(number), status=Status.DONE)
            tree.append(session, row, turn, row.leaf_row)
    path = history.path(ME, conversation)
    assert [turn.number for turn in path] == list(range(1, 1201))
    history.delete(ME, conversation)
    assert records.count(history, tables.Turn) == 0


def test_ratings_come_and_go(history: History) -> None:
    turn = say(history, history.create(ME).id, "hello")
    history.rate(ME, turn, Opinion.DISLIKE, "too short")
    assert history.turn(ME, turn).rating == Rating(Opinion.DISLIKE, "too short")
    history.rate(ME, turn, None)
    assert history.turn(ME, turn).rating is None


def test_corrections_reach_the_engine_and_keep_the_original(history: History) -> None:
    conversation = history.create(ME).id
    context = records.context("", "I am hear.", ("A cat.", "A dog."))
    with history.begin_turn(ME, conversation) as writer:
        writer.finish(records.reply("Yes.", context))
    history.correct(ME, writer.turn, "voice", "I am near.")
    history.correct(ME, writer.turn, "voice", "I am here.")
    history.correct(ME, writer.turn, "picture 2", "A wolf.")
    turn = history.turn(ME, writer.turn)
    assert [(c.source, c.original, c.corrected) for c in turn.corrections] == [
        ("voice", "I am hear.", "I am here."),
        ("picture 2", "A dog.", "A wolf."),
    ]
    assert plain(turn.context) == plain(context)
    (exchange,) = history.exchanges(ME, conversation)
    assert exchange.context is not None
    assert (exchange.user, exchange.context.captions) == ("I am here.", ("A cat.", "A wolf."))
    assert {e.source: e.confidence for e in exchange.context.evidence}["picture 2"] == 1.0


@pytest.mark.parametrize(
    "source", ["picture 3", "picture 0", "picture -1", "picture ²", "voice 2", "picture", ""]
)
def test_a_correction_of_nothing_is_refused(history: History, source: str) -> None:
    with history.begin_turn(ME, history.create(ME).id) as writer:
        writer.finish(records.reply("Yes.", records.context("", "hi", ("A cat.", "A dog."))))
    with pytest.raises(InputError, match="nothing to correct"):
        history.correct(ME, writer.turn, source, "x")


def test_the_mood_of_the_branch(history: History) -> None:
    conversation = history.create(ME).id
    for text, label in (("a", "happy"), ("b", None), ("c", "angry")):
        with history.begin_turn(ME, conversation, text=text) as writer:
            writer.finish(records.reply("Yes.", records.context(text, label=label)))
    points = history.mood(ME, conversation)
    assert [(p.number, p.label, p.confidence, p.valence) for p in points] == [
        (1, "happy", 0.75, 0.5),
        (3, "angry", 0.75, -1.0),
    ]


def test_the_folder_is_private_and_one_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir(mode=0o755)
    for folder in (tmp_path / "new", there):
        History(folder).close()
    modes = [
        stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "new", there, there / "media", there / "trio.db")
    ]
    assert modes == [0o700, 0o755, 0o700, 0o600]


def test_a_file_that_is_no_database_gets_a_clear_message(tmp_path: Path) -> None:
    (tmp_path / "trio.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(HistoryError, match=r"cannot be used.*Move the file away"):
        History(tmp_path)


def test_a_folder_that_cannot_be_made_gets_a_clear_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HistoryError, match="TRIO_DATA_DIR"):
        History(tmp_path / "file" / "data")


def test_a_closed_history_says_so(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.close()
    history.close()
    with pytest.raises(HistoryError, match="closed"):
        history.count(ME)


@pytest.mark.parametrize("text", ["\ud800 alone", "nul \0 inside", "👩‍👩‍👧", "'; DROP TABLE turns; --"])
def test_any_text_is_kept(history: History, text: str) -> None:
    conversation = history.create(ME).id
    with history.begin_turn(text, history.create(text).id, text=text) as writer:
        writer.write(text)
    say(history, conversation, text, text)
    assert history.path(ME, conversation)[0].text == text.encode("utf-8", "backslashreplace").decode()


def test_twenty_clients_at_once(history: History) -> None:
    start = threading.Barrier(20)

    def client(number: int) -> None:
        user = f"user {number % 7}"
        start.wait()
        conversation = history.create(user).id
        for turn in range(5):
            with history.begin_turn(user, conversation, text=f"{number} {turn}") as writer:
                for _ in range(10):
                    writer.write("word ")
                writer.finish(records.reply("word " * 10, records.context("x")))
        assert [t.text for t in history.path(user, conversation)] == [f"{number} {turn}" for turn in range(5)]
        history.search(user, "word")

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(client, range(20)))
    assert sum(history.count(f"user {n}") for n in range(7)) == 20
    assert records.count(history, tables.Turn) == 100


def test_deleted_words_are_not_left_in_the_file(tmp_path: Path) -> None:
    with History(tmp_path) as history:
        say(history, history.create(ME).id, "kept words")
        conversation = history.create(ME).id
        say(history, conversation, "Zqxjkvb secret", "Zqxjkvb answer")
    assert b"Zqxjkvb" in (tmp_path / "trio.db").read_bytes() and b"zqx" in (tmp_path / "trio.db").read_bytes()
    with History(tmp_path) as history:
        history.delete(ME, conversation)
        assert len(history.search(ME, "kept words")) == 2
    left = (tmp_path / "trio.db").read_bytes()
    assert b"Zqxjkvb" not in left and b"zqx" not in left
