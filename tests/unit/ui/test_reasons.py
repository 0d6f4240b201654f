"""Reasons in the panel: the way from a kept turn to HTML, and what is refused."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chatbot.ui.panel.explanations import ExplanationStream, ReasonRequest, explain
from chatbot.ui.panel.reasons import moments_markup, regions_markup, words_markup
from chatbot.ui.words import LANGUAGES, words_for
from pipelines.core.errors import InputError
from pipelines.core.types import Audio, Image, Stage
from pipelines.explain.occlusion import Moments, Part
from tests.support.panel_page import HOSTILE, PanelPage, fill

WORDS = words_for("en")
SAID = WORDS.understood.why


@pytest.fixture
def page(tmp_path: Path) -> Iterator[PanelPage]:
    page = PanelPage(tmp_path)
    fill(page)
    yield page
    page.history.close()
    page.chatbot.close()


def request(page: PanelPage, number: int, source: str, stage: Stage) -> ReasonRequest:
    turn = page.history.path("local", page.conversation)[number].id
    return ReasonRequest(turn, source, stage, 7)


def reasons(page: PanelPage, asked: ReasonRequest) -> str:
    return explain(page.registry, page.history.turn("local", asked.turn), asked, page.words)


def test_words_of_a_kept_turn_are_explained(page: PanelPage) -> None:
    shown = reasons(page, request(page, 2, "text", Stage.TEXT_EMOTION))
    assert SAID.word("sad", "sadness", 86) in shown
    assert '<mark class="trio-for" style="--weight:1.00">sad</mark>' in shown


def test_what_was_heard_is_explained_by_the_transcript(page: PanelPage) -> None:
    shown = reasons(page, request(page, 1, "voice", Stage.SENTIMENT))
    assert SAID.no_word in shown and "lost my joy" in shown


def test_the_request_is_not_trusted(page: PanelPage) -> None:
    for source, stage in (("picture 9", "caption"), ("text", "generate"), ("", "")):
        asked = ReasonRequest(page.history.path("local", page.conversation)[0].id, source, stage, 1)
        with pytest.raises(InputError, match="no longer be explained"):
            reasons(page, asked)


def test_a_file_that_is_gone_is_said(page: PanelPage) -> None:
    turn = page.history.path("local", page.conversation)[1]
    for item in turn.question_media:
        Path(item.path).unlink()
    views = list(
        ExplanationStream().views(
            "tab", page.registry, page.history, "local", request(page, 1, "picture 1", Stage.CAPTION), WORDS
        )
    )
    assert views[-1]["number"] == 7 and "the original message is gone" in views[-1]["markup"]


def test_an_explanation_that_is_closed_stops_its_worker(page: PanelPage) -> None:
    explaining = ExplanationStream()
    views = explaining.views(
        "tab", page.registry, page.history, "local", request(page, 1, "picture 1", Stage.CAPTION), WORDS
    )
    assert "of 25" in next(views)["step"]
    views.close()  # type: ignore[attr-defined]
    assert explaining.running == {}
    assert len(page.registry.get(Stage.CAPTION).calls) < 25


def test_stop_empties_the_place_while_the_model_is_busy(page: PanelPage) -> None:
    explaining, leave, calls = ExplanationStream(), threading.Event(), itertools.count(1)
    captioner = page.registry.get(Stage.CAPTION)
    caption = captioner.caption

    def slow(image: Image, **options: Any) -> Any:
        if next(calls) > 2:
            assert leave.wait(60)
        return caption(image, **options)

    captioner.caption = slow
    asked = request(page, 1, "picture 1", Stage.CAPTION)
    views = explaining.views("tab", page.registry, page.history, "local", asked, WORDS)
    try:
        assert "of 25" in next(views)["step"]
        explaining.stop("tab")
        assert next(views) == {"number": 7, "markup": ""}
    finally:
        leave.set()


def test_hostile_words_are_shown_as_they_are() -> None:
    shown = words_markup([Part(HOSTILE, 0.5), Part(HOSTILE, None)], HOSTILE, WORDS)
    assert "<img" not in shown and "<script" not in shown


@pytest.mark.parametrize("words", map(words_for, LANGUAGES), ids=LANGUAGES)
def test_nothing_that_matters_is_said_in_words(words: object) -> None:
    said = words.understood.why  # type: ignore[attr-defined]
    assert said.no_word in words_markup([Part("so", 0.0)], "joy", words)  # type: ignore[arg-type]
    assert said.no_place in regions_markup(np.zeros((6, 6), np.float32), words)  # type: ignore[arg-type]
    still = Moments(np.zeros(4, np.float32), 0.25)
    sound = Audio(np.zeros(16_000, np.float32), 16_000)
    assert said.no_moment in moments_markup(sound, still, "joy", words)  # type: ignore[arg-type]


def test_the_heat_map_leaves_what_matters_bright() -> None:
    weights = np.zeros((6, 6), np.float32)
    weights[5, 2] = 0.4
    shown = regions_markup(weights, WORDS)
    assert '<rect x="2" y="5" width="1" height="1" fill-opacity="0.00"/>' in shown
    assert '<rect x="0" y="0" width="1" height="1" fill-opacity="0.75"/>' in shown
    assert SAID.region(2, 1) in shown
