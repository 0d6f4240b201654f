"""Recipe `turn-end`: whether words are a whole thing said, from DailyDialog's sentences, whole and cut."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from pipelines.core.assets import MODELS
from pipelines.core.linear import LinearHead
from pipelines.text.turn_end import BUCKETS, FINISHED, LABELS, UNFINISHED, WEIGHTS, buckets_of, vector
from training.common.cards import write_card, write_results
from training.common.datasets import daily_dialog, detokenized
from training.common.linear_heads import best_temperature, both_classes

app = typer.Typer(help="Whether somebody who pauses has finished, from the words.")
LANGUAGES = ("en", "zh")
STRENGTH = 0.3
_SENTENCE = re.compile(r"[^.?!。？！]+[.?!。？！]?")  # noqa: RUF001
_CLAUSE = re.compile(r"[,，、;；]")  # noqa: RUF001
_UNIT = re.compile(r"[\u3400-\u9fff]|[^\s\u3400-\u9fff]+\s*")
_Data = Annotated[Path, typer.Option(help="Folder of the data sets.")]


@dataclass(frozen=True)
class Example:
    """A text, whether it is whole, its language, and the number of its dialogue."""

    text: str
    whole: bool
    language: str
    dialogue: int


def examples(data: Path) -> Iterator[Example]:
    """Yield each sentence, and the same cut at a random place and at its first comma."""
    draw = random.Random(0)
    for language in LANGUAGES:
        for dialogue, talk in enumerate(daily_dialog(data, language)):
            for sentence in _sentences(turn for turn, _ in talk):
                yield Example(sentence, True, language, dialogue)
                for part in _parts(sentence, draw):
                    yield Example(part, False, language, dialogue)


def _sentences(turns: Iterable[str]) -> Iterator[str]:
    for turn in turns:
        yield from (found.strip() for found in _SENTENCE.findall(detokenized(turn)) if found.strip())


def _parts(sentence: str, draw: random.Random) -> list[str]:
    units = _UNIT.findall(sentence)
    if len(units) < 3:
        return []
    parts = {"".join(units[: draw.randrange(1, len(units) - 1)]).strip()}
    clause = _CLAUSE.split(sentence)[0].strip()
    if clause != sentence:
        parts.add(clause)
    return sorted(part for part in parts if part)


def fit(x: csr_matrix, y: NDArray[np.int64], held: csr_matrix, held_y: NDArray[np.int64]) -> LinearHead:
    """Return the head; the held-back dialogues choose the temperature alone."""
    model = LogisticRegression(C=STRENGTH, max_iter=500, random_state=0).fit(x, y)
    weights, bias = both_classes(model)
    margin = model.decision_function(held)
    temperature = best_temperature(np.stack([-margin, margin], axis=1) / 2, held_y)
    zero, one = np.zeros(BUCKETS, np.float32), np.ones(BUCKETS, np.float32)
    rounded = weights.astype(np.float16).astype(np.float32)
    return LinearHead(zero, one, rounded, bias.astype(np.float32), temperature, LABELS)


def features(rows: list[Example]) -> csr_matrix:
    """Return the app's own features, sparse (texts, 32768)."""
    buckets = [buckets_of(row.text) for row in rows]
    ends = np.cumsum([0, *map(len, buckets)])
    columns = np.concatenate(buckets)
    return csr_matrix((np.ones(len(columns), np.float32), columns, ends), (len(rows), BUCKETS))


def measured(head: LinearHead, rows: list[Example]) -> dict[str, Any]:
    """Return area under the curve, and what the two thresholds do, for each language."""
    found = {}
    for language in LANGUAGES:
        own = [row for row in rows if row.language == language]
        chance = np.array([head.probabilities(vector(buckets_of(row.text)))[1] for row in own])
        whole = np.array([row.whole for row in own])
        found[language] = {
            "texts": len(own),
            "auroc": round(float(roc_auc_score(whole, chance)), 3),
            "cut short, told": round(float((chance[~whole] < UNFINISHED).mean()), 3),
            "whole, taken for cut short": round(float((chance[whole] < UNFINISHED).mean()), 3),
            "whole, told": round(float((chance[whole] > FINISHED).mean()), 3),
            "cut short, taken for whole": round(float((chance[~whole] > FINISHED).mean()), 3),
        }
    return found


@app.command()
def train(data: _Data = Path("../shared/data"), assets: Path = MODELS) -> None:
    """Train on eight tenths of the dialogues, tune on one, measure on one; write weights and card."""
    started = time.perf_counter()
    rows = list(examples(data))
    parts = [[row for row in rows if _part(row) == part] for part in ("train", "held back", "test")]
    labels = [np.array([row.whole for row in part], np.int64) for part in parts]
    head = fit(features(parts[0]), labels[0], features(parts[1]), labels[1])
    target = assets / WEIGHTS
    head.write(target / "head.npz")
    results = {"held-back tenth": measured(head, parts[1]), "test tenth": measured(head, parts[2])}
    write_results(target / "results.json", results)
    facts = {
        "data": f"DailyDialog's dev split, English and Chinese: {len(parts[0]):,} sentences, whole and cut "
        "short, of 800 dialogues each; CC BY-NC-SA 4.0",
        "model": f"logistic regression (C={STRENGTH:g}) on 32,768 hashed n-grams of the last words",
        "measured": "on a tenth of the dialogues that chose nothing; another tenth chose the temperature",
        "command": "python -m training turn-end train",
        "machine": f"2-core x86-64 CPU, {time.perf_counter() - started:.0f} s",
        "seed": "0",
        "licence": "CC BY-NC-SA 4.0, as the data",
        "limits": "written dialogue; a beginning that could be a sentence is taken for one",
    }
    write_card(target / "README.md", "Trio turn end", facts, results)
    typer.echo(results["test tenth"])


@app.command()
def evaluate(data: _Data = Path("../shared/data"), assets: Path = MODELS) -> None:
    """Measure the weights that are there on the test tenth."""
    head = LinearHead.read(assets / WEIGHTS / "head.npz")
    typer.echo(measured(head, [row for row in examples(data) if _part(row) == "test"]))


def _part(row: Example) -> str:
    return {0: "test", 1: "held back"}.get(row.dialogue % 10, "train")
