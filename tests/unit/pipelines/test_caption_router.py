"""When labels speak instead of the captioner."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.core.types import Image
from pipelines.image.caption_router import is_flat, overlooked
from pipelines.image.describe import Guess


@pytest.mark.parametrize(
    ("guess", "caption", "expected"),
    [
        (Guess("a cat", 0.9, "tabby"), "A brown dog lies on a couch.", True),
        (Guess("a cat", 0.9, "tabby"), "Two cats lie on a couch.", False),
        (Guess("a cat", 0.4, "tabby"), "A brown dog lies on a couch.", False),
        (Guess("a dog", 0.99, "beagle"), "A man walks.", False),
        (Guess("a person", 0.9, "jersey"), "A dog runs.", False),
        (Guess("a park bench", 0.9), "A dog runs.", False),
        (Guess("food", 0.8, "espresso"), "A man holds a cup of espresso.", False),
        (Guess("a horse or zebra", 0.9, "sorrel"), "A man rides a horse.", False),
        (Guess("a horse or zebra", 0.9, "sorrel"), "A man rides a bike.", True),
    ],
)
def test_labels_speak_only_of_what_was_overlooked(guess: Guess, caption: str, expected: bool) -> None:
    assert overlooked([guess], caption) == expected


def test_one_colour_is_flat_and_a_photo_is_not() -> None:
    flat = np.full((20, 30, 3), (20, 40, 200), np.uint8)
    assert is_flat(Image(flat))
    flat[:10] = 90
    assert not is_flat(Image(flat))
