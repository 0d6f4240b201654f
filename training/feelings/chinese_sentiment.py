"""Recipe `chinese-sentiment`: a linear model on hashed character n-grams, trained on ChnSentiCorp."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from tqdm import tqdm

from pipelines.core.assets import MODELS
from pipelines.core.linear import LinearHead
from pipelines.text.characters import BUCKETS, WEIGHTS, buckets_of, vector
from training.common.cards import write_card, write_results
from training.common.corpora import corpus_folder
from training.common.figures import plot_confusion
from training.common.linear_heads import best_temperature, both_classes
from training.common.metrics import report

app = typer.Typer(help="Sentiment of Chinese text from character n-grams.")
LABELS = ("negative", "positive")
STRENGTHS = (3.0, 10.0, 30.0)
FOLDS = 4
_Data = Annotated[Path, typer.Option(help="Folder of the data sets.")]


def chnsenticorp(data: Path) -> tuple[list[str], NDArray[np.int64]]:
    """Return ChnSentiCorp's hotel reviews (Tan Songbo) and their labels, 1 for positive."""
    path = corpus_folder(data, "chnsenticorp") / "train.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["review"] for row in rows], np.array([int(row["label"]) for row in rows])


def features(texts: list[str]) -> csr_matrix:
    """Return the app's own vectors, sparse (texts, 65536)."""
    return vstack([csr_matrix(vector(buckets_of(text))) for text in tqdm(texts, unit="text")]).tocsr()


def fit(x: csr_matrix, y: NDArray[np.int64]) -> tuple[LinearHead, float]:
    """Return the head and the strength that inner folds chose; they choose the temperature too."""
    scored = []
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=500)
        margin = cross_val_predict(model, x, y, cv=FOLDS, method="decision_function")
        scored.append((float(((margin > 0) == y).mean()), strength, margin))
    _, strength, margin = max(scored, key=lambda row: row[0])
    model = LogisticRegression(C=strength, max_iter=500).fit(x, y)
    weights, bias = (part.astype(np.float32) for part in both_classes(model))
    both = np.stack([-margin, margin], axis=1) / 2
    temperature = best_temperature(both, y)
    zero, one = np.zeros(BUCKETS, np.float32), np.ones(BUCKETS, np.float32)
    return LinearHead(zero, one, weights, bias, temperature, LABELS), strength


@app.command()
def train(data: _Data = Path("../shared/data"), assets: Path = MODELS) -> None:
    """Measure on a held-back fifth, then train on everything, write weights and card."""
    started = time.perf_counter()
    texts, y = chnsenticorp(data)
    x = features(texts)
    results = {"held-back fifth": held_back(x, y)}
    head, strength = fit(x, y)
    target = assets / WEIGHTS
    head.write(target / "head.npz")
    write_results(target / "results.json", results)
    plot_confusion(results["held-back fifth"], target / "confusion.png")
    facts = {
        "data": f"ChnSentiCorp hotel reviews, {len(texts)} texts; for research",
        "model": f"logistic regression (C={strength:g}) on 65,536 hashed character 1- to 3-grams",
        "measured": "trained on four fifths, tested on the rest; the weights that ship saw all the texts",
        "command": "python -m training chinese-sentiment train",
        "machine": f"2-core x86-64 CPU, {time.perf_counter() - started:.0f} s",
        "seed": "0",
        "licence": "the data are for research; use the weights accordingly",
        "limits": "hotel reviews; expect less on other topics",
    }
    write_card(target / "README.md", "Trio Chinese sentiment", facts, results)
    typer.echo(f"accuracy on the held-back fifth: {results['held-back fifth']['accuracy']}")


@app.command()
def evaluate(data: _Data = Path("../shared/data")) -> None:
    """Measure on a held-back fifth without writing weights."""
    texts, y = chnsenticorp(data)
    typer.echo(held_back(features(texts), y))


def held_back(x: csr_matrix, y: NDArray[np.int64]) -> dict[str, Any]:
    """Return the metrics on a fifth of the texts that the fit did not see."""
    order = np.random.default_rng(0).permutation(len(y))
    test, rest = order[: len(y) // 5], order[len(y) // 5 :]
    head, _ = fit(x[rest], y[rest])
    return report(head.probabilities(x[test].toarray()), [LABELS[i] for i in y[test]], LABELS)
