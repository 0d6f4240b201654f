"""What is said in a call is kept at once, in order, and a failure is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chatbot.call.turn_keeper import TurnKeeper
from chatbot.history import History, HistoryError, Status, TurnRecord, retries, tables
from chatbot.history.call_conversations import CallConversations
from chatbot.history.conversation_stores import ConversationStores
from chatbot.turn.state import Phase, TurnState
from pipelines.core.types import Audio
from tests.support import records

ME, NAME = "local", "new-1"
SAID = Audio(np.full(16_000, 0.1, np.float32), 16_000)
CONTEXT = records.context("", "I am here.")
HEARD = TurnState(Phase.DONE, context=CONTEXT, text="Hello.", reply=records.reply("Hello.", CONTEXT))


class Call:
    """A call's keeper and what it keeps."""

    def __init__(self, folder: Path) -> None:
        self.stores = ConversationStores(folder)
        self.ended: list[str] = []
        self.conversations = CallConversations(self.stores, lambda _, user, name: self.ended.append(name))
        self.told: list[tuple[int, str]] = []
        self.keeper = TurnKeeper(
            self.conversations, ME, NAME, lambda turn, problem: self.told.append((turn, str(problem)))
        )

    @property
    def history(self) -> History:
        assert self.stores.kept is not None
        return self.stores.kept

    def turns(self) -> list[TurnRecord]:
        self.keeper.past().result()
        found = self.conversations.found(ME, NAME)
        return [] if found is None else self.history.path(ME, found.conversation)


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    monkeypatch.setattr(retries, "PAUSE_SECONDS", 0.0)
    call = Call(tmp_path)
    yield call
    call.keeper.close()
    call.stores.close()


def test_a_question_is_on_disk_before_its_answer(call: Call) -> None:
    call.keeper.begin(1, SAID)
    (asked,) = call.turns()
    assert asked.status is Status.ANSWERING and asked.question_media[0].name == "call.wav"
    call.keeper.end(1, SAID, HEARD)
    past = call.keeper.past().result()
    assert [(item.user, item.reply) for item in past.exchanges] == [("I am here.", "Hello.")]
    (kept,) = call.turns()
    assert (kept.id, kept.status, kept.reply_text) == (asked.id, Status.DONE, "Hello.")
    assert call.ended == [kept.conversation] and call.told == []


def test_what_is_taken_back_leaves_nothing_behind(call: Call) -> None:
    call.keeper.begin(1, SAID)
    call.keeper.discard(1)
    call.keeper.discard(2)
    assert call.turns() == []
    assert records.count(call.history, tables.Conversation) == 0, "it alone had begun the conversation"
    assert records.count(call.history, tables.Media) == 0
    call.keeper.begin(3, SAID)
    call.keeper.end(3, SAID, HEARD)
    call.keeper.begin(4, SAID)
    call.keeper.discard(4)
    assert [turn.reply_text for turn in call.turns()] == ["Hello."]


def test_a_call_that_ends_before_the_answer_leaves_the_question_as_interrupted(call: Call) -> None:
    call.keeper.begin(1, SAID)
    call.keeper.close()
    (turn,) = call.history.path(ME, call.conversations.found(ME, NAME).conversation)  # type: ignore[union-attr]
    assert turn.status is Status.INTERRUPTED and turn.question_media


def failing(times: int, whole: Callable[..., object]) -> Callable[..., object]:
    left = iter(range(times))

    def act(*given: object, **named: object) -> object:
        if next(left, None) is not None:
            raise HistoryError("The disk is full")
        return whole(*given, **named)

    return act


@pytest.mark.parametrize(("failures", "told"), [(2, []), (3, [(1, "The disk is full.")])])
def test_what_fails_is_tried_again_and_at_last_told(
    call: Call, monkeypatch: pytest.MonkeyPatch, failures: int, told: list[tuple[int, str]]
) -> None:
    monkeypatch.setattr(History, "begin_turn", failing(failures, History.begin_turn))
    call.keeper.begin(1, SAID)
    call.keeper.end(1, SAID, HEARD)
    assert [turn.status for turn in call.turns()] == [Status.DONE], "it is tried once more at the end"
    assert call.told == told


def test_an_answer_that_cannot_be_kept_is_told(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    call.keeper.begin(1, SAID)
    call.turns()
    with monkeypatch.context() as full:
        full.setattr("chatbot.history.writer.TurnWriter._save_end", failing(99, lambda: None))
        call.keeper.end(1, SAID, replace(HEARD, phase=Phase.STOPPED))
        call.keeper.past().result()
    assert call.told == [(1, "The disk is full.")]
