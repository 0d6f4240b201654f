"""What a transparent picture is laid on: white, unless its content would not show on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image as Pil

WHITE, BLACK, GREY = 255, 0, 128
CONTRAST = 60
"""Difference of luminance, of 255, at which a shape is seen on a ground."""
ENOUGH = 0.75
_FAINT = 16


def on_ground(picture: Pil.Image) -> Pil.Image:
    """Return an RGBA picture on the ground that shows the edges of its content best.

    White is taken where it shows at least `ENOUGH` of them, then black, then grey.
    """
    from PIL import Image as pil

    rgba = np.asarray(picture)
    shade = _ground(rgba)
    background = pil.new("RGBA", picture.size, (shade, shade, shade, 255))
    background.alpha_composite(picture)
    return background


def _ground(rgba: NDArray[np.uint8]) -> int:
    alpha = rgba[:, :, 3]
    most = int(alpha.max(initial=0))
    if most <= _FAINT or int(alpha.min(initial=255)) == 255:
        return WHITE
    colours = rgba[_edges(alpha, most)][:, :3].astype(np.float32)
    luminance = colours @ np.array([0.299, 0.587, 0.114], np.float32)
    shown = {shade: float((np.abs(luminance - shade) >= CONTRAST).mean()) for shade in (WHITE, BLACK, GREY)}
    for shade in (WHITE, BLACK):
        if shown[shade] >= ENOUGH:
            return shade
    return max(shown, key=lambda shade: shown[shade])


def _edges(alpha: NDArray[np.uint8], most: int) -> NDArray[np.bool_]:
    """Return where content borders on the ground; all of the content where it nowhere does."""
    content = alpha > most // 2
    inner = content.copy()
    inner[1:] &= content[:-1]
    inner[:-1] &= content[1:]
    inner[:, 1:] &= content[:, :-1]
    inner[:, :-1] &= content[:, 1:]
    edges: NDArray[np.bool_] = content & ~inner
    return edges if edges.any() else content
