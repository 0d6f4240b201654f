"""Recipe `chinese-feelings`: sentiment and emotion of Chinese words, multilingual-e5-small fine-tuned."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from tqdm import tqdm

from pipelines.backends import default_registry
from pipelines.core.assets import MODELS
from pipelines.core.linear import softmax
from pipelines.text.chinese import SHARE, TOKENIZER, WEIGHTS, ChineseReader, plain
from pipelines.text.graph import HeadSettings
from training.common.cards import write_card, write_results
from training.common.figures import plot_confusion
from training.common.loop import FitConfig, choose_device, load_weights
from training.common.losses import IGNORED
from training.common.metrics import report
from training.common.options import TrainingOptions, training_options
from training.feelings.characters import fit_characters
from training.feelings.chinese_problem import (
    AT_ONCE,
    FROZEN,
    LABELS,
    LAYERS,
    LONGEST,
    ChineseFeelings,
    calibrated,
    codes,
    needed_pieces,
    new_model,
    ruled,
)
from training.feelings.chinese_texts import POLES, Labelled, Split, load
from training.feelings.e5 import published
from training.feelings.export import Heads, export

app = typer.Typer(help="Sentiment and emotion of Chinese text from one fine-tuned multilingual-e5-small.")
_Data = Annotated[Path, typer.Option(help="Folder of the data sets.")]
_Work = Annotated[Path, typer.Option(help="Where checkpoints and logs are kept.")]
_DEFAULT = FitConfig(epochs=3, learning_rate=2e-4, decay="linear")


def begin(split: Split) -> tuple[Any, Any]:
    """Return the published model with new heads, cut to what the texts need, and its tokenizer."""
    packed = published()
    kept = needed_pieces(packed, [plain(row.text) for row in split.train])
    return new_model(packed, kept), packed.tokenizer(kept)


@app.command()
@training_options(_DEFAULT)
def train(
    options: TrainingOptions,
    data: _Data = Path("../shared/data"),
    work: _Work = Path("runs/chinese-feelings"),
) -> None:
    """Train the network on the texts without those held back, which choose the epoch."""
    started = time.perf_counter()
    split = load(data)
    model, tokenizer = begin(split)
    options.train(model, ChineseFeelings(split.train, split.held_back, tokenizer, options.loss), work)
    (work / "seconds.txt").write_text(f"{time.perf_counter() - started:.0f}\n", encoding="utf-8")


@app.command()
def characters(data: _Data = Path("../shared/data"), assets: Path = MODELS) -> None:
    """Train the linear models on characters, which vote beside the network."""
    for name, head in fit_characters(load(data)).items():
        head.write(assets / WEIGHTS / f"{name}.npz")


@app.command(name="export")
def export_model(
    data: _Data = Path("../shared/data"),
    work: _Work = Path("runs/chinese-feelings"),
    assets: Path = MODELS,
) -> None:
    """Write the int8 graph, calibrate it beside the characters, measure it on the tests, write the card."""
    folder, split = assets / WEIGHTS, load(data)
    model, tokenizer = begin(split)
    load_weights(model.to(choose_device("cpu")), work / "best.safetensors")
    plain_heads = {name: HeadSettings(labels, 1.0) for name, labels in LABELS.items()}
    export(model, Heads(tuple(plain_heads.items())), folder)
    tokenizer.save(str(folder / TOKENIZER), pretty=False)
    reader, held = reader_of(folder), split.held_back
    scores = scores_by_head(reader, held)
    heads = [
        (name, HeadSettings(labels, round(calibrated(scores[name], held, name), 4)))
        for name, labels in LABELS.items()
    ]
    Heads(tuple(heads)).write(folder / "heads.json")
    results = measured(reader_of(folder), split.tests)
    write_results(folder / "results.json", results)
    for name, row in results.items():
        plot_confusion(row, folder / f"confusion-{name.replace(', ', '-').replace(' ', '-').lower()}.png")
    write_card(folder / "README.md", "Trio Chinese feelings", _facts(work), results)


@app.command()
def evaluate(data: _Data = Path("../shared/data"), assets: Path = MODELS) -> None:
    """Measure the shipped model on the tests."""
    for test, row in measured(reader_of(assets / WEIGHTS), load(data).tests).items():
        typer.echo(f"{test}: accuracy {row['accuracy']}, macro-F1 {row['macro_f1']}")


def reader_of(folder: Path) -> ChineseReader:
    """Return the app's own reader on the files in `folder`, also before they are in the manifest."""
    reader = ChineseReader(default_registry())
    reader.open(folder, folder / TOKENIZER)
    return reader


def scores_by_head(reader: ChineseReader, rows: Sequence[Labelled]) -> dict[str, NDArray[np.float32]]:
    """Return each head's scores, float32 (texts, labels), of the graph as it ships."""
    order = sorted(range(len(rows)), key=lambda row: len(rows[row].text))
    out = {name: np.zeros((len(rows), len(labels)), np.float32) for name, labels in LABELS.items()}
    for at in tqdm(range(0, len(order), AT_ONCE), unit="batch"):
        some = order[at : at + AT_ONCE]
        for name, scores in reader.scores([plain(rows[row].text) for row in some]).items():
            out[name][some] = scores
    return out


def measured(reader: ChineseReader, tests: Any) -> dict[str, dict[str, Any]]:
    """Return both heads' figures on every test that knows their labels."""
    out = {}
    for test, rows in tests.items():
        scores = scores_by_head(reader, rows)
        for name, labels in LABELS.items():
            if (known := np.flatnonzero(codes(rows, name) != IGNORED)).size:
                told = [rows[number] for number in known]
                temperature = reader.heads[name].temperature
                chances = softmax(ruled(scores[name][known], told, name) / np.float32(temperature))
                shown = POLES if told[0].poles else labels
                columns = [labels.index(label) for label in shown]
                truth = [str(getattr(row, name)) for row in told]
                out[f"{name}, {test}"] = report(chances[:, columns], truth, shown)
    return out


def _facts(work: Path) -> dict[str, str]:
    seconds = (work / "seconds.txt").read_text("utf-8").strip()
    return {
        "data": "SMP2020-EWECT posts (13,588 but for 1,000 that chose), ChnSentiCorp hotel reviews (four "
        "fifths, but for 300), DailyDialog in Chinese (800 dialogues); for research",
        "model": f"multilingual-e5-small (MIT; Wang et al., 2024, arXiv:2402.05672), {FROZEN} of "
        f"its {LAYERS} layers as they were, of its 250,002 pieces those that the texts need; two linear "
        f"heads on the tokens' mean; int8 ONNX; learned from {LONGEST} tokens of a text. Beside it, with a "
        f"share of {SHARE}, logistic regression on 65,536 hashed character 1- to 3-grams",
        "measured": "on what was neither learned from nor chosen by: EWECT's dev posts, which are all about "
        "the epidemic of 2020, a fifth of the reviews, 200 dialogues",
        "sentiment": "of posts and dialogues it is that of their emotion (joy positive, anger, sadness and "
        "fear negative); surprise has none; reviews know no neutral",
        "command": "python -m training chinese-feelings characters, then train, then export",
        "machine": f"2-core x86-64 CPU: the network {seconds} s, the characters 1649 s beside other work",
        "seed": "0",
        "licence": "the data are for research; use the weights accordingly",
        "limits": "surprise and fear, the rarest of the posts' emotions, are found least surely",
    }
