"""Which picture of a file that holds several is shown: the first on which something is to be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image as Pil

SEEN = 48
"""Difference of brightness, of 255, within a frame that shows something."""
MOST_FRAMES = 100
MOST_PIXELS = 100_000_000
"""Frames and pixels that are looked at before the best of them is taken."""
_MOVING = frozenset({"GIF", "WEBP", "PNG", "AVIF", "TIFF"})


def seek_content(picture: Pil.Image) -> None:
    """Go to the first frame that shows something, or else to that of the greatest contrast.

    Raises whatever the decoder raises for a damaged first frame; a damaged later one is passed over.
    """
    frames = getattr(picture, "n_frames", 1) if picture.format in _MOVING else 1
    pixels = max(1, picture.width * picture.height)
    frames = min(frames, MOST_FRAMES, MOST_PIXELS // pixels)
    if frames < 2:
        return
    size, best, most = picture.size, 0, _contrast(picture)
    for number in range(1, frames):
        if most >= SEEN:
            break
        try:
            picture.seek(number)
            contrast = _contrast(picture) if picture.size == size else 0
        except Exception:  # decoders of damaged files raise almost anything
            break
        if contrast > most:
            best, most = number, contrast
    picture.seek(best)


def _contrast(picture: Pil.Image) -> int:
    """Return the difference between the brightest and the darkest of a frame, its transparency counted."""
    picture.load()
    if picture.mode not in ("RGB", "L"):
        values = np.asarray(picture.convert("RGBA"), dtype=np.uint8)
        visible = values[values[:, :, 3] > 0]
        alpha = int(np.ptp(values[:, :, 3])) if values.size else 0
        colours = int(np.ptp(visible[:, :3], axis=0).max(initial=0)) if len(visible) else 0
        return max(alpha, colours)
    values = np.asarray(picture, dtype=np.uint8)
    flat = values.reshape(-1, values.shape[2] if values.ndim == 3 else 1)
    return int(np.ptp(flat, axis=0).max(initial=0)) if len(flat) else 0
