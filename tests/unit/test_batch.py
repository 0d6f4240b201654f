"""Batches: what is read, what is written, how a run goes on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from chatbot.batch import finished_ids, read_lines, run_batch
from chatbot.engine import Chatbot
from chatbot.settings import Settings
from pipelines.core.errors import InputError
from tests.unit.scripted import scripted_registry


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def test_lines_take_one_image_or_several(tmp_path: Path) -> None:
    source = write(
        tmp_path / "in", {"id": 1, "image": "a.png"}, {"id": "b", "image": ["a", "b"], "text": "x"}
    )
    first, second = read_lines(source)
    assert (first.id, first.image) == (1, ("a.png",))
    assert (second.id, second.image, second.text) == ("b", ("a", "b"), "x")


@pytest.mark.parametrize(
    ("line", "said"),
    [("{", "Line 2"), ({"text": "x"}, "id"), ({"id": 1, "tetx": "x"}, "tetx"), ({"id": 0}, "twice")],
)
def test_a_bad_line_is_named(tmp_path: Path, line: object, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_lines(write(tmp_path / "in", {"id": 0, "text": "x"}, line))
    assert "2" in str(caught.value)


def test_a_run_goes_on_where_it_was_cut_off(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text('{"id": 1, "reply": "a"}\n{"id": 2, "error": "b"}\n{"id": 3, "rep')
    assert finished_ids(out) == {1, 2}
    assert out.read_text() == '{"id": 1, "reply": "a"}\n{"id": 2, "error": "b"}\n'
    assert finished_ids(out, retry_failed=True) == {1}


def test_every_line_gets_a_record(tmp_path: Path) -> None:
    bot = Chatbot(Settings(), scripted_registry())
    source = write(tmp_path / "in", {"id": 1, "text": "Hi"}, {"id": "../2", "audio": "no.wav"}, {"id": 3})
    out = tmp_path / "deep" / "out"
    records = list(run_batch(bot, read_lines(source), out, tmp_path, tmp_path / "voices"))
    assert [json.loads(line) for line in out.read_text().splitlines()] == records
    assert records[0]["reply"] == "Hello there. How are you?"
    assert Path(records[0]["voice"]).is_file()
    assert "There is no such file" in records[1]["error"]
    assert "empty" in records[2]["error"]


def test_relative_paths_are_found_beside_the_input(tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "a.png")
    bot = Chatbot(Settings(), scripted_registry())
    source = write(tmp_path / "in", {"id": 1, "image": "a.png"})
    (record,) = run_batch(bot, read_lines(source), tmp_path / "out", tmp_path, None)
    assert record["captions"] == ["A cat on a mat."]
