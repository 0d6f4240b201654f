"""What is understood before it is sent: used by the turn, once, by nobody else, and not for nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import wait
from typing import Any

import numpy as np
import pytest

from chatbot.config.settings import Settings
from chatbot.turn.early_work import as_they_come
from chatbot.turn.engine import Chatbot
from chatbot.turn.events import ContextReady, Done
from chatbot.turn.options import TurnOptions
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError
from pipelines.core.registry import Registry
from pipelines.core.types import Audio, Image, Stage, Turn
from tests.support.scripted import Captioner, scripted_registry

OPTIONS = TurnOptions(speak=False)
CAT, DOG = (Image(np.full((8, 8, 3), shade, np.uint8)) for shade in (40, 90))
VOICE = Audio(np.full(16_000, 0.1, np.float32), 16_000)
ME = "anna"


class SlowCaptioner(Captioner):
    """Waits until it may go on; sees its token."""

    started, go_on, stopped = threading.Event(), threading.Event(), threading.Event()

    def caption(self, image: Image, *, cancel: Any = None) -> Any:
        self.started.set()
        while not self.go_on.wait(0.01):
            if cancel.cancelled:
                self.stopped.set()
                cancel.raise_if_cancelled()
        return super().caption(image, cancel=cancel)


@pytest.fixture
def slow() -> Iterator[type[SlowCaptioner]]:
    SlowCaptioner.started.clear()
    SlowCaptioner.go_on.clear()
    SlowCaptioner.stopped.clear()
    yield SlowCaptioner
    SlowCaptioner.go_on.set()


def calls(registry: Registry, stage: Stage) -> int:
    return len(registry.get(stage).calls)


def answered(bot: Chatbot, turn: Turn, person: str = ME) -> Done:
    token = CancelToken()
    coming = bot.early.take(person, turn, OPTIONS, token)
    for event in bot.respond(turn, options=OPTIONS, coming=coming, cancel=token):
        if isinstance(event, ContextReady):
            bot.early.keep(person, turn, OPTIONS, event.context.evidence)
    assert isinstance(event, Done)
    return event


def test_a_turn_uses_what_was_understood_of_its_draft() -> None:
    registry = scripted_registry()
    with Chatbot(Settings(), registry) as bot:
        coming = bot.early.prepare(ME, "tab", Turn(images=(DOG, CAT), audio=VOICE), OPTIONS)
        wait(coming.values(), 30)
        found = list(as_they_come(coming, CancelToken()))
        assert {(e.kind, e.source) for e in found} == set(coming)
        done = answered(bot, Turn("Look", images=(CAT,), audio=VOICE))
        assert done.reply.context is not None
        assert done.reply.context.captions == ("A cat on a mat.",)
        assert done.reply.context.transcript == "I am here."
        assert calls(registry, Stage.CAPTION) == 2
        assert calls(registry, Stage.TRANSCRIBE) == calls(registry, Stage.SPEECH_EMOTION) == 1
        assert not any("picture" in name or "voice" in name for name in done.reply.timings.stages)


def test_a_turn_waits_for_what_is_being_understood(slow: type[SlowCaptioner]) -> None:
    registry = scripted_registry(classes={Stage.CAPTION: slow})
    with Chatbot(Settings(), registry) as bot:
        bot.early.prepare(ME, "tab", Turn(images=(CAT,)), OPTIONS)
        assert slow.started.wait(30)
        threading.Timer(0.1, slow.go_on.set).start()
        done = answered(bot, Turn(images=(CAT,)))
        assert done.reply.context is not None
        assert done.reply.context.captions == ("A cat on a mat.",)
        assert calls(registry, Stage.CAPTION) == 1


def test_what_is_taken_out_of_the_box_is_not_understood_any_further(slow: type[SlowCaptioner]) -> None:
    registry = scripted_registry(classes={Stage.CAPTION: slow})
    with Chatbot(Settings(), registry) as bot:
        coming = bot.early.prepare(ME, "tab", Turn(images=(CAT,)), OPTIONS)
        assert slow.started.wait(30)
        bot.early.prepare(ME, "tab", None, OPTIONS)
        wait(coming.values(), 30)
        assert coming[Stage.CAPTION, "picture 1"].cancelled()
        assert slow.stopped.wait(30)


def test_what_another_draft_still_holds_is_understood_to_its_end(slow: type[SlowCaptioner]) -> None:
    registry = scripted_registry(classes={Stage.CAPTION: slow})
    with Chatbot(Settings(), registry) as bot:
        coming = bot.early.prepare(ME, "tab", Turn(images=(CAT,)), OPTIONS)
        assert slow.started.wait(30)
        bot.early.prepare(ME, "other tab", Turn(images=(CAT,)), OPTIONS)
        bot.early.leave("tab")
        slow.go_on.set()
        assert coming[Stage.CAPTION, "picture 1"].result(30).value is not None
        assert calls(registry, Stage.CAPTION) == 1


def test_what_is_taken_out_and_put_in_again_is_understood_anew(slow: type[SlowCaptioner]) -> None:
    registry = scripted_registry(classes={Stage.CAPTION: slow})
    with Chatbot(Settings(), registry) as bot:
        bot.early.prepare(ME, "tab", Turn(images=(CAT,)), OPTIONS)
        assert slow.started.wait(30)
        bot.early.leave("tab")
        coming = bot.early.prepare(ME, "tab", Turn(images=(CAT,)), OPTIONS)
        slow.go_on.set()
        assert coming[Stage.CAPTION, "picture 1"].result(30).value is not None


def test_what_is_sent_is_understood_to_its_end_though_the_box_is_empty(slow: type[SlowCaptioner]) -> None:
    registry = scripted_registry(classes={Stage.CAPTION: slow})
    with Chatbot(Settings(), registry) as bot:
        bot.early.prepare(ME, "tab", Turn(images=(CAT,)), OPTIONS)
        assert slow.started.wait(30)
        token = CancelToken()
        coming = bot.early.take(ME, Turn(images=(CAT,)), OPTIONS, token)
        bot.early.leave("tab")
        slow.go_on.set()
        assert coming[Stage.CAPTION, "picture 1"].result(30).value is not None


def test_stopping_the_turn_stops_what_it_waits_for(slow: type[SlowCaptioner]) -> None:
    registry = scripted_registry(classes={Stage.CAPTION: slow})
    with Chatbot(Settings(), registry) as bot:
        coming = bot.early.prepare(ME, "tab", Turn(images=(CAT,)), OPTIONS)
        assert slow.started.wait(30)
        token = CancelToken()
        bot.early.take(ME, Turn(images=(CAT,)), OPTIONS, token)
        token.cancel()
        wait(coming.values(), 30)
        assert slow.stopped.wait(30)


def test_what_has_not_begun_is_left_to_the_turn(slow: type[SlowCaptioner]) -> None:
    registry = scripted_registry(classes={Stage.CAPTION: slow})
    with Chatbot(Settings(), registry) as bot:
        bot.early.prepare(ME, "other tab", Turn(images=(DOG,)), OPTIONS)
        assert slow.started.wait(30)
        bot.early.prepare(ME, "tab", Turn(images=(CAT,)), OPTIONS)
        assert bot.early.take(ME, Turn(images=(CAT,)), OPTIONS, CancelToken()) == {}


def test_the_same_picture_is_not_understood_twice_but_by_another_person() -> None:
    registry = scripted_registry()
    with Chatbot(Settings(), registry) as bot:
        again = Image(CAT.pixels.copy())
        answered(bot, Turn("One", images=(CAT,)))
        answered(bot, Turn("Two", images=(DOG, again)))
        assert calls(registry, Stage.CAPTION) == 2
        answered(bot, Turn("Three", images=(CAT,)), person="ben")
        assert calls(registry, Stage.CAPTION) == 3


def test_a_recording_is_heard_anew_with_other_hot_words() -> None:
    registry = scripted_registry()
    with Chatbot(Settings(hot_words="Siobhán"), registry) as bot:
        for words, count in (("Siobhán", 1), ("Siobhán", 1), ("陆小满", 2)):
            options = bot.turn_options(hot_words=words)
            wait(bot.early.prepare(ME, "tab", Turn(audio=VOICE), options).values(), 30)
            assert calls(registry, Stage.TRANSCRIBE) == count
            assert registry.get(Stage.TRANSCRIBE).hot_words == words
        list(bot.respond(Turn(audio=VOICE)))
        assert registry.get(Stage.TRANSCRIBE).hot_words == "Siobhán", "the settings' own"


def test_a_stage_that_failed_ahead_runs_in_the_turn() -> None:
    broken = {Stage.CAPTION: {"error": BackendError("No luck")}}
    registry = scripted_registry(broken)
    with Chatbot(Settings(), registry) as bot:
        coming = bot.early.prepare(ME, "tab", Turn(images=(CAT,)), OPTIONS)
        wait(coming.values(), 30)
        assert coming[Stage.CAPTION, "picture 1"].cancelled()
        registry.get(Stage.CAPTION).options.pop("error")
        done = answered(bot, Turn(images=(CAT,)))
        assert done.reply.context is not None
        assert done.reply.context.captions == ("A cat on a mat.",)
        assert calls(registry, Stage.OCR) == 1


def test_only_the_newest_results_are_remembered() -> None:
    registry = scripted_registry()
    with Chatbot(Settings(), registry) as bot:
        bot.early._kept = 1
        for image in (CAT, DOG, CAT):
            answered(bot, Turn("Look", images=(image,)))
        assert calls(registry, Stage.CAPTION) == 3
