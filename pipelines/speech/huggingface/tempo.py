"""Faster or slower speech at the same pitch, by FFmpeg's `atempo` filter (WSOLA)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def change_tempo(samples: NDArray[np.float32], sample_rate: int, speed: float) -> NDArray[np.float32]:
    """Return mono samples, float32 (n,), played `speed` times as fast (0.5 to 2.0) at the same pitch.

    Less than a few hundredths of a second come back as they are: the filter needs more to work on.
    """
    if speed == 1.0 or not len(samples):
        return samples
    import av
    import av.filter

    graph = av.filter.Graph()
    source = graph.add_abuffer(format="fltp", sample_rate=sample_rate, layout="mono")
    tempo, sink = graph.add("atempo", f"{speed}"), graph.add("abuffersink")
    source.link_to(tempo)
    tempo.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples)[None], format="fltp", layout="mono")
    frame.sample_rate = sample_rate
    graph.push(frame)
    graph.push(None)
    parts = []
    while True:
        try:
            parts.append(graph.pull().to_ndarray()[0])
        except (av.error.BlockingIOError, av.error.EOFError):
            break
    return np.concatenate(parts).astype(np.float32) if parts else samples
