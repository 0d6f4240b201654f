"""The page's words: both languages say everything, and a change of language loses nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import gradio as gr
import pytest

from chatbot.events import FusedContext, Reply, Timings
from chatbot.fusion import LABELS
from chatbot.ui import panel
from chatbot.ui.conversation import Conversation, block, problem_notices
from chatbot.ui.turns import Draft, Problem
from chatbot.ui.words import CATALOGUES, NAMES, language_of, words_for
from pipelines.core.types import Stage

ENGLISH, CHINESE = words_for("en"), words_for("zh")
HAN = re.compile(r"[\u4e00-\u9fff]")
PLACE = re.compile(r"\{(\w*)\}")
LATIN_IN_CHINESE = {"Trio", "JPEG", "PNG", "WebP", "GIF", "BMP", "TIFF", "WAV", "MP3", "FLAC", "Ogg", "Opus"}
LATIN_IN_CHINESE |= {"WebM", "M4A", "MB"}


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of a catalogue with the way to it."""
    if isinstance(value, str):
        yield path, value
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts(item, f"{path}[{key}]")
    else:
        assert isinstance(value, tuple), f"{path} is neither text nor a table"
        for number, item in enumerate(value):
            yield from texts(item, f"{path}[{number}]")


def own(catalogue: Any) -> dict[str, str]:
    """Return the texts that every language must have: Gradio's English names need no English."""
    return {path: text for path, text in texts(catalogue) if not path.startswith((".gradio", ".locale"))}


def test_every_language_says_the_same_things_and_nothing_is_empty() -> None:
    assert set(CATALOGUES) == set(NAMES)
    for catalogue in CATALOGUES.values():
        assert own(catalogue).keys() == own(ENGLISH).keys()
        assert all(text.strip() for _, text in texts(catalogue))


def test_templates_have_the_same_places_in_every_language() -> None:
    chinese = own(CHINESE)
    for path, text in own(ENGLISH).items():
        assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(chinese[path])), path


def test_chinese_is_chinese_and_english_is_english() -> None:
    for path, text in own(ENGLISH).items():
        assert not HAN.search(text), path
    for path, text in own(CHINESE).items():
        left = set(re.findall(r"[A-Za-z]\w*", PLACE.sub("", text)))
        assert left <= LATIN_IN_CHINESE, path


@pytest.mark.parametrize("catalogue", CATALOGUES.values(), ids=CATALOGUES.keys())
def test_every_stage_and_every_label_of_the_models_has_a_name(catalogue: Any) -> None:
    assert set(catalogue.labels.stages) == set(Stage)
    assert {*LABELS, "positive", "negative"} <= set(catalogue.labels.emotions)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("fr, zh;q=0.5, en;q=0.7", "en"),
        ("de", "en"),
        ("zh;q=0, en;q=0.1", "en"),
        ("zh;q=much", "en"),
    ],
)
def test_the_first_visit_follows_the_browser(header: str | None, language: str) -> None:
    assert language_of(header) == language


def test_a_change_of_language_says_again_what_was_said() -> None:
    conversation = Conversation()
    problem = Problem("a.txt", lambda words: words.messages.unreadable)
    draft = Draft("Hi", (), (problem,))
    conversation.ask(draft, ["Hi"])
    context = FusedContext("Hi", "", (), (), None, "en", ())
    done = Reply("Hello.", context, Timings({}, 0.1, None, 0.2, 0.3), {})

    conversation.answered(
        lambda words: [*problem_notices(draft, words), done.text, block(panel.render(done, words))],
        done,
        conversation.turn,
    )
    before = shown(conversation)
    conversation.relabel(CHINESE)
    after = shown(conversation)
    assert ENGLISH.panel.title in before and ENGLISH.messages.unreadable in before
    assert CHINESE.panel.title in after and CHINESE.messages.unreadable in after
    assert ENGLISH.panel.title not in after
    assert "Hello." in after
    assert len(conversation.messages) == 2
    assert len(conversation.exchanges) == 1


def shown(conversation: Conversation) -> str:
    parts = [part for message in conversation.messages for part in message["content"]]
    return "\n".join(str(part.value) if isinstance(part, gr.HTML) else str(part) for part in parts)
