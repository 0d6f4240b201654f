"""All the recipes of foundations, by family and by name."""

from __future__ import annotations

from collections.abc import Mapping

from training.foundations.crossmodal.table import TABLE as CROSSMODAL
from training.foundations.image.table import TABLE as IMAGE
from training.foundations.recipe import Family, RecipeTable
from training.foundations.speech.table import TABLE as SPEECH
from training.foundations.text.table import TABLE as TEXT
from training.foundations.tuning.table import TABLE as TUNING

BY_FAMILY: Mapping[Family, RecipeTable] = {
    "text": TEXT,
    "image": IMAGE,
    "speech": SPEECH,
    "crossmodal": CROSSMODAL,
    "tuning": TUNING,
}
FOUNDATION_RECIPES: RecipeTable = {name: spec for table in BY_FAMILY.values() for name, spec in table.items()}
