"""The training of an adapter: one pack a step, resumes where it was stopped, keeps the best epoch."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from tqdm import tqdm

from pipelines.core.errors import InputError
from training.common.loop import load_weights, seed_everything, trainable
from training.common.run_log import Row, RunLog
from training.common.schedules import make_optimiser, rate_at
from training.lora.encode import Encoded, Pack, packs
from training.lora.model import mean_loss, pack_loss

WARMUP = 0.05
CLIP = 1.0
BEST, LAST = "best.safetensors", "last.safetensors"


@dataclass(frozen=True)
class LoraConfig:
    """How to train; `batch_tokens`: the most tokens of a step. A resumed run has the same."""

    epochs: int = 2
    learning_rate: float = 2e-4
    batch_tokens: int = 1024
    seed: int = 7


class LoraRun:
    """One training run.

    Args:
        model: A PEFT model; only its adapter is trained.
        train: Chats to learn from.
        held_back: Chats whose loss chooses the epoch; none: the last epoch is kept.
        config: How to train.
        folder: Gets `last.safetensors` (to resume), `best.safetensors`, `log.csv` and `log.png`.

    Attributes:
        rows: Losses (nats a token), one row an epoch; `held_back_loss` is missing without held-back chats.
        seconds: Time spent so far, resumed runs together.
        tokens: Tokens trained on so far, and `learnt` of them those of replies.
        stopped: Whether Ctrl-C ended the run early.
    """

    def __init__(
        self,
        model: Any,
        train: Sequence[Encoded],
        held_back: Sequence[Encoded],
        config: LoraConfig,
        folder: Path,
    ) -> None:
        self.model, self.config, self.folder = model, config, folder
        seed = config.seed
        self._epochs = [packs(train, config.batch_tokens, (seed, at)) for at in range(config.epochs)]
        self._held_back = packs(held_back, config.batch_tokens, (seed,))
        parameters = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
        self._parameters = [p for _, p in parameters]
        self._optimiser = make_optimiser("adamw", parameters, config.learning_rate, weight_decay=0.0)
        self.rows: list[Row] = []
        self.before: float | None = None
        self.step = self.tokens = self.learnt = 0
        self.seconds, self.stopped = 0.0, False
        self._losses: list[tuple[float, int]] = []

    @property
    def steps(self) -> int:
        """Number of steps of the whole run."""
        return sum(len(epoch) for epoch in self._epochs)

    def fit(self, *, resume: bool = False) -> None:
        """Train to the end, or to Ctrl-C; leave the adapter of the best epoch, or of that moment, in it.

        Raises InputError where a run of other options would be resumed.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        seed_everything(self.config.seed)
        if resume and (self.folder / LAST).exists():
            self._restore()
        log = RunLog(self.folder)
        try:
            if self.before is None and self._held_back:
                self.before = self._held_back_loss()
                tqdm.write(f"held-back loss before training: {self.before:.4f}")
            while len(self.rows) < self.config.epochs:
                self._epoch()
                log.write(self.rows)
        except KeyboardInterrupt:
            self.stopped = True
            self._save()
            tqdm.write(f"Stopped after step {self.step} of {self.steps}; --resume goes on from here.")
            return
        load_weights(self.model, self.folder / BEST)

    def _epoch(self) -> None:
        number = len(self.rows)
        done = sum(len(epoch) for epoch in self._epochs[:number])
        left = self._epochs[number][self.step - done :]
        self.model.train()
        with tqdm(
            total=self.steps, initial=self.step, unit="step", desc=f"epoch {number + 1}/{self.config.epochs}"
        ) as bar:
            for pack in left:
                started = time.perf_counter()
                self._train_on(pack)
                seconds = time.perf_counter() - started
                self.seconds += seconds
                bar.set_postfix_str(
                    f"loss {_mean(self._losses[-20:]):.3f}, {len(pack) / seconds:.0f} tokens/s"
                )
                bar.update()
        row = {"epoch": float(number + 1), "loss": _mean(self._losses)}
        if self._held_back:
            row["held_back_loss"] = self._held_back_loss()
        row["score"] = -row.get("held_back_loss", row["loss"])
        self.rows.append(row)
        self._losses = []
        if not self._held_back or row["score"] == max(row["score"] for row in self.rows):
            save_file(trainable(self.model), self.folder / BEST)
        self._save()
        tqdm.write(", ".join(f"{name} {value:.4g}" for name, value in row.items() if name != "score"))

    def _train_on(self, pack: Pack) -> None:
        share = rate_at(self.step, self.steps, max(1, round(WARMUP * self.steps)), "cosine")
        for group in self._optimiser.param_groups:
            group["lr"] = share * self.config.learning_rate
        loss, learnt = pack_loss(self.model, pack)
        self._optimiser.zero_grad(set_to_none=True)
        (loss / learnt).backward()
        torch.nn.utils.clip_grad_norm_(self._parameters, CLIP)
        self._optimiser.step()
        self._losses.append((float(loss.detach()), learnt))
        self.step, self.tokens, self.learnt = self.step + 1, self.tokens + len(pack), self.learnt + learnt

    def _held_back_loss(self) -> float:
        self.model.eval()
        return mean_loss(self.model, self._held_back)

    def _save(self) -> None:
        """Write weights, the optimiser's averages and the counts: what `_restore` needs for the next step."""
        state = trainable(self.model)
        for index, averages in self._optimiser.state_dict()["state"].items():
            state |= {f"optimiser.{index}.{name}": value.contiguous() for name, value in averages.items()}
        counts = {
            "config": asdict(self.config),
            "steps": self.steps,
            "rows": self.rows,
            "before": self.before,
            "losses": self._losses,
            "step": self.step,
            "tokens": self.tokens,
            "learnt": self.learnt,
            "seconds": self.seconds,
        }
        part = self.folder / f"{LAST}.part"
        save_file(state, part, metadata={"run": json.dumps(counts)})
        part.replace(self.folder / LAST)

    def _restore(self) -> None:
        with safe_open(self.folder / LAST, "pt") as file:
            counts = json.loads(file.metadata()["run"])
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        if (counts["config"], counts["steps"]) != (asdict(self.config), self.steps):
            raise InputError(
                "This run began with other options or chats and cannot go on",
                given=f"{asdict(self.config)}, {self.steps} steps",
                allowed=f"{counts['config']}, {counts['steps']} steps",
                fix="Give the same again, or leave out --resume to begin anew",
            )
        averages: dict[int, dict[str, torch.Tensor]] = {}
        for name in [name for name in state if name.startswith("optimiser.")]:
            _, index, kind = name.split(".")
            averages.setdefault(int(index), {})[kind] = state.pop(name)
        self.model.load_state_dict(state, strict=False)
        self._optimiser.load_state_dict({**self._optimiser.state_dict(), "state": averages})
        self.rows, self.before = counts["rows"], counts["before"]
        self._losses = [(loss, learnt) for loss, learnt in counts["losses"]]
        self.step, self.tokens, self.learnt = counts["step"], counts["tokens"], counts["learnt"]
        self.seconds = counts["seconds"]


def _mean(losses: Sequence[tuple[float, int]]) -> float:
    """Return the mean loss of a token."""
    return sum(loss for loss, _ in losses) / max(1, sum(learnt for _, learnt in losses))
