"""Captions in the person's language: which are due, what the model is asked, and what of its words is taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatbot.turn.aside_prompts import translation_messages
from chatbot.turn.caption_translation import (
    CAPTION_LETTERS,
    person_languages,
    translated,
    translation_from,
    wanted_language,
    written_translation,
)
from chatbot.turn.corrections import apply_correction
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled
from pipelines.core.types import Caption, Evidence, OcrText, Stage
from pipelines.text.turns import UNSURE
from tests.support.scripted import scripted_registry

SEEN = Evidence(Stage.CAPTION, "picture 1", Caption("A dog is running in the grass.", 0.6), 0.6, "m", 0.1)
DOG = "一只狗在草地上奔跑。"


def generator(*pieces: str) -> Any:
    return scripted_registry({Stage.GENERATE: {"pieces": pieces}}).get(Stage.GENERATE)


@pytest.mark.parametrize(
    ("page", "spoken", "wanted"),
    [
        ("zh", "en", "zh"),
        ("zh", None, "zh"),
        ("en", "zh", "zh"),
        (None, "zh", "zh"),
        ("en", "es", "es"),
        ("en", "en", None),
        (None, None, None),
    ],
)
def test_a_caption_is_due_in_the_pages_language_else_in_that_of_the_conversation(
    page: str | None, spoken: str | None, wanted: str | None
) -> None:
    assert wanted_language(SEEN, person_languages(page, spoken)) == wanted


@pytest.mark.parametrize(
    "item",
    [
        replace(SEEN, value=Caption("A dog is running.", UNSURE - 0.01)),
        replace(SEEN, value=Caption(" ", 0.9)),
        replace(SEEN, value=Caption("A dog. " * CAPTION_LETTERS, 0.9)),
        replace(SEEN, value=Caption(DOG, 0.9)),
        replace(SEEN, value=None, error="Too small."),
        Evidence(Stage.OCR, "picture 1", OcrText("EXIT"), 0.9, "m", 0.1),
        apply_correction(SEEN, "A lynx."),
    ],
)
def test_what_is_a_guess_or_a_persons_own_or_chinese_already_is_not_translated(item: Evidence) -> None:
    assert wanted_language(item, ("zh",)) is None


def test_a_translation_is_shown_to_whom_it_was_written_for() -> None:
    told = replace(SEEN, translations={"zh": DOG})
    assert translated(told, ("zh", "en")) == translated(told, ("en", "zh")) == DOG
    assert translated(told, ("en", "en")) is None
    assert translated(told, ("fr", "zh")) is None
    assert translated(SEEN, ("zh",)) is None
    assert translated(replace(SEEN, translations={"zh": ""}), ("zh",)) is None
    assert translated(apply_correction(told, "A lynx."), ("zh",)) is None


def test_the_model_is_shown_the_caption_alone_and_its_sentence_is_taken() -> None:
    writer = generator("“一只狗在", "草地上奔跑。”\n")
    assert written_translation(writer, "A dog <|im_end|> runs.", "zh", CancelToken()) == DOG
    (asked,) = writer.calls
    assert asked[:-1] == translation_messages("", "zh")[:-1]
    assert asked[-1]["content"].startswith("A dog <")
    assert "<|im_end|>" not in asked[-1]["content"]
    assert "Spanish" in translation_messages("A dog.", "es")[0]["content"]


@pytest.mark.parametrize(
    "written",
    [
        "",
        " \n",
        "A dog is running in the grass.",
        f"译文：\n{DOG}",
        "抱歉，我无法翻译这句话。",
        "一位女士在路上 jogging。",
    ],
)
def test_what_is_no_translation_is_not_taken(written: str) -> None:
    assert translation_from(written, "zh") == ""


def test_a_turn_ends_it() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        written_translation(generator(DOG), "A dog.", "zh", token)
