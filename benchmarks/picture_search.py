"""How well kept pictures are found: words alone, meanings alone, both. On Flickr8k's dev split.

The first human caption of each of 1,000 photos is what is known of it. Queries are made of the second
caption: all of it, or its rarest words in their order. Run: python -m benchmarks.picture_search
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatbot.history.picture_search import combined, query_words, registry_embed, subject, words_share
from pipelines.backends import default_registry

CAPTIONS = Path(__file__).resolve().parents[2] / "shared/data/flickr8k/captions_dev.tsv"
Scores = NDArray[np.float64]


def read_captions(path: Path) -> list[list[str]]:
    """Return the captions of each photo."""
    photos: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, caption = line.split("\t")
        photos.setdefault(name, []).append(caption)
    return list(photos.values())


def rarest_words(caption: str, frequency: Counter[str], count: int) -> str:
    """Return a caption's `count` rarest words, in its order."""
    words = [word for word in query_words(caption) if len(word) > 2]
    kept = sorted(words, key=lambda word: frequency[word])[:count]
    return " ".join(word for word in words if word in kept)


def recall(scores: Scores, at: int) -> float:
    """Return how often the query's own photo is among the best `at`; ties count half."""
    own = np.diag(scores)[:, None]
    ranks = (scores > own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) / 2
    return float(np.mean(ranks < at))


def main() -> None:
    """Print recall at 1 and 10 for each kind of query."""
    photos = read_captions(CAPTIONS)
    known = [captions[0] for captions in photos]
    frequency = Counter(w for c in photos for w in set(re.findall(r"\w+", " ".join(c).casefold())))
    embed = registry_embed(default_registry())
    vectors = embed(known)
    print(f"{'query':14} {'compared':9}  R@1   R@10")
    for kind, count in (("whole caption", 99), ("3 words", 3), ("2 words", 2)):
        queries = [c[1] if count == 99 else rarest_words(c[1], frequency, count) for c in photos]
        cosines = (embed([subject(query) for query in queries]) @ vectors.T).astype(np.float64)
        shares = np.array([[words_share(text, query_words(q)) for text in known] for q in queries])
        both = np.asarray(np.vectorize(combined)(cosines, shares), dtype=np.float64)
        for name, scores in (("words", shares), ("meaning", cosines), ("both", both)):
            print(f"{kind:14} {name:9} {recall(scores, 1):5.3f} {recall(scores, 10):5.3f}")


if __name__ == "__main__":
    main()
