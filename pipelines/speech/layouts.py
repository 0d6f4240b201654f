"""Channel layouts of PyAV that list their channels one by one; PyAV frees the list of such a layout twice.

`AudioLayout` copies FFmpeg's struct without the list that it points to, and frees the list when it goes
(PyAV 18.1, `av/audio/layout.py`). AIFF, CAF and MOV files can ask for such layouts. Here a layout that may
have a list is kept for ever, so that only FFmpeg frees it.
"""

from __future__ import annotations

import re
from typing import Any

_KEPT: list[Any] = []
_LISTED = re.compile(r"\d+ channels \(")


def channels_of(context: Any) -> int:
    """Return the channels of a codec context that is not open, and take the list off its layout.

    The order of the channels, which Trio does not need, is lost with it.
    """
    layout = context.layout
    channels = int(layout.nb_channels)
    if is_listed(layout):
        context.layout = f"{channels} channels"
    return channels


def is_listed(layout: Any) -> bool:
    """Whether a layout may have a list of its own; it is kept for ever if so."""
    try:
        listed = _LISTED.match(layout.name) is not None
    except UnicodeDecodeError:
        listed = True
    if listed:
        _KEPT.append(layout)
    return listed
