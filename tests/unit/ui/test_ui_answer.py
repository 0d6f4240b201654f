"""From the engine's events to the page and the store, with a scripted engine that emits real events."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image as Pillow

from chatbot.config.settings import load_settings
from chatbot.history import History, HistoryError, Status, TurnRecord, retries
from chatbot.history.call_conversations import CallConversations
from chatbot.history.conversation_stores import ConversationStores
from chatbot.turn.events import ContextReady, Done, Failed, SpeechChunk, TextDelta, Waiting
from chatbot.turn.options import AGAIN_TEMPERATURE, TurnOptions
from chatbot.turn.service import TurnService
from chatbot.ui.markup import escape
from chatbot.ui.page import build
from chatbot.ui.running_turns import RunningTurns
from chatbot.ui.tab_session import Session
from chatbot.ui.theme import HEAD
from pipelines.core.types import Stage
from tests.support.page_user import (
    CONTEXT,
    HELLO,
    SOUND,
    WORDS,
    Person,
    ScriptedEngine,
    Warm,
    at,
    everything,
    flat,
    record,
)

SECOND = {"generate": "Second 2B (scripted)"}


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    someone = Person.at(tmp_path / "data")
    yield someone
    someone.handlers.stores.close()


def write_broken(folder: Path, name: str = "holiday.png") -> Path:
    path = folder / name
    path.write_text("this is not a picture")
    return path


def test_evidence_text_and_voice_appear_as_they_come(person: Person) -> None:
    views = person.say("Hi")
    assert WORDS.doing(Stage.SENTIMENT, "text") in views[0]
    assert WORDS.done(Stage.SENTIMENT, "text") in views[1]
    assert WORDS.panel.thinking in views[2]
    assert any("Hello there." in view and "Bye." not in view for view in views)
    assert [len(sound["chunks"]) for sound in person.heard] == [0, 1, 2, 2]
    assert {sound["turn"] for sound in person.heard} == {person.session.turn}
    assert "Hello there. Bye." in views[-1]
    (turn,) = person.turns
    assert turn.spoken_reply is not None
    assert f"media/{turn.spoken_reply.id}" in views[-1]
    assert turn.spoken_reply.path.read_bytes().startswith(b"RIFF")
    assert WORDS.panel.title in views[-1]
    assert person.engine.calls[0]["options"] == TurnOptions(speed=1.2)


def test_the_next_turn_gets_the_last_one_as_history(person: Person) -> None:
    person.say("Hi")
    person.say("Again")
    history = person.engine.calls[1]["history"]
    assert [(past.user, past.reply) for past in history] == [("Hi", "Hello there. Bye.")]
    assert [message["role"] for message in person.seen[-1]] == ["user", "assistant"] * 2


def test_a_conversation_is_read_once_a_turn(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    person.say("Hi")
    reads, whole = [], History.path

    def path(self: History, *which: str) -> list[TurnRecord]:
        reads.append(which)
        return whole(self, *which)

    monkeypatch.setattr(History, "path", path)
    person.say("Again")
    assert len(reads) == 1
    assert [past.user for past in person.engine.calls[1]["history"]] == ["Hi"]


def test_a_reply_rated_while_the_next_is_written_stays_rated(person: Person) -> None:
    person.say("Hi")
    person.send("Again")
    answering = person.answers()
    next(answering)
    person.do("rate", turn=person.turns[0].id, opinion="like")
    list(answering)
    assert 'aria-pressed="true"' in everything(person.seen[-1])


def test_a_reply_that_cannot_be_kept_stays_on_the_page_and_is_kept_once_there_is_room(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "PAUSE_SECONDS", 0.0)
    may_begin = threading.Event()
    person.engine.script = (may_begin, *person.engine.script)
    person.send("Hi")
    history = person.handlers.stores.kept
    assert history is not None

    def full() -> None:
        raise HistoryError("The disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(history.storage.database, "write", full)
        may_begin.set()
        *_, last = person.answers()
    assert "The disk is full." in last and "Hello there. Bye." in last
    assert [turn.status for turn in person.turns] == [Status.ANSWERING]
    history.storage.flusher.flush()
    assert [(turn.status, turn.reply_text) for turn in person.turns] == [(Status.DONE, "Hello there. Bye.")]


def test_a_question_that_is_kept_and_cannot_be_shown_does_not_stay_without_an_end(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.say("Hi")

    def unreadable(self: History, *which: str) -> list[TurnRecord]:
        raise HistoryError("The disk is gone")

    with monkeypatch.context() as broken:
        broken.setattr(History, "path", unreadable)
        assert not person.send("Again").taken
    assert [turn.status for turn in person.turns] == [Status.DONE, Status.INTERRUPTED]
    assert person.say("Again")[-1]


def test_retry_asks_again_without_the_old_answer_and_keeps_it_as_a_version(person: Person) -> None:
    person.say("Hi")
    person.retry()
    assert person.engine.calls[1]["history"] == ()
    warmth = [call["options"].temperature for call in person.engine.calls]
    assert warmth == [0.4, 0.8]
    assert [message["role"] for message in person.seen[-1]] == ["user", "assistant"]
    (turn,) = person.turns
    assert (turn.sibling, turn.siblings) == (2, 2)
    person.session.options = TurnOptions(temperature=0.0)
    person.retry()
    assert person.engine.calls[2]["options"].temperature == AGAIN_TEMPERATURE, (
        "the likeliest is the same again"
    )


def test_another_model_writes_one_version_and_says_so(person: Person) -> None:
    table = person.engine.registry.table[Stage.GENERATE]
    table["second"] = table["scripted"]  # type: ignore[index]
    person.say("Hi")
    assert "trio-writer" not in flat(person.messages), "there is nothing to compare"
    person.engine.script = (ContextReady(CONTEXT), Done(replace(record("Hm."), models=SECOND)))
    sent = person.handlers.retry(person.visitor, person.session, person.turns[0].id, "second")
    assert sent.taken
    list(person.answers())
    person.retry()
    chosen = [call["options"].backends.get(Stage.GENERATE) for call in person.engine.calls]
    assert chosen == [None, "second", None], "the tab's choice stays"
    person.do("version", turn=person.turns[0].id, step="-1")
    assert 'title="Second 2B (scripted)"><span lang="en" translate="no">Second 2B<' in flat(person.messages)


def test_a_model_that_does_not_exist_begins_no_version(person: Person) -> None:
    person.say("Hi")
    sent = person.handlers.retry(person.visitor, person.session, person.turns[0].id, "../../etc")
    assert not sent.taken and "scripted" in sent.hint
    assert person.turns[0].siblings == 1


def test_a_failure_is_shown_with_what_was_said_and_can_be_retried(person: Person) -> None:
    failing = ScriptedEngine((TextDelta("Half a"), Failed("The model ran out.", record("Half a"))))
    last = at(person, failing).say("Hi")[-1]
    assert "Half a" in last
    assert "The model ran out." in last
    assert person.turns[0].status is Status.FAILED
    assert "Bye." in at(person, ScriptedEngine()).retry()[-1]


def test_an_engine_that_crashes_leaves_a_notice_and_no_details(
    person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    views = at(person, ScriptedEngine((TextDelta("Half"), RuntimeError("secret path")))).say("Hi")
    assert "Something went wrong (RuntimeError)" in views[-1]
    assert "Half" in views[-1]
    assert "secret" not in views[-1]
    assert "secret path" in caplog.text
    assert (person.turns[0].status, person.turns[0].reply_text) == (Status.FAILED, "Half")


def test_bad_files_are_named_and_the_text_is_answered(person: Person, tmp_path: Path) -> None:
    views = person.say("Hi", [write_broken(tmp_path, "<b>.png")])
    for view in (views[0], views[-1]):
        assert escape(WORDS.messages.file_problem("<b>.png")) in view
        assert "<b>.png" not in view
    assert "Bye." in views[-1]


def test_bad_files_alone_are_named_without_asking_the_engine(person: Person, tmp_path: Path) -> None:
    view = person.say("", [write_broken(tmp_path)])[-1]
    assert "holiday.png" in view
    assert str(tmp_path) not in view
    assert person.engine.calls == []
    assert person.turns[0].status is Status.FAILED


def test_an_unspoken_reply_says_why(person: Person) -> None:
    done = Done(record("Hello", voice_note="No voice speaks Finnish."))
    assert "No voice speaks Finnish." in at(person, ScriptedEngine((TextDelta("Hello"), done))).say("Hi")[-1]


def test_an_empty_message_gets_a_hint_and_leaves_the_tab_free(person: Person) -> None:
    sent = person.send("  ")
    assert (sent.taken, sent.hint) == (False, WORDS.messages.empty)
    assert person.handlers.stores.kept is not None
    assert person.handlers.stores.kept.count("local") == 0
    assert person.send("Hi").taken


def test_people_do_not_share_messages(person: Person) -> None:
    other = person.beside("bob")
    person.send("My secret")
    other.send("Yours")
    assert "My secret" not in "".join(everything(view) for _ in other.answers() for view in other.seen)
    assert "My secret" not in other.sidebar
    kept = person.session.conversation
    assert escape(WORDS.history.actions.missing) in other.do("open", id=kept)
    refused = other.handlers.retry(other.visitor, other.session, person.turns[0].id)
    assert (refused.taken, len(person.turns)) == (False, 1)
    assert "message was not found" in refused.hint


def test_a_recording_and_a_picture_are_kept_with_the_turn(person: Person, tmp_path: Path) -> None:
    picture = tmp_path / "beach.png"
    Pillow.new("RGB", (40, 30), (200, 60, 20)).save(picture)
    person.say("Look", [picture])
    (kept,) = person.turns[0].question_media
    assert kept.name == "beach.png"
    assert kept.path.read_bytes() == picture.read_bytes()
    shown = everything(person.messages[:1])
    assert f"media/{kept.id}/large.webp" in shown
    picture.unlink()
    person.retry()
    assert len(person.engine.calls[1]["turn"].images) == 1, "a retry sees the kept picture"


def test_the_position_in_the_line_is_shown_until_the_turn_runs(person: Person) -> None:
    views = at(person, ScriptedEngine((Waiting(2), Waiting(1), *HELLO))).say("Hi")
    said = WORDS.messages
    assert said.in_line(2) in views[1]
    assert said.in_line(1) in views[2]
    assert said.in_line(1) not in views[3]
    assert "Bye." in views[-1]
    assert person.turns[0].status is Status.DONE


def test_a_message_beyond_the_limit_says_why_and_can_be_sent_again(person: Person) -> None:
    refused = ScriptedEngine((Failed("You are sending too many messages", record("")),))
    assert "too many messages" in at(person, refused).say("Hi")[-1]
    assert "Bye." in at(person, ScriptedEngine()).retry()[-1]


def test_a_full_disk_does_not_end_the_answer(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    from chatbot.history import HistoryError, TurnWriter

    def full(self: TurnWriter, *_: object) -> None:
        raise HistoryError("The disk is full")

    monkeypatch.setattr(TurnWriter, "finish", full)
    script = (TextDelta("Hello"), SpeechChunk(SOUND, "Hello"), Done(record("Hello")))
    last = at(person, ScriptedEngine(script)).say("Hi")[-1]
    assert "Hello" in last
    assert "The disk is full" in last


@pytest.mark.parametrize(
    ("warm", "shown", "settled"),
    [
        (Warm(False, ("a",), ("b", "c")), WORDS.status.warming(1, 3), False),
        (Warm(), WORDS.status.ready, True),
        (Warm(False, ("a",), (), {"<ocr>": "missing"}), "Unavailable: &lt;ocr&gt;", True),
    ],
)
def test_the_status_line_follows_the_warm_up(warm: Warm, shown: str, settled: bool) -> None:
    line, last = Person.at(None, ScriptedEngine(warm=warm)).handlers.status_line(WORDS)
    assert shown in line
    assert last is settled


def test_the_page_reports_to_nobody_and_loads_from_nowhere_else() -> None:
    stores = ConversationStores(None)
    page = build(
        TurnService(ScriptedEngine()), load_settings(), stores, CallConversations(stores), RunningTurns()
    )  # type: ignore[arg-type]
    assert page.analytics_enabled is False
    assert "default-src 'self'" in HEAD
    assert "http" not in HEAD.replace("http-equiv", "")


@pytest.mark.parametrize(
    ("stored", "header", "expected"),
    [
        ({}, "en-GB,en", ["en"]),
        ({}, "zh-CN,zh;q=0.9", ["zh"]),
        ({"language": "zh"}, "en", ["zh"]),
        ({"reply_language": "zh"}, "en", ["zh", "en"]),
    ],
)
def test_a_visitor_s_languages_are_told_to_the_engine(
    stored: dict[str, str], header: str, expected: list[str]
) -> None:
    engine, stores = ScriptedEngine(), ConversationStores(None)
    page = build(TurnService(engine), load_settings(), stores, CallConversations(stores), RunningTurns())  # type: ignore[arg-type]
    greet = next(event.fn for event in page.fns.values() if event.name == "greet")
    client = SimpleNamespace(host="127.0.0.1")
    inner = SimpleNamespace(client=client, headers={}, scope={}, session={})
    request = SimpleNamespace(
        username=None, session_hash="tab", headers={"accept-language": header}, request=inner, client=client
    )
    assert greet is not None
    greet(stored, Session(), None, request)
    assert engine.expected == expected


def test_the_voice_of_a_reply_comes_with_its_speeds(person: Person) -> None:
    shown = person.say("Hi")[-1]
    (choice,) = re.findall(r'<select class="trio-speed" aria-label="([^"]+)".*?</select>', shown)
    assert choice == WORDS.history.actions.playback_speed
    assert re.findall(r'<option value="([\d.]+)"( selected)?', shown) == [
        ("0.75", ""), ("1", " selected"), ("1.25", ""), ("1.5", ""), ("2", "")
    ]  # fmt: skip
