"""The tools of chapter 2.1.1 find what is in pictures that are made for them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio

from pipelines.core.errors import DecodeError, InputError
from pipelines.image.decode import decode_image
from pipelines.image.foundations.denoise import median_filtered, noise_level, non_local_means_filtered
from pipelines.image.foundations.image_foundations import TABLE
from pipelines.image.foundations.pictures import grid, write_png
from pipelines.image.foundations.small import small_picture

TOOLS = sorted(name for name, spec in TABLE.items() if not spec.learned)
CORNERS = [(30, 40), (89, 40), (30, 79), (89, 79)]


@pytest.fixture
def rectangle(tmp_path: Path) -> Path:
    """White on black, with corners at `CORNERS`."""
    pixels = np.zeros((120, 120, 3), np.uint8)
    pixels[40:80, 30:90] = 255
    write_png(tmp_path / "rectangle.png", pixels)
    return tmp_path / "rectangle.png"


def scene() -> NDArray[np.uint8]:
    """Smooth colours with edges."""
    rows, columns = np.mgrid[0:96, 0:96]
    pixels = np.stack([rows * 2, columns * 2, 128 + 60 * np.sin(columns / 9)], axis=2).clip(0, 255)
    pixels[30:60, 20:70] = (200, 60, 40)
    return pixels.astype(np.uint8)


@pytest.mark.parametrize("name", TOOLS)
def test_every_tool_writes_a_picture_of_a_photo(name: str, samples: Path, tmp_path: Path) -> None:
    small = tmp_path / "cat.png"
    write_png(small, small_picture(samples / "cat.jpg", 128))
    fields = TABLE[name].resolve()(small, tmp_path / "new")
    written = decode_image(tmp_path / "new" / f"cat-{name}.png")
    assert fields["path"] == str(tmp_path / "new" / f"cat-{name}.png")
    assert written.pixels.shape == (128, 128, 3) and written.pixels.std() > 5


@pytest.mark.parametrize("name", TOOLS)
def test_every_tool_takes_a_picture_of_one_colour(name: str, tmp_path: Path) -> None:
    write_png(tmp_path / "flat.png", np.full((40, 60, 3), 90, np.uint8))
    assert Path(TABLE[name].resolve()(tmp_path / "flat.png", tmp_path)["path"]).is_file()


@pytest.mark.parametrize("name", TOOLS)
def test_what_is_no_picture_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("words")
    with pytest.raises(DecodeError):
        TABLE[name].resolve()(tmp_path / "a.png", tmp_path)


def test_grey_levels_weigh_green_most(tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8))
    TABLE["grayscale"].resolve()(tmp_path / "a.png", tmp_path)
    assert decode_image(tmp_path / "a-grayscale.png").pixels[0, :, 0].tolist() == [76, 150, 29]


def test_equalising_spreads_faint_levels(tmp_path: Path) -> None:
    faint = np.tile(np.linspace(100, 120, 64).astype(np.uint8)[None, :, None], (64, 1, 3))
    write_png(tmp_path / "a.png", faint)
    contrasts = {
        name: TABLE[name].resolve()(tmp_path / "a.png", tmp_path)["contrast"]
        for name in ("grayscale", "clahe", "histogram-equalisation")
    }
    assert contrasts["grayscale"] < 7 and contrasts["histogram-equalisation"] > 70
    assert contrasts["grayscale"] < contrasts["clahe"] < contrasts["histogram-equalisation"]


def test_canny_finds_the_outline_and_nothing_else(rectangle: Path, tmp_path: Path) -> None:
    TABLE["canny"].resolve()(rectangle, tmp_path)
    edges = decode_image(tmp_path / "rectangle-canny.png").pixels[..., 0] > 0
    outline = np.zeros((120, 120), np.uint8)
    cv2.rectangle(outline, (30, 40), (89, 79), 1, 1)
    near = cv2.dilate(outline, np.ones((5, 5), np.uint8)) > 0
    assert edges.sum() > 150 and not (edges & ~near).any()


@pytest.mark.parametrize("name", ["shi-tomasi", "harris"])
def test_corners_are_where_they_are(name: str, rectangle: Path, tmp_path: Path) -> None:
    found = np.array(TABLE[name].resolve()(rectangle, tmp_path)["corners"])
    assert len(found) == 4
    assert all(np.hypot(*(found - corner).T).min() < 2.5 for corner in CORNERS)


def test_orb_knows_its_points_again_when_the_picture_is_turned(samples: Path, tmp_path: Path) -> None:
    pixels = small_picture(samples / "astronaut.jpg", 240)
    bits = []
    for name, turned in (("a", pixels), ("b", np.ascontiguousarray(np.rot90(pixels)))):
        write_png(tmp_path / f"{name}.png", turned)
        points = TABLE["orb"].resolve()(tmp_path / f"{name}.png", tmp_path)["points"]
        rows = [np.frombuffer(bytes.fromhex(point["descriptor"]), np.uint8) for point in points]
        bits.append(np.stack(rows))
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(*bits)
    close = [match for match in matches if match.distance < 40]
    assert len(close) > 60


@pytest.mark.parametrize(("axis", "degrees"), [(1, 0), (0, 80)])
def test_hog_tells_the_direction_of_stripes(axis: int, degrees: int, tmp_path: Path) -> None:
    """Gradients of upright stripes lie across them: at 0 degrees; those of level stripes at 90."""
    stripes = np.indices((64, 64))[axis] // 4 % 2 * 255
    write_png(tmp_path / "a.png", stripes.astype(np.uint8))
    fields = TABLE["hog"].resolve()(tmp_path / "a.png", tmp_path)
    assert fields["directions"][int(np.argmax(fields["histogram"]))] == degrees
    assert fields["length"] == 7 * 7 * 2 * 2 * 9


def test_the_noise_level_is_estimated() -> None:
    noise = np.random.default_rng(0).normal(0, 20, (96, 96, 3))
    noisy = (scene() * 0.5 + 60 + noise).clip(0, 255).astype(np.uint8)
    assert 17 < noise_level(noisy) < 23


def test_each_denoiser_removes_its_noise() -> None:
    clean, draw = scene(), np.random.default_rng(0)
    noisy = (clean + draw.normal(0, 25, clean.shape)).clip(0, 255).astype(np.uint8)
    before = peak_signal_noise_ratio(clean, noisy)
    assert peak_signal_noise_ratio(clean, non_local_means_filtered(noisy)) > before + 6
    peppered = clean.copy()
    peppered[draw.random(clean.shape[:2]) < 0.05] = 0
    before = peak_signal_noise_ratio(clean, peppered)
    assert peak_signal_noise_ratio(clean, median_filtered(peppered)) > before + 10


def test_a_grid_keeps_every_picture() -> None:
    pictures = [np.full((4, 6, 3), 10 * index, np.uint8) for index in range(5)]
    sheet = grid(pictures)
    assert sheet.shape == (2 * 5 - 1, 3 * 7 - 1, 3)
    assert sheet[0, 14, 0] == 20 and sheet[5, 7, 0] == 40 and sheet[8, 19, 0] == 255


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        write_png(tmp_path / "file" / "a.png", np.zeros((2, 2), np.uint8))
