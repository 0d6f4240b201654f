"""The packaged encoders, frozen, each as one vector an input."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import InputError
from pipelines.core.registry import Registry
from pipelines.core.types import Audio, Image, Stage
from pipelines.image.decode import decode_image
from pipelines.speech.decode import decode_audio
from pipelines.speech.emotion import ENCODER, pool
from pipelines.stages import is_image
from pipelines.textfile import read_text

Modality = Literal["image", "text", "speech"]
SEEN, READ, HEARD = 1280, 384, 1024
WIDTHS: dict[Modality, int] = {"image": SEEN, "text": READ, "speech": HEARD}
_Row = NDArray[np.float32]


class Encoders:
    """EfficientNet-Lite2 for pictures, MiniLM for sentences, Whisper base's encoder for speech.

    Args:
        registry: Loads each on its first use.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def see(self, image: Image) -> _Row:
        """Return the mean over the grid of the whole picture, float32 (1280,)."""
        encoder = self._registry.get(Stage.IMAGE_FEATURES, "efficientnet-lite2")
        row: _Row = encoder.grids([image])[0].mean(axis=0)
        return row

    def read(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one vector of length 1 a text, float32 (n, 384)."""
        rows: NDArray[np.float32] = self._registry.get(Stage.EMBED).embed(texts)
        return rows

    def hear(self, audio: Audio) -> _Row:
        """Return mean and deviation over time of the last layer, float32 (1024,), of 16 kHz sound.

        Raises:
            EmptyInputError: where nobody speaks.
        """
        return pool(self._registry.get(Stage.TRANSCRIBE, ENCODER).encode(audio).frames)

    def file(self, path: Path, allowed: Sequence[Modality]) -> tuple[Modality, _Row]:
        """Return what kind of file it is and its vector.

        Raises:
            InputError: for a kind that is not allowed, or a file that cannot be used.
        """
        kind = kind_of(path)
        if kind not in allowed:
            raise InputError(
                "The foundation does not take this kind of file",
                given=f"{path.name}, {kind}",
                allowed=" or ".join(allowed),
            )
        if kind == "text":
            return kind, self.read([read_text(path)])[0]
        return kind, self.see(decode_image(path)) if kind == "image" else self.hear(decode_audio(path))


def kind_of(path: Path) -> Modality:
    """Return "image" by the first bytes, "text" by the name's end, else "speech"."""
    if path.suffix.lower() in (".txt", ".md"):
        return "text"
    return "image" if is_image(path) else "speech"


def default_encoders() -> Encoders:
    """Return encoders over the default back-ends; nothing is loaded yet."""
    from pipelines.backends import default_registry

    return Encoders(default_registry())
