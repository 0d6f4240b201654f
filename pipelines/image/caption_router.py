"""The default captioner: Trio's own, unless the classifier is sure of something that it does not mention.

The captioner was trained on Flickr8k, where people and dogs are everywhere and other animals, food and
vehicles are rare. EfficientNet-Lite2 knows those from ImageNet, and has looked at the picture anyway.
"""

from __future__ import annotations

from pipelines.core.cancel import CancelToken
from pipelines.core.protocols import Captioner
from pipelines.core.registry import Registry
from pipelines.core.types import Caption, Image, Stage
from pipelines.image.describe import Guess, description, rank
from pipelines.image.features import image_encoder
from pipelines.image.groups import GROUPS
from pipelines.image.words import tokenize

SURE = 0.7
FLAT = 6.0
"""Standard deviation, of 255, below which a picture is one colour."""
WELL_KNOWN = frozenset({"a dog", "a wolf or fox", "a mountain or coast"})
"""What Flickr8k shows often, or what is the background of its photos."""


class CaptionRouter:
    """One sentence, by the captioner or from labels; both use one pass of the image encoder."""

    model = "Trio captioner and labels (on EfficientNet-Lite2)"

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def _captioner(self) -> Captioner:
        captioner: Captioner = self._registry.get(Stage.CAPTION, "trio")
        return captioner

    def load(self) -> None:
        """Load captioner and image encoder. Raises ModelError."""
        self._captioner()

    def warm_up(self) -> None:
        """Caption a black picture."""
        self._captioner().warm_up()

    def unload(self) -> None:
        """Do nothing: the registry frees the back-ends."""

    def caption(self, image: Image, *, cancel: CancelToken | None = None) -> Caption:
        """Return the sentence and how sure it is.

        Raises:
            Cancelled: when the token is cancelled.
        """
        return self.checked(image, self._captioner().caption(image, cancel=cancel))

    def checked(self, image: Image, caption: Caption) -> Caption:
        """Return the captioner's `caption` of a picture, or the description from labels in its place."""
        encoder = image_encoder(self._registry)
        guesses = rank(encoder.whole(image).probabilities, encoder.labels)
        if not (overlooked(guesses, caption.text) or is_flat(image)):
            return caption
        return description(image, guesses)


def is_flat(image: Image) -> bool:
    """Whether a picture is one colour, in which a captioner sees what it likes."""
    return float(image.pixels.reshape(-1, 3).std(axis=0).max()) < FLAT


def overlooked(guesses: list[Guess], caption: str) -> bool:
    """Whether the classifier is sure of a thing with an everyday name that the caption does not mention."""
    first = guesses[0]
    if first.probability < SURE or first.name not in GROUPS - WELL_KNOWN:
        return False
    said = {word.removesuffix("s") for word in tokenize(caption)}
    names = {word for word in tokenize(first.name) if len(word) > 2 and word != "big"}
    detail = set(tokenize(first.detail or "")[-1:])
    return not said & {word.removesuffix("s") for word in names | detail}
