"""One turn as the model reads it, and the prompt around it."""

from __future__ import annotations

from typing import Any

import pytest

from chatbot.events import FusedContext
from chatbot.prompt import PLAIN_EXAMPLES, build_messages, user_message
from pipelines.core.types import Caption, Evidence, Stage
from pipelines.text.turns import LOOK, SYSTEM, turn_text


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


@pytest.mark.parametrize(("few_shot", "count"), [(False, 2), (True, 2 + 2 * len(PLAIN_EXAMPLES))])
def test_only_models_that_need_examples_get_them(few_shot: bool, count: int) -> None:
    class Model:
        context_tokens = 4000
        languages = ("en",)
        sees = False

        def __init__(self) -> None:
            self.few_shot = few_shot

        def count_tokens(self, messages: Any) -> int:
            return sum(len(message["content"]) for message in messages)

    context = FusedContext("Hi!", "", (), (), None, "en", ())
    messages = build_messages(context, (), Model(), 50, "en")  # type: ignore[arg-type]
    assert len(messages) == count
    assert messages[0]["content"] == SYSTEM and messages[-1]["content"] == "Hi!"


@pytest.mark.parametrize(
    ("confidence", "told"),
    [
        (0.1, "Picture: Perhaps a dog runs.\nWhat do you see?"),
        (0.6, "Picture: A dog runs.\nWhat do you see?"),
    ],
)
def test_a_caption_that_is_hardly_sure_is_told_as_a_guess(confidence: float, told: str) -> None:
    caption = Caption("A dog runs.", confidence)
    evidence = (Evidence(Stage.CAPTION, "picture 1", caption, confidence, "model", 0.1),)
    assert user_message(FusedContext("", "", ("A dog runs.",), ("",), None, "en", evidence)) == told
