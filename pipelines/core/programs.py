"""How a program that is no Python package is installed on this system."""

from __future__ import annotations

import sys

_COMMANDS = {
    "darwin": {"espeak-ng": "brew install espeak-ng"},
    "win32": {"espeak-ng": "winget install eSpeak-NG.eSpeak-NG"},
}


def install_command(program: str) -> str:
    """Return the command that installs a program."""
    return _COMMANDS.get(sys.platform, {}).get(program, f"apt-get install {program}")
