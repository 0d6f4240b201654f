"""Pages of pictures: what tools, denoisers and the layers of a network make of a photo."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from pipelines.core.foundation import load_foundation
from pipelines.foundations import FOUNDATIONS
from pipelines.image.decode import decode_image
from pipelines.image.foundations.image_foundations import TABLE
from pipelines.image.foundations.small import small_picture
from training.foundations.image.denoise import NOISES, denoisers
from training.foundations.image.figures import plot_pictures
from training.foundations.image.maps import plot_maps

COLUMNS = 5
SIDE = 256
TOOLS = ("grayscale", "histogram-equalisation", "clahe", "canny", "shi-tomasi", "harris", "orb", "hog")
app = typer.Typer(add_completion=False, help="Pages of pictures of the image foundations.")
_Photo = Annotated[Path, typer.Argument(help="A picture.")]
_Out = Annotated[Path, typer.Option(help="The PNG to write.")]
_Folder = Annotated[Path | None, typer.Option(help="Folder of the trained one; its usual one without.")]


@app.command()
def tools(file: _Photo, out: _Out = Path("image-tools.png")) -> None:
    """Draw a picture and what every tool of chapter 2.1.1 makes of it."""
    panels = [("photo", decode_image(file).pixels)]
    with tempfile.TemporaryDirectory() as folder:
        for name in TOOLS:
            fields = TABLE[name].resolve()(file, Path(folder))
            panels.append((name, decode_image(fields["path"]).pixels))
    plot_pictures([panels[i : i + COLUMNS] for i in range(0, len(panels), COLUMNS)], out)


@app.command()
def denoising(file: _Photo, out: _Out = Path("image-denoising.png"), folder: _Folder = None) -> None:
    """Draw a picture of 256x256 with each noise, and what every denoiser makes of it."""
    model = load_foundation(FOUNDATIONS["dncnn"], "dncnn", folder)
    photo, draw = small_picture(file, SIDE), np.random.default_rng(0)
    page = []
    for noise, add in NOISES.items():
        noisy = add(photo, draw)
        cleaned = [(name, method(noisy)) for name, method in denoisers(model).items()]  # type: ignore[arg-type]
        page.append([("photo", photo), (noise, noisy), *cleaned])
    plot_pictures(page, out)


@app.command()
def maps(
    file: _Photo,
    out: _Out = Path("image-feature-maps.png"),
    network: Annotated[str, typer.Option(help="alexnet, vgg or resnet.")] = "resnet",
    folder: _Folder = None,
) -> None:
    """Draw what the layers of a network make of a picture, shrunk to 32x32."""
    if network not in ("alexnet", "vgg", "resnet"):
        raise typer.BadParameter(f"{network!r} is none of alexnet, vgg, resnet", param_hint="--network")
    plot_maps(load_foundation(FOUNDATIONS[network], network, folder), small_picture(file), out)  # type: ignore[arg-type]
