"""The shared options: from the command line to the loop, in every neural recipe."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")
pytest.importorskip("nltk")

import training.common.options as shared  # noqa: E402
from pipelines.core.errors import InputError  # noqa: E402
from training.cli import main  # noqa: E402
from training.common.loop import FitConfig  # noqa: E402
from training.common.losses import Loss  # noqa: E402
from training.common.options import TrainingOptions, training_options  # noqa: E402

GIVEN = [
    "--optimiser",
    "sgd",
    "--schedule",
    "linear",
    "--warmup",
    "0.2",
    "--weight-decay",
    "0.3",
    "--clip",
    "0.5",
    "--patience",
    "7",
    "--average",
    "0.9",
    "--seed",
    "11",
    "--epochs",
    "3",
    "--rate",
    "0.25",
    "--loss",
    "focal",
    "--smoothing",
    "0.05",
    "--gamma",
    "1.5",
    "--device",
    "cpu",
    "--resume",
    "--tensorboard",
]
CHOSEN = FitConfig(3, 0.25, "sgd", "linear", 0.2, 0.3, 0.5, 7, 0.9, 11)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What reached the loop."""
    found: list[Any] = []

    def fit(model: Any, problem: Any, config: FitConfig, folder: Path, **rest: Any) -> list[dict[str, float]]:
        found.append(SimpleNamespace(model=model, problem=problem, config=config, folder=folder, **rest))
        return [{"score": 1.0}]

    monkeypatch.setattr(shared, "fit", fit)
    return found


def stand_ins(monkeypatch: pytest.MonkeyPatch, recipe: str) -> None:
    """Put nothing in the place of the recipe's data and models, which take minutes."""
    if recipe == "text":
        import training.feelings.recipe as text

        def nothing(*_: Any) -> list[Any]:
            return [SimpleNamespace(name="fine", labels=(), texts=())]

        monkeypatch.setattr(text, "load_tasks", nothing)
        monkeypatch.setattr(text, "hold_back", lambda task: (task, task))
        monkeypatch.setattr(text, "tokenizer", lambda: SimpleNamespace(encode_batch=lambda texts: []))
        monkeypatch.setattr(text, "new_model", lambda tasks: torch.nn.Linear(2, 2))
    else:
        import training.caption.recipe as caption

        photo = SimpleNamespace(captions=("A dog runs.", "A dog sleeps."))
        monkeypatch.setattr(caption, "flickr8k", lambda data, split: [photo])
        monkeypatch.setattr(caption, "features", lambda *_: np.zeros((0, 81, 1280), np.float16))


@pytest.mark.parametrize("recipe", ["text", "caption"])
def test_what_is_chosen_reaches_loop_and_loss(
    recipe: str, calls: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_ins(monkeypatch, recipe)
    with pytest.raises(SystemExit) as end:
        main([recipe, "train", "--work", str(tmp_path), *GIVEN])
    assert end.value.code == 0
    [call] = calls
    assert call.config == CHOSEN and call.problem.objective == Loss("focal", 0.05, 1.5)
    assert (call.device, call.resume, call.tensorboard, call.folder) == ("cpu", True, True, tmp_path)


def test_a_recipe_keeps_its_own_defaults(
    calls: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_ins(monkeypatch, "caption")
    with pytest.raises(SystemExit):
        main(["caption", "train", "--work", str(tmp_path)])
    assert calls[0].config == FitConfig(20, 5e-4, weight_decay=0.05, patience=5, average=0.999)
    assert calls[0].problem.objective == Loss(smoothing=0.1)
    assert not calls[0].resume and not calls[0].tensorboard


@pytest.mark.parametrize(
    ("recipe", "wrong"),
    [
        ("caption", ["--loss", "mse"]),
        ("text", ["--loss", "hinge"]),
        ("text", ["--optimiser", "lion"]),
        ("text", ["--smoothing", "1.5"]),
    ],
)
def test_what_does_not_fit_is_refused(recipe: str, wrong: list[str], calls: list[Any]) -> None:
    with pytest.raises(SystemExit) as end:
        main([recipe, "train", *wrong])
    assert end.value.code == 2 and not calls


def test_the_seed_makes_the_models_first_weights() -> None:
    weights: list[float] = []
    app = typer.Typer()

    @app.command()
    @training_options(FitConfig(1, 0.1))
    def train(options: TrainingOptions) -> None:
        weights.append(torch.nn.Linear(1, 1).weight.item())

    for seed in ("1", "1", "2"):
        CliRunner().invoke(app, ["--seed", seed], catch_exceptions=False)
    assert weights[0] == weights[1] != weights[2]


def test_a_run_is_not_resumed_with_other_options(calls: list[Any], tmp_path: Path) -> None:
    first = TrainingOptions(FitConfig(2, 0.1))
    first.train(None, None, tmp_path)  # type: ignore[arg-type]
    assert json.loads((tmp_path / "options.json").read_text())["optimiser"] == "adamw"
    longer = TrainingOptions(FitConfig(5, 0.1), resume=True)
    longer.train(None, None, tmp_path)  # type: ignore[arg-type]
    for other in (
        TrainingOptions(FitConfig(5, 0.1, "sgd"), resume=True),
        TrainingOptions(FitConfig(5, 0.1), Loss("focal"), resume=True),
    ):
        with pytest.raises(InputError, match="without --resume"):
            other.train(None, None, tmp_path)  # type: ignore[arg-type]
    assert len(calls) == 2
