"""The training loop on a problem that takes milliseconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from training.loop import FitConfig, fit, load_weights  # noqa: E402
from training.schedule import rate_at  # noqa: E402


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


def test_it_stops_early_and_goes_back_to_the_best(tmp_path: Path) -> None:
    rows = fit(line(), Line(worse_after=2), FitConfig(20, 0.1, patience=3), tmp_path, device="cpu")
    assert len(rows) == 5


def test_rates_warm_up_and_decay() -> None:
    rates = [rate_at(step, 100, 10, "cosine") for step in range(100)]
    assert rates[0] == pytest.approx(0.1) and rates[9] == pytest.approx(1.0)
    assert rates[10:] == sorted(rates[10:], reverse=True) and rates[-1] < 0.03
    assert rate_at(90, 100, 10, "constant") == 1.0


def test_unknown_weights_are_refused(tmp_path: Path) -> None:
    fit(torch.nn.Sequential(line()), Line(), FitConfig(1, 0.1), tmp_path, device="cpu")
    with pytest.raises(KeyError, match=r"0\.weight"):
        load_weights(line(), tmp_path / "best.safetensors")
