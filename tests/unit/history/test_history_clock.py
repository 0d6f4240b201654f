"""The order of the list when the clock jumps."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.history import History
from tests.support import records

ME = "local"


def test_what_changed_last_comes_first_whatever_the_clock_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with History(tmp_path) as history:

        def ask(conversation: str | None, text: str, clock: float) -> str:
            monkeypatch.setattr("time.time", lambda: clock)
            with history.begin_turn(ME, conversation, text=text) as writer:
                writer.finish(records.reply("Yes."))
            return writer.conversation

        first = ask(None, "one", 2e9)
        second = ask(None, "two", 4e9)
        third = ask(None, "three", 1e9)
        assert [item.id for item in history.conversations(ME)] == [third, second, first]
        ask(first, "one again", 5e8)
        assert [item.id for item in history.conversations(ME)] == [first, third, second]
        assert [turn.text for turn in history.path(ME, first)] == ["one", "one again"]
