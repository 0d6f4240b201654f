"""MiniLM with several heads on its mean-pooled output."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from torch import Tensor, nn


class FeelingsModel(nn.Module):
    """all-MiniLM-L6-v2 (Wang et al., 2020, arXiv:2002.10957) and a linear head for each task."""

    def __init__(self, bert: Any, sizes: Mapping[str, int], dropout: float = 0.1) -> None:
        super().__init__()
        self.bert = bert
        self.drop = nn.Dropout(dropout)
        self.heads = nn.ModuleDict(
            {name: nn.Linear(bert.config.hidden_size, size) for name, size in sizes.items()}
        )

    @classmethod
    def from_folder(cls, folder: Path, sizes: Mapping[str, int]) -> FeelingsModel:
        """Return the model with the published encoder, its word vectors frozen, and new heads."""
        from safetensors.torch import load_file
        from transformers import BertConfig, BertModel

        config = BertConfig.from_json_file(str(folder / "config.json"))
        config._attn_implementation = "sdpa"
        bert = BertModel(config, add_pooling_layer=False)
        weights = {k.removeprefix("bert."): v for k, v in load_file(folder / "model.safetensors").items()}
        bert.load_state_dict({k: v for k, v in weights.items() if not k.startswith("pooler.")}, strict=False)
        bert.embeddings.word_embeddings.requires_grad_(False)
        return cls(bert, sizes)

    def pooled(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return (batch, 384), the mean over tokens, of int64 (batch, n)."""
        tokens = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask[:, :, None].to(tokens.dtype)
        return cast(Tensor, (tokens * weights).sum(1) / weights.sum(1))

    def forward(self, ids: Tensor, mask: Tensor, task: str) -> Tensor:
        """Return the scores of a task's labels, (batch, labels)."""
        return cast(Tensor, self.heads[task](self.drop(self.pooled(ids, mask))))
