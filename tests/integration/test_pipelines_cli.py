"""`python -m pipelines`: JSON lines, exit codes, and bad files next to good ones."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
import soundfile
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.core.errors import ModelMissingError
from pipelines.core.registry import BackendSpec, Registry
from pipelines.core.types import Sentiment, Stage
from pipelines.core.weights import WeightStore
from pipelines.stages import STAGES

ROOT = Path(__file__).resolve().parents[2]
runner = CliRunner()


def run(*args: object) -> tuple[int, list[dict[str, Any]], str]:
    """Return the exit code, the parsed lines of stdout and the text of stderr."""
    result = runner.invoke(app, [str(a) for a in args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()], result.stderr


class Echo:
    """A sentiment back-end that tells how it was used."""

    model = "echo"
    loads = 0

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def load(self) -> None:
        type(self).loads += 1

    def warm_up(self) -> None:
        print("noise on stdout")

    def unload(self) -> None:
        pass

    def classify(self, text: str) -> Sentiment:
        print("more noise")
        if "crash" in text:
            raise ValueError("a bug\nin the stage.")
        if "stop" in text:
            raise KeyboardInterrupt
        return Sentiment("positive" if "好" in text else "negative", 0.75)


class Unpulled(Echo):
    """A back-end whose weights are missing."""

    def load(self) -> None:
        raise ModelMissingError("The model is not complete", fix="Download it again with: pull")


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> type[Echo]:
    """Put `Echo` in the place of the sentiment stage's default."""
    rows = {
        "minilm-head": BackendSpec(f"{__name__}:Echo", "embedded", ""),
        "unpulled": BackendSpec(f"{__name__}:Unpulled", "embedded", ""),
    }
    table = {Stage.SENTIMENT: rows}
    monkeypatch.setattr("pipelines.backends.PIPELINE_TABLE", table)
    monkeypatch.setattr("pipelines.backends.default_registry", lambda: Registry(table, WeightStore()))
    monkeypatch.setattr(Echo, "loads", 0)
    return Echo


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A folder of text files, good and bad."""
    good = {"utf8": "很好 good".encode(), "bom": "\ufeff好".encode(), "utf16": "好".encode("utf-16")}
    bad = {"empty": b"", "blank": b" \n", "binary": b"a\0b", "latin": b"caf\xe9", "big": b"a" * 1_000_001}
    for name, raw in (good | bad).items():
        (tmp_path / name).write_bytes(raw)
    (tmp_path / "folder").mkdir()
    return tmp_path


def test_good_and_bad_files(echo: type[Echo], texts: Path) -> None:
    names = ["utf8", "bom", "utf16", "empty", "blank", "binary", "latin", "big", "folder", "none", "utf8"]
    code, lines, stderr = run("sentiment", "--jsonl", *(texts / n for n in names))
    assert code == 0
    assert [line["file"] for line in lines] == [str(texts / n) for n in names]
    for line in (lines[0], lines[1], lines[2], lines[10]):
        assert list(line) == ["file", "label", "score", "scores", "seconds", "model"]
        assert line["label"] == "positive"
        assert line["model"] == "echo"
        assert 0 <= line["seconds"] < 5
    wanted = ["empty", "empty", "binary", "not utf-8", "too large", "a folder", "file was not found"]
    for line, words in zip(lines[3:10], wanted, strict=True):
        assert words in line["error"]
        assert line["error"].endswith(".")
        assert "\n" not in line["error"]
        assert "label" not in line
    assert echo.loads == 1
    assert "noise on stdout" in stderr


def test_file_is_given_back_as_it_came(
    echo: type[Echo], texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(texts)
    _, lines, _ = run("sentiment", "--jsonl", "./utf8", "folder/../utf8")
    assert [line["file"] for line in lines] == ["./utf8", "folder/../utf8"]


@pytest.mark.skipif(os.name == "nt", reason="names are not bytes there")
def test_file_name_that_is_not_utf8(echo: type[Echo], texts: Path) -> None:
    path = os.fsdecode(os.fsencode(texts) + b"/\xff.txt")
    Path(path).write_text("好", encoding="utf-8")
    code, lines, _ = run("sentiment", "--jsonl", path)
    assert code == 0
    assert lines[0]["file"] == path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_does_not_hang(echo: type[Echo], texts: Path) -> None:
    os.mkfifo(texts / "pipe")
    code, lines, _ = run("sentiment", "--jsonl", texts / "pipe")
    assert code == 1
    assert "not a regular file" in lines[0]["error"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(echo: type[Echo], texts: Path) -> None:
    (texts / "utf8").chmod(0)
    code, lines, _ = run("sentiment", "--jsonl", texts / "utf8")
    assert code == 1
    assert "ermission" in lines[0]["error"]


def test_unexpected_failure_is_a_line_and_a_log(
    echo: type[Echo], texts: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (texts / "crash").write_text("crash")
    code, lines, _ = run("sentiment", "--jsonl", texts / "crash", texts / "utf8")
    assert code == 0
    assert lines[0]["error"] == "The stage failed unexpectedly: ValueError: a bug in the stage."
    assert "label" in lines[1]
    assert "Traceback" in caplog.text


def test_all_failed(echo: type[Echo], texts: Path) -> None:
    code, lines, _ = run("sentiment", "--jsonl", texts / "empty", texts / "none")
    assert code == 1
    assert all("error" in line for line in lines)


def test_models_that_cannot_load_are_each_file_s_error(echo: type[Echo], texts: Path) -> None:
    code, lines, _ = run("sentiment", "--jsonl", "--backend", "unpulled", texts / "utf8", texts / "bom")
    assert code == 1
    assert [line["error"] for line in lines] == [
        "The model is not complete (download it again with: pull)."
    ] * 2


def test_ctrl_c(echo: type[Echo], texts: Path) -> None:
    (texts / "stop").write_text("stop")
    code, lines, _ = run("sentiment", "--jsonl", texts / "utf8", texts / "stop", texts / "utf8")
    assert code == 130
    assert len(lines) == 1


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nonsense", "x"], list(STAGES)),
        (["sentiment"], ["FILE"]),
        ([], ["STAGE"]),
        (["sentiment", "x", "--backend", "nobody"], ["minilm-head"]),
        (["speak", "x", "--speed", "9"], ["0.5", "2.0"]),
        (["decode", "x", "--backend", "a"], ["no model"]),
        (["sentiment", "x", "--nonsense"], ["--nonsense"]),
    ],
)
def test_bad_usage(args: list[str], words: list[str]) -> None:
    result = runner.invoke(app, args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert all(word in result.stderr for word in words), result.stderr


def test_help_lists_the_stages() -> None:
    result = runner.invoke(app, ["--help"])
    assert result.exit_code == 0
    assert all(name in result.stdout for name in STAGES)


def test_readable_form(echo: type[Echo], texts: Path) -> None:
    result = runner.invoke(app, ["sentiment", str(texts / "utf8"), str(texts / "empty")])
    assert result.exit_code == 0
    assert "positive" in result.stdout
    assert "0.750" in result.stdout
    assert "error" in result.stdout


def test_speak_writes_wavs(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("a.txt", "sub/a.txt"):
        (tmp_path / name).write_text("Good morning. How are you?", encoding="utf-8")
    (tmp_path / "smile.txt").write_text("😀", encoding="utf-8")
    out = tmp_path / "new" / "out"
    files = [tmp_path / "a.txt", tmp_path / "sub/a.txt", tmp_path / "smile.txt"]
    code, lines, _ = run("speak", "--jsonl", "--out", out, *files)
    assert code == 0
    assert [Path(line["path"]).name for line in lines[:2]] == ["a.wav", "a-2.wav"]
    for line in lines[:2]:
        assert soundfile.info(line["path"]).duration == pytest.approx(line["audio_seconds"], abs=0.01)
        assert 1 < line["audio_seconds"] < 6
        assert (line["language"], line["model"]) == ("en", "hibari heart")
    assert "nothing to read aloud" in lines[2]["error"]
    normal = lines[0]["audio_seconds"]
    _, lines, _ = run("speak", "--jsonl", "--speed", "2", tmp_path / "a.txt")
    assert lines[0]["path"] == str(tmp_path / "a.wav")
    assert lines[0]["audio_seconds"] < 0.7 * normal


def test_speak_never_replaces_its_own_input(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_text("Hello.", encoding="utf-8")
    code, lines, _ = run("speak", "--jsonl", path)
    assert code == 1
    assert "would replace" in lines[0]["error"]
    assert path.read_text(encoding="utf-8") == "Hello."


def command(*args: str) -> list[str]:
    return [sys.executable, "-m", "pipelines", *args]


def test_real_process(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Good morning.", encoding="utf-8")
    done = subprocess.run(
        command("speak", str(tmp_path / "a.txt"), str(tmp_path / "none.txt"), "--jsonl"),
        cwd=ROOT,
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    assert [("error" in line) for line in lines] == [False, True]
    assert b"Traceback" not in done.stderr


def heed_ctrl_c() -> None:
    """Undo what a shell does to its background jobs: they ignore Ctrl-C, and so would their children."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.skipif(os.name == "nt", reason="signals and pipes of POSIX")
@pytest.mark.timeout(900)  # starts the program twice
def test_closed_pipe_and_ctrl_c_are_quiet(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Good morning, everybody here. " * 4, encoding="utf-8")
    many = command("speak", "--jsonl", *[str(path)] * 2000, "--out", str(tmp_path / "out"))
    with subprocess.Popen(many, stdout=PIPE, stderr=PIPE, cwd=ROOT, preexec_fn=heed_ctrl_c) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["audio_seconds"] > 1  # comes before the rest is done
        process.stdout.close()
        assert process.wait(timeout=200) == 1
        assert b"Traceback" not in process.stderr.read()
    with subprocess.Popen(many, stdout=PIPE, stderr=PIPE, cwd=ROOT, preexec_fn=heed_ctrl_c) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=200) == 130
        assert b"Traceback" not in process.stderr.read()
    assert not list((tmp_path / "out").glob(".*"))
