"""Word recogniser of the traditional kind: one hidden Markov model a word, Gaussian mixtures for its sounds.

A word is a row of states that can only stay or go on to the next; each state's frames are a mixture of
Gaussians. The word whose model gives the frames the highest likelihood is the answer. Sources: Rabiner, 1989,
"A tutorial on hidden Markov models"; Juang, 1985 (mixtures). Training (Baum-Welch) is hmmlearn's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from hmmlearn.hmm import GMMHMM
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.cluster import KMeans

from pipelines.core.foundation import Fields
from pipelines.speech.foundations.digits import answer, cepstra, mel_frames
from pipelines.speech.foundations.features import Frames, Samples

STATES, MIXTURES, ROUNDS = 6, 3, 4
LEAST_VARIANCE = 1e-2
FILE = "words.npz"
_LEARNED = ("startprob_", "transmat_", "means_", "covars_", "weights_")


class GmmHmm:
    """A model a word, equally likely beforehand.

    Attributes:
        words: The models by label.
        labels: In the order of the columns of `probabilities`.
    """

    def __init__(self, words: Mapping[str, GMMHMM]) -> None:
        self.words = dict(words)
        self.labels = tuple(self.words)

    @classmethod
    def fit(cls, clips: Sequence[Samples], labels: Sequence[str], seed: int = 0) -> Self:
        """Return models trained on 8 kHz sounds of one word each; shows its progress."""
        from tqdm import tqdm

        frames = [cepstra(mel_frames(clip)) for clip in clips]
        words = {}
        for word in tqdm(sorted(set(labels)), unit="word"):
            said = [each for each, label in zip(frames, labels, strict=True) if label == word]
            words[word] = _word_model(said, seed)
        return cls(words)

    @property
    def parameters(self) -> int:
        """Transitions, means, variances and weights of all the words."""
        return sum(int(getattr(model, name).size) for model in self.words.values() for name in _LEARNED)

    def probabilities(self, clips: Sequence[Samples]) -> NDArray[np.float64]:
        """Return float64 (clips, labels): Bayes' rule over the likelihoods of all the frames."""
        scores = [
            [model.score(frames) for model in self.words.values()]
            for frames in (cepstra(mel_frames(clip)) for clip in clips)
        ]
        found: NDArray[np.float64] = softmax(np.array(scores), axis=1)
        return found

    def save(self, folder: Path) -> None:
        """Write `words.npz`."""
        arrays = {f"{word}.{name}": getattr(m, name) for word, m in self.words.items() for name in _LEARNED}
        np.savez_compressed(folder / FILE, **arrays)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the saved models."""
        with np.load(folder / FILE, allow_pickle=False) as file:
            arrays = dict(file)
        words = dict.fromkeys(name.partition(".")[0] for name in arrays)
        return cls({word: _restored({name: arrays[f"{word}.{name}"] for name in _LEARNED}) for word in words})

    def predict(self, file: Path, out: Path) -> Fields:
        """Fields `label`, `confidence`, `scores` of a recording of one word."""
        del out
        return answer(self, file)


def _word_model(said: Sequence[Frames], seed: int) -> GMMHMM:
    """Return a model that starts from the recordings cut into equal parts, one a state."""
    model = _empty(said[0].shape[1], seed)
    parts = [np.array_split(frames, STATES) for frames in said]
    for state in range(STATES):
        _start_state(model, state, np.concatenate([part[state] for part in parts]), seed)
    model.fit(np.concatenate(said), [len(frames) for frames in said])
    model.covars_ = np.maximum(model.covars_, LEAST_VARIANCE)  # hmmlearn's own floor is for its start only
    return model


def _empty(width: int, seed: int) -> GMMHMM:
    model = GMMHMM(
        STATES, MIXTURES, covariance_type="diag", params="tmcw", init_params="", n_iter=ROUNDS,
        random_state=seed,
    )  # fmt: skip
    model.n_features = width
    model.startprob_ = np.eye(STATES)[0]
    model.transmat_ = 0.7 * np.eye(STATES) + 0.3 * np.eye(STATES, k=1)
    model.transmat_[-1, -1] = 1.0
    model.means_ = np.zeros((STATES, MIXTURES, width))
    model.covars_ = np.ones((STATES, MIXTURES, width))
    model.weights_ = np.full((STATES, MIXTURES), 1 / MIXTURES)
    return model


def _start_state(model: GMMHMM, state: int, frames: Frames, seed: int) -> None:
    model.means_[state] = KMeans(MIXTURES, n_init=1, random_state=seed).fit(frames).cluster_centers_
    model.covars_[state] = frames.var(axis=0) + LEAST_VARIANCE


def _restored(arrays: Mapping[str, NDArray[Any]]) -> GMMHMM:
    model = _empty(arrays["means_"].shape[2], 0)
    for name, array in arrays.items():
        setattr(model, name, array)
    return model
