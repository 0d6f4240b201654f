"""Speech features for the emotion heads: the app's own decoding, voice detection and encoder pass."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from pipelines.backends import default_registry
from pipelines.core.errors import EmptyInputError
from pipelines.core.types import Stage
from pipelines.speech.decode import decode_audio
from pipelines.speech.emotion import ENCODER, voice_features
from pipelines.speech.prosody import SIZE
from pipelines.speech.whisper_encoder import MIDDLE, WIDTH
from training.common.datasets import SpeechClip

POOLED = 2 * WIDTH
LAST = np.arange(len(MIDDLE) * POOLED, (len(MIDDLE) + 1) * POOLED)
"""Columns of the last layer's statistics."""
PROSODY = np.arange(LAST[-1] + 1, LAST[-1] + 1 + SIZE)
"""Columns of the prosody."""


def layer_and_prosody(*layers: int) -> list[NDArray[np.intp]]:
    """Return for each layer, counted from 0 with the last at the end, its columns and the prosody's."""
    return [np.concatenate([np.arange(n * POOLED, (n + 1) * POOLED), PROSODY]) for n in layers]


def clip_features(clips: Sequence[SpeechClip], cache: Path) -> NDArray[np.float32]:
    """Return one row a clip, float32 (n, width); rows of clips without speech are NaN.

    Rows are kept in `cache`, one file a clip, so that an interrupted run goes on where it was.
    """
    cache.mkdir(parents=True, exist_ok=True)
    transcriber = default_registry().get(Stage.TRANSCRIBE, ENCODER)
    rows = []
    for clip in tqdm(clips, unit="clip", desc="encoder features"):
        kept = cache / f"{clip.speaker}-{clip.path.parent.name}-{clip.path.stem}.npy"
        if not kept.exists():
            try:
                row = voice_features(transcriber.encode(decode_audio(clip.path)))
            except EmptyInputError:
                row = np.full(0, np.nan, np.float32)
            np.save(kept, row)
        rows.append(np.load(kept, allow_pickle=False))
    width = max(map(len, rows))
    return np.stack([row if len(row) else np.full(width, np.nan, np.float32) for row in rows])
