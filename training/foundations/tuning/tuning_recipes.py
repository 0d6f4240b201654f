"""The recipes of this family by name."""

from __future__ import annotations

from training.foundations.recipe import RecipeSpec, RecipeTable

_HERE = "training.foundations.tuning"
_TASKS = ("sst2",)
TABLE: RecipeTable = {
    name: RecipeSpec(f"{_HERE}.ablations:AblationRecipe", "6.1", help_, _TASKS, (name,), compared=True)
    for name, help_ in (
        ("ablate-losses", "cross-entropy, mean squared error, focal, label smoothing"),
        ("ablate-optimisers", "SGD with momentum, Adam, AdamW"),
        ("ablate-schedules", "constant, step, cosine, warm-up"),
        ("ablate-regularisation", "L1, L2, dropout, early stopping"),
    )
} | {
    name: RecipeSpec(f"{_HERE}.{target}", chapter, help_, _TASKS, compared=True)
    for name, target, chapter, help_ in (
        ("search", "ablations:SearchRecipe", "6.1", "hyper-parameters searched with Optuna"),
        ("prune", "compress:PruneRecipe", "6.2", "magnitude pruning, and its curve"),
        ("weight-sharing", "compress:SharingRecipe", "6.2", "k-means codebooks, and their curve"),
        ("quantise", "compress:QuantiseRecipe", "6.2", "int8 against float32 in ONNX Runtime"),
        ("distil", "compress:DistilRecipe", "6.2", "a small student of the app's sentiment model"),
    )
}
