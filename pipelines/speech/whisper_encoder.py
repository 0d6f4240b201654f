"""Whisper base's encoder without the silence: middle layers too, and no work for what was not said.

Whisper pads every recording with silence to 30 s and encodes all of it. Here only the sound and a second
after it are encoded. The rest takes part as keys and values of the self-attention, and in the output,
as it comes out on average over short recordings: those tensors are constants, kept in low rank. What
that changes in the frames of the sound is as little as rounding the weights to 8 bits does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import ModelError
from pipelines.core.onnx import Session, open_mapped
from pipelines.core.said import said

POSITIONS, WIDTH, LAYERS = 1500, 512, 6
MARGIN = 50
"""Frames of silence, 20 ms each, that are encoded after the sound."""
FIRST = 150
"""The constants begin here; shorter sound is encoded up to here."""
MIDDLE = ("layer_2", "layer_3", "layer_4")
"""Layers that are handed out beside the last."""
_Frames = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Silence:
    """What the encoder makes of the silence after short recordings.

    `keys` and `values`: float32 (layers, 1500, 512); `frames`: float32 (1500, 512). Rows before `FIRST`
    are zero and never used.
    """

    keys: _Frames
    values: _Frames
    frames: _Frames

    @classmethod
    def read(cls, path: Path) -> Silence:
        """Read the low-rank factors from an npz file. Raises ModelError for another file."""
        try:
            with np.load(path, allow_pickle=False) as file:
                mean, left, right = (file[key].astype(np.float32) for key in ("mean", "left", "right"))
            rows = (left @ right + mean).reshape(POSITIONS - FIRST, 2 * LAYERS + 1, WIDTH)
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(
                said("The silence encoding cannot be read"), given=f"{path.name}: {error}"
            ) from error
        whole = np.zeros((2 * LAYERS + 1, POSITIONS, WIDTH), np.float32)
        whole[:, FIRST:] = rows.transpose(1, 0, 2)
        return cls(whole[0:-1:2].copy(), whole[1:-1:2].copy(), whole[-1].copy())


@dataclass(frozen=True, eq=False)
class Window:
    """One encoded window. `frames`: the sound's last layer, (n, 512); `middle`: (layers, n, 512).

    `whole`: (1, 1500, 512), what the decoder reads.
    """

    frames: _Frames
    middle: _Frames
    whole: _Frames


class WhisperEncoder:
    """The encoder as an ONNX graph over the published weights.

    Args:
        graph: `graph.onnx` that `python -m training export-graphs` wrote.
        weights: CTranslate2's `model.bin`, which the graph points into.
        silence: `silence.npz` beside the graph.
        threads: Threads of one operator.
    """

    def __init__(self, graph: Path, weights: Path, silence: Path, threads: int) -> None:
        self._session: Session = open_mapped(graph, weights, threads)
        self._silence = Silence.read(silence)

    def encode(self, mel: NDArray[np.float32]) -> Window:
        """Return what the encoder makes of one window of log-mel features, float32 (80, 3000)."""
        heard = content(mel)
        encoded = min(max(heard + MARGIN, FIRST), POSITIONS)
        silence = self._silence
        given: dict[str, Any] = {
            "mel": np.ascontiguousarray(mel[None, :, : 2 * encoded]),
            "keys": silence.keys,
            "values": silence.values,
        }
        frames, *middle = self._session.run(["frames", *MIDDLE], given)
        whole = np.concatenate([frames, silence.frames[None, encoded:]], axis=1)
        return Window(frames[0, :heard], np.concatenate(middle)[:, :heard], whole)


def filled(mel: NDArray[np.float32]) -> int:
    """Return how many mel frames hold sound: padding is exact zeros, which no log-mel frame is."""
    return int(np.flatnonzero(mel.any(axis=0)).max(initial=0)) + 1


def content(mel: NDArray[np.float32]) -> int:
    """Return how many encoder frames hold sound: two mel frames make one."""
    return (filled(mel) + 1) // 2
