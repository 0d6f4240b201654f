"""What a person wants of the replies of one conversation, which model writes, and the clock of what goes on."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.cli.server.run import log_writer
from chatbot.config.mind import LARGE, SMALL, writer_of
from chatbot.config.settings import load_settings
from chatbot.ui import panel
from chatbot.ui.actions import instructions_button
from chatbot.ui.words import LANGUAGES, words_for
from chatbot.web.observability.logs import configure_logging
from pipelines.core.types import Stage
from tests.support.page_user import WORDS, Person, ScriptedEngine


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    person = Person.at(tmp_path)
    yield person
    person.handlers.stores.close()


def given(person: Person) -> str:
    text: str = person.engine.calls[-1]["options"].instructions
    return text


def test_instructions_hold_for_their_conversation_alone(person: Person) -> None:
    person.say("Hi")
    assert given(person) == ""
    person.do("instruct", text=" Speak like a sailor. ")
    person.say("Again")
    assert given(person) == "Speak like a sailor."
    person.do("new")
    person.say("Another")
    assert given(person) == ""


def test_instructions_on_the_empty_page_are_those_of_the_conversation_that_begins(person: Person) -> None:
    person.do("instruct", text="Be brief.")
    assert person.handlers.instructions(person.visitor, person.session) == "Be brief."
    person.say("Hi")
    assert given(person) == "Be brief."
    again = person.beside()
    again.do("open", id=person.session.conversation)
    assert again.handlers.instructions(again.visitor, again.session) == "Be brief."


def test_instructions_of_a_conversation_that_is_not_kept(person: Person) -> None:
    person.do("instruct", text="Be brief.")
    person.say("Hi", keep=False)
    assert given(person) == "Be brief."


def test_instructions_that_are_too_long_say_so_and_change_nothing(person: Person) -> None:
    assert "too long" in person.do("instruct", text="x" * 3000)
    assert person.handlers.instructions(person.visitor, person.session) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_button_shows_whether_there_are_instructions(language: str) -> None:
    words = words_for(language)
    assert words.history.actions.instructed not in instructions_button("", words)
    active = instructions_button('Say "aye"', words)
    assert words.history.actions.instructed in active
    assert "Say &quot;aye&quot;" in active
    assert "instruct" in words.history.asks


def test_what_goes_on_is_said_with_its_seconds_until_something_is_written() -> None:
    waiting = [(Stage.OCR, "picture 1")]
    reading = panel.live([], waiting, WORDS, thinking=False, clock="3")
    assert 'data-clock="3 Reading text in picture 1"' in reading
    assert 'data-seconds="… {seconds} s"' in reading
    assert 'data-clock="3 Thinking"' in panel.live([], waiting, WORDS, thinking=True, clock="3")
    writing = panel.live([], waiting, WORDS, thinking=True, writing=True, clock="3")
    assert WORDS.panel.writing in writing
    assert "data-clock" not in writing


def test_the_model_that_writes_and_why() -> None:
    small, large, named = (
        writer_of("auto", 4 * 2**30),
        writer_of("auto", 8 * 2**30),
        writer_of("small", 8 * 2**30),
    )
    assert (small.backend, large.backend, named.backend) == (SMALL, LARGE, SMALL)
    assert "4.0 GB of memory, less than 6 GB" in small.reason()
    assert "no less than 6 GB" in large.reason()
    assert "mind" in named.reason()


def test_the_log_names_the_model_that_writes() -> None:
    out = io.StringIO()
    settings = load_settings()
    configure_logging(settings, out)
    log_writer(ScriptedEngine(), settings)
    assert "backend=scripted" in out.getvalue()
    assert "the settings name it" in out.getvalue()
