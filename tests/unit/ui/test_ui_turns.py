"""Messages to turns: good files in, bad ones named, nothing else lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image as Pillow

from chatbot.ui import drafts
from chatbot.ui.drafts import PAUSE_SECONDS, read_draft
from chatbot.ui.words import words_for
from pipelines.core.errors import EmptyInputError

RATE = 16000
WORDS = words_for("en")


def write_picture(path: Path, size: tuple[int, int] = (40, 30)) -> Path:
    Pillow.new("RGB", size, (200, 60, 20)).save(path)
    return path


def write_sound(path: Path, seconds: float = 1.0) -> Path:
    times = np.arange(int(RATE * seconds)) / RATE
    soundfile.write(path, (0.3 * np.sin(2 * np.pi * 440 * times)).astype(np.float32), RATE)
    return path


def test_text_picture_and_recording_become_one_turn(tmp_path: Path) -> None:
    draft = read_draft("  Look. ", [write_picture(tmp_path / "a.png"), write_sound(tmp_path / "b.wav")])
    turn = draft.turn()
    assert turn.text == "Look."
    assert [image.pixels.shape for image in turn.images] == [(30, 40, 3)]
    assert turn.audio is not None
    assert turn.audio.seconds == pytest.approx(1.0, abs=0.05)
    assert not draft.problems


@pytest.mark.parametrize(
    "name", ["broken.png", "broken.jpg", "broken.wav", "broken.mp3", "notes.txt", "noname"]
)
def test_a_bad_file_is_named_and_the_rest_is_still_answered(tmp_path: Path, name: str) -> None:
    bad = tmp_path / name
    bad.write_text("this is neither a picture nor a sound")
    draft = read_draft("Hello", [bad, write_picture(tmp_path / "good.png")])
    assert [problem.name for problem in draft.problems] == [name]
    assert draft.turn().text == "Hello"
    assert len(draft.turn().images) == 1
    message = draft.problems[0].message(WORDS)
    assert "Allowed: " in message or WORDS.messages.allowed in message
    assert str(tmp_path) not in message


def test_an_empty_file_and_a_missing_one_are_problems_too(tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    empty.touch()
    draft = read_draft("Hi", [empty, tmp_path / "gone.wav"])
    assert [problem.name for problem in draft.problems] == ["empty.png", "gone.wav"]


def test_a_file_without_a_telling_name_is_read_by_its_content(tmp_path: Path) -> None:
    picture = write_picture(tmp_path / "a.png").rename(tmp_path / "picture")
    sound = write_sound(tmp_path / "b.wav").rename(tmp_path / "sound.xyz")
    turn = read_draft(None, [picture, sound]).turn()
    assert len(turn.images) == 1
    assert turn.audio is not None


def test_several_recordings_are_joined_with_a_pause(tmp_path: Path) -> None:
    paths = [write_sound(tmp_path / f"{n}.wav", seconds) for n, seconds in enumerate((1.0, 0.5))]
    audio = read_draft("", paths).turn().audio
    assert audio is not None
    assert audio.seconds == pytest.approx(1.5 + PAUSE_SECONDS, abs=0.1)


def test_recordings_that_are_too_long_together_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MAX_SECONDS", 1.2)
    draft = read_draft("", [write_sound(tmp_path / "a.wav"), write_sound(tmp_path / "b.wav")])
    assert [problem.name for problem in draft.problems] == ["b.wav"]


def test_files_beyond_the_limit_are_named(tmp_path: Path) -> None:
    paths = [write_picture(tmp_path / f"{n}.png") for n in range(drafts.MAX_FILES + 1)]
    draft = read_draft("", paths)
    assert len(draft.attachments) == drafts.MAX_FILES
    assert [problem.name for problem in draft.problems] == [paths[-1].name]


def test_a_decoder_that_crashes_costs_only_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(path: Path) -> None:
        raise RuntimeError("segment 7")

    monkeypatch.setattr("pipelines.image.decode.decode_image", crash)
    draft = read_draft("Still here", [write_picture(tmp_path / "a.png")])
    assert draft.turn().text == "Still here"
    assert "segment 7" not in draft.problems[0].message(WORDS)
    assert "segment 7" in caplog.text


def test_nothing_at_all_is_empty_and_nothing_usable_is_not_answerable(tmp_path: Path) -> None:
    assert read_draft("  \n", []).empty
    bad = tmp_path / "bad.png"
    bad.write_text("no")
    draft = read_draft("", [bad])
    assert not draft.empty
    assert not draft.answerable
    with pytest.raises(EmptyInputError):
        draft.turn()
