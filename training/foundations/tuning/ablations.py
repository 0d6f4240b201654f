"""Recipes that train one model several ways and keep the one that was best on held-back sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from pipelines.text.foundations.tuned.cnn import TunedClassifier
from training.common.losses import Loss
from training.common.metrics import classifier_metrics
from training.foundations.recipe import Metrics, Run
from training.foundations.tuning.reports import publish
from training.foundations.tuning.review_cnn import (
    LABELS,
    PLAIN,
    RATE,
    Reviews,
    Trained,
    Variant,
    epochs_of,
    train_variant,
)

TRIALS = 8


def losses(epochs: int) -> list[Variant]:
    """Return the same training with four losses (sources: `training.common.losses`)."""
    config = replace(PLAIN, epochs=epochs)
    return [
        Variant("cross-entropy", config),
        Variant("mean squared error", config, Loss("mse")),
        Variant("focal", config, Loss("focal")),
        Variant("label smoothing", config, Loss(smoothing=0.1)),
    ]


def optimisers(epochs: int) -> list[Variant]:
    """Return SGD with momentum (Sutskever et al., 2013), Adam (Kingma and Ba, 2015) and AdamW (2019).

    Each has a rate that suits it. A decay of 0.01 in the gradient is scaled up with it where Adam's steps are
    normalised, and holds the weights at zero; decoupled it does little. The row shows that beside plain Adam.
    """
    config = replace(PLAIN, epochs=epochs)
    return [
        Variant("SGD with momentum", replace(config, optimiser="sgd", learning_rate=0.05)),
        Variant("Adam", replace(config, optimiser="adam")),
        Variant("Adam, decay in the gradient", replace(config, optimiser="adam", weight_decay=0.01)),
        Variant("AdamW, the same decay", replace(config, weight_decay=0.01)),
    ]


def schedules(epochs: int) -> list[Variant]:
    """Return constant, step, cosine (Loshchilov and Hutter, 2017) and warm-up with cosine, same peak."""
    config = replace(PLAIN, epochs=epochs, learning_rate=2 * RATE)
    return [
        Variant("constant", config),
        Variant("step", replace(config, decay="step")),
        Variant("cosine", replace(config, decay="cosine")),
        Variant("warm-up and cosine", replace(config, decay="cosine", warmup=0.15)),
    ]


def regularisation(epochs: int) -> list[Variant]:
    """Return none, L1, L2 (in Adam's gradient), dropout (Srivastava et al., 2014), early stopping, all."""
    longer = 2 * epochs
    config = replace(PLAIN, epochs=longer, patience=longer, optimiser="adam")
    return [
        Variant("none", config, keep_last=True),
        Variant("L1", config, l1=1e-5, keep_last=True),
        Variant("L2", replace(config, weight_decay=1e-3), keep_last=True),
        Variant("dropout", config, dropout=0.5, keep_last=True),
        Variant("early stopping", replace(config, patience=2)),
        Variant("L2, dropout, early stopping", replace(config, weight_decay=1e-3, patience=2), dropout=0.5),
    ]


GROUPS: dict[str, Callable[[int], list[Variant]]] = {
    "ablate-losses": losses,
    "ablate-optimisers": optimisers,
    "ablate-schedules": schedules,
    "ablate-regularisation": regularisation,
}


class AblationRecipe:
    """An ablation by name."""

    def __init__(self, name: str) -> None:
        self.group = GROUPS[name]

    def train(self, run: Run) -> TunedClassifier:
        """Train every variant, publish the table, return the best on held-back sentences."""
        reviews = Reviews.of(run)
        variants = self.group(epochs_of(run))
        return keep_best([train_variant(_seeded(variant, run), reviews, run) for variant in variants], run)

    def evaluate(self, model: Any, run: Run) -> Metrics:
        """Report on SST-2's dev sentences."""
        return dev_report(model, Reviews.of(run))


class SearchRecipe:
    """Rate, dropout, weight decay and smoothing searched by a tree of Parzen estimators.

    Source: Akiba et al., 2019, "Optuna", arXiv:1907.10902; Bergstra et al., 2011.
    """

    def train(self, run: Run) -> TunedClassifier:
        """Try settings, each in half the epochs; train the best in all of them; publish; return that one."""
        import optuna

        reviews = Reviews.of(run)
        variants: list[Variant] = []
        trials: list[Trained] = []
        epochs = max(1, epochs_of(run) // 2)

        def tried(trial: optuna.Trial) -> float:
            rate = trial.suggest_float("rate", 3e-4, 5e-3, log=True)
            decay = trial.suggest_float("weight_decay", 1e-4, 0.3, log=True)
            dropout, smoothing = (
                trial.suggest_float("dropout", 0.0, 0.6),
                trial.suggest_float("smoothing", 0.0, 0.2),
            )
            config = replace(PLAIN, epochs=epochs, learning_rate=rate, weight_decay=decay, decay="cosine")
            name = f"rate {rate:.4f} decay {decay:.4f} dropout {dropout:.2f} smoothing {smoothing:.2f}"
            variants.append(_seeded(Variant(name, config, Loss(smoothing=smoothing), dropout), run))
            trials.append(train_variant(variants[-1], reviews, run))
            return float(trials[-1].row["held_back"])

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        study = optuna.create_study(
            direction="maximize", sampler=optuna.samplers.TPESampler(seed=run.seed, n_startup_trials=4)
        )
        study.optimize(tried, n_trials=2 if run.small else TRIALS)
        best = variants[study.best_trial.number]
        config = replace(best.config, epochs=epochs_of(run))
        found = train_variant(replace(best, name="the best, all epochs", config=config), reviews, run)
        publish([each.row for each in (*trials, found)], run)
        return found.classifier

    def evaluate(self, model: Any, run: Run) -> Metrics:
        """Report on SST-2's dev sentences."""
        return dev_report(model, Reviews.of(run))


def keep_best(trained: Sequence[Trained], run: Run) -> TunedClassifier:
    """Publish the rows; return the classifier that was best on held-back sentences, the first of equals."""
    publish([each.row for each in trained], run)
    return max(trained, key=lambda each: float(each.row["held_back"])).classifier


def dev_report(model: Any, reviews: Reviews) -> Metrics:
    """Return the report of a classifier on SST-2's dev sentences."""
    truth = [LABELS[at] for at in reviews.dev.classes]
    return classifier_metrics(model.probabilities, reviews.dev.sentences, truth, LABELS)


def _seeded(variant: Variant, run: Run) -> Variant:
    return replace(variant, config=replace(variant.config, seed=run.seed))
