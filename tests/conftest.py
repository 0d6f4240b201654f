"""Fixtures that several test folders share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.backends import default_registry
from pipelines.core.assets import SAMPLES
from pipelines.core.pull import pulled_entries
from pipelines.core.registry import Registry
from pipelines.core.weights import PULL_COMMAND
from tests.support.no_skips import pytest_addoption, pytest_configure

__all__ = ["pytest_addoption", "pytest_configure"]
ROOT = Path(__file__).resolve().parents[1]
BROWSER = ROOT / "tests" / "browser"
USUAL_SECONDS = 300
# Servers, browsers and commands of the tests answer with the small model: few tests are about what it says.
os.environ.setdefault("TRIO_MIND", "small")
# Most trainings of the tests are tiny, and OpenMP's threads spin while they wait for each other: two processes with two
# threads each took three times as long as with one.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser, and put it last; a test with more than the usual time is slow.

    Playwright keeps an event loop running in the main thread as long as it is open.
    """
    items.sort(key=lambda item: BROWSER in item.path.parents)
    for item in items:
        if BROWSER in item.path.parents:
            item.add_marker("browser")
        limit = item.get_closest_marker("timeout")
        if limit is not None and limit.args and limit.args[0] > USUAL_SECONDS:
            item.add_marker("slow")


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of real, licensed inputs that comes with Trio."""
    return SAMPLES


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of research data beside the project; tests that need it are skipped without it."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the research data is not beside the project (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def registry() -> Iterator[Registry]:
    """Every back-end on real, verified weights, loaded once for the whole run."""
    registry = default_registry()
    missing = [name for name in pulled_entries(registry.store) if registry.store.state(name).problem]
    if missing:
        pytest.skip(f"models have not been pulled ({', '.join(missing)}): run {PULL_COMMAND} --all")
    yield registry
    registry.unload()
