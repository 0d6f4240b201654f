"""Everyday words in groups, and what they and public lists say of word vectors."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.text.foundations.vectors import WordVectors

GROUPS: Mapping[str, tuple[str, ...]] = {
    group: tuple(words.split())
    for group, words in {
        "animals": "dog cat horse bird cow sheep puppy duck",
        "colours": "red blue green yellow white black brown pink",
        "family": "mother father brother sister mom dad son daughter",
        "numbers": "two three four five six seven eight ten",
        "days": "monday tuesday wednesday thursday friday saturday sunday",
        "food": "pizza chicken cheese bread soup fish rice cake",
        "clothes": "shirt jacket pants hat shoes dress jeans shorts",
        "gladness": "happy glad joyful excited thrilled delighted pleased cheerful",
        "anger and fear": "angry furious mad annoyed scared afraid terrified nervous",
        "movement": "running jumping walking climbing riding swimming sliding skating",
        "places": "beach mountain river lake street park field forest",
        "films": "movie film comedy drama plot script actor director",
    }.items()
}
SHOWN = ("good", "terrible", "dog", "mother", "happy", "movie", "red", "running")
ANALOGIES = (
    ("man", "woman", "boy", "girl"),
    ("father", "mother", "brother", "sister"),
    ("man", "he", "woman", "she"),
    ("dog", "dogs", "cat", "cats"),
    ("good", "better", "bad", "worse"),
    ("run", "running", "jump", "jumping"),
    ("walk", "walking", "climb", "climbing"),
    ("one", "first", "two", "second"),
    ("big", "bigger", "small", "smaller"),
    ("feel", "feeling", "think", "thinking"),
)
LISTS = {"wordsim353": ("wordsim353.tsv", 2), "simlex999": ("simlex999.txt", 2)}


def known_groups(vectors: WordVectors) -> dict[str, list[str]]:
    """Return the groups with the words that have a vector."""
    return {group: [w for w in words if w in vectors] for group, words in GROUPS.items()}


def purity(vectors: WordVectors, groups: Mapping[str, Iterable[str]] | None = None) -> dict[str, float]:
    """Return `purity`: how many grouped words have their nearest grouped word in their own group.

    Also `purity_by_chance`, the share if the nearest were drawn evenly.
    """
    kept = groups or known_groups(vectors)
    pairs = [(word, group) for group, words in kept.items() for word in words]
    names = np.array([group for _, group in pairs])
    rows = vectors.unit[[vectors.row(word) for word, _ in pairs]]
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -np.inf)
    same = names[:, None] == names[None, :]
    chance = (same.sum(1) - 1) / (len(names) - 1)
    return {
        "purity": round(float((names[cosines.argmax(1)] == names).mean()), 4),
        "purity_by_chance": round(float(chance.mean()), 4),
    }


def word_similarity(vectors: WordVectors, path: Path, column: int) -> dict[str, Any]:
    """Return Spearman's rank correlation of cosines with people's judgements, and how many pairs are known.

    Args:
        vectors: To be judged.
        path: Tab-separated list: word, word, ..., judgement; lines that begin with # and a head are skipped.
        column: Of the judgement, from 0.
    """
    from scipy.stats import spearmanr

    with path.open(encoding="utf-8", newline="") as file:
        lines = [line for line in csv.reader(file, delimiter="\t") if line and not line[0].startswith("#")]
    rows = [line for line in lines if len(line) > column and _is_number(line[column])]
    kept = [row for row in rows if row[0].lower() in vectors and row[1].lower() in vectors]
    cosines = [vectors.similarity(row[0], row[1]) for row in kept]
    found = spearmanr(cosines, [float(row[column]) for row in kept]).statistic if len(kept) > 2 else 0.0
    return {"spearman": round(float(found), 4), "pairs": len(kept), "of": len(rows)}


def _is_number(text: str) -> bool:
    return text.strip().replace(".", "", 1).isdigit()


def word_list(name: str) -> tuple[Path, int]:
    """Return file and column of "wordsim353" (Finkelstein et al., 2002) or "simlex999" (Hill et al., 2015).

    Both lie in the test data of gensim.
    """
    from gensim.test.utils import datapath

    file, column = LISTS[name]
    return Path(datapath(file)), column


def analogies(vectors: WordVectors, count: int = 3) -> dict[str, Any]:
    """Return how many of ten analogies have the right word among the first `count`, and the answers."""
    answers: dict[str, list[str]] = {}
    right = 0
    for one, its, other, wanted in ANALOGIES:
        if all(word in vectors for word in (one, its, other, wanted)):
            found = [word for word, _ in vectors.analogy(one, its, other, count)]
            answers[f"{one} : {its} = {other} : {wanted}"] = found
            right += wanted in found
    return {"analogies_right": right, "analogies_asked": len(answers), "answers": answers}
