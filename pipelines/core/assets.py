"""Where the files that come with Trio are: `assets` in a checkout, `pipelines/assets` once installed."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
CHECKOUT = not (_PACKAGE / "assets").is_dir()
"""Whether this Trio runs from its source tree."""
ASSETS = _PACKAGE.parent / "assets" if CHECKOUT else _PACKAGE / "assets"
MODELS = ASSETS / "models"
"""The weights that come with Trio, and the manifest of all."""
SAMPLES = ASSETS / "samples"
"""Pictures and recordings to try, each with its licence."""
