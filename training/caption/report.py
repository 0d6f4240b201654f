"""What the shipped captioner does on Flickr8k's dev split, through the app's own path."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from nltk.translate.bleu_score import corpus_bleu
from numpy.typing import NDArray
from pycocoevalcap.cider.cider import Cider
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from pipelines.backends import default_registry
from pipelines.core.types import Caption, Stage
from pipelines.image.caption import TrioCaptioner
from pipelines.image.caption_router import CaptionRouter
from pipelines.image.decode import decode_image
from pipelines.image.words import END, tokenize
from training.caption.flickr8k import Photo

GOOD_CIDER = 0.5
REFERENCE = "Hard-Attention (Xu et al., 2015) on Flickr8k test: BLEU-4 21.3"


@dataclass(frozen=True, eq=False)
class Captions:
    """Captions of photos in order, the mean log-probability of a word of each, CPU seconds a photo."""

    sentences: list[str]
    means: NDArray[np.float64]
    seconds: float


def caption_photos(captioner: TrioCaptioner, photos: Sequence[Photo]) -> Captions:
    """Return a caption for each photo; seconds count encoder and beam search on all cores, not the file."""
    sentences, means, seconds = [], [], 0.0
    for photo in tqdm(photos, unit="photo", desc="captions"):
        image = decode_image(photo.path)
        begun = time.process_time()
        best = captioner.search(image)[0]
        seconds += time.process_time() - begun
        sentences.append(captioner.words.sentence([token for token in best.tokens if token != END]))
        means.append(best.mean)
    return Captions(sentences, np.array(means), seconds / len(photos))


def scores(photos: Sequence[Photo], sentences: Sequence[str]) -> tuple[dict[str, float], NDArray[np.float64]]:
    """Return BLEU-1 to 4 (corpus, in %) and CIDEr (x 100), and each sentence's CIDEr."""
    truth = [[tokenize(caption) for caption in photo.captions] for photo in photos]
    heard = [tokenize(sentence) for sentence in sentences]
    found = {
        f"bleu_{n}": round(100 * float(corpus_bleu(truth, heard, weights=(1 / n,) * n)), 2)
        for n in range(1, 5)
    }
    references = {number: [" ".join(words) for words in rows] for number, rows in enumerate(truth)}
    guesses = {number: [" ".join(words)] for number, words in enumerate(heard)}
    whole, each = Cider().compute_score(references, guesses)
    return found | {"cider": round(100 * float(whole), 2)}, np.asarray(each, np.float64)


def fit_confidence(means: NDArray[np.float64], cider: NDArray[np.float64]) -> tuple[float, float]:
    """Return slope and offset of the probability that a caption's CIDEr is at least 0.5."""
    model = LogisticRegression(C=1e4).fit(means[:, None], cider >= GOOD_CIDER)
    return round(float(model.coef_[0, 0]), 4), round(float(model.intercept_[0]), 4)


def calibrate(photos: Sequence[Photo], folder: Path) -> None:
    """Write slope and offset of the confidence, fitted on `photos`, into the settings in `folder`."""
    captioner = TrioCaptioner(default_registry())
    captioner.open(folder)
    found = caption_photos(captioner, photos)
    slope, offset = fit_confidence(found.means, scores(photos, found.sentences)[1])
    settings = json.loads((folder / "settings.json").read_text("utf-8")) | {"slope": slope, "offset": offset}
    (folder / "settings.json").write_text(json.dumps(settings) + "\n", encoding="utf-8")


def measure(photos: Sequence[Photo], fitted: int) -> dict[str, Any]:
    """Return the metrics of the captioner and of the default back-end, as they ship.

    Args:
        photos: Of the dev split.
        fitted: How many of the first photos chose settings and fitted the confidence; the others measure it.
    """
    registry = default_registry()
    captioner: TrioCaptioner = registry.get(Stage.CAPTION, "trio")
    router: CaptionRouter = registry.get(Stage.CAPTION, "auto")
    found = caption_photos(captioner, photos)
    metrics, each = scores(photos, found.sentences)
    later, _ = scores(photos[fitted:], found.sentences[fitted:])
    routed = [
        router.checked(decode_image(photo.path), Caption(text, 0.0)).text
        for photo, text in tqdm(list(zip(photos, found.sentences, strict=True)), unit="photo", desc="labels")
    ]
    sure = np.array([captioner.calibration.confidence(mean) for mean in found.means[fitted:]])
    right = each[fitted:] >= GOOD_CIDER
    return {
        "photos": len(photos),
        **metrics,
        "cpu_seconds_a_photo": round(found.seconds, 3),
        "second_half_bleu_4": later["bleu_4"],
        "second_half_cider": later["cider"],
        "default_bleu_4": scores(photos, routed)[0]["bleu_4"],
        "labels_instead": round(
            sum(a != b for a, b in zip(routed, found.sentences, strict=True)) / len(photos), 4
        ),
        "confidence_spearman_with_cider": round(float(spearmanr(sure, each[fitted:])[0]), 3),
        "confidence_mean": round(float(sure.mean()), 3),
        "share_with_cider_of_half": round(float(right.mean()), 3),
        "reference": REFERENCE,
    }
