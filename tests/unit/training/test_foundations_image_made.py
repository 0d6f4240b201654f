"""DnCNN and DCGAN learn toy data, are kept, and give the same pictures afterwards; collapse is seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio
from typer.testing import CliRunner

from pipelines.core.errors import InputError
from pipelines.core.foundation import load_foundation, write_foundation
from pipelines.foundations import FOUNDATIONS
from pipelines.image.decode import decode_image
from pipelines.image.foundations import dncnn
from pipelines.image.foundations.convnet import as_input
from pipelines.image.foundations.dcgan import DCGAN
from pipelines.image.foundations.dncnn import DnCNN
from pipelines.image.foundations.pictures import write_png
from pipelines.image.foundations.small import small_picture
from tests.support.shapes import KINDS, cifar_like, shape
from training.common.loop import FitConfig, fit, seed_everything
from training.foundations.image.denoise import NoiseProblem, denoisers, denoising_table, gaussian
from training.foundations.image.frechet import Judge, frechet_distance
from training.foundations.image.gan import GAMES, Game, GanRecipe, play
from training.foundations.image.page import app as page_app
from training.foundations.image.picture_sets import crops
from training.foundations.recipe import Run, train_and_keep
from training.foundations.recipes import FOUNDATION_RECIPES

CPU = torch.device("cpu")


def tiny(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Features of pictures for tests: means of 8x8 blocks."""
    rows = pixels.reshape(len(pixels), 4, 8, 4, 8, 3).mean(axis=(2, 4))
    return rows.reshape(len(pixels), -1).astype(np.float32)


