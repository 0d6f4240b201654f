"""Whether an English text feels anything: a linear model on the scores of the shipped heads.

SST-2 and the tweets of the six emotions hold only texts that feel something, and heads trained on them find a
feeling in "What time is it?" too. GoEmotions and DailyDialog know texts without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from pipelines.core.linear import LinearHead
from pipelines.text.feelings import FELT, NEUTRAL, FeelingsReader
from training.common.datasets import daily_dialog, detokenized
from training.common.linear_heads import both_classes
from training.feelings.tasks import Task, tidy

NOTHING_FELT = frozenset({"neutral", "curiosity", "confusion", "realization"})
UNCLEAR = frozenset({"approval", "desire", "caring", "optimism"})
"""GoEmotions that are a feeling to some and none to others; texts with one are left out."""
MOST = {"sentiment": 3_000, "emotion": 3_000, "fine": 20_000}
DIALOGUES = 800
"""Of DailyDialog's 1,000 are learned from; the rest is for testing."""
AT_ONCE = 64
STRENGTH = 0.1
MISSED = 3.0
"""A feeling that is missed counts as much as three texts without one that are taken for felt."""
LABELS = (FELT, NEUTRAL)


@dataclass(frozen=True, eq=False)
class Examples:
    """Texts and whether each feels nothing, bool (texts,)."""

    texts: Sequence[str]
    neutral: NDArray[np.bool_]


def learned_from(data: Path, tasks: Iterable[Task]) -> Examples:
    """Return what the model learns from: parts of the train splits of the heads, and 800 dialogues."""
    parts = [
        texts_of(task.take(np.random.default_rng(1).permutation(len(task.texts))[: MOST[task.name]]))
        for task in tasks
    ]
    return _joined([*parts, said(data, slice(DIALOGUES))])


def texts_of(task: Task) -> Examples:
    """Return a task's texts; those whose labels do not agree, or are unclear, are left out."""
    if not task.several:
        return Examples(task.texts, np.zeros(len(task.texts), bool))
    named = [{task.labels[column] for column in np.flatnonzero(row)} for row in task.targets]
    kept = [row for row, names in enumerate(named) if not names & UNCLEAR and _agree(names)]
    return Examples([task.texts[row] for row in kept], np.array([named[row] <= NOTHING_FELT for row in kept]))


def _agree(names: set[str]) -> bool:
    """Whether the labels of a text say the same: all feel something, or none does."""
    return names <= NOTHING_FELT or not names & NOTHING_FELT


def said(data: Path, which: slice) -> Examples:
    """Return what is said in some of DailyDialog's dialogues, one turn each."""
    turns = [turn for talk in daily_dialog(data)[which] for turn in talk]
    return Examples(
        [tidy(detokenized(text)) for text, _ in turns], np.array([emotion == 0 for _, emotion in turns])
    )


def _joined(parts: Sequence[Examples]) -> Examples:
    texts = [text for part in parts for text in part.texts]
    return Examples(texts, np.concatenate([part.neutral for part in parts]))


def scores_of(reader: FeelingsReader, texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the scores of all the heads side by side, float32 (texts, labels of all the heads)."""
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    width = sum(len(head.labels) for head in reader.heads.values())
    out = np.zeros((len(texts), width), np.float32)
    for at in range(0, len(order), AT_ONCE):
        rows = order[at : at + AT_ONCE]
        found = reader.scores([texts[row] for row in rows])
        out[rows] = np.concatenate([found[name] for name in reader.heads], axis=1)
    return out


def fit(x: NDArray[np.float32], neutral: NDArray[np.bool_]) -> LinearHead:
    """Return the model on standardised scores, float32 (texts, labels of all the heads)."""
    mean, scale = x.mean(axis=0), x.std(axis=0)
    counted = {False: MISSED, True: 1.0}
    model = LogisticRegression(C=STRENGTH, max_iter=1000, class_weight=counted)
    weights, bias = both_classes(model.fit((x - mean) / scale, neutral))
    return LinearHead(mean, scale, weights.astype(np.float32), bias.astype(np.float32), 1.0, LABELS)


def measured(head: LinearHead, x: NDArray[np.float32], neutral: NDArray[np.bool_]) -> dict[str, Any]:
    """Return how well texts that feel nothing are told from the others."""
    chance = head.probabilities(x)[:, LABELS.index(NEUTRAL)]
    both = bool(neutral.any() and not neutral.all())
    return {
        "count": len(neutral),
        "accuracy": round(float(((chance > 0.5) == neutral).mean()), 4),
        "taken_for_neutral": round(float((chance > 0.5)[~neutral].mean()), 4) if not neutral.all() else None,
        "neutral_found": round(float((chance > 0.5)[neutral].mean()), 4) if neutral.any() else None,
        "auroc": round(float(roc_auc_score(neutral, chance)), 4) if both else None,
        "majority_baseline": round(float(max(neutral.mean(), 1 - neutral.mean())), 4),
    }
