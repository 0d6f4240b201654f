"""The recipes of this family by name."""

from __future__ import annotations

from training.foundations.recipe import RecipeSpec, RecipeTable

_HERE = "training.foundations.text"
_TASKS = ("sst2", "emotion")
TABLE: RecipeTable = {
    name: RecipeSpec(f"{_HERE}.classify:LinearRecipe", "1.2.1", help_, _TASKS, (name,), compared=True)
    for name, help_ in (
        ("naive-bayes", "Naive Bayes on words and pairs of words"),
        ("text-svm", "linear SVM on TF-IDF of words and pairs of words"),
    )
}
