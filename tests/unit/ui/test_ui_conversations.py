"""The sidebar, the buttons under messages, what is not kept, and the endpoints for programs."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from chatbot.history import Opinion, StoredConversation
from chatbot.history.export_archive import export_archive
from chatbot.turn.events import ContextReady, Done, EmotionSource, FusedEmotion
from chatbot.ui.sidebar import conversation_list
from chatbot.ui.sidebar_parts import account_markup
from chatbot.ui.tab_session import PAGE
from chatbot.ui.transcript import LINE, LONG
from tests.support.page_user import CONTEXT, WORDS, Person, ScriptedEngine, at, everything, flat, record

NAMES, SAID = WORDS.history.sidebar, WORDS.history.actions
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    someone = Person.at(tmp_path / "data")
    yield someone
    someone.handlers.stores.close()


def picture(path: Path, colour: tuple[int, int, int] = (20, 60, 200)) -> Path:
    Pillow.new("RGB", (40, 30), colour).save(path)
    return path


def entry(title: str, age: timedelta, name: str = "a") -> StoredConversation:
    return StoredConversation(name, title, NOON - age, NOON - age, 1)


def test_the_list_is_grouped_by_the_day_of_the_person() -> None:
    records = [
        entry("One", timedelta(hours=1)),
        entry("Two", timedelta(hours=13)),
        entry("Three", timedelta(days=9)),
    ]
    listed = conversation_list(records, WORDS, current="a", now=NOON, zone=0)
    places = [
        listed.index(word) for word in (NAMES.today, "One", NAMES.yesterday, "Two", NAMES.earlier, "Three")
    ]
    assert places == sorted(places)
    west = conversation_list(records, WORDS, current=None, now=NOON, zone=-11 * 60)
    assert NAMES.yesterday in west, "13 hours ago was yesterday at minus 11 hours too"
    assert west.index(NAMES.yesterday) > west.index("One")
    east = conversation_list(records[:2], WORDS, current=None, now=NOON, zone=10 * 60)
    assert NAMES.yesterday not in conversation_list(records[:1], WORDS, current=None, now=NOON, zone=0)
    assert east.index("Two") > east.index(NAMES.today)


def test_titles_are_text_and_the_current_one_is_marked() -> None:
    listed = conversation_list([entry("<b>&", timedelta())], WORDS, current="a", now=NOON)
    assert "<b>" not in listed
    assert "&lt;b&gt;&amp;" in listed
    assert listed.count('aria-current="true"') == 1
    assert NAMES.untitled in conversation_list([entry("", timedelta())], WORDS, current=None, now=NOON)
    assert NAMES.nothing_yet in conversation_list([], WORDS, current=None, now=NOON)


def test_a_conversation_gets_its_title_from_the_first_turn_and_can_be_renamed(person: Person) -> None:
    person.say("Where is the lighthouse?")
    assert "Where is the lighthouse?" in person.sidebar
    person.do("rename", id=person.session.conversation, text="  By the\nsea ")
    assert "By the sea" in person.sidebar
    person.do("rename", id=person.session.conversation, text="  ")
    assert "By the sea" in person.sidebar


def test_new_open_and_delete(person: Person) -> None:
    person.say("First")
    first = person.session.conversation
    person.do("new")
    assert person.messages == []
    person.say("Second")
    person.do("open", id=first)
    assert "First" in everything(person.messages)
    assert "Second" not in everything(person.messages)
    person.do("delete", id=first)
    assert person.session.conversation is None
    assert "First" not in person.sidebar
    assert "Second" in person.sidebar
    assert SAID.missing in person.do("open", id=first)


def test_pinned_conversations_stand_first_until_they_are_unpinned(person: Person) -> None:
    person.say("First")
    first = person.session.conversation
    person.do("new")
    person.say("Second")
    assert NAMES.pinned not in person.sidebar
    assert re.findall(r'data-act="pin"[^>]*data-pinned="(\w+)"', person.sidebar) == ["true", "true"]
    assert person.do("pin", id=first, pinned="true") == ""
    assert re.findall(r"<h3>(.*?)</h3>", person.sidebar) == [NAMES.pinned, NAMES.today]
    assert person.sidebar.index("First") < person.sidebar.index(NAMES.today) < person.sidebar.index("Second")
    assert f'aria-label="{NAMES.named(NAMES.unpin, "First")}"' in person.sidebar
    assert NAMES.pinned in person.beside(tab="another").sidebar
    person.do("pin", id=first, pinned="false")
    assert NAMES.pinned not in person.sidebar
    assert SAID.missing in person.do("pin", id="nobody's", pinned="true")


def test_a_long_list_is_shown_page_by_page(person: Person) -> None:
    history = person.handlers.stores.kept
    assert history is not None
    for number in range(PAGE + 5):
        history.create("local", f"Talk {number:03}")
    assert person.sidebar.count('data-act="open"') == PAGE
    person.do("more")
    assert person.sidebar.count('data-act="open"') == PAGE + 5
    assert 'data-act="more"' not in person.sidebar


def test_search_marks_the_words_and_opens_at_the_turn_even_on_another_branch(person: Person) -> None:
    person.say("Tell me of the lighthouse")
    first = person.turns[0].id
    person.edit(first, "Tell me of the mountain")
    found = person.browsing.search(person.visitor, person.session, "lighthouse")
    assert "<mark>lighthouse</mark>" in found
    assert first in found
    assert NAMES.nothing_found in person.browsing.search(person.visitor, person.session, "volcano")
    person.do("new")
    data = {"act": "open", "id": person.handlers.stores.kept.conversations("local")[0].id, "turn": first}  # type: ignore[union-attr]
    assert person.browsing.act(person.visitor, person.session, data).turn == first
    assert "lighthouse" in everything(person.messages)
    assert "Where" not in person.browsing.search(person.visitor, person.session, "")


def test_edit_makes_a_branch_and_the_versions_can_be_switched(person: Person) -> None:
    person.say("One")
    person.say("Two")
    first = person.turns[0].id
    person.edit(first, "Uno")
    assert [turn.text for turn in person.turns] == ["Uno"]
    assert SAID.version(2, 2) in everything(person.messages)
    person.do("version", turn=person.turns[0].id, step="-1")
    assert [turn.text for turn in person.turns] == ["One", "Two"]
    person.do("version", turn=first, step="1")
    assert [turn.text for turn in person.turns] == ["Uno"]


def test_retry_of_an_early_turn_asks_with_what_came_before_it_alone(person: Person) -> None:
    for text in ("One", "Two", "Three"):
        person.say(text)
    person.retry(person.turns[1].id)
    assert [past.user for past in person.engine.calls[-1]["history"]] == ["Hi"]
    assert [turn.text for turn in person.turns] == ["One", "Two"]


def test_undo_and_redo(person: Person) -> None:
    person.say("One")
    person.say("Two")
    hint = person.do("undo")
    assert SAID.undone in hint
    assert 'data-act="redo"' in hint
    assert [turn.text for turn in person.turns] == ["One"]
    person.do("redo")
    assert [turn.text for turn in person.turns] == ["One", "Two"]


def test_only_the_last_turn_can_be_taken_back(person: Person) -> None:
    person.say("One")
    person.say("Two")
    assert [('data-act="undo"' in everything([m])) for m in person.messages] == [False, False, True, False]


def test_one_row_under_a_reply_holds_what_can_be_done_with_it_and_opens_its_panel(person: Person) -> None:
    person.say("One")
    reply = flat(person.messages)
    acts = ["listen", "copy", "retry", "others", "rate", "rate", "evidence"]
    assert re.findall(r'data-act="(\w+)"', reply) == acts
    panel = re.search(r'<section class="trio-panel" id="([^"]+)"[^>]* hidden>', reply)
    assert panel is not None
    assert f'aria-expanded="false" aria-controls="{panel[1]}"' in reply
    assert reply.index("trio-acts") < panel.start(), "the panel opens under its button"
    assert not re.search(r"\d s<", reply[: panel.start()]), "times are in the panel alone"


def test_the_button_of_the_panel_says_that_words_and_voice_differ(person: Person) -> None:
    sources = (EmotionSource("text", "happy", 0.8, 0.7), EmotionSource("voice sound", "sad", 0.6, 0.3))
    differ = WORDS.panel.named(WORDS.panel.evidence, WORDS.understood.card.differ)
    for emotion, says in ((FusedEmotion("happy", 0.6, {}, sources, "x"), True), (None, False)):
        context = replace(CONTEXT, emotion=emotion)
        at(person, ScriptedEngine((ContextReady(context), Done(replace(record("Hi."), context=context)))))
        person.say("Hello")
        assert (f'aria-label="{differ}"' in flat(person.messages)) is says


@pytest.mark.parametrize(
    ("text", "long"),
    [
        ("\n".join("a line" for _ in range(LONG)), False),
        ("\n".join("a line" for _ in range(LONG + 1)), True),
        ("word " * (LINE * LONG // 5 - 2), False),
        ("word " * (LINE * LONG // 5 + 2), True),
        ("字" * (LINE // 2 * LONG), False),
        ("字" * (LINE // 2 * LONG + 1), True),
    ],
)
def test_a_long_message_of_the_person_folds(person: Person, text: str, long: bool) -> None:
    person.say(text)
    shown = everything(person.messages[:1])
    assert ("trio-folded" in shown, f">{SAID.show_all}</button>" in shown) == (long, long)
    assert text.strip() in shown, "all of it is there"


def test_like_and_dislike_with_a_reason_which_can_be_taken_back(person: Person) -> None:
    person.say("One")
    turn = person.turns[0].id
    person.do("rate", turn=turn, opinion="dislike", text="Too <short>")
    rating = person.turns[0].rating
    assert rating is not None
    assert (rating.opinion, rating.reason) == (Opinion.DISLIKE, "Too <short>")
    assert 'aria-pressed="true"' in flat(person.messages)
    assert "Too &lt;short&gt;" in flat(person.messages)
    person.do("rate", turn=turn, opinion="")
    assert person.turns[0].rating is None
    assert "dislike" not in person.do("rate", turn=turn, opinion="like")
    assert "'love'" in person.do("rate", turn=turn, opinion="love") or person.turns[0].rating is not None


def test_what_would_disturb_a_running_reply_waits(person: Person) -> None:
    person.say("One")
    may_end = threading.Event()
    person.engine.script = (may_end, *person.engine.script)
    person.send("Two")
    for act in ("undo", "redo", "version"):
        assert WORDS.messages.busy in person.do(act, turn=person.turns[0].id, step="1")
    may_end.set()
    assert "Bye." in list(person.answers())[-1]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"act": "nothing"},
        {"act": "open"},
        {"act": "open", "id": ["x"]},
        {"act": "version", "turn": 3, "step": "much"},
        {"act": "rate", "turn": "x", "opinion": "awful"},
        {"act": "delete", "id": "../x"},
        {"act": "rename", "id": None, "text": "x"},
    ],
)
def test_a_button_that_does_not_exist_does_no_harm(person: Person, data: dict[str, Any]) -> None:
    person.say("One")
    person.browsing.act(person.visitor, person.session, data)
    assert [turn.text for turn in person.turns] == ["One"]


def test_pictures_are_listed_and_found_by_what_they_show(person: Person, tmp_path: Path) -> None:
    person.do("show", what="pictures")
    assert NAMES.no_pictures in person.sidebar
    person.say("zzz", [picture(tmp_path / "beach.png")])
    person.say("A quick brown fox, on a hill", [picture(tmp_path / "fox.png", (200, 20, 20))])
    both = person.sidebar
    assert both.count("trio-shot") == 2
    assert both.index(person.turns[1].id) < both.index(person.turns[0].id), "the newest is not first"
    found = person.browsing.search(person.visitor, person.session, "quick brown fox")
    assert person.turns[1].id in found
    person.do("show", what="conversations")
    assert "trio-shot" not in person.sidebar


def test_export_delete_import_brings_everything_back(person: Person, tmp_path: Path) -> None:
    person.say("Look at the sea", [picture(tmp_path / "sea.png")])
    person.retry()
    history = person.handlers.stores.kept
    assert history is not None
    export_archive(history, "local", tmp_path / "out.zip")
    person.do("delete", id=person.session.conversation)
    change = person.browsing.bring_in(person.visitor, person.session, str(tmp_path / "out.zip"))
    assert NAMES.imported(1) in change.hint
    again = person.browsing.bring_in(person.visitor, person.session, str(tmp_path / "out.zip"))
    assert NAMES.imported(0, 1) in again.hint
    (record,) = history.conversations("local")
    person.do("open", id=record.id)
    (turn,) = person.turns
    assert (turn.text, turn.siblings, len(turn.media)) == ("Look at the sea", 2, 2)
    (tmp_path / "bad.zip").write_text("no archive")
    assert (
        "trio-good"
        not in person.browsing.bring_in(person.visitor, person.session, str(tmp_path / "bad.zip")).hint
    )


def test_what_is_not_kept_never_reaches_the_data_folder(person: Person, tmp_path: Path) -> None:
    person.say("Kept")
    person.say("My secret", keep=False)
    assert person.session.temporary
    assert "My secret" in everything(person.messages)
    assert "Kept" not in everything(person.messages), "another conversation begins"
    person.say("And more", keep=False)
    assert [past.user for past in person.engine.calls[-1]["history"]] == ["Hi"]
    assert "secret" not in person.sidebar
    person.handlers.stores.kept.storage.flusher.flush()  # type: ignore[union-attr]
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert files
    assert not any(b"My secret" in path.read_bytes() for path in files)
    forgotten = person.handlers.history(person.session)
    person.handlers.leave(person.visitor.tab)
    assert forgotten.count("local") == 0
    assert not person.session.temporary or person.messages == []


def test_with_history_off_nothing_is_listed_and_the_conversation_works() -> None:
    person = Person.at(None)
    person.say("One")
    person.say("Two")
    assert len(person.messages) == 4
    assert NAMES.not_kept in person.sidebar
    folder = person.handlers.history(person.session).data_dir
    person.handlers.stores.close()
    assert not folder.exists()


def test_who_is_signed_in_can_sign_out_and_nobody_else_sees_the_button() -> None:
    assert account_markup(WORDS, "local") == ""
    markup = account_markup(WORDS, "<ann>")
    assert "&lt;ann&gt;" in markup and "<ann>" not in markup
    assert 'method="post" action="logout"' in markup
    assert NAMES.sign_out in markup
