"""Captions are translated in quiet moments and kept with what was understood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chatbot.history import History
from chatbot.history.export_archive import export_archive
from chatbot.history.import_archive import import_archive
from chatbot.history.quiet_work import QuietWork
from chatbot.turn.options import TurnOptions
from chatbot.turn.record import evidence_json
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError
from pipelines.core.registry import Registry
from pipelines.core.types import Caption, Evidence, Stage
from tests.support import records
from tests.support.scripted import Generator, scripted_registry

ME = "local"
OPTIONS = TurnOptions(max_reply_tokens=100, follow_ups=False)
CHINESE = {"A dog.": "一只狗。", "A cat.": "一只猫。", "A horse.": "A horse."}


class Translator(Generator):
    """Translates the captions it knows; `stop` is called when it has begun. Titles are "Pets"."""

    languages = ("en", "zh")
    stop: Any = None

    def stream(
        self, messages: Any, *, temperature: float, max_tokens: int, cancel: Any = None
    ) -> Iterator[str]:
        asked = messages[-1]["content"]
        if asked not in CHINESE:
            yield "Pets"
            return
        self.calls.append(asked)
        if self.stop is not None:
            stop, self.stop = self.stop, None
            stop()
        yield CHINESE[asked]


@pytest.fixture
def registry() -> Registry:
    registry = scripted_registry(classes={Stage.GENERATE: Translator})
    registry.get(Stage.GENERATE)
    return registry


@pytest.fixture
def writer(registry: Registry) -> Any:
    return registry.get(Stage.GENERATE)


def show(history: History, *captions: str, conversation: str | None = None, sure: float = 0.8) -> str:
    """Keep a turn with pictures of these captions."""
    writer = history.begin_turn(ME, conversation, text="What is this?")
    context = records.context("What is this?", captions=captions, ocr=("",) * len(captions))
    evidence = [
        replace(item, value=Caption(item.value.text, sure)) if isinstance(item.value, Caption) else item
        for item in context.evidence
    ]
    writer.finish(records.reply("I see.", replace(context, evidence=tuple(evidence))))
    return writer.conversation


def after(quiet: QuietWork, history: History, conversation: str, page: str | None = "zh") -> bool:
    """End a turn; return whether captions were translated since."""
    quiet.after_turn(history, ME, conversation, OPTIONS, page)
    assert quiet.idle.wait(20)
    coming = quiet.captions.coming(conversation)
    assert coming is not None
    return coming.result(0)


def told(history: History, conversation: str) -> list[dict[str, str]]:
    """Return the translations of all the captions shown, first to last."""
    turns = history.path(ME, conversation)
    return [dict(item.translations) for turn in turns for item in _captions(turn.evidence)]


def _captions(evidence: tuple[Evidence, ...]) -> list[Evidence]:
    return [item for item in evidence if item.kind == Stage.CAPTION]


def test_captions_of_all_turns_are_translated_once_and_kept(
    quiet: QuietWork, history: History, writer: Any, tmp_path: Path
) -> None:
    conversation = show(history, "A dog.", "A cat.")
    show(history, "A dog.", conversation=conversation)
    assert after(quiet, history, conversation)
    dog, cat = {"zh": "一只狗。"}, {"zh": "一只猫。"}
    assert told(history, conversation) == [dog, cat, dog]
    assert not after(quiet, history, conversation)
    assert len(writer.calls) == 3
    (turn, _) = history.path(ME, conversation)
    assert turn.context is not None
    assert turn.context.evidence == turn.evidence
    assert turn.context.captions == ("A dog.", "A cat.")
    assert evidence_json(_captions(turn.evidence)[0])["translations"] == dog
    export_archive(history, ME, tmp_path / "a.zip", conversation)
    history.delete(ME, conversation)
    (again,) = import_archive(history, ME, tmp_path / "a.zip").conversations
    assert told(history, again) == [dog, cat, dog]


def test_nothing_is_translated_for_whom_the_caption_is_in_the_right_language(
    quiet: QuietWork, history: History, writer: Any
) -> None:
    conversation = show(history, "A dog.")
    for page in ("en", None):
        assert not after(quiet, history, conversation, page)
    assert writer.calls == []
    assert "translations" not in evidence_json(history.path(ME, conversation)[0].evidence[0])


def test_a_guess_and_a_corrected_caption_stay_as_they_are(
    quiet: QuietWork, history: History, writer: Any
) -> None:
    guess = show(history, "A dog.", sure=0.1)
    corrected = show(history, "A cat.")
    history.correct(ME, history.path(ME, corrected)[0].id, "picture 1", "A lynx.")
    for conversation in (guess, corrected):
        assert not after(quiet, history, conversation)
    assert writer.calls == []


def test_a_turn_puts_it_off_and_what_is_kept_is_not_written_again(
    quiet: QuietWork, history: History, writer: Any
) -> None:
    conversation = show(history, "A dog.", "A cat.")

    def turn() -> None:
        with quiet.idle.turn(CancelToken()):
            assert told(history, conversation) == [{"zh": "一只狗。"}, {}]

    def second() -> None:
        writer.stop = turn

    writer.stop = second
    assert after(quiet, history, conversation)
    assert writer.calls == ["A dog.", "A cat.", "A cat."]
    assert told(history, conversation) == [{"zh": "一只狗。"}, {"zh": "一只猫。"}]


def test_a_model_that_fails_leaves_nobody_waiting_and_is_asked_again_after_the_next_turn(
    quiet: QuietWork, history: History, writer: Any
) -> None:
    def fail() -> None:
        raise BackendError("no")

    conversation = show(history, "A dog.")
    writer.stop = fail
    assert not after(quiet, history, conversation)
    assert told(history, conversation) == [{}]
    assert after(quiet, history, conversation)


def test_what_the_model_cannot_translate_is_not_asked_for_again(
    quiet: QuietWork, history: History, writer: Any
) -> None:
    conversation = show(history, "A horse.")
    writer.languages = ("en",)
    assert not after(quiet, history, conversation)
    assert writer.calls == []
    writer.languages = ("en", "zh")
    for _ in range(2):
        assert not after(quiet, history, conversation)
    assert writer.calls == ["A horse."]
