"""The training loop of every neural recipe: resumes, stops early, logs, keeps the best weights."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tqdm import tqdm

from training.common.run_log import RunLog
from training.common.schedules import Decay, Optimiser, make_optimiser, rate_at


@dataclass(frozen=True)
class FitConfig:
    """How to train.

    `warmup`: share of the steps; `patience`: epochs without a better score; `average`: decay of the moving
    average of the weights that is evaluated and kept, 0 for none.
    """

    epochs: int
    learning_rate: float
    optimiser: Optimiser = "adamw"
    decay: Decay = "cosine"
    warmup: float = 0.05
    weight_decay: float = 0.01
    clip: float = 1.0
    patience: int = 3
    average: float = 0.0
    seed: int = 0


class Problem(Protocol):
    """What a recipe gives to the loop."""

    def batches(self, epoch: int) -> Sequence[Any]:
        """Return an epoch's batches, shuffled by the epoch's number; every epoch has as many."""

    def loss(self, model: Any, batch: Any, device: torch.device) -> torch.Tensor:
        """Return the loss of a batch, a scalar."""

    def score(self, model: Any, device: torch.device) -> dict[str, float]:
        """Return metrics on held-out data; the higher `score` is, the better."""


def choose_device(name: str) -> torch.device:
    """Return a device; "auto" takes CUDA, then MPS, then the CPU."""
    if name != "auto":
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def mixed_precision(device: torch.device) -> torch.autocast:
    """Return the autocast context: bfloat16 where the device computes it fast, else nothing."""
    enabled = fast_bfloat16(device)
    return torch.autocast(device.type if enabled else "cpu", torch.bfloat16, enabled=enabled)


def fast_bfloat16(device: torch.device) -> bool:
    """Whether a device multiplies bfloat16 itself."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return device.type == "cpu" and _fast_bfloat16_cpu()


def _fast_bfloat16_cpu() -> bool:
    """Whether the CPU multiplies bfloat16 itself: AMX, or AVX512_BF16 (Zen 4: 1.4 times a float32 step)."""
    checks = (getattr(torch.cpu, f"_is_{kind}_supported", None) for kind in ("amx_tile", "avx512_bf16"))
    return any(check is not None and check() for check in checks)


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and torch."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def random_state(device: torch.device) -> list[torch.Tensor]:
    """Return the state of torch's generators, which draw dropout: the CPU's and, there, CUDA's."""
    return [torch.get_rng_state(), *([torch.cuda.get_rng_state(device)] if device.type == "cuda" else [])]


def set_random_state(state: Sequence[torch.Tensor]) -> None:
    """Go on drawing from what `random_state` returned."""
    torch.set_rng_state(state[0].cpu())
    for kept in state[1:]:
        torch.cuda.set_rng_state(kept.cpu())


def fit(
    model: torch.nn.Module,
    problem: Problem,
    config: FitConfig,
    folder: Path,
    *,
    device: str = "auto",
    resume: bool = False,
    tensorboard: bool = False,
) -> list[dict[str, float]]:
    """Train `model` in place, leave the best weights in it and return one row an epoch.

    `folder` gets `best.safetensors` (trainable weights), `last.pt` for resuming, `log.csv` and `log.png`,
    and with `tensorboard` a folder of that name with its events.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = RunLog(folder, tensorboard=tensorboard)
    seed_everything(config.seed)
    run = _Run(model.to(choose_device(device)), problem, config, folder)
    if resume and (folder / "last.pt").exists():
        run.restore()
    try:
        while not run.finished:
            run.epoch()
            log.write(run.rows)
    finally:
        log.close()
    load_weights(model, folder / "best.safetensors")
    return run.rows


def trainable(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return the trained weights and buffers by name; tied weights once."""
    frozen = {name for name, p in model.named_parameters() if not p.requires_grad}
    return {
        name: tensor.detach().clone().contiguous()
        for name, tensor in model.state_dict().items()
        if name not in frozen
    }


