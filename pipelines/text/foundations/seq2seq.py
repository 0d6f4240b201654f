"""Recurrent encoder-decoder with attention.

Sources: Sutskever et al., 2014, arXiv:1409.3215; Bahdanau et al., 2015, arXiv:1409.0473.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pipelines.text.foundations.sequence import SequenceConfig, SequenceModel, SequenceNetwork
from pipelines.text.foundations.words import PAD


class AdditiveAttention(nn.Module):
    """Weights softmax(v . tanh(W query + U key)) over the keys (Bahdanau et al., 2015)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.query, self.key = nn.Linear(width, width), nn.Linear(2 * width, width, bias=False)
        self.score = nn.Linear(width, 1, bias=False)

    def forward(self, query: Tensor, keys: Tensor, states: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean state (batch, 2 width) and its weights (batch, n).

        Args:
            query: (batch, width), the decoder's state.
            keys: (batch, n, width), `key` of the states, computed once.
            states: (batch, n, 2 width), of the encoder.
            mask: True where there is a word, (batch, n).
        """
        scores = self.score(torch.tanh(self.query(query)[:, None] + keys))[:, :, 0]
        weights = scores.masked_fill(~mask, -torch.inf).softmax(1)
        return (weights[:, None] @ states)[:, 0], weights


class RecurrentNetwork(SequenceNetwork):
    """GRU over the source in both directions, GRU over the target that attends to it."""

    def __init__(self, config: SequenceConfig) -> None:
        super().__init__(config)
        width = config.width
        self.source = nn.Embedding(config.source, width, padding_idx=PAD)
        self.target = nn.Embedding(config.target, width, padding_idx=PAD)
        self.encoder = nn.GRU(width, width, batch_first=True, bidirectional=True)
        self.first = nn.Linear(2 * width, width)
        self.attention = AdditiveAttention(width)
        self.cell = nn.GRUCell(3 * width, width)
        self.drop = nn.Dropout(config.dropout)
        self.out = nn.Linear(4 * width, config.target)

    def forward(self, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores and attention; see `SequenceNetwork.forward`."""
        mask = source != PAD
        states = self._encode(source, mask)
        keys = self.attention.key(states)
        state = torch.tanh(self.first((states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)))
        scores, attended = [], []
        for word in self.drop(self.target(target)).unbind(1):
            context, weights = self.attention(state, keys, states, mask)
            state = self.cell(torch.cat([word, context], 1), state)
            scores.append(torch.cat([state, context, word], 1))
            attended.append(weights)
        return self.out(self.drop(torch.stack(scores, 1))), torch.stack(attended, 1)

    def _encode(self, source: Tensor, mask: Tensor) -> Tensor:
        packed = nn.utils.rnn.pack_padded_sequence(
            self.drop(self.source(source)), mask.sum(1).cpu(), batch_first=True, enforce_sorted=False
        )
        states, _ = nn.utils.rnn.pad_packed_sequence(
            self.encoder(packed)[0], batch_first=True, total_length=source.shape[1]
        )
        return self.drop(states)


class Seq2Seq(SequenceModel):
    """The recurrent encoder-decoder, ready to be used."""

    kind = RecurrentNetwork
