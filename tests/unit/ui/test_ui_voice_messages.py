"""A voice message shows its words under its player, as soon as they are there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.turn.events import ContextReady, Done, EvidenceReady, FusedContext, Reply
from chatbot.ui.transcript import LONG
from pipelines.core.types import Evidence, Stage, Transcript
from tests.support.page_user import HELLO, TIMINGS, Person, ScriptedEngine, at, everything
from tests.unit.ui.test_ui_turns import write_sound

HEARD = "<b>When</b> does the boat leave?"
SHOWN = "&lt;b&gt;When&lt;/b&gt; does the boat leave?"


def heard(words: str) -> ScriptedEngine:
    item = Evidence(Stage.TRANSCRIBE, "voice", Transcript(words, "en", 0.9), 0.9, "an ear", 0.01)
    context = FusedContext("", words, (), (), None, "en", (item,))
    done = Done(Reply("Hello there. Bye.", context, TIMINGS, {}))
    return ScriptedEngine((EvidenceReady(item), ContextReady(context), *HELLO[2:-1], done))


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    someone = Person.at(tmp_path / "data", heard(HEARD))
    yield someone
    someone.handlers.stores.close()


def bubbles(person: Person) -> list[str]:
    """Return what the person's own message shows, state by state of the answer."""
    return [everything(messages[:1]) for messages in person.seen]


def test_the_words_come_as_soon_as_they_are_heard_and_stay(person: Person, tmp_path: Path) -> None:
    person.say(files=[write_sound(tmp_path / "call.wav")])
    first, second, *later = bubbles(person)
    assert "<audio" in first and SHOWN not in first
    assert all(SHOWN in bubble for bubble in (second, *later, everything(person.messages[:1])))
    assert HEARD not in "".join(bubbles(person))


def test_words_that_were_put_right_take_their_place(person: Person, tmp_path: Path) -> None:
    person.say(files=[write_sound(tmp_path / "call.wav")])
    history = person.handlers.history(person.session)
    history.correct(person.visitor.user, person.turns[0].id, "voice", "When does the goat leave?")
    shown = everything(person.messages[:1])
    assert "When does the goat leave?" in shown and SHOWN not in shown


def test_many_words_are_folded_and_none_leave_no_gap(person: Person, tmp_path: Path) -> None:
    at(person, heard("and so on. " * 20 * LONG)).say(files=[write_sound(tmp_path / "call.wav")])
    assert "trio-folded" in everything(person.messages[:1])
    at(person, heard(" ")).say(files=[write_sound(tmp_path / "call.wav")])
    assert "trio-heard" not in everything(person.messages[2:3])
