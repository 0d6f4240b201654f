"""`python -m training caption train | evaluate | export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.core.manifest import ASSETS
from pipelines.image.words import Vocabulary
from training.caption.data import VIEWS, features, flickr8k
from training.caption.model import CaptionConfig, Captioner
from training.caption.problem import Captioning
from training.loop import FitConfig, fit, load_weights

app = typer.Typer(help="One sentence about a picture, from EfficientNet-Lite2's feature grid.")
LEAST = 4
_Data = Annotated[Path, typer.Option(help="Folder of the data sets.")]
_Work = Annotated[Path, typer.Option(help="Where features, checkpoints and logs are kept.")]


def vocabulary_of(data: Path) -> Vocabulary:
    """Return the words that occur at least four times in the train captions."""
    return Vocabulary.build((c for photo in flickr8k(data, "train") for c in photo.captions), LEAST)


def trained(data: Path, work: Path) -> tuple[Captioner, Vocabulary]:
    """Return the model with the best weights of the last run."""
    vocabulary = vocabulary_of(data)
    model = Captioner(CaptionConfig(len(vocabulary.words)))
    load_weights(model, work / "best.safetensors")
    return model.eval(), vocabulary


@app.command()
def train(
    data: _Data = Path("../shared/data"),
    work: _Work = Path("runs/caption"),
    epochs: int = 20,
    rate: Annotated[float, typer.Option(help="Peak learning rate.")] = 5e-4,
    batch: Annotated[int, typer.Option(help="Pictures a step, each with its five captions.")] = 32,
    views: Annotated[int, typer.Option(min=1, max=VIEWS, help="Variants of each picture.")] = VIEWS,
    device: str = "auto",
    resume: bool = False,
) -> None:
    """Train on the train split; the dev split chooses the epoch."""
    photos, dev = flickr8k(data, "train"), flickr8k(data, "dev")
    kept = [features(photos, work / "features", "train", view) for view in range(views)]
    vocabulary = vocabulary_of(data)
    config = CaptionConfig(len(vocabulary.words))
    problem = Captioning(
        photos, kept, dev, features(dev, work / "features", "dev", 0), vocabulary, config.longest, batch
    )
    fit_config = FitConfig(epochs, rate, weight_decay=0.05, patience=5, average=0.999)
    rows = fit(Captioner(config), problem, fit_config, work, device=device, resume=resume)
    typer.echo(f"best greedy BLEU-4 on dev: {max(row['score'] for row in rows):.2f}")
