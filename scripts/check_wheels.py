"""Ask the package index whether every pinned package has a wheel for each system and version of Python.

    python scripts/check_wheels.py [--requirements requirements-light.txt] [--python 3.13] [--system Windows]

Nothing is downloaded but metadata, nothing is installed. Prints a table in Markdown; exit code 1 if something
is missing. pip judges the dependencies that only some systems have by the system and the Python that it runs
on, so run it with each version where that matters.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
GLIBC = range(17, 29)
SYSTEMS = {
    "Linux x86-64": [*(f"manylinux_2_{minor}_x86_64" for minor in GLIBC), "manylinux2014_x86_64"],
    "Linux arm64": [*(f"manylinux_2_{minor}_aarch64" for minor in GLIBC), "manylinux2014_aarch64"],
    "macOS arm64": ["macosx_14_0_arm64"],
    "Windows": ["win_amd64"],
}


def _pip(wanted: list[str], system: str, python: str, *more: str) -> dict[str, Any] | str:
    """Return pip's report of what it would install, or its last line of complaint."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--dry-run",
        ]
        command += ["--ignore-installed", "--only-binary=:all:", "--target", folder, "--report", str(report)]
        command += ["--python-version", python, "--implementation", "cp"]
        command += [f"--platform={tag}" for tag in SYSTEMS[system]]
        done = subprocess.run(
            [*command, *more, *wanted], capture_output=True, text=True, check=False, cwd=ROOT
        )
        if done.returncode == 0:
            return dict(json.loads(report.read_text("utf-8")))
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    return (errors or done.stderr.splitlines() or ["pip said nothing"])[-1]


def _requirements(file: Path) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in file.read_text("utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("-")]


def cell(file: Path, system: str, python: str, *options: str) -> tuple[bool, str]:
    """Return whether everything is there, and what the table says about it."""
    found = _pip(["-r", str(file)], system, python, *options)
    if not isinstance(found, str):
        return True, f"{len(found['install'])} wheels"
    missing = [
        one for one in _requirements(file) if isinstance(_pip([one], system, python, "--no-deps"), str)
    ]
    return False, f"missing: {', '.join(missing) or found}"


def main() -> int:
    """Print the table row by row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--requirements", type=Path, default=ROOT / "requirements-light.txt")
    parser.add_argument("--python", action="append", choices=PYTHONS)
    parser.add_argument("--system", action="append", choices=list(SYSTEMS))
    parser.add_argument("--pins", action="store_true", help="without what they depend on: quicker")
    arguments = parser.parse_args()
    options = ["--no-deps"] if arguments.pins else []
    pythons = arguments.python or list(PYTHONS)
    print(f"| {arguments.requirements.name} | {' | '.join(pythons)} |")
    print(f"|---{'|---' * len(pythons)}|", flush=True)
    complete = True
    for system in arguments.system or SYSTEMS:
        cells = [cell(arguments.requirements, system, python, *options) for python in pythons]
        complete = complete and all(right for right, _ in cells)
        print(f"| {system} | {' | '.join(text for _, text in cells)} |", flush=True)
    return 0 if complete else 1


if __name__ == "__main__":
    raise SystemExit(main())
