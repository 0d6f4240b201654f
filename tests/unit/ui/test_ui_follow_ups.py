"""The questions under the last reply: shown when they are written, gone when the conversation moves on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.config.settings import load_settings
from chatbot.history.quiet_work import QuietWork
from chatbot.turn.engine import Chatbot
from chatbot.ui.follow_ups import follow_up_row
from chatbot.ui.quiet_news import written
from chatbot.ui.words import words_for
from pipelines.core.cancel import CancelToken
from pipelines.core.types import Stage
from tests.support.page_user import Person
from tests.support.scripted import scripted_registry
from tests.unit.history.test_quiet_work import QUESTIONS, Aside

WORDS = words_for("en")


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    registry = scripted_registry(classes={Stage.GENERATE: Aside})
    with Chatbot(load_settings(), registry) as chatbot:
        someone = Person.at(tmp_path / "data", chatbot, quiet=QuietWork(registry, chatbot.idle))  # type: ignore[arg-type]
        someone.session.options = replace(someone.session.options, follow_ups=True)
        yield someone
        someone.handlers.stores.close()


def shown(person: Person) -> tuple[str, ...]:
    return person.handlers.suggestions.shown(person.session)


def settle(person: Person) -> None:
    """Wait as the page does."""
    person.finish()
    asyncio.run(_news(person))


async def _news(person: Person) -> int:
    """Return how often the page reads its list again after a turn."""
    quiet, conversation = person.handlers.quiet, person.session.conversation
    coming = quiet.coming(conversation) if quiet and conversation else []
    return len([news async for news in written(coming)])


def test_questions_appear_after_a_reply_and_the_title_with_them(person: Person) -> None:
    settle(person)
    assert shown(person) == ()
    person.say("hello i want to sail to brest")
    settle(person)
    assert shown(person) == QUESTIONS
    assert Aside.title in person.sidebar
    assert person.handlers.suggestions.shown(person.beside().session) == ()


@pytest.mark.parametrize(("questions", "news"), [(True, 2), (False, 1)])
def test_the_list_is_read_again_for_a_title_and_for_questions_and_no_oftener(
    person: Person, questions: bool, news: int
) -> None:
    person.session.options = replace(person.session.options, follow_ups=questions)
    person.say("I want to sail.")
    person.finish()
    assert asyncio.run(_news(person)) == news
    assert Aside.title in person.sidebar
    person.say("And back?")
    person.finish()
    assert asyncio.run(_news(person)) == news - 1


@pytest.mark.parametrize("step", ["send", "retry", "edit", "undo"])
def test_they_are_gone_when_the_conversation_moves_on(person: Person, step: str) -> None:
    person.say("I want to sail.")
    settle(person)
    assert shown(person) == QUESTIONS
    handlers, turn = person.handlers, person.turns[-1].id
    with person.engine.idle.turn(CancelToken()):
        if step == "undo":
            person.do("undo")
        elif step == "send":
            person.send("And back?")
        elif step == "retry":
            handlers.retry(person.visitor, person.session, turn)
        else:
            handlers.edit(person.visitor, person.session, turn, "Hm.")
        assert shown(person) == ()
        person.finish()


def test_nothing_new_is_suggested_for_a_message_that_is_being_written(person: Person) -> None:
    with person.engine.idle.turn(CancelToken()):
        person.say("I want to sail.")
        person.finish()
        person.handlers.suggestions.writing(person.session)
    settle(person)
    assert person.engine.idle.wait(20)
    assert shown(person) == ()


def test_who_turns_them_off_sees_none_at_once(person: Person) -> None:
    person.say("I want to sail.")
    settle(person)
    person.session.options = replace(person.session.options, follow_ups=False)
    assert shown(person) == ()


def test_the_row_is_a_named_group_of_buttons_and_takes_words_as_words() -> None:
    row = follow_up_row(["Is 1 < 2?", "为什么？"], WORDS)
    assert row.count("<button") == 2
    assert "Is 1 &lt; 2?" in row
    assert f'role="group" aria-label="{WORDS.page.follow_ups_label}"' in row
    assert follow_up_row([], WORDS) == ""
