"""Word vectors, whatever learned them: nearest words, analogies, similarity, and words on a plane."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import InputError
from pipelines.core.foundation import Fields
from pipelines.text.foundations.fields import lines_of

COUNT = 8
VECTORS, WORDS = "vectors.npz", "words.json"
QUERIES = "near: WORD, analogy: MAN KING WOMAN, similar: WORD WORD, plot: WORD WORD WORD ..."


class WordVectors:
    """A matrix with one row a word.

    Attributes:
        words: The commonest first.
        matrix: float32 (words, width), as it was learned.
        unit: The rows at length 1 (a row of zeros stays), so that dot products are cosines.
    """

    def __init__(self, words: Sequence[str], matrix: NDArray[Any]) -> None:
        self.words = tuple(words)
        self.matrix = np.ascontiguousarray(matrix, np.float32)
        self.unit = self.matrix / np.maximum(np.linalg.norm(self.matrix, axis=1, keepdims=True), 1e-9)
        self._rows = {word: row for row, word in enumerate(self.words)}

    def __contains__(self, word: object) -> bool:
        return word in self._rows

    @property
    def parameters(self) -> int:
        """Numbers in the matrix."""
        return int(self.matrix.size)

    def row(self, word: str) -> int:
        """Return the row of a word, in any case. Raises InputError where it is not known."""
        found = self._rows.get(word.lower())
        if found is None:
            raise InputError(
                "The word has no vector",
                given=word,
                allowed=f"one of {len(self.words):,} words, such as {', '.join(self.words[:5])}",
                fix="Ask for a commoner word",
            )
        return found

    def similarity(self, one: str, other: str) -> float:
        """Return the cosine of two words' vectors, -1 to 1."""
        return float(self.unit[self.row(one)] @ self.unit[self.row(other)])

    def nearest(self, word: str, count: int = COUNT) -> list[tuple[str, float]]:
        """Return the words with the highest cosine, and it."""
        return self._top(self.unit[self.row(word)], count, {self.row(word)})

    def analogy(self, one: str, its: str, other: str, count: int = COUNT) -> list[tuple[str, float]]:
        """Return what is to `other` as `its` is to `one` (3CosAdd: Mikolov et al., 2013, arXiv:1301.3781)."""
        rows = [self.row(word) for word in (one, its, other)]
        first, second, third = self.unit[rows]
        wanted = second - first + third
        return self._top(wanted / max(float(np.linalg.norm(wanted)), 1e-9), count, set(rows))

    def _top(self, wanted: NDArray[Any], count: int, without: set[int]) -> list[tuple[str, float]]:
        cosines = self.unit @ wanted
        cosines[list(without)] = -np.inf
        count = min(count, len(self.words) - len(without))
        order = np.argsort(-cosines)[:count]
        return [(self.words[row], round(float(cosines[row]), 4)) for row in order]

    def save(self, folder: Path) -> None:
        """Write `vectors.npz` and `words.json`."""
        np.savez_compressed(folder / VECTORS, matrix=self.matrix)
        (folder / WORDS).write_text(json.dumps(self.words, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return what `save` wrote."""
        with np.load(folder / VECTORS, allow_pickle=False) as file:
            return cls(json.loads((folder / WORDS).read_text("utf-8")), file["matrix"])

    def predict(self, file: Path, out: Path) -> Fields:
        """Field `answers`: one for each line of a text file, a query of `QUERIES`.

        Each has `query` and `answer`: words with cosines, one cosine, or the name of a plot in `out`.
        """
        lines = lines_of(file)
        answers = []
        for number, line in enumerate(lines, 1):
            answers.append({"query": line, "answer": self._answer(line, out / f"{file.stem}-{number}.png")})
        return {"answers": answers}

    def _answer(self, query: str, plot: Path) -> Any:
        kind, _, rest = query.partition(":")
        match kind.strip().lower(), rest.split():
            case "near", [word]:
                return dict(self.nearest(word))
            case "analogy", [one, its, other]:
                return dict(self.analogy(one, its, other))
            case "similar", [one, other]:
                return round(self.similarity(one, other), 4)
            case "plot", [_, _, _, *_] as words:
                plot_words(self, {"": words}, plot, "pca")
                return str(plot)
        raise InputError("The line is not a query", given=query, allowed=QUERIES)


def plot_words(
    vectors: WordVectors, groups: Mapping[str, Sequence[str]], target: Path, method: Literal["pca", "tsne"]
) -> None:
    """Draw words on a plane, a colour a group.

    Args:
        vectors: Of the words.
        groups: Words by the group's name.
        target: PNG.
        method: "pca" keeps the largest differences; "tsne" keeps neighbours together (van der Maaten and
            Hinton, 2008, JMLR 9).

    Raises:
        InputError: for a word without a vector.
    """
    import seaborn
    from matplotlib.figure import Figure
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    words = [(word, group) for group, members in groups.items() for word in members]
    rows = vectors.unit[[vectors.row(word) for word, _ in words]]
    if method == "pca":
        places = PCA(2, random_state=0).fit_transform(rows)
    else:
        near = min(12.0, (len(rows) - 1) / 3)
        places = TSNE(2, perplexity=near, metric="cosine", init="random", random_state=0).fit_transform(rows)
    figure = Figure(figsize=(8, 6), layout="constrained")
    axes = figure.subplots()
    colours = [group for _, group in words] if len(groups) > 1 else None
    palette = "tab20" if colours else None
    seaborn.scatterplot(x=places[:, 0], y=places[:, 1], hue=colours, palette=palette, ax=axes, s=24)
    for (word, _), place in zip(words, places, strict=True):
        axes.annotate(word, place, fontsize=8, xytext=(3, 2), textcoords="offset points")
    axes.set(xticks=[], yticks=[])
    if colours:
        axes.legend(fontsize=7)
    figure.savefig(target, dpi=90)
