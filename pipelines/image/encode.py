"""Pictures for models behind an API."""

from __future__ import annotations

import base64
import io

from pipelines.core.types import Image

LONGEST_SIDE = 1024
QUALITY = 90


def jpeg_data_url(image: Image, longest_side: int = LONGEST_SIDE) -> str:
    """Return a picture as a JPEG data URL, made smaller where a side is longer than `longest_side` pixels."""
    from PIL import Image as pil

    picture = pil.fromarray(image.pixels)
    picture.thumbnail((longest_side, longest_side))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
