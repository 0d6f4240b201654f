"""Ways to keep weights on disk: dense, sparse with a mask, or as indices into a codebook.

Source: Han, Mao and Dally, 2016, "Deep compression", arXiv:1510.00149.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import ModelError

Storage = Literal["dense", "sparse", "shared"]
_Weights = Mapping[str, NDArray[np.float32]]


def pack(weights: _Weights, path: Path, storage: Storage) -> int:
    """Write weights to an npz file; return its bytes. Vectors are always kept dense.

    "sparse" keeps a bit a weight and the values that are not zero; "shared" keeps the distinct values of a
    matrix and for each weight the number of its value, in as few bits as there must be.
    """
    kept: dict[str, NDArray[np.generic]] = {}
    for name, values in weights.items():
        if storage == "dense" or values.ndim < 2:
            kept[f"{name}|dense"] = values
            continue
        kept[f"{name}|shape"] = np.array(values.shape, np.int32)
        flat = values.ravel()
        if storage == "sparse":
            kept[f"{name}|mask"] = np.packbits(flat != 0)
            kept[f"{name}|values"] = flat[flat != 0]
        else:
            book, codes = np.unique(flat, return_inverse=True)
            bits = max(1, int(len(book) - 1).bit_length())
            kept[f"{name}|book"] = book
            kept[f"{name}|codes"] = np.packbits((codes[:, None] >> np.arange(bits)[None]) & 1)
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **kept)
    return path.stat().st_size


def unpack(path: Path) -> dict[str, NDArray[np.float32]]:
    """Return the weights that `pack` wrote. Raises ModelError for another file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            parts = {name: file[name] for name in file.files}
        names = dict.fromkeys(name.partition("|")[0] for name in parts)
        return {name: _restored(name, parts) for name in names}
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise ModelError("The weights cannot be read", given=f"{path.name}: {error}") from error


def _restored(name: str, parts: Mapping[str, NDArray[np.generic]]) -> NDArray[np.float32]:
    if f"{name}|dense" in parts:
        return parts[f"{name}|dense"].astype(np.float32)
    shape = tuple(parts[f"{name}|shape"].astype(int))
    count = int(np.prod(shape))
    if f"{name}|mask" in parts:
        flat = np.zeros(count, np.float32)
        flat[np.unpackbits(parts[f"{name}|mask"].astype(np.uint8), count=count).astype(bool)] = parts[
            f"{name}|values"
        ]
        return flat.reshape(shape)
    book = parts[f"{name}|book"].astype(np.float32)
    bits = max(1, int(len(book) - 1).bit_length())
    rows = np.unpackbits(parts[f"{name}|codes"].astype(np.uint8), count=count * bits).reshape(count, bits)
    return book[rows.astype(np.int64) @ (1 << np.arange(bits))].reshape(shape)
