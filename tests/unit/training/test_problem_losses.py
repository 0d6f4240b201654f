"""The chosen loss is the one that each recipe computes, on the rows that count."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")
pytest.importorskip("nltk")

from pipelines.image.words import PAD, Vocabulary  # noqa: E402
from training.caption.flickr8k import Photo  # noqa: E402
from training.caption.problem import Captioning  # noqa: E402
from training.feelings.problem import Feelings, TextBatch  # noqa: E402
from training.feelings.tasks import Task  # noqa: E402

CPU = torch.device("cpu")


class Spy:
    """Stands in the place of a loss and remembers what it was given."""

    def of_classes(self, scores: Any, wanted: Any, ignored: int = -100, weights: Any = None) -> Any:
        self.weights = weights
        self.kind, self.scores, self.wanted, self.ignored = "classes", scores, wanted.tolist(), ignored
        return torch.tensor(7.0)

    def of_labels(self, scores: Any, wanted: Any) -> Any:
        self.kind, self.scores, self.wanted = "labels", scores, wanted.tolist()
        return torch.tensor(7.0)


@pytest.mark.parametrize(
    ("several", "kind", "wanted"), [(False, "classes", [1, 0]), (True, "labels", [[0.0, 1.0], [1.0, 0.0]])]
)
def test_feelings(several: bool, kind: str, wanted: list[Any]) -> None:
    targets = np.array([[0, 1], [1, 0]], np.float32)
    task = Task("emotion", ("sad", "glad"), several, ("a", "b c"), targets)
    tokenizer = SimpleNamespace(encode_batch=lambda texts: [SimpleNamespace(ids=[5] * len(t)) for t in texts])
    spy = Spy()
    problem = Feelings([task], [task], tokenizer, spy)  # type: ignore[arg-type]
    model: Any = lambda ids, mask, name: torch.ones(len(ids), 2)  # noqa: E731
    assert problem.loss(model, TextBatch(0, np.array([0, 1])), CPU).item() == 7.0
    assert (spy.kind, spy.wanted) == (kind, wanted)


def test_captions_count_known_words_alone() -> None:
    photos = [Photo(Path("a.jpg"), ("a dog runs", "a zebra"))]
    vocabulary = Vocabulary.build(["a dog runs", "a dog runs"], 2)
    spy, grids = Spy(), np.zeros((1, 81, 1280), np.float16)
    problem = Captioning(photos, [grids], photos, grids, vocabulary, 24, 1, spy)  # type: ignore[arg-type]
    model: Any = lambda grid, tokens, *_: torch.zeros(*tokens.shape, len(vocabulary.words))  # noqa: E731
    assert problem.loss(model, np.array([[0, 0]]), CPU).item() == 7.0
    said = [vocabulary.words[token] for token in spy.wanted if token != PAD]
    assert spy.ignored == PAD and len(spy.wanted) == 7
    assert [word for word in said if word.isalpha()] == ["a", "dog", "runs", "a"]
