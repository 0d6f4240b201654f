"""The adapter's training as a problem for the loop: only the words of replies count."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from training.dialogue.data import Chat
from training.dialogue.model import END, prompt_text
from training.losses import Loss

LONGEST = 320
PACK = 6


@dataclass(frozen=True)
class Encoded:
    """Token ids of prompt and reply; the first `prompt` of them are given."""

    ids: tuple[int, ...]
    prompt: int


def encode(chat: Chat, tokenizer: Any) -> Encoded:
    """Return a chat's tokens, at most 320, the oldest cut."""
    prompt = tokenizer(prompt_text(chat.messages), add_special_tokens=False)["input_ids"]
    reply = tokenizer(chat.reply + END, add_special_tokens=False)["input_ids"]
    cut = max(0, len(prompt) + len(reply) - LONGEST)
    return Encoded((*prompt[cut:], *reply), len(prompt) - cut)


@dataclass(frozen=True)
class Pack:
    """Chats in one row: their common beginning once, then each rest as a branch that sees no other.

    Attributes:
        branches: 0 for the common beginning, then the chat's number from 1.
        counted: Whether a token is of a reply.
    """

    ids: tuple[int, ...]
    positions: tuple[int, ...]
    branches: tuple[int, ...]
    counted: tuple[bool, ...]


def pack(chats: Sequence[Encoded]) -> Pack:
    """Return chats in one row. At least the last token of a prompt stays in its branch."""
    shared = min(min(chat.prompt - 1 for chat in chats), _common(chats[0].ids, chats[-1].ids))
    ids, positions = list(chats[0].ids[:shared]), list(range(shared))
    branches, counted = [0] * shared, [False] * shared
    for number, chat in enumerate(chats, start=1):
        rest = range(shared, len(chat.ids))
        ids += chat.ids[shared:]
        positions += rest
        branches += [number] * len(rest)
        counted += [at >= chat.prompt for at in rest]
    return Pack(tuple(ids), tuple(positions), tuple(branches), tuple(counted))


def packs(chats: Sequence[Encoded], size: int = PACK) -> list[Pack]:
    """Return all chats in packs. Sorted by their tokens, those with one beginning lie together."""
    ordered = sorted(chats, key=lambda chat: chat.ids)
    return [pack(ordered[at : at + size]) for at in range(0, len(ordered), size)]


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens two chats begin with alike; of sorted chats, the first and last tell for all."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))


@dataclass(eq=False)
class Replies:
    """Chats to learn from, held-back ones that choose the epoch, and the loss. `batch`: packs a step."""

    train: Sequence[Encoded]
    held_back: Sequence[Encoded]
    objective: Loss = field(default_factory=Loss)
    batch: int = 2

    def batches(self, epoch: int) -> list[list[Pack]]:
        """Return every chat once, packs of similar length together."""
        random = np.random.default_rng([epoch, 2])
        ordered = sorted(packs(self.train), key=lambda row: len(row.ids))
        out = [ordered[at : at + self.batch] for at in range(0, len(ordered), self.batch)]
        return [out[row] for row in random.permutation(len(out))]

    def loss(self, model: Any, batch: list[Pack], device: torch.device) -> torch.Tensor:
        """Return the chosen loss of the replies' tokens."""
        return reply_loss(model, batch, device, self.objective)

    def score(self, model: Any, device: torch.device) -> dict[str, float]:
        """Return the perplexity of held-back replies; the score is minus its logarithm."""
        perplexity = reply_perplexity(model, self.held_back, device)
        return {"perplexity": perplexity, "score": -math.log(perplexity)}


def reply_loss(model: Any, batch: Sequence[Pack], device: torch.device, objective: Loss) -> torch.Tensor:
    """Return the mean loss of the replies' tokens; logits of prompts are never computed."""
    longest = max(len(row.ids) for row in batch)

    def table(values: Iterable[Sequence[int]], fill: int) -> torch.Tensor:
        rows = [[*row, *[fill] * (longest - len(row))] for row in values]
        return torch.tensor(rows, device=device)

    ids, positions = table((row.ids for row in batch), 0), table((row.positions for row in batch), 0)
    branches = table((row.branches for row in batch), PACK + 1)[:, :-1]
    counted = table((row.counted for row in batch), 0)[:, 1:].bool()
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    states = inner.model(
        input_ids=ids[:, :-1], position_ids=positions[:, :-1], attention_mask=_seen(branches), use_cache=False
    ).last_hidden_state
    return objective.of_classes(inner.lm_head(states[counted]).float(), ids[:, 1:][counted])


def _seen(branches: torch.Tensor) -> torch.Tensor:
    """Return the mask (rows, 1, length, length): a token sees the beginning and its branch, up to itself."""
    before = torch.ones(branches.shape[1], branches.shape[1], dtype=torch.bool, device=branches.device).tril()
    own = (branches[:, None, :] == 0) | (branches[:, None, :] == branches[:, :, None])
    return (own & before)[:, None]


@torch.no_grad()  # type: ignore[untyped-decorator]
def reply_perplexity(model: Any, chats: Sequence[Encoded], device: torch.device, batch: int = 4) -> float:
    """Return the perplexity of replies by token."""
    ordered = sorted(packs(chats), key=lambda row: len(row.ids))
    total = count = 0.0
    for at in range(0, len(ordered), batch):
        some = ordered[at : at + batch]
        tokens = sum(sum(row.counted) for row in some)
        total += float(reply_loss(model, some, device, Loss())) * tokens
        count += tokens
    return math.exp(total / count)
