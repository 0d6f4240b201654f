"""What replies to the fixed prompts are like: grounded, honest, short, without loops."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from pipelines.image.words import tokenize
from training.dialogue.data import Chat

LONG = 60
_DECLINED = re.compile(
    r"\b(cannot|can't|can not|don't know|do not know|not sure|not clear|unable|don't see|do not see|unclear|"
    r"does not (show|say)|doesn't (show|say)|no way to (know|tell))\b",
    re.IGNORECASE,
)


def content_words(text: str) -> set[str]:
    """Return the words of a text that carry meaning."""
    return {word for word in tokenize(text) if word not in ENGLISH_STOP_WORDS and len(word) > 2}


def is_grounded(chat: Chat, reply: str) -> bool:
    """Whether a reply on a picture uses a content word of its caption."""
    return bool(content_words(chat.caption) & content_words(reply))


def is_declined(reply: str) -> bool:
    """Whether a reply says that something cannot be known or seen."""
    return bool(_DECLINED.search(reply))


def is_looping(reply: str) -> bool:
    """Whether the same four words come at least three times, or a sentence at least three times."""
    words = tokenize(reply)
    grams = Counter(zip(*(words[n:] for n in range(4)), strict=False))
    sentences = Counter(part.strip().lower() for part in re.split(r"[.!?]", reply) if part.strip())
    return any(n >= 3 for n in grams.values()) or any(n >= 3 for n in sentences.values())


def distinct_2(replies: Sequence[str]) -> float:
    """Return the share of word pairs that are different (Li et al., 2016)."""
    pairs = [pair for reply in replies for pair in _pairs(tokenize(reply))]
    return len(set(pairs)) / max(1, len(pairs))


def _pairs(words: list[str]) -> Iterator[tuple[str, str]]:
    return itertools.pairwise(words)


def measure(chats: Sequence[Chat], replies: Sequence[str]) -> dict[str, Any]:
    """Return the shares of the issue's kinds, and distinct-2 over all the replies."""
    both = list(zip(chats, replies, strict=True))
    pictures = [(c, r) for c, r in both if c.kind == "picture"]
    beyond = [r for c, r in both if c.kind == "unanswerable"]
    return {
        "prompts": len(both),
        "pictures_grounded": round(sum(is_grounded(c, r) for c, r in pictures) / len(pictures), 4),
        "unanswerable_declined": round(sum(map(is_declined, beyond)) / len(beyond), 4),
        "answerable_declined": round(sum(is_declined(r) for _, r in pictures) / len(pictures), 4),
        "looping": sum(map(is_looping, replies)),
        "over_60_words": round(sum(len(r.split()) > LONG for r in replies) / len(replies), 4),
        "mean_words": round(sum(len(r.split()) for r in replies) / len(replies), 1),
        "distinct_2": round(distinct_2(replies), 4),
    }