def load_weights(model: torch.nn.Module, path: Path) -> None:
    """Load trained weights over those of `model`. Raises KeyError for a name that the model lacks."""
    missing = model.load_state_dict(load_file(path), strict=False).unexpected_keys
    if missing:
        raise KeyError(f"{path} has weights that this model lacks: {', '.join(missing)}")


class _Run:
    def __init__(self, model: torch.nn.Module, problem: Problem, config: FitConfig, folder: Path) -> None:
        self.model, self.problem, self.config, self.folder = model, problem, config, folder
        self.device = next(model.parameters()).device
        self.steps_an_epoch = len(problem.batches(0))
        self.optimiser = make_optimiser(
            config.optimiser, model.named_parameters(), config.learning_rate, config.weight_decay
        )
        self.average = trainable(model) if config.average else None
        self.rows: list[dict[str, float]] = []
        self.step = 0

    @property
    def best(self) -> int:
        """Index of the best epoch."""
        return max(range(len(self.rows)), key=lambda i: self.rows[i]["score"]) if self.rows else 0

    @property
    def finished(self) -> bool:
        """Whether the epochs or the patience are used up."""
        done = len(self.rows)
        return done >= self.config.epochs or (done > 0 and done - 1 - self.best >= self.config.patience)

    def epoch(self) -> None:
        number = len(self.rows)
        self.model.train()
        losses = []
        bar = tqdm(self.problem.batches(number), unit="batch", desc=f"epoch {number + 1}")
        for batch in bar:
            losses.append(self._step(batch))
            bar.set_postfix(loss=f"{np.mean(losses[-100:]):.3f}")
        self._score(float(np.mean(losses)))

    def _step(self, batch: Any) -> float:
        total = self.config.epochs * self.steps_an_epoch
        share = rate_at(self.step, total, max(1, round(self.config.warmup * total)), self.config.decay)
        for group in self.optimiser.param_groups:
            group["lr"] = share * self.config.learning_rate
        with mixed_precision(self.device):
            loss = self.problem.loss(self.model, batch, self.device)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        kept = [p for group in self.optimiser.param_groups for p in group["params"]]
        torch.nn.utils.clip_grad_norm_(kept, self.config.clip)
        self.optimiser.step()
        self.step += 1
        if self.average is not None:
            self._take_average(self.average)
        return float(loss.detach())

    def _take_average(self, average: dict[str, torch.Tensor]) -> None:
        decay = min(self.config.average, (1 + self.step) / (10 + self.step))
        state = self.model.state_dict()
        for name, kept in average.items():
            if kept.is_floating_point():
                kept.lerp_(state[name].detach(), 1.0 - decay)
            else:
                kept.copy_(state[name])

    def _score(self, loss: float) -> None:
        raw = trainable(self.model)
        if self.average is not None:
            self.model.load_state_dict(self.average, strict=False)
        self.model.eval()
        with torch.no_grad():
            scores = self.problem.score(self.model, self.device)
        self.rows.append({"epoch": len(self.rows) + 1, "loss": loss, **scores})
        if self.best == len(self.rows) - 1:
            save_file(_untied(trainable(self.model)), self.folder / "best.safetensors")
        self.model.load_state_dict(raw, strict=False)
        self._save()
        tqdm.write(", ".join(f"{name} {value:.4g}" for name, value in self.rows[-1].items()))

    def _save(self) -> None:
        state = {
            "model": trainable(self.model),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "rows": self.rows,
            "step": self.step,
            "random": random_state(self.device),
        }
        torch.save(state, self.folder / "last.part")
        (self.folder / "last.part").replace(self.folder / "last.pt")

    def restore(self) -> None:
        state = torch.load(self.folder / "last.pt", weights_only=True, map_location=self.device)
        self.model.load_state_dict(state["model"], strict=False)
        self.optimiser.load_state_dict(state["optimiser"])
        self.average, self.rows, self.step = state["average"], state["rows"], state["step"]
        set_random_state(state["random"])


def _untied(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return weights that share no memory, as safetensors needs them."""
    return {name: tensor.clone() for name, tensor in weights.items()}
