"""Shapley values of a text's words for the trained SVM, beside occlusion.

Occlusion hides one word of the whole text; a Shapley value is the word's mean gain over all orders in which
the words may come in (Shapley, 1953; Lundberg and Lee, 2017, arXiv:1705.07874), here by permutations.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shap
from numpy.typing import NDArray
from scipy.stats import spearmanr

from pipelines.core.foundation import Fields, load_foundation
from pipelines.explain.draw import draw_words
from pipelines.explain.occlusion import Part, explain_words
from pipelines.text.foundations.linear import LinearTextClassifier
from pipelines.text.foundations.text_foundations import TABLE
from pipelines.textfile import read_text

NAME = "text-svm"
ROUNDS = 8
"""Permutations, each walked there and back."""


def explain_shap(path: Path, out: Path) -> Fields:
    """Fields `label`, `confidence`, `agreement` (Spearman's, with occlusion), `words`, `figure`.

    Raises:
        ModelMissingError: if `text-svm` is not trained.
        EmptyInputError: where there are no words.
    """
    model: Any = load_foundation(TABLE[NAME], NAME)
    text = read_text(path).strip()
    row = model.probabilities([text])[0]
    column = int(row.argmax())
    label, confidence = model.labels[column], round(float(row[column]), 6)
    occluded = explain_words(text, lambda part: float(model.probabilities([part])[0, column]))
    valued = shapley_values(model, column, occluded)
    target = out / f"{path.stem}-shap.png"
    draw_words(valued, f"{label}, {confidence:.2f}", target, of="Shapley value")
    words = [(one.text, one.weight, other.weight) for one, other in zip(valued, occluded, strict=True)]
    pairs = [
        (text, round(value, 4), round(lost, 4))
        for text, value, lost in words
        if value is not None and lost is not None
    ]
    found = spearmanr([pair[1] for pair in pairs], [pair[2] for pair in pairs])
    agreement = round(float(found.statistic), 4) if len(pairs) > 2 else None
    return {
        "label": label,
        "confidence": confidence,
        "agreement": agreement,
        "words": [{"text": text, "shap": value, "occlusion": lost} for text, value, lost in pairs],
        "figure": str(target),
    }


def shapley_values(model: LinearTextClassifier, column: int, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return the parts with Shapley values as weights; they sum to what all the words together add.

    Args:
        model: Trained.
        column: Of the class that is explained.
        parts: The text; what has a weight is a word.
    """
    words = [number for number, part in enumerate(parts) if part.weight is not None]

    def probability(masks: NDArray[Any]) -> NDArray[np.float64]:
        texts = [_masked(parts, words, mask) for mask in masks]
        return model.probabilities(texts)[:, column]

    explainer = shap.explainers.Permutation(probability, np.zeros((1, len(words))), seed=0)
    values = explainer(np.ones((1, len(words))), max_evals=ROUNDS * (2 * len(words) + 1), silent=True).values[
        0
    ]
    found = list(parts)
    for number, value in zip(words, values, strict=True):
        found[number] = Part(parts[number].text, float(value))
    return tuple(found)


def _masked(parts: tuple[Part, ...], words: list[int], mask: NDArray[Any]) -> str:
    hidden = {number for number, kept in zip(words, mask, strict=True) if not kept}
    return "".join(part.text for number, part in enumerate(parts) if number not in hidden)
