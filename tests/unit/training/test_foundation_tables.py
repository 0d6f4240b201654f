"""The foundations' tables: every row resolves, every learned one has a recipe, commands say what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.core.errors import ModelError, ModelMissingError
from pipelines.core.foundation import load_foundation
from pipelines.foundations import FOUNDATIONS
from training.foundations.recipes import BY_FAMILY, FOUNDATION_RECIPES

LEARNED = sorted(name for name, spec in FOUNDATIONS.items() if spec.learned)


def test_every_learned_foundation_has_a_recipe() -> None:
    assert set(LEARNED) <= set(FOUNDATION_RECIPES)
    without_model = set(FOUNDATION_RECIPES) - set(LEARNED)
    assert without_model <= set(BY_FAMILY["tuning"]), "only ablations keep no model of their own"


def test_names_are_used_once() -> None:
    assert len(FOUNDATION_RECIPES) == sum(len(table) for table in BY_FAMILY.values())


@pytest.mark.parametrize("name", sorted(FOUNDATIONS))
def test_rows_resolve(name: str) -> None:
    target = FOUNDATIONS[name].resolve()
    if FOUNDATIONS[name].learned:
        assert all(hasattr(target, method) for method in ("save", "load", "predict"))
    else:
        assert callable(target)


@pytest.mark.parametrize("name", sorted(FOUNDATION_RECIPES))
def test_recipes_resolve(name: str) -> None:
    recipe = FOUNDATION_RECIPES[name].make()
    assert callable(recipe.train) and callable(recipe.evaluate)


@pytest.mark.parametrize("name", LEARNED)
def test_what_is_not_trained_says_how(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match=f"python -m training {name} train"):
        load_foundation(FOUNDATIONS[name], name, tmp_path)


def test_the_folder_of_another_is_refused(tmp_path: Path) -> None:
    (tmp_path / "foundation.json").write_text('{"name": "another"}', encoding="utf-8")
    with pytest.raises(ModelError, match="another foundation"):
        load_foundation(FOUNDATIONS[LEARNED[0]], LEARNED[0], tmp_path)


def test_the_command_says_what_is_not_trained(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("A text.", encoding="utf-8")
    result = CliRunner().invoke(app, [LEARNED[0], str(file), "--trained", str(tmp_path)])
    assert result.exit_code == 1 and "not trained yet" in result.output
