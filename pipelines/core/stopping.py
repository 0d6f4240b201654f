"""Stopping transformers' `generate` between two tokens."""

from __future__ import annotations

from typing import Any

from pipelines.core.cancel import CancelToken


class StopWhenCancelled:
    """For `generate(stopping_criteria=[...])`: true for every row once the token is cancelled."""

    def __init__(self, token: CancelToken) -> None:
        self._token = token

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        """Return a bool tensor, one element a row of `input_ids`."""
        import torch

        del scores
        return torch.full((len(input_ids),), self._token.cancelled, device=input_ids.device)
