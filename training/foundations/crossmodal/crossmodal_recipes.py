"""The recipes of this family by name."""

from __future__ import annotations

from training.foundations.recipe import RecipeSpec, RecipeTable

_HERE = "training.foundations.crossmodal"
_FLICKR = ("flickr8k",)
_PAIRED = ("ravdess-tweets",)
TABLE: RecipeTable = {
    "text-image": RecipeSpec(
        f"{_HERE}.joint:JointRecipe",
        "4.1.1",
        "contrastive towers, pictures and captions",
        _FLICKR,
        ("text-image",),
    ),
    "text-image-adversarial": RecipeSpec(
        f"{_HERE}.joint:JointRecipe",
        "4.1.1",
        "towers against a critic of the modality, with pairs or without any",
        ("flickr8k", "flickr8k-unpaired"),
        ("text-image-adversarial",),
    ),
    "text-speech": RecipeSpec(
        f"{_HERE}.joint:JointRecipe",
        "4.1.2",
        "contrastive towers, spoken and written captions",
        _FLICKR,
        ("text-speech",),
    ),
    "image-speech": RecipeSpec(
        f"{_HERE}.matching:MatchRecipe",
        "4.1.3",
        "fused features of photos and spoken captions",
        _FLICKR,
        ("image-speech",),
        compared=True,
    ),
    "image-text-match": RecipeSpec(
        f"{_HERE}.matching:MatchRecipe",
        "4.2.1",
        "fused features of photos and captions",
        _FLICKR,
        ("image-text-match",),
        compared=True,
    ),
    "image-guided-enhancement": RecipeSpec(
        f"{_HERE}.enhance:EnhanceRecipe",
        "4.2.3",
        "masks for noisy spoken captions, with and without the photo",
        _FLICKR,
    ),
} | {
    name: RecipeSpec(f"{_HERE}.fusion:FusionRecipe", "5.1", help_, _PAIRED, (name,), compared=True)
    for name, help_ in (
        ("fusion", "learned fusion of the answers of words and voice"),
        ("fusion-late", "mean of both answers, weighted by reliability and certainty"),
        ("fusion-early", "one classifier of the features of both"),
        ("fusion-text", "the words alone"),
        ("fusion-voice", "the voice alone"),
    )
}
