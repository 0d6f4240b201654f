"""What is written of a conversation in quiet moments: its title, and what could be asked next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chatbot.history import History
from chatbot.history.conversation_notes import set_title
from chatbot.history.conversation_stores import ConversationStores
from chatbot.history.export_archive import export_archive
from chatbot.history.follow_ups import FollowUps
from chatbot.history.import_archive import import_archive
from chatbot.history.quiet_results import KEPT
from chatbot.history.quiet_work import TRIES, QuietWork
from chatbot.history.stored import TitleBy
from chatbot.turn.aside_prompts import ENGLISH
from chatbot.turn.events import FusedEmotion
from chatbot.turn.idle_work import IdleWork
from chatbot.turn.options import TurnOptions
from pipelines.backends_server import server_spec
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError
from pipelines.core.registry import Registry
from pipelines.core.types import Stage
from tests.support import records
from tests.support.scripted import Generator, scripted_registry

ME = "local"
OPTIONS = TurnOptions(max_reply_tokens=100, follow_ups=True)
QUESTIONS = ("How far is it?", "Who lives there?")


class Aside(Generator):
    """Writes `title` and `questions` where it is asked for them; `stop` is called when it has begun."""

    title = "Sailing to Brest"
    stop: Any = None

    def stream(
        self, messages: Any, *, temperature: float, max_tokens: int, cancel: Any = None
    ) -> Iterator[str]:
        self.calls.append(list(messages))
        if self.stop is not None:
            stop, self.stop = self.stop, None
            stop()
        yield self.title if "title" in messages[-1]["content"] else "\n".join(QUESTIONS)


@pytest.fixture
def registry() -> Registry:
    registry = scripted_registry(classes={Stage.GENERATE: Aside})
    registry.get(Stage.GENERATE)
    return registry


@pytest.fixture
def writer(registry: Registry) -> Any:
    return registry.get(Stage.GENERATE)


def say(history: History, text: str, conversation: str | None = None, **context: Any) -> str:
    writer = history.begin_turn(ME, conversation, text=text)
    reply = records.reply("I see.")
    if context:
        reply = replace(reply, context=replace(records.context(text), **context))
    writer.finish(reply)
    return writer.conversation


def after(quiet: QuietWork, history: History, conversation: str, options: TurnOptions = OPTIONS) -> None:
    quiet.after_turn(history, ME, conversation, options)
    assert quiet.idle.wait(20)


def title(history: History, conversation: str) -> str:
    return history.conversation(ME, conversation).title


def test_the_model_titles_a_conversation_once(quiet: QuietWork, history: History, writer: Any) -> None:
    conversation = say(history, "hello i want to sail to brest somehow")
    before = history.conversation(ME, conversation)
    after(quiet, history, conversation)
    found = history.conversation(ME, conversation)
    assert (found.title, found.title_by) == ("Sailing to Brest", TitleBy.MODEL)
    assert found.updated_at == before.updated_at
    writer.title = "Another Title"
    say(history, "And back?", conversation)
    after(quiet, history, conversation)
    assert title(history, conversation) == "Sailing to Brest"
    assert [hit.place for hit in history.search(ME, "sailing to brest")] == ["title"]


def test_whoever_waits_is_told_when_there_is_a_title_to_show(quiet: QuietWork, history: History) -> None:
    conversation = say(history, "I want to sail.")
    with quiet.idle.turn(CancelToken()):
        quiet.after_turn(history, ME, conversation, OPTIONS)
        titled, asked = quiet.coming(conversation)
        assert not titled.done() and not asked.done()
        quiet.after_turn(history, ME, conversation, replace(OPTIONS, follow_ups=False))
        assert (titled.result(0), asked.result(0)) == (False, ()), "the next turn has ended before"
        (again,) = quiet.coming(conversation)
    assert again.result(20) is True
    assert title(history, conversation) == Aside.title
    after(quiet, history, conversation)
    assert quiet.coming(conversation)[0].result(0) is False


def test_a_title_that_the_person_gave_stays(quiet: QuietWork, history: History, writer: Any) -> None:
    renamed = say(history, "I want to sail.")
    history.rename(ME, renamed, "My trip")
    named = history.create(ME, "My boat").id
    say(history, "I want to sail.", named)
    for conversation in (renamed, named):
        after(quiet, history, conversation, replace(OPTIONS, follow_ups=False))
    assert [title(history, conversation) for conversation in (renamed, named)] == ["My trip", "My boat"]
    assert writer.calls == []


def test_a_title_that_the_person_gives_meanwhile_stays(
    quiet: QuietWork, history: History, writer: Any
) -> None:
    conversation = say(history, "I want to sail.")
    writer.stop = lambda: history.rename(ME, conversation, "My trip")
    after(quiet, history, conversation)
    assert title(history, conversation) == "My trip"


def test_a_bad_title_leaves_the_first_words_and_is_tried_again_only_at_first(
    quiet: QuietWork, history: History, writer: Any
) -> None:
    writer.title = "I'm sorry, I can't do that."
    conversation = say(history, "I want to sail.")
    for number in range(TRIES + 2):
        after(quiet, history, conversation, replace(OPTIONS, follow_ups=False))
        assert len(writer.calls) == min(number + 1, TRIES)
        say(history, "And?", conversation)
    assert history.conversation(ME, conversation).title_by == TitleBy.WORDS
    assert title(history, conversation) == "I want to sail."


def test_what_is_not_kept_gets_no_title_but_questions(quiet: QuietWork) -> None:
    with ConversationStores(None) as stores:
        history = stores.of(temporary=True)
        conversation = say(history, "I want to sail.")
        after(quiet, history, conversation)
        assert title(history, conversation) == "I want to sail."
        assert quiet.follow_ups.of(conversation) == QUESTIONS


def test_a_recording_without_words_is_titled_too(quiet: QuietWork, history: History) -> None:
    conversation = say(history, "")
    assert title(history, conversation) == ""
    after(quiet, history, conversation)
    assert title(history, conversation) == "Sailing to Brest"


def test_a_title_is_exported_with_whose_it_is(history: History, tmp_path: Path) -> None:
    conversation = say(history, "I want to sail.")
    set_title(history, ME, conversation, "Sailing to Brest")
    export_archive(history, ME, tmp_path / "a.zip", conversation)
    history.delete(ME, conversation)
    (again,) = import_archive(history, ME, tmp_path / "a.zip").conversations
    found = history.conversation(ME, again)
    assert (found.title, found.title_by) == ("Sailing to Brest", TitleBy.MODEL)


def test_questions_are_there_until_the_conversation_moves_on(quiet: QuietWork, history: History) -> None:
    conversation = say(history, "I want to sail.")
    assert quiet.follow_ups.of(conversation) == ()
    after(quiet, history, conversation)
    coming = quiet.follow_ups.coming(conversation)
    assert coming is not None
    assert coming.result(0) == quiet.follow_ups.of(conversation) == QUESTIONS
    quiet.follow_ups.give_up(conversation)
    assert quiet.follow_ups.of(conversation) == QUESTIONS
    quiet.follow_ups.drop(conversation)
    assert quiet.follow_ups.of(conversation) == ()


def test_nothing_is_suggested_where_the_person_wants_nothing(
    quiet: QuietWork, history: History, writer: Any
) -> None:
    conversation = say(history, "I want to sail.")
    after(quiet, history, conversation)
    asked = len(writer.calls)
    after(quiet, history, conversation, replace(OPTIONS, follow_ups=False))
    assert quiet.follow_ups.of(conversation) == ()
    assert len(writer.calls) == asked


def test_nothing_is_suggested_by_a_model_on_another_machine(history: History) -> None:
    given = scripted_registry(classes={Stage.GENERATE: Aside})
    table = {**given.table, Stage.GENERATE: {"far": server_spec(f"{__name__}:Aside", "Far away")}}
    far = Registry(table, given.store, options={Stage.GENERATE: {"url": "https://far.example/v1"}})
    idle = IdleWork(rest=0)
    follow_ups = FollowUps(far, idle)
    follow_ups.after_turn(history, ME, say(history, "I want to sail."), OPTIONS)
    assert len(follow_ups._found) == 0
    idle.close()


def test_nothing_is_suggested_by_a_model_that_would_read_all_of_it_anew(
    quiet: QuietWork, history: History, writer: Any
) -> None:
    writer.rereads = True
    conversation = say(history, "I want to sail.")
    after(quiet, history, conversation)
    assert quiet.follow_ups.of(conversation) == ()
    assert title(history, conversation) == "Sailing to Brest"


@pytest.mark.parametrize(("label", "confidence", "found"), [("sad", 0.8, ()), ("sad", 0.3, QUESTIONS)])
def test_nothing_is_suggested_to_somebody_in_grief(
    quiet: QuietWork, history: History, label: str, confidence: float, found: tuple[str, ...]
) -> None:
    emotion = FusedEmotion(label, confidence, {label: confidence}, (), None)
    conversation = say(history, "My cat has died.", emotion=emotion)
    after(quiet, history, conversation)
    assert quiet.follow_ups.of(conversation) == found


def test_who_begins_to_write_ends_what_is_being_written(
    quiet: QuietWork, history: History, writer: Any
) -> None:
    conversation = say(history, "I want to sail.")
    writer.stop = lambda: quiet.follow_ups.give_up(conversation)
    quiet.follow_ups.after_turn(history, ME, conversation, OPTIONS)
    coming = quiet.follow_ups.coming(conversation)
    assert coming is not None
    assert coming.result(20) == ()
    assert quiet.idle.wait(20)
    assert len(writer.calls) == 1
    assert quiet.follow_ups.of(conversation) == ()


def test_another_persons_turn_only_puts_it_off(quiet: QuietWork, history: History, writer: Any) -> None:
    conversation = say(history, "I want to sail.")

    def turn() -> None:
        with quiet.idle.turn(CancelToken()):
            pass

    writer.stop = turn
    quiet.follow_ups.after_turn(history, ME, conversation, OPTIONS)
    assert quiet.idle.wait(20)
    assert len(writer.calls) == 2
    assert quiet.follow_ups.of(conversation) == QUESTIONS


def test_a_model_that_fails_leaves_nobody_waiting(quiet: QuietWork, history: History, writer: Any) -> None:
    def fail() -> None:
        raise BackendError("no")

    conversation = say(history, "I want to sail.")
    writer.stop = fail
    quiet.follow_ups.after_turn(history, ME, conversation, OPTIONS)
    coming = quiet.follow_ups.coming(conversation)
    assert coming is not None
    assert coming.result(20) == ()


def test_the_questions_of_many_conversations_are_forgotten(quiet: QuietWork, history: History) -> None:
    with quiet.idle.turn(CancelToken()):
        for number in range(KEPT + 2):
            quiet.follow_ups.after_turn(history, ME, f"c{number}", OPTIONS)
    assert quiet.follow_ups.coming("c0") is None
    assert len(quiet.follow_ups._found) == KEPT


def test_the_requests_are_those_that_the_tests_answer() -> None:
    assert "title" in ENGLISH.title
    assert "title" not in ENGLISH.questions
