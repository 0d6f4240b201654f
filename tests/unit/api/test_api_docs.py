"""Every example of docs/api.md runs, against a scripted Trio."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.speech.decode import decode_audio
from tests.support.api_server import Served, png, served, wav

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "api.md").read_text("utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SHELL = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
ADDRESS = "http://127.0.0.1:7860"


@pytest.fixture(scope="module")
def trio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("docs"), accounts=True, turns_per_minute=0) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "photo.jpg").write_bytes(png())
    (tmp_path / "question.wav").write_bytes(wav())
    return tmp_path


def test_the_page_has_examples() -> None:
    assert len(PYTHON) == 9 and len(SHELL) == 3


@pytest.mark.parametrize("number", range(len(PYTHON)))
def test_python_examples(trio: Served, folder: Path, number: int) -> None:
    code = PYTHON[number].replace(ADDRESS, trio.url).replace('"any"', repr(trio.key))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for made in folder.glob("*eply.wav"):
        assert decode_audio(made).seconds > 0
    if "print(" in code:
        assert done.stdout.strip()


def in_a_shell(trio: Served, folder: Path, code: str) -> str:
    done = subprocess.run(
        ["bash", "-ec", code.replace(ADDRESS, trio.url)],
        cwd=folder,
        env={"TRIO_KEY": trio.key, "PATH": "/usr/bin:/bin:/usr/local/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("number", range(len(SHELL)))
def test_shell_examples(trio: Served, folder: Path, number: int) -> None:
    shown = in_a_shell(trio, folder, SHELL[number])
    if "speech.mp3" in SHELL[number]:
        assert decode_audio(folder / "speech.mp3").seconds > 0
        assert "00:00:00,000 --> 00:00:01,250" in shown
    else:
        assert "error" not in json.loads(shown)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readme_asks_the_server(trio: Served, folder: Path, name: str) -> None:
    (code,) = re.findall(r"```bash\n(curl .*?)```", (ROOT / name).read_text("utf-8"), re.DOTALL)
    shown = in_a_shell(trio, folder, code.replace("curl", 'curl -H "Authorization: Bearer $TRIO_KEY"', 1))
    assert json.loads(shown)["choices"][0]["message"]["content"]
