"""Write requirements-light.txt and requirements.txt from pyproject.toml.

python scripts/write_requirements.py
"""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIGHT = """\
# What the app needs to run: no torch, no transformers. Pinned to what was tested.
# Written from pyproject.toml by scripts/write_requirements.py.
"""
EVERYTHING = """\
# Everything: the light runtime, the back-ends for bigger models, training and the tools of development.
# Written from pyproject.toml by scripts/write_requirements.py.
-r requirements-light.txt
"""


def requirements(project: Path) -> dict[str, str]:
    """Return the files' contents by name.

    Args:
        project: The pyproject.toml; its dependencies are the light set, its extras all the rest.
    """
    table = tomllib.loads(project.read_text("utf-8"))["project"]
    extras = [line for lines in table["optional-dependencies"].values() for line in lines]
    return {
        "requirements-light.txt": LIGHT + "".join(f"{line}\n" for line in table["dependencies"]),
        "requirements.txt": EVERYTHING + "".join(f"{line}\n" for line in extras),
    }


def main() -> None:
    """Write both files."""
    for name, text in requirements(ROOT / "pyproject.toml").items():
        (ROOT / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
