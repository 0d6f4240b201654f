"""The page's words: both languages say everything, and a change of language loses nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chatbot.history.conversation_stores import ConversationStores
from chatbot.locale import Translation
from chatbot.turn.fusion import LABELS
from chatbot.ui.chat_handlers import ChatHandlers
from chatbot.ui.preferences import VERSION, Preferences, read_preferences
from chatbot.ui.status import status_line
from chatbot.ui.words import LANGUAGES, language_of, words_for
from pipelines.core.errors import BackendError
from pipelines.core.marks import Plural
from pipelines.core.said import said
from pipelines.core.types import Stage
from tests.support.page_user import Person, ScriptedEngine, everything

ENGLISH, CHINESE = words_for("en"), words_for("zh")
CATALOGUES = [words_for(language) for language in LANGUAGES]
HAN = re.compile(r"[\u4e00-\u9fff]")
PLACE = re.compile(r"\{(\w*)\}")
LATIN_IN_CHINESE = {"Trio", "JPEG", "PNG", "WebP", "GIF", "BMP", "TIFF", "WAV", "MP3", "FLAC", "Ogg", "Opus"}
LATIN_IN_CHINESE |= {"WebM", "M4A", "MB", "GB", "AVIF", "HEIC", "AAC", "AMR", "WMA", "AIFF"}
LATIN_IN_CHINESE |= {"MP4", "MOV", "MKV", "AVI", "TS", "MPG", "Esc", "Hugging", "Face"}


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of a catalogue with the way to it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Plural):
        yield path, value.choose(value.one, value.several, 2)
    elif is_dataclass(value):
        for field in fields(value):
            if not isinstance(item := getattr(value, field.name), Translation):
                yield from texts(item, f"{path}.{field.name}")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts(item, f"{path}[{key}]")
    else:
        assert isinstance(value, tuple), f"{path} is neither text nor a table"
        for number, item in enumerate(value):
            yield from texts(item, f"{path}[{number}]")


def own(catalogue: Any) -> dict[str, str]:
    """Return the texts that every language must have: Gradio's names and errors need no English."""
    others = (".gradio", ".locale")
    return {path: text for path, text in texts(catalogue) if not path.startswith(others)}


def test_every_language_says_the_same_things_and_nothing_is_empty() -> None:
    for catalogue in CATALOGUES:
        assert own(catalogue).keys() == own(ENGLISH).keys()
        assert all(text.strip() for _, text in texts(catalogue))


def test_chinese_is_chinese_and_english_is_english() -> None:
    for path, text in own(ENGLISH).items():
        assert not HAN.search(text), path
    for path, text in own(CHINESE).items():
        left = set(re.findall(r"[A-Za-z]\w*", PLACE.sub("", text)))
        assert left <= LATIN_IN_CHINESE, path


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=LANGUAGES)
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
        ("zh;q=x, en;q=0.1", "en"),
        ("en, zh;q=0.1", "en"),
        ("zh, en", "zh"),
        ("en ; q = 0.2, zh-Hant-TW; q = 0.3", "zh"),
    ],
)
def test_the_first_visit_follows_the_browser(header: str | None, language: str) -> None:
    assert language_of(header) == language


@pytest.mark.parametrize(
    "stored",
    [None, "zh", [], {"version": VERSION + 1, "language": "zh"}, {"language": "xx"}, {"language": 3}],
)
def test_stored_choices_that_cannot_be_used_count_as_none(stored: object) -> None:
    assert read_preferences(stored) == Preferences()


def test_a_stored_choice_comes_back() -> None:
    assert read_preferences(Preferences(language="zh").stored()).language == "zh"


def test_a_change_of_language_says_again_what_was_said(tmp_path: Path) -> None:
    broken = tmp_path / "a.txt"
    broken.write_text("neither a picture nor a sound")
    person = Person.at(tmp_path / "data")
    person.say("Hi", [broken])
    before = everything(person.messages)
    person.session.language = "zh"
    after = everything(person.messages)
    assert ENGLISH.panel.title in before and ENGLISH.messages.no_picture_or_sound in before
    assert CHINESE.panel.title in after and CHINESE.messages.no_picture_or_sound in after
    assert ENGLISH.panel.title not in after
    assert "Hello there." in after
    assert len(person.messages) == 2
    assert len(person.turns) == 1


def test_a_crash_is_told_in_the_page_s_language(tmp_path: Path) -> None:
    person = Person.at(tmp_path, ScriptedEngine((RuntimeError("broken"),)))
    person.say("Hi")
    person.session.language = "zh"
    assert "出了点问题（RuntimeError），详情见日志" in everything(person.messages)


@pytest.mark.parametrize("name", ["Allowed: .png", "The picture is too large. Given: x. Allowed: y.png"])
def test_a_file_may_be_named_like_an_error(name: str, tmp_path: Path) -> None:
    broken = tmp_path / name
    broken.write_bytes(b"\x89PNG\r\n\x1a\n")
    person = Person.at(tmp_path / "data")
    person.say("Hi", [broken])
    english = everything(person.messages)
    person.session.language = "zh"
    chinese = everything(person.messages)
    assert f"This file is not a readable picture. Given: {name}. Allowed: JPEG, PNG" in english
    assert f"此文件不是可读取的图片。详情：{name}。允许：JPEG、PNG" in chinese


@pytest.mark.parametrize("name", ["Allowed: ", "x. Given: y. Allowed: z"])
def test_why_a_kept_turn_failed_is_told_in_the_page_s_language(name: str, tmp_path: Path) -> None:
    error = BackendError(said("The model {model} failed while writing the reply", model=name), given=name)
    person = Person.at(tmp_path, ScriptedEngine((error,)))
    person.say("Hi")
    assert f"The model {name} failed while writing the reply. Given: {name}." in everything(person.messages)
    again = Person(ChatHandlers(person.handlers.turns, ConversationStores(tmp_path)))
    again.session.language, again.session.conversation = "zh", person.session.conversation
    told = everything(again.messages)
    assert f"模型 {name} 生成回复时出错。详情：{name}。" in told


def test_why_a_model_is_missing_is_told_in_the_page_s_language() -> None:
    status = SimpleNamespace(
        ready=False, done=(), pending=(), errors={"caption": said("The captioner is not loaded")}
    )
    line, _ = status_line(status, CHINESE)
    assert "图片描述模型未加载" in line and "loaded" not in line
