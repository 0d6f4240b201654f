"""The adapter's training as a problem for the loop: only the words of replies count."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from training.dialogue.data import Chat
from training.dialogue.model import END, prompt_text
from training.losses import Loss

LONGEST = 320
POOL = 50


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


@dataclass(eq=False)
class Replies:
    """Chats to learn from, held-back ones that choose the epoch, and the loss."""

    train: Sequence[Encoded]
    held_back: Sequence[Encoded]
    objective: Loss = field(default_factory=Loss)
    batch: int = 16

    def batches(self, epoch: int) -> list[list[Encoded]]:
        """Return every chat once, those of similar length together."""
        random = np.random.default_rng([epoch, 2])
        order, out = random.permutation(len(self.train)), []
        for at in range(0, len(order), self.batch * POOL):
            pool = sorted(
                (self.train[row] for row in order[at : at + self.batch * POOL]), key=lambda c: len(c.ids)
            )
            out += [pool[i : i + self.batch] for i in range(0, len(pool), self.batch)]
        return [out[row] for row in random.permutation(len(out))]

    def loss(self, model: Any, batch: list[Encoded], device: torch.device) -> torch.Tensor:
        """Return the chosen loss of the replies' tokens."""
        return reply_loss(model, batch, device, self.objective)

    def score(self, model: Any, device: torch.device) -> dict[str, float]:
        """Return the perplexity of held-back replies; the score is minus its logarithm."""
        perplexity = reply_perplexity(model, self.held_back, device, self.batch)
        return {"perplexity": perplexity, "score": -math.log(perplexity)}


def reply_loss(model: Any, batch: Sequence[Encoded], device: torch.device, objective: Loss) -> torch.Tensor:
    """Return the mean loss of the replies' tokens; logits of prompts are never computed."""
    longest = max(len(chat.ids) for chat in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    counted = torch.zeros(len(batch), longest, dtype=torch.bool)
    for row, chat in enumerate(batch):
        ids[row, : len(chat.ids)] = torch.tensor(chat.ids)
        counted[row, chat.prompt : len(chat.ids)] = True
    ids, counted = ids.to(device), counted.to(device)
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    states = inner.model(input_ids=ids[:, :-1]).last_hidden_state
    chosen = counted[:, 1:]
    return objective.of_classes(inner.lm_head(states[chosen]).float(), ids[:, 1:][chosen])


@torch.no_grad()  # type: ignore[untyped-decorator]
def reply_perplexity(model: Any, chats: Sequence[Encoded], device: torch.device, batch: int = 16) -> float:
    """Return the perplexity of replies by token."""
    ordered = sorted(chats, key=lambda chat: len(chat.ids))
    total = count = 0.0
    for at in range(0, len(ordered), batch):
        some = ordered[at : at + batch]
        tokens = sum(len(chat.ids) - chat.prompt for chat in some)
        total += float(reply_loss(model, some, device, Loss())) * tokens
        count += tokens
    return math.exp(total / count)
