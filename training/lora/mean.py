"""`python -m training lora-mean`: the weighted mean of two adapters of one base model and one shape.

Two stages of one training often lie in one valley of the loss: the mean keeps what the first knew and much of
what the second learnt (Wortsman et al., 2022, "Model soups", arXiv:2203.05482). Where an adapter has learnt
one answer too well, less of its effect leaves more to the model's own sense.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from pipelines.core.errors import InputError, ModelError
from training.common.cards import write_results

WEIGHTS, ADAPTER = "best.safetensors", "adapter.gguf"


def lora_mean(
    first: Annotated[Path, typer.Argument(help="Folder of a run of `training lora`.")],
    second: Annotated[Path, typer.Argument(help="Folder of another run, gone on from the first.")],
    weight: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of the second.")] = 0.5,
    effect: Annotated[
        float, typer.Option(min=0.0, help="Factor of all that the adapter adds to the model's weights.")
    ] = 1.0,
    out: Annotated[Path, typer.Option(help="Folder of the mean.")] = Path("runs/lora-mean"),
) -> None:
    """Write the mean of two adapters: weights to go on from or to measure, and adapter.gguf."""
    folders = {folder.resolve() for folder in (first, second, out)}
    if len(folders) < 3:
        raise InputError("The three folders must be different", given=f"{first}, {second}, {out}")
    if missing := [
        path for f in (first, second) for name in (WEIGHTS, ADAPTER) if not (path := f / name).is_file()
    ]:
        raise InputError(
            "An adapter's file is missing", given=str(missing[0]), fix="Run `training lora` first"
        )
    out.mkdir(parents=True, exist_ok=True)
    mean_weights(first / WEIGHTS, second / WEIGHTS, weight, out / WEIGHTS, effect)
    mean_adapter(first / ADAPTER, second / ADAPTER, weight, out / ADAPTER, effect)
    found = {"first": first.name, "second": second.name, "weight": weight, "effect": effect}
    write_results(out / "results.json", found)
    typer.echo(f"Wrote {out / ADAPTER}.")


def mean_weights(first: Path, second: Path, weight: float, target: Path, effect: float = 1.0) -> None:
    """Write the mean of two files of safetensors, float32. Raises ModelError where their shapes differ."""
    from safetensors.numpy import load_file, save_file

    a, b = load_file(first), load_file(second)
    _check(a, b, second)
    save_file({name: _mean(a[name], b[name], weight) * _factor(name, effect) for name in a}, target)


def mean_adapter(first: Path, second: Path, weight: float, target: Path, effect: float = 1.0) -> None:
    """Write the mean of two adapters of llama.cpp, in the first one's precision.

    Raises:
        ModelError: where their shapes differ.
    """
    from gguf import GGUFReader

    other = {tensor.name: tensor.data for tensor in GGUFReader(str(second)).tensors}
    shutil.copyfile(first, target)
    reader: Any = GGUFReader(str(target), "r+")
    _check({tensor.name: tensor.data for tensor in reader.tensors}, other, second)
    for tensor in reader.tensors:
        mean = _mean(tensor.data, other[tensor.name], weight) * _factor(tensor.name, effect)
        tensor.data[...] = mean.astype(tensor.data.dtype)
    reader.data.flush()


def _mean(a: Any, b: Any, weight: float) -> Any:
    return (1 - weight) * a.astype(np.float32) + weight * b.astype(np.float32)


def _factor(name: str, effect: float) -> np.float32:
    """Return what one of the two matrices is multiplied by, so that their product has the effect."""
    return np.float32(effect if "lora_b" in name.lower() else 1.0)


def _check(a: Mapping[str, Any], b: Mapping[str, Any], path: Path) -> None:
    shapes = [{name: tuple(values.shape) for name, values in each.items()} for each in (a, b)]
    if shapes[0] != shapes[1]:
        raise ModelError(
            "The two adapters differ in shape",
            given=str(path),
            fix="Take two runs of one base model, with the same rank and targets",
        )
