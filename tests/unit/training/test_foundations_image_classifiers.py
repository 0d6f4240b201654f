"""The classifiers of small pictures learn three shapes, are kept, and answer the same afterwards."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from pipelines.core.foundation import load_foundation
from pipelines.core.registry import Registry
from pipelines.foundations import FOUNDATIONS
from pipelines.image.foundations.convnet import AlexNetClassifier, ResNetClassifier, VGGClassifier, as_input
from pipelines.image.foundations.networks import Residual
from pipelines.image.foundations.pictures import write_png
from pipelines.image.foundations.small import small_picture
from pipelines.image.foundations.transfer import EfficientNetTransfer, PooledFeatures
from tests.support.shapes import KINDS, cifar_like, shape
from training.foundations.compare import markdown
from training.foundations.image.classify import fit_regression
from training.foundations.image.convnets import augment
from training.foundations.image.maps import layer_maps, plot_maps
from training.foundations.image.picture_sets import cifar10
from training.foundations.recipe import Run, measure, train_and_keep
from training.foundations.recipes import FOUNDATION_RECIPES

FLOORS = {"image-knn": 0.6, "hog-svm": 0.9, "alexnet": 0.8, "vgg": 0.8, "resnet": 0.8}
EPOCHS = {"alexnet": 9, "vgg": 3, "resnet": 3}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cifar_like(tmp_path_factory.mktemp("data"))


@pytest.mark.parametrize("name", FLOORS)
def test_it_learns_is_kept_and_answers_the_same(name: str, data: Path, tmp_path: Path) -> None:
    spec = FOUNDATION_RECIPES[name]
    run = Run(data, tmp_path, "cifar10", epochs=EPOCHS.get(name), small=True, device="cpu")
    metrics = train_and_keep(name, spec, run)
    assert metrics["accuracy"] >= FLOORS[name], "chance is a third"
    assert metrics["parameters"] > 0 and metrics["labels"] == sorted(KINDS)
    kept = load_foundation(FOUNDATIONS[name], name, tmp_path)
    again = measure(name, spec, kept, run)
    assert {**again, "predict_ms": 0} == {**metrics, "predict_ms": 0}
    write_png(tmp_path / "upright.png", shape("upright", np.random.default_rng(5), 200))
    fields = kept.predict(tmp_path / "upright.png", tmp_path)
    assert fields["scores"][fields["label"]] == fields["confidence"]
    assert sum(fields["scores"].values()) == pytest.approx(1, abs=1e-4)


def features(kinds: NDArray[np.int64], seed: int) -> NDArray[np.float32]:
    """Features round a place for each class, some of them of very different size."""
    draw = np.random.default_rng(seed)
    places = np.random.default_rng(9).normal(size=(3, 40))
    return ((places[kinds] + 0.8 * draw.normal(size=(len(kinds), 40))) * np.geomspace(0.01, 100, 40)).astype(
        np.float32
    )


def test_the_regression_learns_and_is_kept(tmp_path: Path) -> None:
    kinds = np.arange(150) % 3
    model = fit_regression(features(kinds, 0), kinds, list(KINDS))
    model.save(tmp_path)
    kept = EfficientNetTransfer.load(tmp_path)
    held_out = features(kinds, 1)
    for each in (model, kept):
        each.features.thorough = lambda pictures: held_out  # type: ignore[method-assign]
    found = kept.probabilities([])
    assert (found.argmax(axis=1) == kinds).mean() > 0.95
    assert np.array_equal(found, model.probabilities([])) and kept.labels == list(KINDS)
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_pooled_features_tell_a_cat_from_coffee(registry: Registry, samples: Path) -> None:
    del registry  # skips where the weights are not there
    files = ["cat.jpg", "cat.jpg", "coffee.jpg"]
    pictures = [small_picture(samples / file, 64) for file in files]
    pictures[1] = np.ascontiguousarray(pictures[1][:, ::-1])
    rows = PooledFeatures()(pictures)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    assert rows.shape == (3, 1280) and rows[0] @ rows[1] > rows[0] @ rows[2] + 0.1


def test_a_picture_and_its_mirror_image_have_the_same_thorough_features(
    registry: Registry, samples: Path
) -> None:
    del registry  # skips where the weights are not there
    picture = small_picture(samples / "cat.jpg", 64)
    rows = PooledFeatures().thorough([picture, np.ascontiguousarray(picture[:, ::-1])])
    assert rows.shape == (2, 2560)
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-4)
    assert (rows[:, 1280:] >= rows[:, :1280]).all(), "a maximum is no less than the mean"


def test_held_back_pictures_never_train(data: Path) -> None:
    train = cifar10(data, "train")
    kept, back = train.hold_back()
    assert (len(kept.classes), len(back.classes)) == (216, 24)
    assert np.bincount(back.classes).tolist() == [8, 8, 8]
    seen = {picture.tobytes() for picture in kept.pixels}
    assert not any(picture.tobytes() in seen for picture in back.pixels)


def test_augmenting_moves_mirrors_and_cuts_a_hole(data: Path) -> None:
    pixels = as_input(cifar10(data, "train").pixels[:40])
    once = augment(pixels, np.random.default_rng(0))
    assert once.shape == pixels.shape and torch.equal(once, augment(pixels, np.random.default_rng(0)))
    holes = (once == 0).all(dim=1).flatten(1).sum(1)
    assert int(holes.min()) >= 4 * 4 and int(holes.max()) <= 8 * 8
    assert not torch.equal(once, pixels)


def test_the_hole_reaches_every_edge_alike() -> None:
    pixels = torch.ones(3000, 3, 32, 32)
    covered = (augment(pixels, np.random.default_rng(0)) == 0).all(dim=1).float().mean(0)
    for edge in (covered[0], covered[-1], covered[:, 0], covered[:, -1]):
        # a place of 33 in five covers a pixel of the edge, one in eight any pixel further in
        assert float(edge[8:-8].mean()) == pytest.approx(5 / 33 * 8 / 33, rel=0.12)
    assert float(covered[8:-8, 8:-8].mean()) == pytest.approx((8 / 33) ** 2, rel=0.05)


def test_a_photo_is_cut_to_its_middle_square(tmp_path: Path) -> None:
    wide = np.zeros((32, 96, 3), np.uint8)
    wide[:, 32:64] = 200
    write_png(tmp_path / "a.png", wide)
    assert (small_picture(tmp_path / "a.png") == 200).all()


@pytest.mark.parametrize("kind", [AlexNetClassifier, VGGClassifier, ResNetClassifier])
def test_layers_shrink_maps(kind: type[ResNetClassifier], tmp_path: Path, samples: Path) -> None:
    model, cat = kind(KINDS), small_picture(samples / "cat.jpg")
    sides = [maps.shape[-1] for _, maps in layer_maps(model, cat)]
    assert sides == [32, 16, 4]
    plot_maps(model, cat, tmp_path / "maps.png")
    assert (tmp_path / "maps.png").stat().st_size > 5_000


def test_a_residual_block_without_weights_passes_its_input_on() -> None:
    block = Residual(4, 4, 1).eval()
    for weight in block.parameters():
        torch.nn.init.zeros_(weight)
    maps = torch.rand(1, 4, 8, 8)
    assert torch.equal(block(maps), maps)


def test_the_docs_show_the_last_measurement_and_say_which_floors_are_missed() -> None:
    root = Path(__file__).resolve().parents[3]
    rows = json.loads((root / "docs/results/foundations-image.json").read_text("utf-8"))["rows"]
    page = (root / "docs/foundations/image.md").read_text("utf-8")
    assert "\n".join(markdown(rows)) in page
    accuracy = {row["model"]: row["accuracy"] for row in rows}
    for name, floor in re.findall(r"^\| `([\w-]+)` \|.*\| (\d+) % \|$", page, re.MULTILINE):
        missed = accuracy.get(name, 1.0) < int(floor) / 100
        assert missed == (f"`{name}` misses" in page), name
