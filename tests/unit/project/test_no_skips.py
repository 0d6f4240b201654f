"""`--no-skips` on small test files of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.no_skips import allowed

ROOT = Path(__file__).resolve().parents[3]
TESTS = """
import pytest

def test_passes() -> None: ...

def test_lacks() -> None:
    pytest.skip("models have not been pulled")

def test_is_root() -> None:
    pytest.skip("root may read everything")
"""
WHOLE = "import pytest\npytest.importorskip('no_such_package')\n"


def outcome(folder: Path, *options: str) -> tuple[int, str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.support.no_skips",
        "-c",
        "/dev/null",
        "--rootdir",
        str(folder),
    ]
    command += ["-p", "no:cacheprovider", "--continue-on-collection-errors", *options, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "test_whole.py").write_text(WHOLE)
    return tmp_path


def test_skips_pass_as_long_as_nobody_minds(folder: Path) -> None:
    code, said = outcome(folder)
    assert code == 0 and "1 passed, 3 skipped" in said, said


@pytest.mark.parametrize("spread", [[], ["-n", "2"]], ids=["one", "two"])
def test_a_skip_of_a_test_or_of_a_file_is_an_error_where_that_is_asked_for(
    folder: Path, spread: list[str]
) -> None:
    """In one process, and spread over two as in continuous integration."""
    code, said = outcome(folder, "--no-skips", *spread)
    assert code == 1 and "1 failed, 1 passed, 1 skipped, 1 error" in said, said
    assert "models have not been pulled" in said and "no_such_package" in said


def test_the_exceptions_are_few() -> None:
    assert allowed("Skipped: root may read everything")
    for reason in (
        "models have not been pulled (minilm)",
        "espeak-ng is not installed",
        "could not import 'torch'",
    ):
        assert not allowed(reason)
