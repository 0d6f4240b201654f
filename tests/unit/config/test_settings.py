"""Where settings come from, and what is said of bad ones."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from chatbot.config.backends import chatbot_registry
from chatbot.config.server_options import ServerOptions
from chatbot.config.settings import Settings, load_settings
from pipelines.core.errors import SettingsError, UnknownBackendError
from pipelines.core.types import Stage

PACKAGE = Path(__file__).resolve().parents[3] / "chatbot"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "trio.toml"
    monkeypatch.setenv("TRIO_CONFIG", str(path))
    return path


def test_each_source_is_stronger_than_the_one_before(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().port == 7860
    file.write_text('port = 8001\nspeed = 1.5\nspeak = false\n[backends]\ntranscribe = "whisper-tiny.en"\n')
    assert load_settings().port == 8001
    monkeypatch.setenv("TRIO_PORT", "8002")
    settings = load_settings(speed=0.8, host=None)
    assert (settings.port, settings.speed, settings.speak) == (8002, 0.8, False)
    assert settings.host == "127.0.0.1"
    assert settings.backends == {Stage.TRANSCRIBE: "whisper-tiny.en"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port = 99999", "port"),
        ("prot = 80", "prot"),
        ("port = = 1", "cannot be read"),
        ('[backends]\nfly = "x"', "backends"),
    ],
)
def test_a_bad_file_is_refused_by_name(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError, match=said) as caught:
        load_settings()
    assert str(file) in str(caught.value)


def test_settings_cannot_be_changed(file: Path) -> None:
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1


def test_an_unknown_backend_is_refused_before_anything_loads(file: Path) -> None:
    with pytest.raises(UnknownBackendError, match="whisper-base"):
        chatbot_registry(load_settings(backends={"transcribe": "parrot"}))


def test_every_setting_is_described_and_used() -> None:
    described = set(re.findall(r"^ {8}(\w+):", f"{Settings.__doc__}{ServerOptions.__doc__}", re.MULTILINE))
    assert described == set(Settings.model_fields)
    used: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        used |= {
            node.attr
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Attribute)
        }
    assert set(Settings.model_fields) - used == set()
