"""What the scores of the danger's classifier come to, and which text it judges."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.backends import default_registry
from pipelines.core.errors import EmptyInputError, InputError
from pipelines.text.danger import HEAD, LABELS, DangerReader, as_judged
from pipelines.text.graph import HeadSettings


@pytest.fixture
def reader() -> DangerReader:
    found = DangerReader(default_registry())
    found.heads = {HEAD: HeadSettings(LABELS, 1.0, (0.6,))}
    return found


@pytest.mark.parametrize(
    ("chances", "label"),
    [
        ((0.41, 0.2, 0.09, 0.3), "none"),  # 0.59 in all
        ((0.39, 0.2, 0.1, 0.31), "emergency"),
        ((0.1, 0.7, 0.1, 0.1), "self-harm"),
    ],
)
def test_dangers_count_together_and_the_likeliest_is_told(
    reader: DangerReader, chances: tuple[float, ...], label: str
) -> None:
    found = reader.judged(np.array(chances, np.float32))
    assert found.label == label and found.confidence == pytest.approx(found.scores[label])
    assert sum(found.scores.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("text", "read"), [("着火了。", "着火了"), ("Help me!!", "help me"), ("Is it 3.5?", "is it 3.5?")]
)
def test_the_last_full_stop_says_nothing(text: str, read: str) -> None:
    assert as_judged(text) == read


def test_other_languages_and_nothing_are_refused(reader: DangerReader) -> None:
    with pytest.raises(InputError, match=r"English and Chinese only.*'ru'"):
        reader.classify("Сегодня хорошая погода")
    with pytest.raises(EmptyInputError):
        reader.classify(" \n")
