"""Image-text matching and zero-shot tags by open_clip (Radford et al., 2021, arXiv:2103.00020).

CLIP scores texts for a picture and writes none. As a captioner it therefore names what of a list of
labels it finds; `match` and `tags` give the scores themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.core.cancel import CancelToken
from pipelines.core.device import Placement, running
from pipelines.core.errors import EmptyInputError, ModelError, SettingsError
from pipelines.core.hub_backend import HubBackend
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.core.types import Caption, Image
from pipelines.image.huggingface.tags import LABELS
from pipelines.image.sentence import grey

TEMPLATE = "a photo of {}."
WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "model.safetensors")
MOST_TAGS = 3
_SHARE_OF_BEST = 0.25
_BATCH = 64


class ClipMatcher(HubBackend):
    """Picture and texts to scores.

    Args:
        registry: Its store's cache holds the lock files.
        labels: What the tags are chosen from; None for Trio's list of everyday things and places.
        template: Sentence round a label, with {} where it goes.
        batch_size: Texts that are read together.
        **options: As for every `HubBackend`.
    """

    default = "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"
    files = (
        "open_clip_config.json",
        *WEIGHTS[:2],
        "tokenizer*.json",
        "vocab.*",
        "merges.txt",
        "special_tokens_map.json",
    )

    def __init__(
        self,
        registry: Registry,
        *,
        labels: Sequence[str] | None = None,
        template: str = TEMPLATE,
        batch_size: int = _BATCH,
        **options: Any,
    ) -> None:
        if "{}" not in template or batch_size < 1 or (labels is not None and not labels):
            raise SettingsError(
                said("These settings for picture tags are invalid"),
                given=f"template {template!r}, batch_size {batch_size}, {len(labels or LABELS)} labels",
                allowed="a template with {}, a batch_size of 1 or more, at least one label",
            )
        super().__init__(registry, **options)
        self._labels, self._template, self._batch_size = tuple(labels or LABELS), template, batch_size
        self._label_vectors: Any = None

    def _open(self, folder: Path, placement: Placement) -> None:
        import open_clip

        if not any((folder / name).is_file() for name in WEIGHTS):
            raise ModelError(
                said("The model {model} has no safetensors for open_clip", model=self.model),
                allowed=" or ".join(WEIGHTS),
            )
        name = f"local-dir:{folder}"
        net, _, self._preprocess = open_clip.create_model_and_transforms(name, device=placement.device)
        self._net = net.to(placement.torch_dtype).eval()
        self._tokenizer = open_clip.get_tokenizer(name)

    def _close(self) -> None:
        super()._close()
        self._label_vectors = None

    def warm_up(self) -> None:
        """Read the labels and look at a small grey picture."""
        self.tags(grey())

    def match(self, image: Image, texts: Sequence[str]) -> dict[str, float]:
        """Return the probability of each text that it, and none of the others, belongs to the picture.

        Raises:
            EmptyInputError: without texts, or with a blank one.
        """
        self.require_loaded()
        if not texts or not all(text.strip() for text in texts):
            raise EmptyInputError(
                said("There is no text to match"), fix=said("Give one or more texts, none of them blank")
            )
        with self._lock, running(self.model):
            return self._chances(image, list(dict.fromkeys(texts)), None)

    def similarity(self, image: Image, text: str) -> float:
        """Return the cosine of the picture's and the text's vectors, -1 to 1; comparable over pictures."""
        self.require_loaded()
        with self._lock, running(self.model):
            return float((self._image_vector(image) @ self._text_vectors([text]).T)[0, 0])

    def tags(self, image: Image, *, most: int = MOST_TAGS) -> dict[str, float]:
        """Return the labels that fit best, with their probabilities over the whole list, best first."""
        self.require_loaded()
        with self._lock, running(self.model):
            if self._label_vectors is None:
                self._label_vectors = self._text_vectors([self._template.format(x) for x in self._labels])
            chances = self._chances(image, list(self._labels), self._label_vectors)
        ranked = sorted(chances.items(), key=lambda pair: -pair[1])
        return {label: p for label, p in ranked[:most] if p >= _SHARE_OF_BEST * ranked[0][1]}

    def caption(self, image: Image, *, cancel: CancelToken | None = None) -> Caption:
        """Return the tags as a sentence, with the probability of the first. Raises Cancelled."""
        if cancel is not None:
            cancel.raise_if_cancelled()
        found = self.tags(image)
        names = list(found)
        listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
        return Caption(f"A picture of {listed}.", next(iter(found.values())))

    def _chances(self, image: Image, texts: list[str], vectors: Any) -> dict[str, float]:
        vectors = self._text_vectors(texts) if vectors is None else vectors
        scores = self._net.logit_scale.exp() * self._image_vector(image) @ vectors.T
        return dict(zip(texts, scores[0].float().softmax(dim=-1).tolist(), strict=True))

    def _image_vector(self, image: Image) -> Any:
        from PIL import Image as Pillow

        place = self._net.logit_scale
        pixels = self._preprocess(Pillow.fromarray(image.pixels))[None].to(place.device, place.dtype)
        return self._net.encode_image(pixels, normalize=True)

    def _text_vectors(self, texts: Sequence[str]) -> Any:
        import torch

        device, parts = self._net.logit_scale.device, []
        for first in range(0, len(texts), self._batch_size):
            tokens = self._tokenizer(list(texts[first : first + self._batch_size])).to(device)
            parts.append(self._net.encode_text(tokens, normalize=True))
        return torch.cat(parts)
