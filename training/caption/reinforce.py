"""Self-critical training of the captioner on CIDEr-D (Rennie et al., 2017, arXiv:1612.00563).

Every photo's five sampled captions are judged against the mean of the others (Luo, 2020, arXiv:2003.09971).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pipelines.image.words import END, PAD, START, UNKNOWN
from training.caption.model import Captioner
from training.caption.problem import Captioning
from training.caption.reward import CiderReward

SAMPLES = 5


class Reinforcement(Captioning):
    """`Captioning` whose loss raises the probability of samples that are better than their siblings."""

    def __post_init__(self) -> None:
        super().__post_init__()
        captions = [[self.vocabulary.encode(c)[1:] for c in photo.captions] for photo in self.photos]
        self._reward = CiderReward(captions)

    def loss(self, model: Any, batch: NDArray[np.int64], device: torch.device) -> torch.Tensor:
        """Return minus the mean of advantage times log-probability, over the sampled words."""
        grids = (
            torch.from_numpy(np.stack([self.views[view][photo] for photo, view in batch])).float().to(device)
        )
        model.eval()  # what is judged is what was sampled: no dropout
        sampled = sample(model, grids, SAMPLES)
        rewards = np.array(
            [
                [self._reward.score(int(photo), _spoken(row)) for row in rows]
                for (photo, _), rows in zip(batch, sampled.tolist(), strict=True)
            ]
        )
        others = (rewards.sum(1, keepdims=True) - rewards) / (SAMPLES - 1)
        advantage = torch.from_numpy((rewards - others).astype(np.float32)).to(device)
        return _policy_loss(model, grids, sampled, advantage)


def _policy_loss(
    model: Captioner, grids: torch.Tensor, sampled: torch.Tensor, advantage: torch.Tensor
) -> torch.Tensor:
    photos, samples, length = sampled.shape
    start = torch.full((photos, samples, 1), START, device=sampled.device)
    given = torch.cat([start, sampled[..., :-1]], 2)
    places = torch.arange(length, device=sampled.device).expand(photos, samples, length)
    captions = torch.arange(samples, device=sampled.device)[None, :, None].expand(photos, samples, length)
    scores = model(grids, given.flatten(1), places.flatten(1), captions.flatten(1)).float()
    scores[..., [PAD, START, UNKNOWN]] = -torch.inf
    chosen = torch.log_softmax(scores, -1).gather(2, sampled.clamp(min=END).flatten(1)[..., None])[..., 0]
    counted = (sampled != PAD).flatten(1).float()
    weights = advantage[:, :, None].expand(photos, samples, length).flatten(1)
    return -(weights * chosen * counted).sum() / counted.sum()


@torch.no_grad()  # type: ignore[untyped-decorator]
def sample(model: Captioner, grids: torch.Tensor, samples: int) -> torch.Tensor:
    """Return random captions of (photos, 81, 1280): int64 (photos, samples, n), PAD after END."""
    rows = len(grids) * samples
    pictures = [tuple(part.repeat_interleave(samples, 0) for part in pair) for pair in model.memory(grids)]
    last = torch.full((rows,), START, device=grids.device)
    done = torch.zeros(rows, dtype=torch.bool, device=grids.device)
    past: list[Any] = [None] * len(model.layers)
    words = []
    for place in range(model.config.longest):
        x = model.words(last[:, None]) + model.places[place]
        for index, (layer, picture) in enumerate(zip(model.layers, pictures, strict=True)):
            x, past[index] = layer(x, picture, past[index])
        scores = model.logits(x)[:, 0].float()
        scores[:, [PAD, START, UNKNOWN]] = -torch.inf
        last = torch.multinomial(torch.softmax(scores, -1), 1)[:, 0].masked_fill(done, PAD)
        words.append(last)
        done |= last == END
        if done.all():
            break
    return torch.stack(words, 1).unflatten(0, (len(grids), samples))


def _spoken(row: list[int]) -> list[int]:
    """Return the words up to END, which counts as one."""
    return row[: row.index(END) + 1] if END in row else [token for token in row if token != PAD]
