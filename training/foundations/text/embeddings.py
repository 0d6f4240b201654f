"""Recipes of the word vectors: LSA, NMF, word2vec, GloVe, LSTM; all on the joined corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.text.foundations.vectors import WordVectors, plot_words
from pipelines.text.foundations.words import SPECIAL, UNKNOWN, WordNumbers
from training.foundations.recipe import Metrics, Run
from training.foundations.text.corpus import joined_corpus
from training.foundations.text.word_groups import (
    LISTS,
    SHOWN,
    analogies,
    known_groups,
    purity,
    word_list,
    word_similarity,
)

WIDTH, LEAST = 100, 5
EPOCHS = {"nmf": 4, "word2vec-skipgram": 8, "word2vec-cbow": 12, "glove": 12, "lstm-embeddings": 3}
Sentences = Sequence[Sequence[str]]


@dataclass(frozen=True)
class EmbeddingRecipe:
    """The word vectors of a name."""

    name: str

    def train(self, run: Run) -> WordVectors:
        """Learn from the joined corpus; words that are rarer than five are left out."""
        sentences = joined_corpus(run.data, small=run.small)
        epochs = run.epochs or EPOCHS.get(self.name, 1)
        if self.name.startswith("word2vec"):
            return word2vec(
                sentences, skip_gram=self.name == "word2vec-skipgram", epochs=epochs, seed=run.seed
            )
        if self.name in ("lsa", "nmf"):
            return factorised(sentences, self.name, epochs=epochs, seed=run.seed)
        if self.name == "glove":
            return glove(sentences, epochs=epochs, seed=run.seed)
        return lstm(sentences, run, epochs)

    def evaluate(self, model: WordVectors, run: Run) -> Metrics:
        """Return purity, analogies and rank correlations with neighbours; draw `words.png`."""
        lists = {name: word_similarity(model, *word_list(name)) for name in LISTS}
        figures = {f"{name}_{key}": value for name, row in lists.items() for key, value in row.items()}
        groups = {group: words for group, words in known_groups(model).items() if words}
        run.folder.mkdir(parents=True, exist_ok=True)
        plot_words(model, groups, run.folder / "words.png", "tsne")
        neighbours = {word: [near for near, _ in model.nearest(word, 6)] for word in SHOWN if word in model}
        return {"words": len(model.words), **purity(model), **figures, **analogies(model)} | {
            "neighbours": neighbours
        }


def word2vec(
    sentences: Sentences,
    *,
    skip_gram: bool,
    epochs: int,
    seed: int = 0,
    width: int = WIDTH,
    sample: float = 1e-4,
) -> WordVectors:
    """Return word2vec vectors with negative sampling (Mikolov et al., 2013, arXiv:1310.4546), by gensim.

    `sample`: words that make up a larger share of the corpus are left out at random.
    """
    from gensim.models import Word2Vec

    model = Word2Vec(
        [list(words) for words in sentences],
        vector_size=width,
        window=5,
        min_count=LEAST,
        sg=int(skip_gram),
        negative=10 if skip_gram else 5,
        sample=sample,
        epochs=epochs,
        seed=seed,
        workers=1,
    )
    return WordVectors(model.wv.index_to_key, model.wv.vectors)


def factorised(
    sentences: Sentences, name: str, *, epochs: int = 1, seed: int = 0, width: int = WIDTH
) -> WordVectors:
    """Return word vectors of the TF-IDF matrix of sentences and words.

    "lsa": U S of its truncated singular value decomposition (Deerwester et al., 1990); "nmf": the words'
    side of its non-negative factorisation (Lee and Seung, 1999).
    """
    from sklearn.decomposition import MiniBatchNMF, TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    vocabulary = WordNumbers.build(sentences, LEAST, special=()).words
    tfidf = TfidfVectorizer(analyzer=_same, vocabulary=vocabulary, sublinear_tf=True)
    matrix = tfidf.fit_transform(sentences).astype(np.float32)
    if name == "lsa":
        return WordVectors(vocabulary, TruncatedSVD(width, random_state=seed).fit_transform(matrix.T))
    nmf = MiniBatchNMF(width, batch_size=4096, max_iter=epochs, init="nndsvda", random_state=seed)
    nmf.fit(matrix)
    return WordVectors(vocabulary, nmf.components_.T)


def _same(words: Any) -> Any:
    return words


def glove(sentences: Sentences, *, epochs: int, seed: int = 0, width: int = WIDTH) -> WordVectors:
    """Return GloVe vectors; see `training.foundations.text.glove`."""
    from training.foundations.text.glove import cooccurrences, train_glove

    vocabulary = WordNumbers.build(sentences, LEAST, special=())
    numbers = {word: number for number, word in enumerate(vocabulary.words)}
    rows = [[numbers.get(word, -1) for word in sentence] for sentence in sentences]
    counts = cooccurrences(rows, len(vocabulary))
    return WordVectors(vocabulary.words, train_glove(counts, width, epochs, seed=seed))


def lstm(sentences: Sentences, run: Run, epochs: int, width: int = WIDTH) -> WordVectors:
    """Return the vectors of an LSTM language model; every fiftieth sentence chooses the epoch."""
    from training.common.loop import FitConfig, fit, seed_everything
    from training.foundations.text.lstm_embeddings import NextWord, WordLSTM, stream_of

    held_back = sentences[::50]
    train = [sentence for number, sentence in enumerate(sentences) if number % 50]
    vocabulary = WordNumbers.build(train, LEAST)
    streams = [
        stream_of([vocabulary.encode(sentence) for sentence in part], UNKNOWN) for part in (train, held_back)
    ]
    seed_everything(run.seed)
    model = WordLSTM(len(vocabulary), width)
    config = FitConfig(epochs, 5e-3, weight_decay=0.0, seed=run.seed)
    fit(
        model,
        NextWord(streams[0], streams[1], len(vocabulary), run.seed),
        config,
        run.folder / "fit",
        device=run.device,
    )
    matrix: NDArray[np.float32] = model.words.weight.detach().cpu().numpy()
    return WordVectors(vocabulary.words[len(SPECIAL) :], matrix[len(SPECIAL) :])
