"""Chats as tokens: which of them are learnt, and how chats are packed into one sequence without padding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import InputError, ModelError
from training.lora.chats import Chat

OPEN_PACKS = 32
"""A chat is tried in so many unfinished packs."""


@dataclass(frozen=True, eq=False)
class Encoded:
    """A chat as `ids`, int64 (tokens); `learnt`, bool (tokens): those that the assistant writes."""

    ids: NDArray[np.int64]
    learnt: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of tokens."""
        return len(self.ids)


def encode(chat: Chat, tokenizer: Any) -> Encoded:
    """Return a chat's tokens; learnt is each reply, its end token included, but not the words around it.

    Raises InputError where the chat template refuses the messages, and ModelError where it is missing or
    writes the beginning of a conversation differently once the conversation goes on.
    """
    whole, spans = _spans(chat.plain(), tokenizer)
    found = tokenizer(whole, add_special_tokens=False, return_offsets_mapping=True)
    starts = np.array([start for start, _ in found["offset_mapping"]], np.int64)
    learnt = np.zeros(len(starts), np.bool_)
    for start, end in spans:
        learnt |= (starts >= start) & (starts < end)
    learnt[0] = False  # nothing comes before it that could foretell it
    return Encoded(np.array(found["input_ids"], np.int64), learnt)


def _spans(messages: list[dict[str, str]], tokenizer: Any) -> tuple[str, list[tuple[int, int]]]:
    """Return the text of a chat and where its replies begin and end, in characters."""
    whole, spans = _render(messages, tokenizer), []
    for index, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        before = _render(messages[:index], tokenizer, reply_follows=True)
        after = _render(messages[: index + 1], tokenizer)
        if not (after.startswith(before) and whole.startswith(after)):
            raise ModelError(
                "The model's chat template writes the beginning of a conversation differently once it goes "
                "on, so that the words of its replies cannot be found",
                given=f"reply {index + 1} of {len(messages)} messages",
                fix="Give each reply a chat of its own that ends with it, or choose another model",
            )
        spans.append((len(before), len(after.rstrip("\n"))))
    return whole, spans


def _render(messages: list[dict[str, str]], tokenizer: Any, *, reply_follows: bool = False) -> str:
    if tokenizer.chat_template is None:
        raise ModelError(
            "The model has no chat template", fix="Choose a chat model, often named Instruct or Chat"
        )
    from jinja2 import TemplateError

    try:
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=reply_follows)
    except TemplateError as error:
        raise InputError(
            "The model's chat template refuses a conversation",
            given=f"{error}; roles: {', '.join(m['role'] for m in messages)}",
            fix="Write the chats with the roles that the model knows",
        ) from error
    return str(text)


@dataclass(eq=False)
class Pack:
    """Chats in one sequence: once the tokens that all begin with, then each rest, which sees no other."""

    chats: list[Encoded] = field(default_factory=list)
    shared: int = 0

    def __len__(self) -> int:
        """Return the number of tokens."""
        return self.shared + sum(len(chat) - self.shared for chat in self.chats)

    def added(self, chat: Encoded) -> int:
        """Return how many tokens longer the pack would be with another chat."""
        shared = self._shared_with(chat)
        loss = (self.shared - shared) * (len(self.chats) - 1)
        return len(chat) - shared + loss

    def add(self, chat: Encoded) -> None:
        """Put another chat in."""
        self.shared = self._shared_with(chat)
        self.chats.append(chat)

    def _shared_with(self, chat: Encoded) -> int:
        """Return how many tokens can be shared; the last one before a reply, which foretells it, cannot."""
        before_reply = max(0, int(np.argmax(chat.learnt)) - 1)
        if not self.chats:
            return before_reply
        limit = min(self.shared, before_reply)
        differs = self.chats[0].ids[:limit] != chat.ids[:limit]
        return int(np.argmax(differs)) if differs.any() else limit

    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Return ids, positions in the chat, number of the chat (0: shared) and whether a token is learnt."""
        first, rest = self.chats[0], slice(self.shared, None)
        ids = [first.ids[: self.shared], *(chat.ids[rest] for chat in self.chats)]
        positions = [np.arange(self.shared), *(np.arange(self.shared, len(chat)) for chat in self.chats)]
        numbers = [np.full(len(part), number) for number, part in enumerate(ids)]
        learnt = [np.zeros(self.shared, np.bool_), *(chat.learnt[rest] for chat in self.chats)]
        return np.concatenate(ids), np.concatenate(positions), np.concatenate(numbers), np.concatenate(learnt)


def packs(chats: Sequence[Encoded], tokens: int, seed: Sequence[int]) -> list[Pack]:
    """Return all chats, shuffled, in packs of at most `tokens` tokens; a longer chat gets its own."""
    random = np.random.default_rng(seed)
    unfinished: list[Pack] = []
    finished: list[Pack] = []
    for index in random.permutation(len(chats)):
        chat = chats[index]
        fitting = [(pack.added(chat), at) for at, pack in enumerate(unfinished)]
        fitting = [(more, at) for more, at in fitting if len(unfinished[at]) + more <= tokens]
        if fitting:
            unfinished[min(fitting)[1]].add(chat)
            continue
        if len(unfinished) == OPEN_PACKS:
            finished.append(unfinished.pop(max(range(OPEN_PACKS), key=lambda at: len(unfinished[at]))))
        unfinished.append(Pack())
        unfinished[-1].add(chat)
    found = finished + unfinished
    return [found[at] for at in random.permutation(len(found))]
