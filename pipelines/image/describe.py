"""An honest sentence about a picture from ImageNet classes, colours and light. No captioning model.

The classifier knows 1,000 things and always names one; the sentence says how sure it is, and names only
colours where it is not. Probabilities of related classes (all the dogs) are added up.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken
from pipelines.core.registry import Registry
from pipelines.core.types import Caption, Image
from pipelines.image.colours import light_of, main_colours
from pipelines.image.features import image_encoder
from pipelines.image.groups import PERSON, ROLES, group_of

SURE = 0.5
LIKELY = 0.2
DETAIL = 0.35


@dataclass(frozen=True)
class Guess:
    """A thing in the picture. `name`: with its article; `detail`: the surest class of a group, or None."""

    name: str
    probability: float
    detail: str | None = None


class LabelCaptioner:
    """Description from labels, colours and light."""

    model = "Trio description from EfficientNet-Lite2 labels"

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def load(self) -> None:
        """Load the image encoder. Raises ModelError."""
        image_encoder(self._registry)

    def warm_up(self) -> None:
        """Warm the image encoder."""
        image_encoder(self._registry).warm_up()

    def unload(self) -> None:
        """Do nothing: the registry frees the encoder."""

    def caption(self, image: Image, *, cancel: CancelToken | None = None) -> Caption:
        """Return the sentence and the probability that the thing it names is there."""
        if cancel is not None:
            cancel.raise_if_cancelled()
        encoder = image_encoder(self._registry)
        guesses = rank(encoder.encode(image).probabilities, encoder.labels)
        return description(image, guesses)


def description(image: Image, guesses: list[Guess]) -> Caption:
    """Return a sentence about a picture, and the probability of what it names first."""
    return Caption(sentence(guesses, main_colours(image), light_of(image)), confidence(guesses))


def rank(probabilities: NDArray[np.float32], labels: tuple[str, ...]) -> list[Guess]:
    """Return the things that a picture may show, the likeliest first."""
    totals: dict[str, float] = defaultdict(float)
    best: dict[str, tuple[float, str]] = {}
    for index in np.argsort(probabilities)[::-1][:200]:
        share, label = float(probabilities[index]), labels[index]
        group = group_of(int(index))
        name = group or with_article(label)
        totals[name] += share
        if group is not None:
            best.setdefault(name, (share, label))
    ranked = sorted(totals.items(), key=lambda pair: -pair[1])
    return [_guess(name, total, best.get(name)) for name, total in ranked[:3]]


def _guess(name: str, total: float, best: tuple[float, str] | None) -> Guess:
    worth_saying = best is not None and best[0] >= max(LIKELY, DETAIL * total)
    return Guess(name, min(total, 1.0), best[1] if best is not None and worth_saying else None)


def confidence(guesses: list[Guess]) -> float:
    """Return the probability of what `sentence` names first."""
    return guesses[0].probability if guesses else 0.0


def sentence(guesses: list[Guess], colours: tuple[str, ...], light: str) -> str:
    """Return the description, as sure as its first guess."""
    first = guesses[0]
    paint = f" The picture is mostly {' and '.join(colours)}." if colours else ""
    if first.probability >= SURE:
        return f"{_capital(_named(first))}.{paint}"
    if first.probability >= LIKELY:
        others = [g for g in guesses[1:] if g.probability >= first.probability / 2]
        names = " or ".join([first.name, *(g.name for g in others[:1])])
        return f"Perhaps {names}.{paint}"
    tone = f"{light} " if light else ""
    return f"A {tone}picture; what it shows is not clear.{paint}"


def _named(guess: Guess) -> str:
    if guess.detail is None:
        return guess.name
    if guess.name == PERSON and guess.detail not in ROLES:
        return f"{guess.name}, perhaps with {with_article(guess.detail)}"
    return f"{guess.name}, probably {with_article(guess.detail)}"


def with_article(label: str) -> str:
    """Return a label with its indefinite article."""
    return f"{'an' if label[0].lower() in 'aeiou' else 'a'} {label}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
