"""Where a torch model runs and in which number format."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import BackendError, SettingsError
from pipelines.core.said import said

DEVICES = ("auto", "cuda", "mps", "cpu")
DTYPES = ("auto", "float32", "bfloat16", "float16")


@dataclass(frozen=True)
class Placement:
    """`device`: as torch names it ("cuda:1" too); `dtype`: "float32", "bfloat16" or "float16"."""

    device: str
    dtype: str

    @property
    def torch_dtype(self) -> Any:
        """The `torch.dtype`."""
        import torch

        return getattr(torch, self.dtype)

    def __str__(self) -> str:
        """Return "cuda, bfloat16"."""
        return f"{self.device}, {self.dtype}"


def choose(device: str = "auto", dtype: str = "auto") -> Placement:
    """Return the placement for what was asked.

    "auto" takes CUDA, then Apple's MPS, then the CPU; bfloat16 on CUDA cards that have it, float16 on
    other accelerators, float32 on the CPU.

    Raises:
        SettingsError: for an unknown name, or a device that this machine does not have.
    """
    import torch

    kind = device.partition(":")[0]
    if kind not in DEVICES or dtype not in DTYPES:
        raise SettingsError(
            said("This device or data type is not supported"),
            given=f"device {device!r}, dtype {dtype!r}",
            allowed=f"device {', '.join(DEVICES)} (or cuda:1); dtype {', '.join(DTYPES)}",
        )
    have = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if kind == "auto":
        device = kind = next(name for name, there in have.items() if there)
    elif not have[kind]:
        raise SettingsError(
            said(
                "This machine has no device {device} that torch {version} supports",
                device=kind,
                version=torch.__version__,
            ),
            given=device,
            allowed="auto, " + ", ".join(name for name, there in have.items() if there),
            fix=said("Choose auto, or install the matching driver and torch build"),
        )
    if ":" in device and kind == "cuda" and not 0 <= _index(device) < torch.cuda.device_count():
        raise SettingsError(
            said("This CUDA device does not exist"),
            given=device,
            allowed=", ".join(f"cuda:{i}" for i in range(torch.cuda.device_count())),
        )
    return Placement(device, _dtype(kind, dtype))


def _index(device: str) -> int:
    number = device.partition(":")[2]
    return int(number) if number.isdecimal() else -1


def _dtype(kind: str, dtype: str) -> str:
    if dtype != "auto":
        return dtype
    if kind == "cpu":
        return "float32"
    import torch

    return "bfloat16" if kind == "cuda" and torch.cuda.is_bf16_supported() else "float16"


@contextlib.contextmanager
def running(model: str) -> Iterator[None]:
    """Turn an accelerator's errors while `model` runs into BackendError; no gradients inside."""
    import torch

    try:
        with torch.inference_mode():
            yield
    except torch.OutOfMemoryError as error:
        raise BackendError(
            said("The device does not have enough memory for {model} and this input", model=model),
            given=" ".join(str(error).split())[:160],
            fix=said("Choose a smaller model, dtype float16, a smaller batch_size, or device cpu"),
        ) from error


def free_memory() -> None:
    """Give memory of models that are no longer held back to the device."""
    gc.collect()
    if "torch" in sys.modules:
        import torch

        if torch.cuda.is_available():
            torch.cuda.empty_cache()
