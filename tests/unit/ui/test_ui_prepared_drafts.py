"""What lies in the box is read and understood before it is sent, and the box says what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile

from chatbot.config.settings import Settings
from chatbot.turn.engine import Chatbot
from chatbot.ui import drafts
from chatbot.ui.draft_line import draft_line
from chatbot.ui.drafts import read_draft
from chatbot.ui.tab_session import Session
from chatbot.ui.words import words_for
from pipelines.core.registry import Registry
from pipelines.core.types import Caption, Evidence, OcrText, Stage, Transcript
from tests.support.page_user import Person
from tests.support.scripted import scripted_registry
from tests.unit.ui.test_ui_turns import write_picture, write_sound

WORDS = words_for("en")


@pytest.fixture
def registry() -> Registry:
    return scripted_registry({Stage.OCR: {"text": "FRESH FISH"}})


@pytest.fixture
def person(registry: Registry, tmp_path: Path) -> Iterator[Person]:
    with Chatbot(Settings(), registry) as chatbot:
        for stage in (Stage.CAPTION, Stage.GENERATE):
            registry.get(stage)
        yield Person.at(tmp_path / "data", chatbot)  # type: ignore[arg-type]


def prepare(person: Person, text: str = "", *files: Path) -> list[str]:
    box: dict[str, Any] = {"text": text, "files": [str(path) for path in files]}
    beginning = lambda: person.handlers.beginning(person.visitor, person.session)  # noqa: E731
    lines = list(person.handlers.preparation.prepare(person.visitor, person.session, box, beginning))
    assert person.engine.idle.wait(30)
    return lines


def test_the_box_says_what_it_holds_and_the_turn_uses_it(
    person: Person, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [write_picture(tmp_path / "cat.png"), write_sound(tmp_path / "talk.wav")]
    first, *_, last = prepare(person, "", *files)
    assert WORDS.understood.draft.looking in first
    assert WORDS.understood.draft.listening in first
    for said in ("cat.png", "A cat on a mat", "FRESH FISH", "talk.wav", "I am here."):
        assert said in last
    monkeypatch.setattr(drafts, "_read", lambda path: pytest.fail(f"{path} is read a second time"))
    assert "Hello there." in person.say("What is this?", files)[-1]
    for stage in (Stage.CAPTION, Stage.OCR, Stage.DETECT, Stage.TRANSCRIBE, Stage.SPEECH_EMOTION):
        assert len(registry.get(stage).calls) == 1


def test_names_of_the_conversation_are_listened_for(
    person: Person, registry: Registry, tmp_path: Path
) -> None:
    person.say("My daughter Xochitl is in Poughkeepsie.")
    person.finish()
    sound = write_sound(tmp_path / "talk.wav")
    prepare(person, "", sound)
    assert registry.get(Stage.TRANSCRIBE).hot_words == "Xochitl, Poughkeepsie"
    person.say("", [sound])
    assert len(registry.get(Stage.TRANSCRIBE).calls) == 1, "the turn uses what was heard ahead"
    person.finish()
    person.say("", [write_sound(tmp_path / "more.wav", seconds=2.0)])
    assert registry.get(Stage.TRANSCRIBE).hot_words == "Xochitl, Poughkeepsie"
    assert len(registry.get(Stage.TRANSCRIBE).calls) == 2


def test_the_model_reads_the_beginning_of_the_prompt_ahead(
    person: Person, registry: Registry, tmp_path: Path
) -> None:
    person.say("I am Anna.")
    person.finish()
    prepare(person, "", write_picture(tmp_path / "cat.png"))
    *past, picture = registry.get(Stage.GENERATE).calls[-1]
    assert picture["content"] == '[You see a picture: a cat on a mat. Text in it: "FRESH FISH".]'
    person.say("What is this?", [tmp_path / "cat.png"])
    prompt = registry.get(Stage.GENERATE).calls[-1]
    assert prompt[:-1] == past
    assert prompt[-1]["content"].startswith(picture["content"])


def test_at_the_first_letter_of_an_old_conversation_its_turns_are_read(
    person: Person, registry: Registry
) -> None:
    person.say("I am Anna.")
    person.finish()
    before = len(registry.get(Stage.GENERATE).calls)
    prepare(person, "W")
    assert [message["content"] for message in registry.get(Stage.GENERATE).calls[before]][1:] == [
        "[They seem happy.]\nI am Anna.",
        "Hello there. How are you?",
    ]


def test_a_file_that_cannot_be_used_says_so_before_it_is_sent(person: Person, tmp_path: Path) -> None:
    bad = tmp_path / "notes.txt"
    bad.write_text("neither")
    (line,) = prepare(person, "", bad)
    assert "notes.txt" in line
    assert WORDS.messages.no_picture_or_sound in line


def test_a_closed_tab_leaves_no_draft(person: Person, tmp_path: Path) -> None:
    prepare(person, "", write_picture(tmp_path / "cat.png"))
    person.handlers.leave(person.visitor.tab)
    assert not person.handlers.preparation._drafts
    assert not person.handlers.preparation._tokens


@pytest.mark.parametrize(
    ("confidence", "said"),
    [
        (0.7, "A dog"),
        (None, "A dog"),
        (0.4, WORDS.understood.draft.likely("a dog")),
        (0.1, WORDS.understood.draft.unsure),
    ],
)
def test_how_sure_a_description_is(confidence: float | None, said: str, tmp_path: Path) -> None:
    draft = read_draft("", [write_picture(tmp_path / "a.png")])
    seen = Evidence(Stage.CAPTION, "picture 1", Caption("A dog.", confidence), confidence, "m", 0.1)
    read = Evidence(Stage.OCR, "picture 1", OcrText(""), None, "m", 0.1)
    assert f">{said}</span>" in draft_line(draft, [seen, read], {}, WORDS)


def test_silence_is_said_and_markup_is_text(tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "<b>.wav")
    assert soundfile.info(sound).frames
    draft = read_draft("", [sound])
    silent = Evidence(Stage.TRANSCRIBE, "voice", Transcript("", "en", None), None, "m", 0.1)
    line = draft_line(draft, [silent], {}, words_for("zh"))
    assert words_for("zh").panel.no_speech in line
    assert "<b>.wav" not in line


def test_a_session_without_a_conversation_has_an_empty_beginning(person: Person) -> None:
    options, history = person.handlers.beginning(person.visitor, Session())
    assert (options.instructions, history) == ("", [])


def test_a_draft_that_a_later_one_has_overtaken_says_nothing(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Send empties the box while a file of it is still being read."""
    preparation, later = person.handlers.preparation, list[str]()
    read = preparation.read

    def slowly(tab: str, box: Any) -> Any:
        found = read(tab, box)
        if box["files"]:
            later.extend(prepare(person))
        return found

    monkeypatch.setattr(preparation, "read", slowly)
    assert prepare(person, "", write_picture(tmp_path / "cat.png")) == []
    assert later == [""]
