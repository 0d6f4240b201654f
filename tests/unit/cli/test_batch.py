"""Batches: what is read, what is written, how a run goes on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from chatbot.cli.batch import BadLine, BatchLine, finished_ids, read_lines, run_batch
from chatbot.config.settings import Settings
from chatbot.turn.engine import Chatbot
from pipelines.core.types import Stage
from tests.support.scripted import scripted_registry


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def test_lines_take_one_image_or_several(tmp_path: Path) -> None:
    source = write(
        tmp_path / "in", {"id": 1, "image": "a.png"}, {"id": "b", "image": ["a", "b"], "text": "x"}
    )
    first, second = read_lines(source)
    assert isinstance(first, BatchLine) and isinstance(second, BatchLine)
    assert (first.id, first.image) == (1, ("a.png",))
    assert (second.id, second.image, second.text) == ("b", ("a", "b"), "x")


@pytest.mark.parametrize(
    ("line", "name", "said"),
    [
        *(("{", "line 2", "Line 2"), ({"text": "x"}, "line 2", "id"), ({"id": 1, "tetx": "x"}, 1, "tetx")),
        *(
            ({"id": 0}, "line 2", "twice"),
            ('{"id": 3, "text": "\\ud800"}', 3, "Line 2"),
            ("[" * 9999, "line 2", "Line 2"),
        ),
    ],
)
def test_a_bad_line_says_so_and_the_others_go_on(
    tmp_path: Path, line: object, name: object, said: str
) -> None:
    source = write(tmp_path / "in", {"id": 0, "text": "x"}, line, {"id": 9, "text": "y"})
    bot = Chatbot(Settings(), scripted_registry())
    first, bad, last = run_batch(bot, read_lines(source), tmp_path / "out", tmp_path, None)
    assert first["reply"] == last["reply"] == "Hello there. How are you?"
    assert bad["id"] == name and said in bad["error"] and bad["reply"] == ""
    assert finished_ids(tmp_path / "out") == {0, name, 9}, "what is bad is not tried again"


def test_bytes_that_are_no_text_cost_their_line_alone(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.write_bytes(
        b'\xef\xbb\xbf{"id": 1, "text": "a"}\r\n{"id": 2, "text": "\xff"}\n{"id": 3, "text": "b\xe2\x80\xa8c"}'
    )
    first, bad, last = read_lines(source)
    assert isinstance(first, BatchLine) and first.id == 1
    assert isinstance(bad, BadLine) and bad.id == "line 2"
    assert isinstance(last, BatchLine) and last.text == "b\u2028c", "a line separator ends no line"


def test_the_good_file_of_two_is_used(tmp_path: Path) -> None:
    Pillow.new("RGB", (8, 8)).save(tmp_path / "a.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    source = write(
        tmp_path / "in",
        {"id": 1, "image": ["bad.png", "a.png"], "audio": "no\x00.wav"},
        {"id": 2, "image": "bad.png"},
    )
    bot = Chatbot(Settings(), scripted_registry())
    mixed, bad = run_batch(bot, read_lines(source), tmp_path / "out", tmp_path, None)
    assert mixed["captions"] == ["A cat on a mat."] and "error" not in mixed
    assert [problem.partition(":")[0] for problem in mixed["unread"]] == ["bad.png", "no\x00.wav"]
    assert "bad.png" in bad["error"] and bad["reply"] == ""


@pytest.mark.parametrize("text", ["a\ud800b", "a\u2028b\x85c\x0bd"])
def test_what_models_write_ends_no_batch(tmp_path: Path, text: str) -> None:
    bot = Chatbot(Settings(), scripted_registry({Stage.GENERATE: {"pieces": [text]}}))
    source = write(tmp_path / "in", {"id": 1, "text": "Hi"}, {"id": 2, "text": "Hi"})
    assert len(list(run_batch(bot, read_lines(source), tmp_path / "out", tmp_path, None))) == 2
    assert finished_ids(tmp_path / "out") == {1, 2}


def test_what_was_not_foreseen_costs_its_line_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from chatbot.cli import batch

    whole = batch._answer

    def breaks(chatbot: Chatbot, line: BatchLine, base: Path, voices: Path | None) -> dict[str, object]:
        if line.id == 1:
            raise OSError("no space left")
        return whole(chatbot, line, base, voices)

    monkeypatch.setattr(batch, "_answer", breaks)
    bot = Chatbot(Settings(), scripted_registry())
    source = write(tmp_path / "in", {"id": 1, "text": "Hi"}, {"id": 2, "text": "Hi"})
    first, second = run_batch(bot, read_lines(source), tmp_path / "out", tmp_path, None)
    assert "no space left" in first["error"] and "error" not in second


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
    assert "The file was not found" in records[1]["error"]
    assert "empty" in records[2]["error"]


def test_relative_paths_are_found_beside_the_input(tmp_path: Path) -> None:
    Pillow.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "a.png")
    bot = Chatbot(Settings(), scripted_registry())
    source = write(tmp_path / "in", {"id": 1, "image": "a.png"})
    (record,) = run_batch(bot, read_lines(source), tmp_path / "out", tmp_path, None)
    assert record["captions"] == ["A cat on a mat."]
