"""The pinned lists are those of pyproject.toml, and hold each package once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.write_requirements import requirements

ROOT = Path(__file__).resolve().parents[3]
FILES = ("requirements-light.txt", "requirements.txt")


def lines(name: str) -> list[str]:
    text = (ROOT / name).read_text("utf-8").splitlines()
    return [line for line in text if not line.startswith(("#", "-r "))]


def test_the_files_agree_with_the_project() -> None:
    written = requirements(ROOT / "pyproject.toml")
    assert tuple(written) == FILES
    for name, text in written.items():
        assert (ROOT / name).read_text("utf-8") == text, "run: python scripts/write_requirements.py"


@pytest.mark.parametrize("name", FILES)
def test_every_version_is_pinned(name: str) -> None:
    assert all(re.fullmatch(r"[\w.-]+(\[\w+\])?==[\w.]+", line) for line in lines(name))


def test_no_package_is_named_twice() -> None:
    names = [re.split(r"[\[=]", line)[0].lower().replace("_", "-") for name in FILES for line in lines(name)]
    assert len(names) == len(set(names))


def test_a_package_of_an_extra_is_in_the_full_list_alone(tmp_path: Path) -> None:
    project = tmp_path / "pyproject.toml"
    project.write_text(
        '[project]\ndependencies = ["a==1"]\noptional-dependencies = {x = ["b==2"], y = ["c==3"]}\n'
    )
    light, everything = requirements(project).values()
    assert light.endswith("\na==1\n") and everything.endswith("\n-r requirements-light.txt\nb==2\nc==3\n")
