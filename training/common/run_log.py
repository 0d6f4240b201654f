"""What a run leaves to look at: `log.csv`, `log.png` and, on request, TensorBoard's events."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pipelines.core.errors import MissingPackageError
from pipelines.core.programs import trio_command

Row = dict[str, float]


class RunLog:
    """The logs of one run in `folder`, one row an epoch; `tensorboard`: whether to write its events too."""

    def __init__(self, folder: Path, *, tensorboard: bool = False) -> None:
        self._folder, self._writer_class = folder, _writer_class() if tensorboard else None
        self._writer: Any = None

    def write(self, rows: Sequence[Row]) -> None:
        """Write the table and the plot of all the rows, and the events of the last one."""
        with (self._folder / "log.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(rows[0]))
            table.writeheader()
            table.writerows(rows)
        plot_log(rows, self._folder / "log.png")
        if self._writer_class is not None:
            self._write_events(self._writer_class, rows[-1])

    def _write_events(self, writer_class: Any, row: Row) -> None:
        epoch = int(row["epoch"])
        if self._writer is None:  # of an earlier run in this folder, only the epochs before this one stay
            self._writer = writer_class(str(self._folder / "tensorboard"), purge_step=epoch)
        for name, value in row.items():
            if name != "epoch":
                self._writer.add_scalar(name, value, epoch)
        self._writer.flush()

    def close(self) -> None:
        """Finish the events' file."""
        if self._writer is not None:
            self._writer.close()


def _writer_class() -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise MissingPackageError(
            "TensorBoard's events cannot be written",
            given="missing tensorboard",
            fix=f"Install it with: {trio_command('full')}, or leave out --tensorboard",
        ) from error
    return SummaryWriter


def plot_log(rows: Iterable[Row], target: Path) -> None:
    """Draw loss and score by epoch."""
    from matplotlib.figure import Figure

    rows = list(rows)
    epochs = [row["epoch"] for row in rows]
    figure = Figure(figsize=(6, 3.5), layout="constrained")
    left = figure.subplots()
    left.plot(epochs, [row["loss"] for row in rows], color="tab:grey", marker="o", label="training loss")
    left.set_xlabel("epoch")
    left.set_ylabel("training loss")
    right = left.twinx()
    right.plot(epochs, [row["score"] for row in rows], color="tab:green", marker="o", label="score")
    right.set_ylabel("held-out score")
    figure.savefig(target, dpi=110)