def test_dncnn_learns_noise_and_is_kept(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    clean = [shape(KINDS[index % 3], draw, 64) for index in range(26)]
    seed_everything(0)
    model = DnCNN(depth=4, width=12)
    config = FitConfig(10, 1e-2, optimiser="adam", weight_decay=0.0, patience=10)
    fit(model.net, NoiseProblem(crops(clean[:24], 8, 16, draw), clean[24:], 0), config, tmp_path / "run")
    noisy = gaussian(clean[24], draw)
    better = model.denoise(noisy)
    assert peak_signal_noise_ratio(clean[24], better) > peak_signal_noise_ratio(clean[24], noisy) + 1.5
    write_foundation(model, tmp_path, "dncnn", {})
    kept = load_foundation(FOUNDATIONS["dncnn"], "dncnn", tmp_path)
    write_png(tmp_path / "noisy.png", noisy)
    fields = kept.predict(tmp_path / "noisy.png", tmp_path)
    assert np.array_equal(decode_image(fields["path"]).pixels, better) and 5 < fields["removed"] < 40
    rows = denoising_table(clean[24:], {"none": lambda pixels: pixels, **denoisers(model)}, 0)
    psnr = {(row["noise"], row["method"]): row["psnr"] for row in rows}
    assert psnr["salt and pepper", "median"] > psnr["salt and pepper", "non-local-means"] + 3
    assert len(psnr) == 8 and psnr["gaussian", "dncnn"] > psnr["gaussian", "none"] + 1.5


def test_pages_are_drawn(samples: Path, tmp_path: Path) -> None:
    write_foundation(DnCNN(depth=2, width=4), tmp_path, "dncnn", {})
    given = {"tools": [], "denoising": ["--folder", str(tmp_path)]}
    write_png(tmp_path / "cat.png", small_picture(samples / "cat.jpg", 128))
    for page, options in given.items():
        target = tmp_path / f"{page}-page.png"
        arguments = [page, str(tmp_path / "cat.png"), "--out", str(target), *options]
        result = CliRunner().invoke(page_app, arguments, catch_exceptions=False)
        assert result.exit_code == 0 and decode_image(target).pixels.std() > 30
    refused = CliRunner().invoke(page_app, ["maps", str(tmp_path / "cat.png"), "--network", "hog-svm"])
    assert refused.exit_code == 2 and "alexnet, vgg, resnet" in refused.output


def test_tiles_leave_no_seams(samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    model, pixels = DnCNN(), small_picture(samples / "cat.jpg", 100)
    torch.nn.init.normal_(model.net.layers[-1].weight, 0.0, 0.02)
    whole = model.denoise(pixels)
    monkeypatch.setattr(dncnn, "TILE", 37)
    assert np.abs(model.denoise(pixels).astype(int) - whole).max() <= 1


def test_frechet_distance_has_its_closed_form() -> None:
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(4000, 3)) * (1.0, 2.0, 3.0)
    assert frechet_distance(rows, rows) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(rows, rows + (3, 0, 4)) == pytest.approx(25, rel=1e-6)
    spread = (np.sqrt(np.linalg.eigvalsh(np.cov(rows, rowvar=False))) ** 2).sum()
    assert frechet_distance(rows, 2 * rows - rows.mean(axis=0)) == pytest.approx(spread, rel=1e-6)


def test_collapse_is_told_from_variety() -> None:
    draw = np.random.default_rng(0)
    classes = np.arange(300) % 10
    places = draw.normal(size=(10, 20)) * 5
    real = places[classes] + draw.normal(size=(300, 20))
    judge = Judge.of(real, classes, places[classes] + draw.normal(size=(300, 20)), 8)
    varied = judge.variety(places[classes] + draw.normal(size=(300, 20)))
    assert not varied["collapsed"] and varied["diversity"] > 0.9 and varied["effective_classes"] > 9
    same = judge.variety(places[:1] + 0.1 * draw.normal(size=(300, 20)))
    assert same["collapsed"] and same["diversity"] < 0.1 and same["effective_classes"] == 1
    two = judge.variety(places[classes % 2] + draw.normal(size=(300, 20)))
    assert two["collapsed"] and two["effective_classes"] == pytest.approx(2, abs=0.3)


def test_dcgan_comes_nearer_to_real_pictures_and_is_kept(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    colours = np.array([(230, 40, 40), (40, 60, 230)])[np.arange(192) % 2]
    real = (colours[:, None, None] + draw.normal(0, 10, (192, 32, 32, 3))).clip(0, 255).astype(np.uint8)
    torch.manual_seed(0)
    model = DCGAN(noise=8, width=8)
    judge = Judge.of(tiny(real[:96]), np.arange(96) % 2, tiny(real[96:]), 4)
    before = judge.frechet(tiny(model.sample(100, 1)))
    rows = list(play(model, as_input(real), Game(14, 2e-3, 1e-3), 0, CPU))
    after = judge.frechet(tiny(model.sample(100, 1)))
    assert after < before / 2 and [row["epoch"] for row in rows] == list(range(1, 15))
    write_foundation(model, tmp_path, "dcgan", {})
    kept = load_foundation(FOUNDATIONS["dcgan"], "dcgan", tmp_path)
    (tmp_path / "wish.txt").write_text("5 3\n", encoding="utf-8")
    fields = kept.predict(tmp_path / "wish.txt", tmp_path)
    assert (fields["pictures"], fields["seed"]) == (5, 3)
    sheet = decode_image(fields["path"]).pixels[::2, ::2]
    assert np.array_equal(sheet[:32, :32], model.sample(5, 3)[0])


@pytest.mark.parametrize("wish", ["none", "0", "101", "4 5 6", "-3"])
def test_a_wish_for_pictures_must_be_numbers(wish: str, tmp_path: Path) -> None:
    (tmp_path / "wish.txt").write_text(wish, encoding="utf-8")
    with pytest.raises(InputError, match="1 to 100"):
        DCGAN(width=4).predict(tmp_path / "wish.txt", tmp_path)


def test_the_recipe_leaves_losses_pictures_and_distances(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.foundations.image.gan.PooledFeatures", lambda: tiny)
    data = cifar_like(tmp_path / "data", test=40)
    run = Run(data, tmp_path / "gan", "unbalanced", small=True, device="cpu")
    metrics = train_and_keep("dcgan", FOUNDATION_RECIPES["dcgan"], run)
    lines = (run.folder / "game.csv").read_text("utf-8").splitlines()
    assert lines[0].startswith("epoch,discriminator_loss,generator_loss") and len(lines) == 3
    assert (run.folder / "game.png").is_file() and (run.folder / "samples.png").is_file()
    assert metrics["frechet"] > metrics["frechet_of_train_pictures"]
    assert metrics["collapsed"] and not metrics["variety_of_train_pictures"]["collapsed"]


def test_looks_are_spread_over_the_epochs() -> None:
    assert GAMES["cifar10"].looked_at()[-1] == GAMES["cifar10"].epochs
    assert Game(epochs=2, looks=5).looked_at() == [1, 2]
    assert isinstance(GanRecipe(tiny).features, type(tiny))
