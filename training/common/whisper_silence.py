"""The silence after speech as Whisper's encoder sees it: constants of `pipelines.speech.whisper_encoder`."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from pipelines.backends import default_registry
from pipelines.core.onnx import open_mapped
from pipelines.core.types import Stage
from pipelines.core.weights import WeightStore
from pipelines.speech.decode import decode_audio
from pipelines.speech.vad import find_speech
from pipelines.speech.whisper_encoder import FIRST, LAYERS, POSITIONS, WIDTH, content

CORPORA = ("ravdess/*/*", "casia/*/*/*", "fsdd/*.wav")
CLIPS = 8
"""Short recordings of each corpus; neither their labels nor their words are read."""
RANK = 192
SEED = 0


def write_silence(data: Path, graph: Path, target: Path) -> float:
    """Average keys, values and output over whole windows of short recordings; write them in low rank.

    Returns:
        The mean difference between the average and what its factors give, relative to its spread.
    """
    session = open_mapped(graph, WeightStore().path("whisper-base") / "model.bin")
    nothing = np.zeros((LAYERS, POSITIONS, WIDTH), np.float32)
    total, count = np.zeros((POSITIONS - FIRST, 2 * LAYERS + 1, WIDTH)), 0
    for mel in tqdm(_windows(data), total=CLIPS * len(CORPORA), unit="clip", desc="whole windows"):
        given: dict[str, Any] = {"mel": mel[None], "keys": nothing, "values": nothing}
        keys, values, frames = session.run(["own_keys", "own_values", "frames"], given)
        pairs = np.stack([keys, values], axis=1).reshape(2 * LAYERS, POSITIONS, WIDTH)
        total += np.concatenate([pairs, frames]).transpose(1, 0, 2)[FIRST:]
        count += 1
    average = total.reshape(POSITIONS - FIRST, -1) / count
    mean = average.mean(axis=0)
    left, sizes, right = np.linalg.svd(average - mean, full_matrices=False)
    roots = np.sqrt(sizes[:RANK])
    left, right = left[:, :RANK] * roots, roots[:, None] * right[:RANK]
    np.savez(
        target, **{k: v.astype(np.float16) for k, v in (("mean", mean), ("left", left), ("right", right))}
    )
    spread = average - mean
    return float(np.abs(left @ right - spread).mean() / np.abs(spread).mean())


def _windows(data: Path) -> Iterator[NDArray[np.float32]]:
    """Yield the mel features, (80, 3000), of recordings that end before the constants begin."""
    whisper = default_registry().get(Stage.TRANSCRIBE, "whisper-base").whisper
    shuffled = random.Random(SEED)
    for pattern in CORPORA:
        files = sorted(data.glob(pattern))
        shuffled.shuffle(files)
        taken = 0
        for file in files:
            speech = find_speech(decode_audio(file)).samples
            if not len(speech):
                continue
            mel = next(whisper.windows(speech))
            if content(mel) <= FIRST - 10:
                yield mel
                taken += 1
            if taken == CLIPS:
                break
