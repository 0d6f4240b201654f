"""Replies go on on the server, whoever watches: reloads, closed tabs, other conversations, Stop, the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chatbot.history import Status
from chatbot.ui.markup import escape
from tests.support.page_user import WORDS, Person, at, flat, held


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    someone = Person.at(tmp_path / "data")
    yield someone
    someone.handlers.stores.close()


def watch_until(person: Person, text: str) -> None:
    """Watch a reply until it says so much, and close the tab."""
    with closing(person.answers()) as views:
        for view in views:
            if text in view:
                break
    person.handlers.leave(person.visitor.tab)


def test_a_reload_shows_the_same_reply_further_on_and_its_end_is_kept(person: Person) -> None:
    engine, go_on = held()
    at(person, engine).send("Hi")
    watch_until(person, "Hello")
    again = person.beside(tab="after the reload")
    again.do("open", id=person.session.conversation)
    assert "data-refresh" in flat(again.messages), "the page asks to watch"
    assert again.send("More").hint == WORDS.messages.busy
    views = again.answers()
    assert "Hello there." in next(views)
    assert list(again.answers()) == [], "it watches already"
    go_on.set()
    assert "Bye." in list(views)[-1]
    assert again.heard == [], "no voice begins in the middle by itself"
    (turn,) = again.turns
    assert (turn.status, turn.reply_text) == (Status.DONE, "Hello there. Bye.")
    assert turn.spoken_reply is not None
    assert again.send("More").taken


def test_a_closed_tab_and_another_conversation_let_the_reply_go_on(person: Person) -> None:
    engine, go_on = held()
    at(person, engine).send("Hi")
    kept = person.session.conversation
    person.do("new")
    assert person.messages == []
    assert person.send("Something else").taken, "another conversation waits for nothing"
    person.handlers.leave(person.visitor.tab)
    go_on.set()
    person.finish()
    person.do("open", id=kept)
    assert [(turn.status, turn.reply_text) for turn in person.turns] == [(Status.DONE, "Hello there. Bye.")]


def test_the_reply_in_a_conversation_that_goes_with_its_tab_ends_with_it(person: Person) -> None:
    engine, _ = held()
    at(person, engine).send("Hi", keep=False)
    watch_until(person, "Hello")
    person.finish()
    assert engine.closed.is_set()


def test_the_end_of_the_program_interrupts_what_runs(person: Person) -> None:
    at(person, held()[0]).send("Hi")
    with closing(person.answers()) as views, person.handlers.running:
        for view in views:
            if "Hello" in view:
                break
    (turn,) = person.turns
    assert (turn.status, turn.reply_text) == (Status.INTERRUPTED, "Hello there. ")
    assert escape(WORDS.history.actions.interrupted) in flat(person.messages)
    assert 'data-act="retry"' in flat(person.messages)


def test_stop_keeps_the_part_that_was_said(person: Person) -> None:
    engine, go_on = held()
    at(person, engine).send("Hi")
    for view in person.answers():
        if "Hello" in view:
            person.handlers.running.stop(person.session.conversation)
    go_on.set()
    assert WORDS.messages.stopped in view
    assert "Bye." not in view
    assert (person.turns[0].status, person.turns[0].reply_text) == (Status.STOPPED, "Hello")
    person.say("And then?")
    assert person.engine.calls[1]["history"][0].reply == "Hello"


def test_a_second_message_waits_for_the_first_in_its_tab_only(person: Person) -> None:
    engine, go_on = held()
    assert at(person, engine).send("One").taken
    assert person.send("Two").hint == WORDS.messages.busy
    assert person.beside().send("Three").taken
    go_on.set()
    list(person.answers())
    assert person.send("Two").taken


def test_stop_reaches_the_running_turn_of_its_conversation_only(person: Person) -> None:
    engine, go_on = held()
    other = at(person, engine).beside()
    person.send("One")
    other.send("Two")
    person.handlers.running.stop(person.session.conversation)
    assert WORDS.messages.stopped in list(person.answers())[-1]
    go_on.set()
    assert WORDS.messages.stopped not in list(other.answers())[-1]
    assert len(person.handlers.running) == 0


def test_a_conversation_deleted_while_it_is_answered_is_gone(person: Person) -> None:
    at(person, held()[0]).send("Hi")
    for view in person.answers():
        if "Hello" in view and person.session.conversation is not None:
            person.do("delete", id=person.session.conversation)
    assert person.session.conversation is None
    assert person.handlers.stores.kept is not None
    assert person.handlers.stores.kept.count("local") == 0


def test_what_was_said_is_there_after_the_program_was_killed(tmp_path: Path) -> None:
    person = Person.at(tmp_path)
    person.say("Hi")
    conversation = person.session.conversation
    engine, go_on = held()
    at(person, engine).send("And you?")
    views = person.answers()
    for view in views:
        if "Hello" in view:
            break
    person.handlers.stores.kept.storage.flusher.flush()  # type: ignore[union-attr]
    person.handlers.stores.kept.storage.process_lock.release()  # type: ignore[union-attr]
    again = Person.at(tmp_path)
    assert again.do("open", id=conversation) == ""
    assert [turn.status for turn in again.turns] == [Status.DONE, Status.INTERRUPTED]
    assert "Hello there." in flat(again.messages)
    assert escape(WORDS.history.actions.interrupted) in flat(again.messages)
    assert "Bye." in again.retry()[-1]
    views.close()  # type: ignore[attr-defined]
    go_on.set()
    person.finish()
