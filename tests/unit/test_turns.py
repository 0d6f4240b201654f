"""One turn as the model reads it, and the prompt around it."""

from __future__ import annotations

import pytest

from pipelines.text.turns import LOOK, turn_text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"words": "Hi!"}, "Hi!"),
        ({"words": "", "captions": ["A dog."], "ocr": [""]}, f"Picture: A dog.\n{LOOK}"),
        (
            {"words": "Read it", "captions": [""], "ocr": ["NO\n EXIT "]},
            'Text in the picture: "NO EXIT"\nRead it',
        ),
        ({"words": "It died.", "feeling": "sad"}, "(feels sad) It died."),
        (
            {"words": "Both?", "captions": ["A dog.", "A cat."], "ocr": ["", "X"]},
            'Picture 1: A dog.\nPicture 2: A cat.\nText in the picture 2: "X"\nBoth?',
        ),
    ],
)
def test_a_turn(given: dict[str, object], expected: str) -> None:
    assert turn_text(**given) == expected  # type: ignore[arg-type]
