"""Recipe `chinese-feelings`: sentiment and emotion of Chinese words from hashed character n-grams."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from tqdm import tqdm

from pipelines.core.assets import MODELS
from pipelines.core.linear import LinearHead, softmax
from pipelines.text.characters import BUCKETS, EMOTIONS, SENTIMENTS, WEIGHTS, buckets_of
from training.common.cards import write_card, write_results
from training.common.figures import plot_confusion
from training.common.linear_heads import best_temperature
from training.common.metrics import report
from training.feelings.chinese_texts import POLES, Labelled, Split, load

app = typer.Typer(help="Sentiment and emotion of Chinese text from character n-grams.")
LABELS = {"sentiment": SENTIMENTS, "emotion": EMOTIONS}
STRENGTHS = (3.0, 10.0)
WEIGHTINGS = (0.0, 0.5, 1.0)
"""How much a rare label counts: 0 as often as it stands in the data, 1 as much as every other."""
_Data = Annotated[Path, typer.Option(help="Folder of the data sets.")]


@app.command()
def train(data: _Data = Path("../shared/data"), assets: Path = MODELS) -> None:
    """Train both heads, choose on the held-back texts, measure on the tests, write weights and card."""
    started = time.perf_counter()
    split = load(data)
    train, held_back, tests = vectors(split)
    folder = assets / WEIGHTS
    results: dict[str, dict[str, Any]] = {}
    chosen: dict[str, str] = {}
    for name in LABELS:
        head, chosen[name] = fit(train, held_back, name)
        head.write(folder / f"{name}.npz")
        results |= measured(head, tests, name)
    write_results(folder / "results.json", results)
    for name, row in results.items():
        plot_confusion(row, folder / f"confusion-{name.replace(', ', '-').replace(' ', '-').lower()}.png")
    write_card(
        folder / "README.md", "Trio Chinese feelings", _facts(chosen, time.perf_counter() - started), results
    )


@app.command()
def evaluate(data: _Data = Path("../shared/data"), assets: Path = MODELS) -> None:
    """Measure the shipped heads on the tests."""
    _, _, tests = vectors(load(data))
    for name in LABELS:
        for test, row in measured(LinearHead.read(assets / WEIGHTS / f"{name}.npz"), tests, name).items():
            typer.echo(f"{test}: accuracy {row['accuracy']}, macro-F1 {row['macro_f1']}")


@dataclass(frozen=True, eq=False)
class Vectors:
    """Texts and the app's own vectors of them, sparse (texts, 65536)."""

    rows: Sequence[Labelled]
    features: csr_matrix

    @classmethod
    def of(cls, rows: Sequence[Labelled]) -> Vectors:
        """Return the vectors of texts."""
        found = [buckets_of(row.text) for row in tqdm(rows, unit="text")]
        values = np.concatenate([np.full(len(b), 1.0 / np.sqrt(max(1, len(b))), np.float32) for b in found])
        ends = np.cumsum([0, *map(len, found)])
        return cls(rows, csr_matrix((values, np.concatenate(found), ends), shape=(len(found), BUCKETS)))

    def labelled(self, name: str) -> Vectors:
        """Return those of the texts that have a label of a head."""
        known = [number for number, row in enumerate(self.rows) if getattr(row, name) is not None]
        return Vectors([self.rows[number] for number in known], self.features[known])


def vectors(split: Split) -> tuple[Vectors, Vectors, dict[str, Vectors]]:
    """Return the vectors of the texts to learn from, of those held back, and of each test."""
    tests = {test: Vectors.of(rows) for test, rows in split.tests.items()}
    return Vectors.of(split.train), Vectors.of(split.held_back), tests


def fit(train: Vectors, held_back: Vectors, name: str) -> tuple[LinearHead, str]:
    """Return a head; strength, weighting and temperature are those that do best on the held-back texts."""
    train, held = train.labelled(name), held_back.labelled(name)
    y, held_y = _codes(train.rows, name), _codes(held.rows, name)
    tried = []
    for strength in STRENGTHS:
        for weighting in WEIGHTINGS:
            counted = _weights(y, weighting)
            model = LogisticRegression(C=strength, max_iter=300, class_weight=counted)
            model.fit(train.features, y)
            scores = _ruled(model.decision_function(held.features), held.rows, name)
            f1 = f1_score(held_y, scores.argmax(1), average="macro")
            tried.append((float(f1), strength, weighting, model, scores))
    f1, strength, weighting, model, scores = max(tried, key=lambda row: row[0])
    zero, one = np.zeros(BUCKETS, np.float32), np.ones(BUCKETS, np.float32)
    weights, bias = model.coef_.astype(np.float16), model.intercept_.astype(np.float32)
    head = LinearHead(zero, one, weights, bias, best_temperature(scores, held_y), LABELS[name])
    return head, f"C={strength:g}, weighting {weighting:g}, macro-F1 of {f1:.3f} on the held-back texts"


def measured(head: LinearHead, tests: Mapping[str, Vectors], name: str) -> dict[str, dict[str, Any]]:
    """Return a head's figures on every test that knows its labels."""
    out = {}
    for test, found in tests.items():
        known = found.labelled(name)
        if not known.rows:
            continue
        scores = known.features @ head.weights.astype(np.float32).T + head.bias
        chances = softmax(_ruled(np.asarray(scores), known.rows, name) / head.temperature)
        labels = POLES if known.rows[0].poles else LABELS[name]
        columns = [LABELS[name].index(label) for label in labels]
        truth = [str(getattr(row, name)) for row in known.rows]
        out[f"{name}, {test}"] = report(chances[:, columns], truth, labels)
    return out


def _codes(rows: Sequence[Labelled], name: str) -> NDArray[np.int64]:
    return np.array([LABELS[name].index(getattr(row, name)) for row in rows])


def _weights(y: NDArray[np.int64], weighting: float) -> dict[int, float]:
    counts = np.bincount(y)
    return {code: float((len(y) / (len(counts) * count)) ** weighting) for code, count in enumerate(counts)}


def _ruled(scores: NDArray[Any], rows: Sequence[Labelled], name: str) -> NDArray[Any]:
    """Return the scores with "neutral" ruled out where the data know only two poles."""
    out = scores.copy()
    if name == "sentiment":
        out[[row.poles for row in rows], SENTIMENTS.index("neutral")] = -1e4
    return out


def _facts(chosen: dict[str, str], seconds: float) -> dict[str, str]:
    return {
        "data": "SMP2020-EWECT posts (13,588 but for 1,000 that chose), ChnSentiCorp hotel reviews (four "
        "fifths, but for 300), DailyDialog in Chinese (800 dialogues); for research",
        "model": "logistic regression on 65,536 hashed character 1- to 3-grams; sentiment: "
        f"{chosen['sentiment']}; emotion: {chosen['emotion']}",
        "measured": "on what was neither learned from nor chosen by: EWECT's dev posts, which are all about "
        "the epidemic of 2020, a fifth of the reviews, 200 dialogues",
        "sentiment": "of posts and dialogues it is that of their emotion (joy positive, anger, sadness and "
        "fear negative); surprise has none; reviews know no neutral",
        "command": "python -m training chinese-feelings train",
        "machine": f"2-core x86-64 CPU, {seconds:.0f} s beside other work",
        "seed": "0",
        "licence": "the data are for research; use the weights accordingly",
        "limits": "words, not sense: irony and negation far from its word are missed",
    }
