"""Which Python `make` takes, and what it says where none will do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
NAMES = ["python3.14", "python3.13", "python3.12", "python3.11", "python3"]
FAKE = """#!/usr/bin/env bash
# A stand-in: version {version}; the first of two imports is what it is asked for.
case "$2" in
  *ensurepip*) {ensurepip} || exit 1 ;;
esac
case "$2" in
  *exit*) [ {minor} -ge 11 ] && [ {minor} -le 14 ] ;;
  *print*) echo 3.{minor} ;;
esac
"""


def fake(folder: Path, name: str, minor: int, *, ensurepip: bool = True) -> None:
    text = FAKE.format(version=f"3.{minor}", minor=minor, ensurepip=str(ensurepip).lower())
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    path = {"PATH": f"{folder}:/usr/bin:/bin", "MAKEFLAGS": ""}
    return subprocess.run(command, cwd=ROOT, env=path, capture_output=True, text=True, check=False)


def newest(folder: Path) -> str:
    names = [name for name in NAMES if name == "python3" or (folder / name).exists()]
    return run(folder, "scripts/newest_python.sh", *names).stdout.strip()


def test_the_newest_that_will_do_is_taken(tmp_path: Path) -> None:
    fake(tmp_path, "python3", 10)
    assert newest(tmp_path) == ""
    fake(tmp_path, "python3", 12)
    assert newest(tmp_path) == "python3"
    fake(tmp_path, "python3.11", 11)
    assert newest(tmp_path) == "python3.11"
    fake(tmp_path, "python3.13", 13)
    assert newest(tmp_path) == "python3.13"
    fake(tmp_path, "python3.14", 14, ensurepip=False)
    assert newest(tmp_path) == "python3.13", "it cannot make an environment"
    fake(tmp_path, "python3", 15)
    assert newest(tmp_path) == "python3.13"


def test_one_without_its_package_is_taken_where_there_is_no_other(tmp_path: Path) -> None:
    fake(tmp_path, "python3", 12, ensurepip=False)
    assert newest(tmp_path) == "python3"


@pytest.mark.parametrize(
    ("given", "said"), [("", "is needed."), ("python2", "and python2 is not one of them")]
)
def test_what_will_do_is_named(given: str, said: str, tmp_path: Path) -> None:
    done = run(tmp_path, "scripts/make_venv.sh", given, str(tmp_path / "venv"))
    assert done.returncode == 1 and said in done.stderr
    assert "Python 3.11, 3.12, 3.13 or 3.14" in done.stderr
    assert "apt-get install -y python3 python3-venv" in done.stderr and "PYTHON=" in done.stderr


def test_the_package_of_debian_is_named(tmp_path: Path) -> None:
    broken = '#!/usr/bin/env bash\ncase "$1 $2" in\n  "-m venv") exit 1 ;;\n  *print*) echo 3.12 ;;\nesac\n'
    (tmp_path / "python3.12").write_text(broken)
    (tmp_path / "python3.12").chmod(0o755)
    done = run(tmp_path, "scripts/make_venv.sh", "python3.12", str(tmp_path / "venv"))
    assert done.returncode == 1 and "apt-get install -y python3.12-venv" in done.stderr


@pytest.mark.parametrize("given", [[], ["PYTHON=python3.12"]])
def test_a_chosen_python_wins(given: list[str], tmp_path: Path) -> None:
    fake(tmp_path, "python3.14", 14)
    shown = run(tmp_path, "make", "-n", f"VENV={tmp_path}/venv", *given, f"{tmp_path}/venv/bin/python").stdout
    wanted = given[0].partition("=")[2] if given else "python3.14"
    assert f'make_venv.sh "{wanted}"' in shown


def test_an_environment_that_is_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").touch()
    done = run(tmp_path, "make", "-n", f"VENV={tmp_path}/venv", f"{tmp_path}/venv/bin/python")
    assert "make_venv" not in done.stdout
