"""`python -m training caption train | evaluate | export`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pipelines.core.manifest import ASSETS
from pipelines.image.caption import WEIGHTS
from pipelines.image.words import Vocabulary
from training.caption.data import VIEWS, features, flickr8k
from training.caption.model import CaptionConfig, Captioner
from training.caption.problem import Captioning
from training.caption.reinforce import Reinforcement
from training.cards import write_results, write_text_card
from training.loop import FitConfig, load_weights
from training.losses import Loss
from training.options import WORD_LOSSES, TrainingOptions, training_options

app = typer.Typer(help="One sentence about a picture, from EfficientNet-Lite2's feature grid.")
LEAST = 4
FITTED = 500
FACTS = {
    "data": "Flickr8k train (Hodosh et al., 2013): 6,000 photos in four views (as they are, mirrored, two "
    "random crops), 30,000 captions; research and non-commercial use",
    "model": "transformer, one encoder and three decoder layers, width 448, 12.4 M parameters, int8 ONNX, on "
    "the frozen 9 x 9 grid of EfficientNet-Lite2 (Apache-2.0); beam search, 3 beams",
    "chosen by": "greedy BLEU-4 on dev chose the epoch; the first half of dev fitted the confidence",
    "command": "python -m training caption train --epochs 8 --rate 6e-4, then reinforce --epochs 3, export",
    "machine": "2-core x86-64 CPU with bfloat16; features 6 min, training 19 min, reinforcement 13 min",
    "seed": "0",
    "licence": "research and non-commercial use, after Flickr8k",
    "confidence": "probability that the sentence's CIDEr against what five people wrote is at least 0.5",
    "limits": "everyday scenes with people and dogs, as in Flickr8k; it calls other things by what it knows",
}
_Data = Annotated[Path, typer.Option(help="Folder of the data sets.")]
_Work = Annotated[Path, typer.Option(help="Where features, checkpoints and logs are kept.")]


def vocabulary_of(data: Path) -> Vocabulary:
    """Return the words that occur at least four times in the train captions."""
    return Vocabulary.build((c for photo in flickr8k(data, "train") for c in photo.captions), LEAST)


def trained(data: Path, work: Path) -> tuple[Captioner, Vocabulary]:
    """Return the model with the best weights of the last run, reinforced or not."""
    vocabulary = vocabulary_of(data)
    model = Captioner(CaptionConfig(len(vocabulary.words)))
    reinforced = work / "reinforced" / "best.safetensors"
    load_weights(model, reinforced if reinforced.exists() else work / "best.safetensors")
    return model.eval(), vocabulary


@app.command()
@training_options(
    FitConfig(epochs=20, learning_rate=5e-4, weight_decay=0.05, patience=5, average=0.999),
    Loss(smoothing=0.1),
    WORD_LOSSES,
)
def train(
    options: TrainingOptions,
    data: _Data = Path("../shared/data"),
    work: _Work = Path("runs/caption"),
    batch: Annotated[int, typer.Option(help="Pictures a step, each with its five captions.")] = 32,
    views: Annotated[int, typer.Option(min=1, max=VIEWS, help="Variants of each picture.")] = VIEWS,
) -> None:
    """Train on the train split; the dev split chooses the epoch."""
    problem, config = _problem(Captioning, data, work, views, batch, options.loss)
    rows = options.train(Captioner(config), problem, work)
    typer.echo(f"best greedy BLEU-4 on dev: {max(row['score'] for row in rows):.2f}")


@app.command()
@training_options(
    FitConfig(epochs=2, learning_rate=5e-5, decay="linear", weight_decay=0.0, average=0.99), losses=()
)
def reinforce(
    options: TrainingOptions, data: _Data = Path("../shared/data"), work: _Work = Path("runs/caption")
) -> None:
    """Train on from the best weights of `train`, on CIDEr-D of sampled captions."""
    problem, _ = _problem(Reinforcement, data, work, 2, 32, options.loss)
    model, _ = trained(data, work)
    rows = options.train(model, problem, work / "reinforced")
    typer.echo(f"best greedy BLEU-4 on dev: {max(row['score'] for row in rows):.2f}")


def _problem(
    kind: type[Captioning], data: Path, work: Path, views: int, batch: int, loss: Loss
) -> tuple[Captioning, CaptionConfig]:
    photos, dev = flickr8k(data, "train"), flickr8k(data, "dev")
    kept = [features(photos, work / "features", "train", view) for view in range(views)]
    vocabulary = vocabulary_of(data)
    config = CaptionConfig(len(vocabulary.words))
    grids = features(dev, work / "features", "dev", 0)
    return kind(photos, kept, dev, grids, vocabulary, config.longest, batch, loss), config


@app.command()
def export(
    data: _Data = Path("../shared/data"), work: _Work = Path("runs/caption"), assets: Path = ASSETS
) -> None:
    """Write the int8 graphs and fit the confidence on the first half of dev; pin them afterwards."""
    from training.caption.export import export as write_graphs
    from training.caption.report import calibrate

    model, vocabulary = trained(data, work)
    folder = assets / WEIGHTS
    write_graphs(model, folder)
    vocabulary.write(folder / "words.json")
    settings = {"slope": 1.0, "offset": 0.0, "longest": model.config.longest}
    (folder / "settings.json").write_text(json.dumps(settings) + "\n", encoding="utf-8")
    calibrate(flickr8k(data, "dev")[:FITTED], folder)
    typer.echo("Now run: python scripts/pin_models.py && python -m training caption evaluate")


@app.command()
def evaluate(data: _Data = Path("../shared/data"), assets: Path = ASSETS) -> None:
    """Measure the shipped captioner on the dev split and write results and card."""
    from training.caption.report import measure

    folder = assets / WEIGHTS
    results = measure(flickr8k(data, "dev"), FITTED)
    write_results(folder / "results.json", results)
    write_text_card(folder / "README.md", "Trio captioner", FACTS, results)
    typer.echo(json.dumps(results, indent=1))
