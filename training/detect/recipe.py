"""`python -m training detect export | compare`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from pipelines.core.assets import MODELS
from pipelines.core.errors import ModelError
from pipelines.core.onnx import open_session
from pipelines.core.types import Image
from pipelines.image.decode import decode_image
from pipelines.image.detect import WEIGHTS, letterboxed
from training.caption.flickr8k import flickr8k
from training.common.cards import write_results, write_text_card
from training.detect.compare import FACTS, compared
from training.detect.convert import to_onnx
from training.detect.interpret import evaluate
from training.detect.labels import LABELS
from training.detect.nanodet import pixels_of
from training.detect.package import SOURCES, archive_in, graph_of

app = typer.Typer(help="Objects in pictures: two published detectors, exported and compared.")
TOLERANCE = 1e-3
"""Largest difference from the independent evaluation, as a share of each output's spread."""
PHOTOS = 4
_INPUTS: dict[str, Callable[[Image], NDArray[np.float32]]] = {
    "centernet": lambda image: letterboxed(image)[0],
    "nanodet": pixels_of,
}
_Data = Annotated[Path, typer.Option(help="Folder of the data sets.")]
_Work = Annotated[Path, typer.Option(help="Where the package, the graphs and what they find are kept.")]
_Assets = Annotated[Path, typer.Option(help="Where the shipped model goes.")]
_Photos = Annotated[int, typer.Option(min=2, help="So many photos of the dev split.")]
WORK, DATA = Path("runs/detect"), Path("../shared/data")


@app.command()
def export(data: _Data = DATA, work: _Work = WORK, assets: _Assets = MODELS) -> None:
    """Write both detectors as ONNX, check each against an evaluation with torch, ship the chosen one."""
    archive = archive_in(work)
    photos = [decode_image(photo.path) for photo in flickr8k(data, "dev")[:PHOTOS]]
    for name, source in SOURCES.items():
        graph, target = graph_of(source, archive), work / f"{name}.onnx"
        target.write_bytes(to_onnx(graph, source.outputs, name).SerializeToString())
        session, worst = open_session(target), 0.0
        for pixels in map(_INPUTS[name], photos):
            found = session.run(list(source.outputs.values()), {"pixels": pixels})
            expected = evaluate(graph, pixels, list(source.outputs))
            differences = (np.abs(f - e).max() / e.std() for f, e in zip(found, expected, strict=True))
            worst = max(worst, *map(float, differences))
        typer.echo(f"{target}: {target.stat().st_size} bytes, largest difference {worst:.1e}")
        if worst > TOLERANCE:
            raise ModelError("The graph differs from the one it was made of", given=f"{name}: {worst:.1e}")
    folder = assets / WEIGHTS
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes((work / f"{WEIGHTS}.onnx").read_bytes())
    (folder / "labels.json").write_text(json.dumps(LABELS, indent=0) + "\n", encoding="utf-8")


@app.command()
def compare(data: _Data = DATA, work: _Work = WORK, assets: _Assets = MODELS, photos: _Photos = 1000) -> None:
    """Judge both detectors, and the captioner's nouns, by what people wrote; write the card."""
    results = compared(flickr8k(data, "dev")[:photos], work)
    write_results(assets / WEIGHTS / "results.json", results)
    rows = {f"{who}: {what}": value for who, part in results.items() for what, value in part.items()}
    write_text_card(assets / WEIGHTS / "README.md", "Objects: CenterNet", FACTS, rows)
    typer.echo(json.dumps(results, indent=1))
