"""Colours as the picture's own profile (ICC) means them, in sRGB."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from PIL import Image as Pil
    from PIL.ImageCms import ImageCmsProfile

MOST_BYTES = 4_000_000
SAME = 2
"""Greatest difference, of 255, at which a profile is taken for sRGB and the conversion is spared."""
_WITH_PALETTE_OR_ALPHA = ("P", "PA", "LA", "La", "RGBa", "RGBA", "1")


def to_srgb(picture: Pil.Image, profile: Any) -> Pil.Image:
    """Return the picture in sRGB; as it is where it has no profile, or one that cannot be used.

    Args:
        picture: With 8 bits a channel.
        profile: The bytes of an ICC profile; anything else is ignored.
    """
    if not isinstance(profile, bytes) or not 128 <= len(profile) <= MOST_BYTES:
        return picture
    from PIL import ImageCms

    try:
        return _converted(picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, KeyError):
        return picture


def _converted(picture: Pil.Image, source: ImageCmsProfile) -> Pil.Image:
    plain, alpha = picture, None
    if "transparency" in picture.info or picture.mode in _WITH_PALETTE_OR_ALPHA:
        clear = picture.convert("RGBA")
        plain, alpha = clear.convert("RGB"), clear.getchannel("A")
    if plain.mode == "RGB" and _is_srgb(source):
        return picture
    changed = _transformed(plain, source)
    if alpha is not None:
        changed.putalpha(alpha)
    return changed


def _transformed(picture: Pil.Image, source: ImageCmsProfile) -> Pil.Image:
    from PIL import ImageCms

    changed = ImageCms.profileToProfile(picture, source, _srgb(), outputMode="RGB")
    if changed is None:
        raise ValueError("there is no result")
    return changed


def _is_srgb(source: ImageCmsProfile) -> bool:
    """Whether a profile leaves colours as they are; its name may say anything."""
    from PIL import Image as pil

    steps = np.arange(0, 256, 51, dtype=np.uint8)
    colours = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(12, -1, 3)
    after = np.asarray(_transformed(pil.fromarray(colours), source), dtype=np.int16)
    return int(np.abs(after - colours).max()) <= SAME


@cache
def _srgb() -> ImageCmsProfile:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
