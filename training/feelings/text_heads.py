"""Recipe `text-heads`: sentiment and six emotions on frozen MiniLM sentence embeddings."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from tqdm import tqdm

from pipelines.backends import default_registry
from pipelines.core.assets import MODELS
from pipelines.core.linear import LinearHead
from pipelines.core.types import Stage
from pipelines.text.clean import clean
from training.common.cards import write_card, write_results
from training.common.datasets import LabelledText, six_emotions, sst2
from training.common.linear_heads import fit_head, logistic
from training.common.metrics import report

app = typer.Typer(help="Sentiment and emotion of words from MiniLM.")
CANDIDATES = tuple(logistic(strength) for strength in (0.001, 0.003, 0.01, 0.03, 0.1))
BATCH = 64
_Only = Annotated[str | None, typer.Option(help="Train this head alone.")]
_Data = Annotated[Path, typer.Option(help="Folder of the data sets.")]


@dataclass(frozen=True)
class Task:
    """One head: its data, the split that it is evaluated on, and what its card says."""

    name: str
    load: Callable[[Path, str], list[LabelledText]]
    held_out: str
    title: str
    corpus: str


TASKS = (
    Task("sentiment-head", sst2, "dev", "Trio sentiment head", "SST-2 (Socher et al., 2013), research use"),
    Task(
        "text-emotion-head",
        six_emotions,
        "val",
        "Trio text emotion head",
        "six-emotion tweets, CARER (Saravia et al., 2018), research use",
    ),
)


def embed(rows: Sequence[LabelledText]) -> NDArray[np.float32]:
    """Return the embeddings as the app makes them, float32 (n, 384)."""
    encoder = default_registry().get(Stage.EMBED, "minilm")
    texts = [clean(row.text).lower() for row in rows]
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    out = np.zeros((len(texts), 384), np.float32)
    for at in tqdm(range(0, len(order), BATCH), unit="batch", desc="sentence embeddings"):
        some = order[at : at + BATCH]
        out[some] = encoder.embed([texts[i] for i in some])
    return out


@app.command()
def train(data: _Data = Path("../shared/data"), assets: Path = MODELS, only: _Only = None) -> None:
    """Train the heads, evaluate each on its held-out split, write weights and cards."""
    for task in TASKS:
        if only not in (None, task.name):
            continue
        started = time.perf_counter()
        rows = task.load(data, "train")
        head, chosen = fit_head(embed(rows), [row.label for row in rows], CANDIDATES)
        head.write(assets / task.name / "head.npz")
        seconds = time.perf_counter() - started
        results = _evaluate(task, data, head)
        write_results(assets / task.name / "results.json", {task.held_out: results})
        facts = {
            "data": f"{task.corpus}; {len(rows)} texts of the train split",
            "model": f"{chosen}, on all-MiniLM-L6-v2 (Apache-2.0), frozen",
            "chosen by": "4 folds of the train split; temperature too; the held-out split was used once",
            "command": "python -m training text-heads train",
            "machine": f"2-core x86-64 CPU, {seconds:.0f} s",
            "seed": "0",
            "licence": "the data are for research; use the weights accordingly",
            "language": "English only",
        }
        write_card(assets / task.name / "README.md", task.title, facts, {task.held_out: results})
        typer.echo(f"{task.name}: {results['accuracy']} accuracy, {chosen}")


@app.command()
def evaluate(data: _Data = Path("../shared/data"), assets: Path = MODELS) -> None:
    """Evaluate the shipped heads on their held-out splits."""
    for task in TASKS:
        results = _evaluate(task, data, LinearHead.read(assets / task.name / "head.npz"))
        typer.echo(f"{task.name}: {results}")


def _evaluate(task: Task, data: Path, head: LinearHead) -> dict[str, Any]:
    rows = task.load(data, task.held_out)
    return report(head.probabilities(embed(rows)), [row.label for row in rows], head.labels)
