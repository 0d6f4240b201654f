"""Commands that messages name: how Trio is called, how it is installed with more, and other programs."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from pathlib import PurePath

from pipelines.core.assets import CHECKOUT

_PROGRAM, _DISTRIBUTION = "trio-chat", "trio-chatbot"
_COMMANDS = {
    "darwin": {"espeak-ng": "brew install espeak-ng"},
    "win32": {"espeak-ng": "winget install eSpeak-NG.eSpeak-NG"},
}


def _called(program: str) -> str:
    """Return how `program`, the path that started this process, is called again."""
    return _PROGRAM if PurePath(program).stem == _PROGRAM else "python -m chatbot"


TRIO = _called(sys.argv[0] if sys.argv else "")
"""`trio-chat` where that started this process, else `python -m chatbot`."""


def install_command(program: str) -> str:
    """Return the command that installs a program which is no Python package."""
    return _COMMANDS.get(sys.platform, {}).get(program, f"apt-get install {program}")


def trio_command(extra: str = "") -> str:
    """Return the command that installs Trio's packages, with those of an extra: "full", "cluster" or "mcp".

    What is installed names where it came from (PEP 610), so that no other project of the name is taken.
    """
    if CHECKOUT:
        return f"python -m pip install -r requirements{'' if extra else '-light'}.txt"
    name = f"{_DISTRIBUTION}[{extra}]" if extra else _DISTRIBUTION
    return f'python -m pip install "{name}{_origin()}"'


def _origin() -> str:
    try:
        text = importlib.metadata.distribution(_DISTRIBUTION).read_text("direct_url.json")
    except importlib.metadata.PackageNotFoundError:
        return ""
    return f" @ {json.loads(text)['url']}" if text else ""
