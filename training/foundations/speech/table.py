"""The recipes of this family by name."""

from __future__ import annotations

from training.foundations.recipe import RecipeTable

TABLE: RecipeTable = {}
