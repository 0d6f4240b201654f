"""Text classifiers, picture descriptions and text in pictures on real weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.core.errors import EmptyInputError, InputError
from pipelines.core.registry import Registry
from pipelines.core.types import Image, Stage
from pipelines.image.colours import main_colours, name_of
from pipelines.image.decode import decode_image
from pipelines.image.detect import SURE


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("What a wonderful, moving film, I loved every minute.", "positive"),
        ("A dull and lifeless mess that wastes its actors.", "negative"),
    ],
)
def test_sentiment_of_clear_sentences(registry: Registry, text: str, label: str) -> None:
    found = registry.get(Stage.SENTIMENT).classify(text)
    assert found.label == label and found.score > 0.7


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("i feel so happy and delighted today", "joy"),
        ("i feel hopeless and miserable since she left", "sadness"),
        ("i am furious, i feel so angry with him", "anger"),
        ("i feel scared and terrified of the dark", "fear"),
    ],
)
def test_emotion_of_clear_sentences(registry: Registry, text: str, label: str) -> None:
    found = registry.get(Stage.TEXT_EMOTION).classify(text)
    assert found.label == label
    assert sum(found.scores.values()) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("stage", [Stage.SENTIMENT, Stage.TEXT_EMOTION])
def test_text_that_cannot_be_judged(registry: Registry, stage: Stage) -> None:
    with pytest.raises(EmptyInputError):
        registry.get(stage).classify(" \n ")
    with pytest.raises(InputError, match="English"):
        registry.get(stage).classify("Il fait beau aujourd'hui et je suis très contente de vous voir.")


def test_like_sentences_are_near(registry: Registry) -> None:
    one, two, other = registry.get(Stage.EMBED).embed(
        ["A cat sleeps on the sofa.", "A kitten naps on the couch.", "The stock market fell on Monday."]
    )
    assert one @ two > 0.6 > 0.3 > one @ other
    assert np.linalg.norm(one) == pytest.approx(1.0, abs=1e-5)


def test_a_cat_is_a_cat(registry: Registry, samples: Path) -> None:
    found = registry.get(Stage.CAPTION).caption(decode_image(samples / "cat.jpg"))
    assert found.text.startswith("A cat") and found.confidence > 0.5


def test_what_is_not_clear_is_said_to_be(registry: Registry) -> None:
    flat = Image(np.full((100, 160, 3), (20, 40, 200), np.uint8))
    found = registry.get(Stage.CAPTION).caption(flat)
    assert "not clear" in found.text or found.text.startswith("Perhaps")
    assert "blue" in found.text and found.confidence < 0.5


def test_features_and_labels_take_one_pass(registry: Registry, samples: Path) -> None:
    encoder = registry.get(Stage.IMAGE_FEATURES)
    image = decode_image(samples / "coffee.jpg")
    encoding = encoder.encode(image)
    assert encoder.features(image) is encoding.grid
    assert encoding.grid.shape == (9, 9, 1280)
    assert encoder.labels[int(encoding.probabilities.argmax())] in ("espresso", "cup", "coffee mug")


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3000, 4), (4, 3000)])
def test_odd_shapes_are_described(registry: Registry, width: int, height: int) -> None:
    odd = Image(np.full((height, width, 3), 255, np.uint8))
    assert registry.get(Stage.CAPTION).caption(odd).text
    assert registry.get(Stage.OCR).read(odd).text == ""
    assert registry.get(Stage.DETECT).detect(odd).objects == ()


def test_a_sign_in_two_languages(registry: Registry, samples: Path) -> None:
    found = registry.get(Stage.OCR).read(decode_image(samples / "sign.png"))
    lines = found.text.splitlines()
    assert lines[0].replace(" ", "") == "EXITTOGARDEN" and lines[1] == "花园出口"
    assert all(box.confidence > 0.8 and len(box.corners) == 4 for box in found.boxes)


def test_a_cat_is_found_where_it_is(registry: Registry, samples: Path) -> None:
    photo = decode_image(samples / "cat.jpg")
    first = registry.get(Stage.DETECT).detect(photo).objects[0]
    left, top, right, bottom = first.box
    assert first.label == "cat" and first.score >= SURE
    assert 0 <= left < photo.width / 2 < right <= photo.width
    assert 0 <= top < photo.height / 2 < bottom <= photo.height


def test_a_picture_without_text(registry: Registry, samples: Path) -> None:
    assert registry.get(Stage.OCR).read(decode_image(samples / "cat.jpg")).text == ""


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((0, 0, 0), "black"),
        ((250, 250, 250), "white"),
        ((128, 128, 128), "grey"),
        ((220, 20, 20), "red"),
        ((30, 160, 40), "green"),
        ((30, 60, 220), "blue"),
        ((120, 80, 40), "brown"),
        ((250, 230, 40), "yellow"),
    ],
)
def test_colour_names(colour: tuple[int, int, int], name: str) -> None:
    assert name_of(*colour) == name
    assert main_colours(Image(np.full((9, 9, 3), colour, np.uint8))) == (name,)


def test_a_long_screenshot_is_read_line_by_line(registry: Registry) -> None:
    from PIL import Image as pil
    from PIL import ImageDraw, ImageFont

    page = pil.new("RGB", (700, 3600), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(32)
    for number in range(24):
        draw.text((40, 40 + 150 * number), f"Order {1000 + 7 * number} is paid", fill="black", font=font)
    found = registry.get(Stage.OCR).read(Image(np.asarray(page)))
    numbers = ["".join(filter(str.isdigit, box.text)) for box in found.boxes]
    assert numbers == [str(1000 + 7 * number) for number in range(24)]
