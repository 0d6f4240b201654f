"""Self-critical training of the captioner (Rennie et al., 2017, arXiv:1612.00563).

Every photo's five sampled captions are judged against the mean of the others (Luo, 2020, arXiv:2003.09971).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pipelines.image.words import END, PAD, START, UNKNOWN
from training.caption.model import Captioner
from training.caption.problem import Captioning

SAMPLES = 5
TEMPERATURE = 0.5
"""Of the policy that is trained. At 1 it mostly learns to avoid the tail, which no search ever takes."""
Pictures = list[tuple[torch.Tensor, torch.Tensor]]


class Reinforcement(Captioning):
    """`Captioning` whose loss raises the probability of samples that are better than their siblings."""

    def loss(self, model: Any, batch: NDArray[np.int64], device: torch.device) -> torch.Tensor:
        """Return minus the mean of advantage times log-probability, over the sampled words."""
        grids = torch.from_numpy(np.stack([self.views[view][photo] for photo, view in batch]))
        model.eval()  # what is judged is what was sampled: no dropout
        pictures = model.memory(grids.float().to(device))
        sampled = [[spoken(row) for row in rows] for rows in sample(model, pictures, SAMPLES).tolist()]
        rewards = np.array(
            [
                [self._reward.score(int(photo), tokens) for tokens in rows]
                for (photo, _), rows in zip(batch, sampled, strict=True)
            ]
        )
        others = (rewards.sum(1, keepdims=True) - rewards) / (SAMPLES - 1)
        return _policy_loss(model, pictures, sampled, rewards - others)


def _policy_loss(
    model: Captioner,
    pictures: Pictures,
    sampled: Sequence[Sequence[Sequence[int]]],
    advantage: NDArray[np.float64],
) -> torch.Tensor:
    """Return the loss of a photo's captions packed into one row, as `Captioning` packs those of people."""
    length = max(sum(len(tokens) for tokens in rows) for rows in sampled)
    packed = np.full((4, len(sampled), length), PAD, np.int64)
    weights = np.zeros((len(sampled), length), np.float32)
    for photo, rows in enumerate(sampled):
        at = 0
        for number, tokens in enumerate(rows):
            place = slice(at, at + len(tokens))
            packed[:, photo, place] = (
                [START, *tokens[:-1]],
                tokens,
                range(len(tokens)),
                [number] * len(tokens),
            )
            weights[photo, place] = advantage[photo, number]
            at = place.stop
    given, wanted, places, captions = torch.from_numpy(packed).to(pictures[0][0].device)
    scores = _policy(model.decode(pictures, given, places, captions))
    chosen = torch.log_softmax(scores, -1).gather(2, wanted.clamp(min=END)[..., None])[..., 0]
    words = max(1, int((wanted != PAD).sum()))
    return -(torch.from_numpy(weights).to(chosen.device) * chosen).sum() / words


@torch.no_grad()  # type: ignore[untyped-decorator]
def sample(model: Captioner, pictures: Pictures, samples: int) -> torch.Tensor:
    """Return random captions, int64 (photos, samples, n), PAD after END.

    Args:
        model: The captioner.
        pictures: `Captioner.memory` of the photos.
        samples: Captions a photo.
    """
    photos, device = pictures[0][0].shape[0], pictures[0][0].device
    last = torch.full((photos * samples,), START, device=device)
    done = torch.zeros_like(last, dtype=torch.bool)
    past: list[Any] = [None] * len(model.layers)
    words = []
    for place in range(model.config.longest):
        x = model.words(last[:, None]) + model.places[place]
        for index, (layer, picture) in enumerate(zip(model.layers, pictures, strict=True)):
            x, past[index] = layer(x, picture, past[index])
        last = _draw(_policy(model.logits(x)[:, 0])).masked_fill(done, PAD)
        words.append(last)
        done |= last == END
        if done.all():
            break
    return torch.stack(words, 1).unflatten(0, (photos, samples))


def _policy(logits: torch.Tensor) -> torch.Tensor:
    """Return float32 scores of the policy: sharper than the model, without what is no word."""
    scores = logits.float() / TEMPERATURE
    scores[..., [PAD, START, UNKNOWN]] = -torch.inf
    return scores


def _draw(scores: torch.Tensor) -> torch.Tensor:
    """Return one draw from each row's softmax, by its cumulative sum; `multinomial` draws for every word."""
    sums = torch.softmax(scores, -1).cumsum(-1)
    drawn = torch.rand(len(sums), 1, device=sums.device) * sums[:, -1:]
    return torch.searchsorted(sums, drawn, right=True)[:, 0].clamp(max=sums.shape[1] - 1)


def spoken(row: list[int]) -> list[int]:
    """Return the words up to END, which counts as one."""
    return row[: row.index(END) + 1] if END in row else [token for token in row if token != PAD]
