"""The options of `train` that the neural recipes share, declared once.

A recipe gives its own defaults; the command line and the folder of the run show what was chosen:

    @app.command()
    @training_options(FitConfig(epochs=4, learning_rate=1e-4))
    def train(data: Path, work: Path, options: TrainingOptions) -> None:
        options.train(model, Problem(..., options.loss), work)
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import typer

from pipelines.core.errors import InputError
from training.common.loop import FitConfig, Problem, fit, seed_everything
from training.common.losses import Loss, LossName
from training.common.schedules import Decay, Optimiser

LOSSES: tuple[LossName, ...] = get_args(LossName)
WORD_LOSSES: tuple[LossName, ...] = ("cross-entropy", "focal")
"""Those that fit a choice among thousands of words, where squared differences of probabilities vanish."""
CHANGEABLE = frozenset({"epochs", "patience"})
"""What a resumed run may have otherwise."""


@dataclass(frozen=True)
class TrainingOptions:
    """What was chosen on the command line."""

    fit: FitConfig
    loss: Loss = field(default_factory=Loss)
    device: str = "auto"
    resume: bool = False
    tensorboard: bool = False

    def train(self, model: Any, problem: Problem, folder: Path) -> list[dict[str, float]]:
        """Write the choices to `folder`/options.json, train `model` in place, return one row an epoch.

        Raises:
            InputError: if the run to resume had other options.
        """
        chosen = {**asdict(self.fit), **{f"loss_{name}": value for name, value in asdict(self.loss).items()}}
        path = folder / "options.json"
        if self.resume and path.exists():
            _check(json.loads(path.read_text("utf-8")), chosen)
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(chosen, indent=1) + "\n", encoding="utf-8")
        return fit(
            model,
            problem,
            self.fit,
            folder,
            device=self.device,
            resume=self.resume,
            tensorboard=self.tensorboard,
        )


def _check(before: dict[str, Any], chosen: dict[str, Any]) -> None:
    other = [name for name in chosen if name not in CHANGEABLE and before.get(name) != chosen[name]]
    if other:
        raise InputError(
            "The run cannot be resumed with other options",
            given=", ".join(f"{name} {chosen[name]}" for name in other),
            allowed=", ".join(f"{name} {before.get(name)}" for name in other),
            fix="Give the options of that run, or start anew without --resume",
        )


def training_options(
    defaults: FitConfig, loss: Loss | None = None, losses: tuple[LossName, ...] = LOSSES
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that gives a command the shared options and hands them over as `options`.

    The seed is set before the command builds its model. `losses`: those that fit the recipe; without any,
    the recipe has a loss of its own.
    """
    shared = _parameters(defaults, loss or Loss(), losses)

    def decorate(recipe: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(recipe)
        def command(**given: Any) -> None:
            options = _collect({option.name: given.pop(option.name) for option in shared})
            seed_everything(options.fit.seed)
            recipe(**given, options=options)

        own = inspect.signature(recipe, eval_str=True).parameters.values()
        kept = [*(parameter for parameter in own if parameter.name != "options"), *shared]
        command.__signature__ = inspect.Signature(kept)  # type: ignore[attr-defined]
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in kept}
        return command

    return decorate


def _collect(given: dict[str, Any]) -> TrainingOptions:
    run = {name: given.pop(name) for name in ("device", "resume", "tensorboard")}
    loss = {
        name: given.pop(option)
        for option, name in (("loss", "name"), ("smoothing", "smoothing"), ("gamma", "gamma"))
        if option in given
    }
    rate, schedule = given.pop("rate"), given.pop("schedule")
    return TrainingOptions(FitConfig(learning_rate=rate, decay=schedule, **given), Loss(**loss), **run)


def _parameters(fit: FitConfig, loss: Loss, losses: tuple[LossName, ...]) -> list[inspect.Parameter]:
    share: dict[str, Any] = {"min": 0.0, "max": 1.0}
    rows: list[tuple[str, Any, Any, str, dict[str, Any]]] = [
        ("epochs", int, fit.epochs, "Passes over the data.", {"min": 1}),
        ("rate", float, fit.learning_rate, "Peak learning rate.", {"min": 0.0}),
        ("optimiser", Optimiser, fit.optimiser, "Which optimiser.", {}),
        ("schedule", Decay, fit.decay, "Learning rate after the warm-up.", {}),
        ("warmup", float, fit.warmup, "Share of the steps in which the rate rises.", share),
        ("weight_decay", float, fit.weight_decay, "Weight decay of matrices.", {"min": 0.0}),
        ("clip", float, fit.clip, "Longest gradient.", {"min": 0.0}),
        ("patience", int, fit.patience, "Epochs without a better score before the end.", {"min": 1}),
        ("average", float, fit.average, "Decay of the weights' moving average; 0 for none.", share),
        ("seed", int, fit.seed, "Seed of new weights and dropout.", {}),
    ]
    if losses:
        rows += [
            ("loss", Literal[losses], loss.name, "Which loss.", {}),
            ("smoothing", float, loss.smoothing, "Label smoothing.", share),
            ("gamma", float, loss.gamma, "Of the focal loss.", {"min": 0.0}),
        ]
    rows += [
        ("device", str, "auto", "auto, cpu, cuda, mps.", {}),
        ("resume", bool, False, "Go on from the last checkpoint.", {}),
        ("tensorboard", bool, False, "Write TensorBoard's events too.", {}),
    ]
    return [_parameter(*row) for row in rows]


def _parameter(name: str, kind: Any, default: Any, text: str, limits: dict[str, Any]) -> inspect.Parameter:
    flag = f"--{name.replace('_', '-')}"
    option = typer.Option(flag, help=text, **limits)
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, keyword, default=default, annotation=Annotated[kind, option])
