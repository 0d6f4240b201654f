"""The training loop on a problem that takes milliseconds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import training.common.loop as loop  # noqa: E402
from pipelines.core.errors import MissingPackageError  # noqa: E402
from training.common.loop import FitConfig, fit, load_weights, mixed_precision  # noqa: E402
from training.common.schedules import make_optimiser, rate_at  # noqa: E402


class Line:
    """Fit y = 2x + 1; `worse_after`: epochs after which the score falls."""

    def __init__(self, worse_after: int = 99) -> None:
        self.scored, self.worse_after = 0, worse_after

    def batches(self, epoch: int) -> list[Any]:
        x = torch.linspace(-1, 1, 32)[:, None] + 0.01 * epoch
        return list(zip(x.split(8), (2 * x + 1).split(8), strict=True))

    def loss(self, model: Any, batch: Any, device: Any) -> Any:
        x, y = batch
        return ((model(x).float() - y) ** 2).mean()

    def score(self, model: Any, device: Any) -> dict[str, float]:
        self.scored += 1
        if self.scored > self.worse_after:
            return {"score": -99.0 - self.scored}
        x = torch.linspace(-1, 1, 50)[:, None]
        return {"score": -float(((model(x) - 2 * x - 1) ** 2).mean())}


def line(seed: int = 3) -> Any:
    torch.manual_seed(seed)
    return torch.nn.Linear(1, 1)


def test_it_learns_logs_and_keeps_the_best(tmp_path: Path) -> None:
    model = line()
    rows = fit(model, Line(), FitConfig(12, 0.3), tmp_path, device="cpu")
    assert rows[-1]["score"] > -1e-2 > rows[0]["score"]
    fresh = line(4)
    load_weights(fresh, tmp_path / "best.safetensors")
    assert fresh.weight.item() == pytest.approx(model.weight.item())
    assert len((tmp_path / "log.csv").read_text().splitlines()) == len(rows) + 1
    assert (tmp_path / "log.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_a_resumed_run_ends_as_an_uninterrupted_one(tmp_path: Path, average: float) -> None:
    whole, cut = line(), line()
    fit(whole, Line(), FitConfig(6, 0.1, average=average), tmp_path / "whole", device="cpu")

    class Cut(Line):
        def batches(self, epoch: int) -> list[Any]:
            if epoch == 3:
                raise KeyboardInterrupt
            return super().batches(epoch)

    with pytest.raises(KeyboardInterrupt):
        fit(cut, Cut(), FitConfig(6, 0.1, average=average), tmp_path / "cut", device="cpu")
    resumed = line(9)
    fit(resumed, Line(), FitConfig(6, 0.1, average=average), tmp_path / "cut", device="cpu", resume=True)
    assert resumed.weight.item() == pytest.approx(whole.weight.item(), abs=1e-6)
    assert resumed.bias.item() == pytest.approx(whole.bias.item(), abs=1e-6)


def test_dropout_goes_on_where_it_was(tmp_path: Path) -> None:
    def model() -> Any:
        torch.manual_seed(5)
        return torch.nn.Sequential(torch.nn.Linear(1, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1))

    whole, first, rest = model(), model(), model()
    fit(whole, Line(), FitConfig(4, 0.1, decay="constant", warmup=0.0), tmp_path / "a", device="cpu")
    fit(first, Line(), FitConfig(2, 0.1, decay="constant", warmup=0.0), tmp_path / "b", device="cpu")
    longer = FitConfig(4, 0.1, decay="constant", warmup=0.0)
    fit(rest, Line(), longer, tmp_path / "b", device="cpu", resume=True)
    assert torch.allclose(rest[0].weight, whole[0].weight, atol=1e-6)


def test_it_stops_early_and_goes_back_to_the_best(tmp_path: Path) -> None:
    class Kept(Line):
        weights: list[float]

        def score(self, model: Any, device: Any) -> dict[str, float]:
            self.weights = [*getattr(self, "weights", []), model.weight.item()]
            return super().score(model, device)

    model, problem = line(), Kept(worse_after=2)
    rows = fit(model, problem, FitConfig(20, 0.1, patience=3), tmp_path, device="cpu")
    assert len(rows) == 5
    assert model.weight.item() == pytest.approx(problem.weights[1]) != pytest.approx(problem.weights[-1])


def test_a_seed_repeats_a_run_and_another_does_not(tmp_path: Path) -> None:
    def loss(seed: int) -> float:
        torch.manual_seed(5)
        model = torch.nn.Sequential(torch.nn.Linear(1, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1))
        torch.manual_seed(99 + seed)
        return fit(model, Line(), FitConfig(1, 0.1, seed=seed), tmp_path, device="cpu")[0]["loss"]

    assert loss(1) == loss(1) != loss(2)


@pytest.mark.parametrize("fast", [True, False])
def test_losses_are_computed_in_bfloat16_where_that_is_fast(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fast: bool
) -> None:
    types = set()

    class Typed(Line):
        def loss(self, model: Any, batch: Any, device: Any) -> Any:
            types.add(model(batch[0]).dtype)
            return super().loss(model, batch, device)

    monkeypatch.setattr(loop, "_fast_bfloat16_cpu", lambda: fast)
    model = line()
    fit(model, Typed(), FitConfig(1, 0.1), tmp_path, device="cpu")
    assert types == {torch.bfloat16 if fast else torch.float32}
    assert model.weight.dtype == torch.float32


def test_long_gradients_are_cut(tmp_path: Path) -> None:
    class Steep(Line):
        def loss(self, model: Any, batch: Any, device: Any) -> Any:
            return 1e6 * super().loss(model, batch, device)

    model = line()
    before = model.weight.item()
    fit(model, Steep(), FitConfig(1, 0.01, "sgd", "constant", 0.0, clip=0.5), tmp_path, device="cpu")
    assert (
        0 < abs(model.weight.item() - before) < 0.2
    )  # four steps of at most 0.005, each ten times with momentum


def test_the_moving_average_is_what_is_kept(tmp_path: Path) -> None:
    plain, averaged = line(), line()
    fit(plain, Line(), FitConfig(1, 0.1), tmp_path / "plain", device="cpu")
    fit(averaged, Line(), FitConfig(1, 0.1, average=0.99), tmp_path / "averaged", device="cpu")
    start, end, kept = line().weight.item(), plain.weight.item(), averaged.weight.item()
    assert min(start, end) < kept < max(start, end)


def test_the_moving_average_does_not_steer_the_training(tmp_path: Path) -> None:
    plain = fit(line(), Line(), FitConfig(4, 0.1), tmp_path / "plain", device="cpu")
    averaged = fit(line(), Line(), FitConfig(4, 0.1, average=0.9), tmp_path / "averaged", device="cpu")
    assert [row["loss"] for row in averaged] == pytest.approx([row["loss"] for row in plain])


@pytest.mark.parametrize(("name", "kind"), [("adamw", "AdamW"), ("adam", "Adam"), ("sgd", "SGD")])
def test_optimisers_decay_matrices_alone(name: Any, kind: str) -> None:
    model = torch.nn.Linear(2, 2)
    optimiser = make_optimiser(name, model.named_parameters(), 0.1, 0.3)
    assert type(optimiser).__name__ == kind
    matrices, vectors = optimiser.param_groups
    assert matrices["params"] == [model.weight] and matrices["weight_decay"] == 0.3
    assert vectors["params"] == [model.bias] and vectors["weight_decay"] == 0.0


def test_tensorboard_gets_every_epoch_once(tmp_path: Path) -> None:
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    for epochs, resume in ((3, False), (2, False), (4, True)):  # the second starts anew, the third goes on
        fit(line(), Line(), FitConfig(epochs, 0.1), tmp_path, device="cpu", resume=resume, tensorboard=True)
    found = events.EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [event.step for event in found.Scalars("loss")] == [1, 2, 3, 4]
    lines = (tmp_path / "log.csv").read_text().splitlines()[1:]
    written = [float(row.split(",")[1]) for row in lines]
    assert [event.value for event in found.Scalars("loss")] == pytest.approx(written, rel=1e-5)
    assert found.Tags()["scalars"] == ["loss", "score"]


def test_without_tensorboard_there_are_no_events(tmp_path: Path) -> None:
    fit(line(), Line(), FitConfig(1, 0.1), tmp_path, device="cpu")
    assert not (tmp_path / "tensorboard").exists()


def test_a_missing_tensorboard_is_told_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    problem = Line()
    with pytest.raises(MissingPackageError, match="--tensorboard"):
        fit(line(), problem, FitConfig(1, 0.1), tmp_path, device="cpu", tensorboard=True)
    assert problem.scored == 0


def test_rates_warm_up_and_decay() -> None:
    rates = [rate_at(step, 100, 10, "cosine") for step in range(100)]
    assert rates[0] == pytest.approx(0.1) and rates[9] == pytest.approx(1.0)
    assert rates[10:] == sorted(rates[10:], reverse=True) and rates[-1] < 0.03
    assert rate_at(90, 100, 10, "constant") == 1.0


def test_unknown_weights_are_refused(tmp_path: Path) -> None:
    fit(torch.nn.Sequential(line()), Line(), FitConfig(1, 0.1), tmp_path, device="cpu")
    with pytest.raises(KeyError, match=r"0\.weight"):
        load_weights(line(), tmp_path / "best.safetensors")


@pytest.mark.parametrize(("fast", "expected"), [("amx_tile", True), ("avx512_bf16", True), ("", False)])
def test_bfloat16_where_the_cpu_multiplies_it(
    monkeypatch: pytest.MonkeyPatch, fast: str, expected: bool
) -> None:
    for kind in ("amx_tile", "avx512_bf16"):
        monkeypatch.setattr(torch.cpu, f"_is_{kind}_supported", lambda kind=kind: kind == fast, raising=False)
    with mixed_precision(torch.device("cpu")):
        assert torch.is_autocast_enabled("cpu") == expected
