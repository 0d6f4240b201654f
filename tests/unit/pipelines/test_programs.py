"""The commands that messages name fit how Trio was started and installed."""

from __future__ import annotations

import json

import pytest

from pipelines.core import programs


class Installed:
    """An installed Trio, as `importlib.metadata` has it."""

    def __init__(self, origin: str | None) -> None:
        self.origin = origin

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return json.dumps({"url": self.origin, "dir_info": {}}) if self.origin else None


@pytest.mark.parametrize(
    ("program", "called"),
    [
        ("/home/ann/.local/bin/trio-chat", "trio-chat"),
        ("trio-chat.exe", "trio-chat"),
        ("/trio/chatbot/__main__.py", "python -m chatbot"),
        ("app.py", "python -m chatbot"),
        ("", "python -m chatbot"),
    ],
)
def test_trio_is_named_as_it_was_called(program: str, called: str) -> None:
    assert programs._called(program) == called


def test_a_checkout_installs_its_lists() -> None:
    assert programs.trio_command() == "python -m pip install -r requirements-light.txt"
    assert programs.trio_command("full") == "python -m pip install -r requirements.txt"


@pytest.mark.parametrize(
    ("origin", "wanted"),
    [(None, "trio-chatbot[full]"), ("file:///src/trio", "trio-chatbot[full] @ file:///src/trio")],
)
def test_what_is_installed_names_where_it_came_from(
    origin: str | None, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "CHECKOUT", False)
    monkeypatch.setattr(programs.importlib.metadata, "distribution", lambda name: Installed(origin))
    assert programs.trio_command("full") == f'python -m pip install "{wanted}"'
