"""What captions say of objects, and how finds are judged by it."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from pipelines.core.errors import InputError, ModelError
from pipelines.image.detect import distinct
from training.detect import package
from training.detect.described import Described, counted, described
from training.detect.judge import agreement, counted_right, counting, summary
from training.detect.nanodet import BINS, SIDE, STRIDES, candidates
from training.detect.package import CENTERNET, archive_in, graph_of


@pytest.mark.parametrize(
    ("caption", "found"),
    [
        ("A brown dog runs .", {"dog": 1}),
        ("Two dogs and a man play with a frisbee .", {"dog": 2, "person": 1, "frisbee": 1}),
        ("A man and a woman hold a baby .", {"person": 3}),
        ("A group of people walk .", {"person": None}),
        ("The three small children sit on a bench", {"person": 3, "bench": 1}),
        ("A man rides a dirt bike .", {"person": 1, "motorcycle": 1}),
        ("A boy kicks a soccer ball .", {"person": 1, "sports ball": 1}),
        ("A hot dog stand", {}),
        ("Snow on a hill .", {}),
        ("The men talk", {"person": None}),
    ],
)
def test_captions_name_kinds_and_numbers(caption: str, found: dict[str, int | None]) -> None:
    assert counted(caption) == found


def test_two_captions_make_a_kind_present_and_no_other_number_a_count() -> None:
    said = described(["Two dogs run", "Two dogs in snow with a man", "dogs", "A dog and a dog on a couch"])
    assert (said.present, said.named) == ({"dog"}, {"dog", "person", "couch"})
    assert said.counts == {"dog": 2}
    assert described(["Two dogs", "Three dogs", "Three dogs"]).counts == {}


DOG = Described(frozenset({"dog"}), frozenset({"dog", "person"}), {"dog": 2})
BARE = Described(frozenset({"person"}), frozenset({"person"}), {"person": 1})


def test_what_one_person_names_counts_for_nothing() -> None:
    photos = [([("dog", 0.9), ("person", 0.9), ("car", 0.9)], DOG), ([("cat", 0.3)], BARE)]
    found = agreement(photos, 0.5)
    assert (found.right, found.wrong, found.missed) == (1, 1, 1)
    assert (found.precision, found.recall, found.f1) == (0.5, 0.5, 0.5)
    assert agreement(photos, 0.2).wrong == 2
    assert agreement(photos, 0.5, ("dog",)).precision == 1.0


def test_numbers_are_right_when_they_are_the_same() -> None:
    photos = [([("dog", 0.9), ("dog", 0.4)], DOG), ([("person", 0.9)], BARE)]
    assert counting(photos, 0.3) == {1: (1, 1), 2: (1, 1), 3: (0, 0)}
    assert counting(photos, 0.5) == {1: (1, 1), 2: (1, 0), 3: (0, 0)}
    assert counted_right(counting(photos, 0.5)) == 0.5
    assert summary(photos, 0.5)["counted right where there are 2"] == "0 of 1"


def test_distances_to_the_sides_become_boxes() -> None:
    class Session:
        def run(self, names: list[str], inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
            assert inputs["pixels"].shape == (1, 3, SIDE, SIDE)
            cells = [(SIDE // stride) ** 2 for stride in STRIDES]
            scores = [np.zeros((1, n, 80), np.float32) for n in cells]
            sides = [np.zeros((1, n, 4 * BINS), np.float32) for n in cells]
            scores[2][0, 14, 16] = 0.8
            sides[2][0, 14].reshape(4, BINS)[:, 1] = 50.0
            return scores + sides

    from pipelines.core.types import Image

    (row,) = candidates(Session(), Image(np.zeros((4, 4, 3), np.uint8)), 0.1)
    assert row.tolist() == pytest.approx([16 / 416, 16 / 416, 80 / 416, 80 / 416, 0.8, 16])
    assert len(distinct(row[None])) == 1


def test_the_package_is_read_as_it_is_pinned_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = {"modelTopology": {"node": []}, "weightsManifest": []}
    target = tmp_path / package.ARCHIVE
    with tarfile.open(target, "w:gz") as archive:
        for end, data in (("json", json.dumps(model).encode()), ("bin", b"")):
            about = tarfile.TarInfo(f"package/models/centernet.{end}")
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))
    with pytest.raises(ModelError, match="not the one that is pinned"):
        archive_in(tmp_path)
    monkeypatch.setattr(package, "SHA256", hashlib.sha256(target.read_bytes()).hexdigest())
    assert graph_of(CENTERNET, archive_in(tmp_path)).nodes == ()
    with pytest.raises(ModelError, match=r"nanodet\.json"):
        graph_of(package.NANODET, target)


def test_without_npm_the_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package.shutil, "which", lambda name: None)
    with pytest.raises(InputError, match=package.ARCHIVE):
        archive_in(tmp_path)
