"""A long conversation is summed up in quiet moments; what was said forty turns ago is still known."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatbot.config.settings import load_settings
from chatbot.history import History
from chatbot.history.conversation_notes import set_instructions, set_summary
from chatbot.history.export_archive import export_archive
from chatbot.history.import_archive import import_archive
from chatbot.history.summaries import Summaries
from chatbot.turn.engine import Chatbot
from chatbot.turn.events import Exchange
from chatbot.turn.idle_work import IdleWork
from chatbot.turn.options import TurnOptions
from chatbot.turn.prompt import first_messages
from chatbot.turn.summary import KEPT, SUMMARY_TOKENS, Summing
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled, LimitError
from pipelines.core.registry import Registry
from pipelines.core.types import Stage, Turn
from tests.support import records
from tests.support.scripted import Generator, scripted_registry

ME = "local"
OPTIONS = TurnOptions(max_reply_tokens=100)


class Noting(Generator):
    """Notes every sentence with "is called" or "heißt"; a token is four letters, as with real models."""

    context_tokens = 1200

    def count_tokens(self, messages: Any) -> int:
        return sum(len(message["content"]) // 4 + 4 for message in messages)

    def stream(
        self, messages: Any, *, temperature: float, max_tokens: int, cancel: Any = None
    ) -> Iterator[str]:
        self.calls.append(list(messages))
        said = messages[-1]["content"]
        facts = [line for line in said.replace("Person: ", "").split("\n") if "called" in line]
        yield "Notes:\n"
        yield "\n".join(f"- {fact}" for fact in facts) or "- nothing"


def noting() -> Registry:
    registry = scripted_registry(classes={Stage.GENERATE: Noting})
    registry.get(Stage.GENERATE)
    return registry


def turns(count: int, first: str = "I am called Anna.") -> list[Exchange]:
    filler = "We walked along the river and talked about nothing much. "
    return [Exchange(first if n == 0 else f"{n}. {filler}", f"Reply {n}. {filler}") for n in range(count)]


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with History(tmp_path / "data") as history:
        yield history


def fill(history: History, count: int) -> str:
    conversation = history.create(ME).id
    for past in turns(count):
        history.begin_turn(ME, conversation, text=past.user).finish(records.reply(past.reply))
    return conversation


def summed(registry: Registry, history: History, conversation: str) -> None:
    idle = IdleWork(rest=0)
    Summaries(registry, idle).after_turn(history, ME, conversation, OPTIONS)
    assert idle.wait(20)
    idle.close()


def test_a_short_conversation_is_left_alone() -> None:
    generator = noting().get(Stage.GENERATE)
    assert Summing(generator, OPTIONS, CancelToken()).sum_up(turns(5)) is None
    assert generator.calls == []


def test_the_last_turns_stay_and_the_others_become_notes() -> None:
    generator = noting().get(Stage.GENERATE)
    past = turns(45)
    summary = Summing(generator, OPTIONS, CancelToken()).sum_up(past)
    assert summary is not None
    assert 45 - 1 - summary.reach <= KEPT
    assert "I am called Anna." in summary.text
    assert "Notes" not in summary.text
    assert "-" not in summary.text
    assert all(len(call[-1]["content"]) < 4 * 1200 for call in generator.calls)


def test_what_the_notes_said_before_is_carried_on() -> None:
    generator = noting().get(Stage.GENERATE)
    past = turns(45, first="Hello.")
    past[10] = Exchange("Hm.", "Hm.", summary="The person is called Berta.")
    summary = Summing(generator, OPTIONS, CancelToken()).sum_up(past)
    assert summary is not None
    assert summary.text.startswith("The person is called Berta.")
    asked = "".join(call[-1]["content"] for call in generator.calls)
    assert "\nPerson: 11. We" in asked or "Person: 11. We" in asked
    assert "Person: 9. We" not in asked


def test_notes_that_grow_are_shortened() -> None:
    generator = noting().get(Stage.GENERATE)
    past = [Exchange(f"Friend {n} is called {'Name' * 8}{n}. " + "Oh. " * 20, "I see.") for n in range(60)]
    summary = Summing(generator, OPTIONS, CancelToken()).sum_up(past)
    assert summary is not None
    assert len(summary.text) / 4 <= SUMMARY_TOKENS


def test_a_second_try_uses_what_the_first_one_got() -> None:
    generator, memo = noting().get(Stage.GENERATE), {}
    Summing(generator, OPTIONS, CancelToken(), memo).sum_up(turns(45))
    count = len(generator.calls)
    Summing(generator, OPTIONS, CancelToken(), memo).sum_up(turns(45))
    assert len(generator.calls) == count > 1


def test_the_summary_is_kept_with_the_conversation_and_told_to_the_model(history: History) -> None:
    registry = noting()
    conversation = fill(history, 45)
    summed(registry, history, conversation)
    past = history.exchanges(ME, conversation)
    (at,) = [n for n, exchange in enumerate(past) if exchange.summary]
    assert "called Anna" in str(past[at].summary)
    with Chatbot(load_settings(), registry) as chatbot:
        list(
            chatbot.respond(
                Turn("What is my name?"), past, options=TurnOptions(speak=False, max_reply_tokens=100)
            )
        )
        prompt = registry.get(Stage.GENERATE).calls[-1]
    assert "Earlier in this conversation: I am called Anna." in prompt[0]["content"]
    assert len(prompt) == 2 + 2 * (len(past) - at - 1)


def test_the_new_beginning_of_the_prompt_is_read_ahead(history: History) -> None:
    registry = noting()
    conversation = fill(history, 45)
    summed(registry, history, conversation)
    generator = registry.get(Stage.GENERATE)
    assert generator.calls[-1] == first_messages(history.exchanges(ME, conversation), generator, OPTIONS)


def test_another_branch_has_no_summary_of_turns_that_are_not_its_own(history: History) -> None:
    conversation = fill(history, 45)
    summed(noting(), history, conversation)
    shown = history.path(ME, conversation)
    summed_up_to = next(turn.number for turn in shown if turn.summary)
    early, late = shown[3].id, shown[summed_up_to].id
    history.edit_turn(ME, late, text="Another way.").finish(records.reply("Yes."))
    assert any(exchange.summary for exchange in history.exchanges(ME, conversation))
    history.edit_turn(ME, early, text="Quite another way.").finish(records.reply("Yes."))
    assert not any(exchange.summary for exchange in history.exchanges(ME, conversation))


def test_summary_and_instructions_are_exported_and_deleted(history: History, tmp_path: Path) -> None:
    conversation = fill(history, 2)
    set_instructions(history, ME, conversation, "  Speak like a sailor. ")
    set_summary(history, ME, history.path(ME, conversation)[0].id, "A secret summary.")
    export_archive(history, ME, tmp_path / "a.zip", conversation)
    history.delete(ME, conversation)
    (again,) = import_archive(history, ME, tmp_path / "a.zip").conversations
    assert history.conversation(ME, again).instructions == "Speak like a sailor."
    assert history.path(ME, again)[0].summary == "A secret summary."
    history.delete(ME, again)
    history.close()
    assert b"secret summary" not in (tmp_path / "data" / "trio.db").read_bytes()


def test_instructions_that_are_too_long_are_refused(history: History) -> None:
    conversation = fill(history, 1)
    with pytest.raises(LimitError, match="too long"):
        set_instructions(history, ME, conversation, "x" * 2001)


def test_a_turn_cancels_idle_work_at_once_and_it_begins_anew() -> None:
    idle, tokens = IdleWork(rest=0), []
    begun = threading.Event()

    def job(cancel: CancelToken) -> None:
        tokens.append(cancel)
        begun.set()
        while len(tokens) == 1:
            cancel.raise_if_cancelled()
            time.sleep(0.005)

    idle.put("a", job)
    assert begun.wait(10)
    with idle.turn(CancelToken()):
        assert tokens[0].cancelled
        time.sleep(0.05)
        assert len(tokens) == 1
    assert idle.wait(10)
    assert len(tokens) == 2
    idle.close()


def begun_and_held(idle: IdleWork, key: str, ran: list[str]) -> None:
    """Begin a job that waits for its end the first time, and note each time that it runs."""
    begun = threading.Event()

    def job(cancel: CancelToken) -> None:
        ran.append(key)
        begun.set()
        if ran.count(key) == 1:
            assert cancel.wait(20)

    idle.put(key, job)
    assert begun.wait(10)


def test_what_is_needed_soon_goes_before_what_runs_and_what_waits() -> None:
    idle, ran = IdleWork(rest=0), list[str]()
    begun_and_held(idle, "a", ran)
    idle.put("b", lambda _: ran.append("b"))
    idle.put("soon", lambda _: ran.append("soon"), first=True)
    assert idle.wait(10)
    assert ran == ["a", "soon", "b", "a"]
    idle.close()


def test_a_job_that_is_dropped_ends_and_does_not_begin_anew() -> None:
    idle, ran = IdleWork(rest=0), list[str]()
    begun_and_held(idle, "a", ran)
    idle.put("b", lambda _: ran.append("b"))
    idle.drop("b")
    idle.drop("a")
    assert idle.wait(10)
    assert ran == ["a"]
    idle.close()


def test_no_idle_work_while_a_turn_is_answered() -> None:
    idle, ran = IdleWork(rest=0), threading.Event()
    with idle.turn(CancelToken()):
        idle.put("a", lambda _: ran.set())
        assert not ran.wait(0.1)
    assert ran.wait(10)
    idle.close()


def test_idle_work_that_fails_is_given_up() -> None:
    idle = IdleWork(rest=0)

    def fails(_: CancelToken) -> None:
        raise RuntimeError("no")

    def stops(_: CancelToken) -> None:
        raise Cancelled

    idle.put("a", fails)
    idle.put("b", stops)
    assert idle.wait(10)
    idle.close()


def test_a_conversation_that_was_deleted_meanwhile_is_no_trouble(history: History) -> None:
    conversation = fill(history, 45)
    history.delete(ME, conversation)
    summed(noting(), history, conversation)
