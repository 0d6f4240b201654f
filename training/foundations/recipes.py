"""All the recipes of foundations, by family and by name."""

from __future__ import annotations

from collections.abc import Mapping

from training.foundations.crossmodal.crossmodal_recipes import TABLE as CROSSMODAL
from training.foundations.image.image_recipes import TABLE as IMAGE
from training.foundations.recipe import Family, RecipeTable
from training.foundations.speech.speech_recipes import TABLE as SPEECH
from training.foundations.text.text_recipes import TABLE as TEXT
from training.foundations.tuning.tuning_recipes import TABLE as TUNING

BY_FAMILY: Mapping[Family, RecipeTable] = {
    "text": TEXT,
    "image": IMAGE,
    "speech": SPEECH,
    "crossmodal": CROSSMODAL,
    "tuning": TUNING,
}
FOUNDATION_RECIPES: RecipeTable = {name: spec for table in BY_FAMILY.values() for name, spec in table.items()}
