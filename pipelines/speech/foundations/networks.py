"""Neural recognisers of spoken digits: convolutional, recurrent and LSTM.

Sources: Abdel-Hamid et al., 2014, "Convolutional neural networks for speech recognition"; Elman, 1990;
Hochreiter and Schmidhuber, 1997 (LSTM); Graves and Schmidhuber, 2005 (both directions).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from pipelines.speech.foundations.digits import BANDS, CEPSTRA

Cell = Literal["rnn", "lstm"]
STACKED = 3
"""Frames of 10 ms that the recurrent ones read at once."""
PARTS = 3
"""Beginning, middle and end of a word."""


class ConvolutionalDigits(nn.Module):
    """Three blocks of 3x3 convolutions over time and frequency, then the means of three parts of the word.

    A mean over the whole word does not know what came first.
    """

    def __init__(self, classes: int, width: int = 16, dropout: float = 0.3) -> None:
        super().__init__()
        sizes = (1, width, 2 * width, 4 * width)
        self.blocks = nn.ModuleList(_block(a, b) for a, b in pairwise(sizes))
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(PARTS * sizes[-1] * (BANDS // 8), classes))

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        """Return scores (batch, classes) of log-mel frames (batch, time, 24); time is at least 8."""
        x = frames[:, None]
        for block in self.blocks:
            x = block(x)
        scores: Tensor = self.head(_by_part(x.permute(0, 2, 1, 3).flatten(2), (lengths // 8).clamp(min=1)))
        return scores


class RecurrentEncoder(nn.Module):
    """Two recurrent layers in both directions over cepstra, 30 ms a step."""

    def __init__(self, cell: Cell, width: int, dropout: float) -> None:
        super().__init__()
        kind = nn.LSTM if cell == "lstm" else nn.RNN
        self.layers = kind(
            STACKED * CEPSTRA, width, num_layers=2, batch_first=True, bidirectional=True, dropout=dropout
        )

    def forward(self, frames: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Return states (batch, time / 3, 2 width) of frames (batch, time, 39), and how many are whole."""
        time = frames.shape[1] // STACKED
        steps = frames[:, : time * STACKED].reshape(len(frames), time, -1)
        lengths = (lengths // STACKED).clamp(min=1)
        packed = pack_padded_sequence(steps, lengths.cpu(), batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.layers(packed)[0], batch_first=True, total_length=time)
        return states, lengths


class RecurrentDigits(nn.Module):
    """A recurrent encoder, and the mean and the maximum of its states over time."""

    def __init__(self, classes: int, cell: Cell, width: int = 64, dropout: float = 0.4) -> None:
        super().__init__()
        self.encoder = RecurrentEncoder(cell, width, dropout)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(4 * width, classes))

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        """Return scores (batch, classes) of cepstra (batch, time, 39); time is at least 3."""
        states, whole = self.encoder(frames, lengths)
        scores: Tensor = self.head(torch.cat([_mean(states, whole), _most(states, whole)], dim=1))
        return scores


class CtcDigits(nn.Module):
    """An LSTM encoder with a distribution over blank and digits at every step of 30 ms."""

    def __init__(self, classes: int, width: int = 64, dropout: float = 0.4) -> None:
        super().__init__()
        self.encoder = RecurrentEncoder("lstm", width, dropout)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * width, classes + 1))

    def forward(self, frames: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Return log-probabilities (batch, steps, 1 + classes), blank first, and how many steps are whole."""
        states, steps = self.encoder(frames, lengths)
        return self.head(states).log_softmax(-1), steps


def _block(inputs: int, outputs: int) -> nn.Sequential:
    """Return a 3x3 convolution whose pooling halves time and frequency."""
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2))


def _inside(states: Tensor, lengths: Tensor) -> Tensor:
    """Return which steps of states (batch, time, width) are no padding, bool (batch, time, 1)."""
    steps = torch.arange(states.shape[1], device=states.device)
    return (steps[None] < lengths[:, None].to(states.device))[..., None]


def _by_part(states: Tensor, lengths: Tensor) -> Tensor:
    """Return the means of a word's parts, which shade into one another: (batch, parts x width).

    Args:
        states: (batch, time, width).
        lengths: How many of them are the word's, int64 (batch,).
    """
    passed = torch.arange(states.shape[1], device=states.device) / lengths[:, None]
    middles = torch.arange(PARTS, device=states.device) + 0.5
    near = 1.0 - (PARTS * passed[:, None] - middles[:, None]).abs()
    weights = near.clamp(min=1e-6) * _inside(states, lengths).transpose(1, 2)
    return (weights / weights.sum(2, keepdim=True) @ states).flatten(1)


def _mean(states: Tensor, lengths: Tensor) -> Tensor:
    """Return the mean over time of states (batch, time, width), padding left out."""
    inside = _inside(states, lengths)
    return (states * inside).sum(1) / inside.sum(1)


def _most(states: Tensor, lengths: Tensor) -> Tensor:
    """Return the maximum over time of states (batch, time, width), padding left out."""
    return states.masked_fill(~_inside(states, lengths), float("-inf")).amax(1)
