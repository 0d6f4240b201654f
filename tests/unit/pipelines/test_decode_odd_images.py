"""Pictures that are unusual but whole: newer formats, transparency, profiles, blank frames, a missing end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image as pil
from PIL import ImageCms, ImageDraw

from pipelines.core.errors import DecodeError, LimitError
from pipelines.image.decode import ImageLimits, decode_image
from tests.unit.pipelines.test_decode_image import BLUE, RED, near, saved, two_colours

WHITE, BLACK = (255, 255, 255), (0, 0, 0)


@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
def test_pictures_of_phones(kind: str) -> None:
    if kind == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    image = decode_image(saved(two_colours().resize((200, 100)), kind))
    assert image.pixels.shape == (100, 200, 3)
    assert near(image.pixels[50, 25], RED, 40) and near(image.pixels[50, 175], BLUE, 40)


@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
def test_pictures_of_phones_are_measured_before_they_are_decoded(kind: str) -> None:
    if kind == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    with pytest.raises(LimitError, match="200 x 100"):
        decode_image(saved(pil.new("RGB", (200, 100)), kind), ImageLimits(max_pixels=19_999))


def test_a_refusal_names_what_works() -> None:
    with pytest.raises(DecodeError) as caught:
        decode_image(b"not at all")
    assert "AVIF" in str(caught.value.allowed) and "HEIC" in str(caught.value.allowed)


def words(colour: tuple[int, int, int], other: tuple[int, int, int] | None = None) -> pil.Image:
    picture = pil.new("RGBA", (240, 60), (*colour, 0))
    draw = ImageDraw.Draw(picture)
    draw.text((5, 5), "Meeting at half past ten", fill=(*colour, 255))
    draw.text((5, 35), "Room two hundred and four", fill=(*(other or colour), 255))
    return picture


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
@pytest.mark.parametrize(
    ("colour", "other"),
    [
        (WHITE, None),
        (BLACK, None),
        ((240, 240, 200), None),
        (WHITE, BLACK),
        ((128, 128, 128), None),
        ((30, 40, 90), None),
    ],
)
def test_words_on_nothing_can_be_read(kind: str, colour: Any, other: Any) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    pixels = decode_image(saved(words(colour, other), kind, **options)).pixels.astype(int)
    ground = pixels[30, 236]
    for shade in (colour, other or colour):
        assert abs(np.mean(shade) - ground.mean()) >= 60


def test_dark_content_stays_on_white() -> None:
    assert tuple(decode_image(saved(words((200, 30, 30)), "PNG")).pixels[30, 236]) == WHITE


@pytest.mark.parametrize("mode", ["P", "LA"])
def test_white_words_of_other_modes_can_be_read(mode: str) -> None:
    if mode == "LA":
        data = saved(words(WHITE).convert("LA"), "PNG")
    else:
        data = saved(words(WHITE).quantize(8), "PNG")
    pixels = decode_image(data).pixels
    assert int(pixels.max()) - int(pixels[30, 236].max()) > 100


def swapped_profile() -> bytes:
    """A profile of an RGB in which the first number is blue, written by hand: lcms makes only sRGB itself."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for at in range(132, 132 + 12 * int.from_bytes(data[128:132], "big"), 12):
        tag = bytes(data[at : at + 4])
        if tag in (b"rXYZ", b"bXYZ"):
            data[at : at + 4] = b"bXYZ" if tag == b"rXYZ" else b"rXYZ"
    return bytes(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
def test_colours_are_those_of_the_profile(kind: str) -> None:
    data = saved(pil.new("RGB", (32, 32), (20, 20, 220)), kind, icc_profile=swapped_profile())
    assert near(decode_image(data).pixels[16, 16], (220, 20, 20), 25)


@pytest.mark.parametrize("mode", ["P", "RGBA"])
def test_a_profile_with_a_palette_or_transparency(mode: str) -> None:
    picture = pil.new("RGBA", (32, 32), (20, 20, 220, 255))
    picture.paste((0, 0, 0, 0), (0, 0, 8, 32))
    data = saved(picture.quantize(4) if mode == "P" else picture, "PNG", icc_profile=swapped_profile())
    pixels = decode_image(data).pixels
    assert near(pixels[16, 20], (220, 20, 20), 25) and tuple(pixels[16, 2]) == WHITE


@pytest.mark.parametrize("profile", [b"", b"x" * 200, swapped_profile()[:300]])
def test_a_broken_profile_is_ignored(profile: bytes) -> None:
    data = saved(two_colours(), "PNG", icc_profile=profile)
    assert near(decode_image(data).pixels[10, 5], RED, 10)


def test_an_srgb_profile_changes_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    noise = pil.effect_noise((64, 64), 90).convert("RGB")
    plain, told = (decode_image(saved(noise, "PNG", **o)).pixels for o in ({}, {"icc_profile": profile}))
    assert np.array_equal(plain, told)


def animation(kind: str, frames: list[pil.Image]) -> bytes:
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF", "TIFF"])
@pytest.mark.parametrize("blank", [WHITE, BLACK])
def test_blank_first_frames_are_passed_over(kind: str, blank: tuple[int, int, int]) -> None:
    empty, full = pil.new("RGB", (40, 20), blank), two_colours()
    options: dict[str, Any] = {
        "save_all": True,
        "append_images": [pil.new("RGB", (40, 20), blank), full, full],
    }
    if kind != "TIFF":
        options["duration"] = 50
    image = decode_image(saved(empty, kind, **options))
    assert near(image.pixels[10, 5], RED, 60) and near(image.pixels[10, 35], BLUE, 60)


def test_a_transparent_first_frame_and_a_fade_are_passed_over() -> None:
    clear = pil.new("RGBA", (40, 20), (0, 0, 0, 0))
    faint = pil.blend(pil.new("RGB", (40, 20), BLACK), two_colours(), 0.1).convert("RGBA")
    image = decode_image(animation("WEBP", [clear, faint, two_colours("RGBA")]))
    assert near(image.pixels[10, 5], RED, 40)


def test_the_first_frame_that_shows_something_stays_first() -> None:
    turned = two_colours().rotate(180)
    assert near(decode_image(animation("GIF", [two_colours(), turned])).pixels[10, 5], RED, 30)


def photo() -> pil.Image:
    rng = np.random.default_rng(0)
    coarse = pil.fromarray(rng.integers(0, 255, (30, 40, 3), np.uint8))
    return coarse.resize((400, 304), pil.Resampling.BICUBIC)


@pytest.mark.parametrize(
    "options",
    [{}, {"progressive": True}, {"subsampling": 0, "quality": 95}],
    ids=["baseline", "progressive", "fine"],
)
@pytest.mark.parametrize("missing", [1, 2, 3, 12])
def test_a_jpeg_without_its_end_is_shown(options: dict[str, Any], missing: int) -> None:
    data = saved(photo(), "JPEG", **options)
    whole, cut = decode_image(data).pixels, decode_image(data[:-missing]).pixels
    rows = 8 * whole.shape[0] // 10
    assert np.array_equal(whole[:rows], cut[:rows]) or options.get("progressive")
    assert np.abs(whole.astype(int) - cut).mean() < 3


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7])
def test_a_jpeg_that_is_cut_off_early_is_refused(options: dict[str, Any], share: float) -> None:
    data = saved(photo(), "JPEG", **options)
    with pytest.raises(DecodeError, match="damaged or incomplete"):
        decode_image(data[: int(share * len(data))])


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TIFF", "AVIF"])
def test_other_formats_that_are_cut_off_are_refused(kind: str) -> None:
    data = saved(photo(), kind)
    with pytest.raises(DecodeError):
        decode_image(data[: len(data) // 2])
