"""Recipe `speech-emotion`: a linear head on the pooled output of Whisper base's encoder."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from pipelines.core.linear import LinearHead
from pipelines.core.manifest import ASSETS
from training.cards import write_card, write_results
from training.data import RAVDESS_LABELS, SpeechClip, casia, ravdess
from training.linear import discriminant, fit_head, logistic
from training.metrics import report
from training.speech_features import pooled_features

app = typer.Typer(help="Emotion of a voice from Whisper's encoder.")
CANDIDATES = (
    *(logistic(strength) for strength in (0.003, 0.01, 0.03)),
    *(discriminant(shrinkage) for shrinkage in (0.1, 0.2, 0.3, 0.5)),
)
FOLDS = 6
_Data = Annotated[Path, typer.Option(help="Folder of the data sets.")]
_Work = Annotated[Path, typer.Option(help="Where features are kept between runs.")]


class Corpus:
    """Clips with features; clips in which no speech was found are left out and counted."""

    def __init__(self, clips: list[SpeechClip], work: Path) -> None:
        features = pooled_features(clips, work / "features")
        heard: NDArray[np.bool_] = np.asarray(~np.isnan(features).any(axis=1))
        kept = [clips[index] for index in np.flatnonzero(heard)]
        self.features: NDArray[np.float32] = features[heard]
        self.labels = np.array([clip.label for clip in kept])
        self.speakers = np.array([clip.speaker for clip in kept])
        self.silent = len(clips) - len(kept)


def cross_validate(corpus: Corpus) -> tuple[dict[str, Any], list[float]]:
    """Return the metrics over 6 folds of unseen speakers, and each fold's accuracy."""
    probabilities = np.zeros((len(corpus.labels), len(RAVDESS_LABELS)), np.float32)
    folds: list[float] = []
    for train, test in GroupKFold(FOLDS).split(corpus.features, corpus.labels, corpus.speakers):
        head, _ = fit_head(corpus.features[train], corpus.labels[train], CANDIDATES, corpus.speakers[train])
        found = head.probabilities(corpus.features[test])
        probabilities[test] = found[:, [head.labels.index(label) for label in RAVDESS_LABELS]]
        guesses = np.array(head.labels)[found.argmax(axis=1)]
        folds.append(round(float((guesses == corpus.labels[test]).mean()), 4))
    return report(probabilities, corpus.labels, RAVDESS_LABELS), folds


def cross_speaker(corpus: Corpus) -> dict[str, dict[str, Any]]:
    """Return the metrics of training on one speaker and testing on another, for every speaker."""
    out = {}
    for speaker in sorted(set(corpus.speakers)):
        test = corpus.speakers == speaker
        head, _ = fit_head(corpus.features[~test], corpus.labels[~test], CANDIDATES)
        found = head.probabilities(corpus.features[test])
        out[f"CASIA, tested on {speaker.removeprefix('casia-')}"] = report(
            found, corpus.labels[test], head.labels
        )
    return out


@app.command()
def train(
    data: _Data = Path("../shared/data"),
    work: _Work = Path("runs/speech-emotion"),
    assets: Path = ASSETS,
) -> None:
    """Cross-validate, train the head that ships on all the clips, write weights and card."""
    started = time.perf_counter()
    english, mandarin = Corpus(ravdess(data), work), Corpus(casia(data), work)
    seconds = time.perf_counter() - started
    metrics, folds = cross_validate(english)
    evaluations = {"RAVDESS, 6 folds, unseen speakers": metrics, **cross_speaker(mandarin)}
    both = np.concatenate([english.features, mandarin.features])
    labels = np.concatenate([english.labels, mandarin.labels])
    speakers = np.concatenate([english.speakers, mandarin.speakers])
    head, chosen = fit_head(both, labels, CANDIDATES, speakers)
    _check_order(head)
    target = assets / "speech-emotion"
    head.write(target / "head.npz")
    write_results(target / "results.json", {**evaluations, "fold_accuracy": folds})
    facts = {
        "data": f"RAVDESS (Livingstone and Russo, 2018, CC BY-NC-SA 4.0), {len(english.labels)} clips of 20 "
        f"actors, and CASIA (research), {len(mandarin.labels)} clips of 2 speakers; "
        f"{english.silent + mandarin.silent} clips without detected speech left out",
        "model": f"{chosen}, on mean and standard deviation over time of the "
        "output of Whisper base's encoder, int8, as the transcriber computes it",
        "chosen by": "inner folds without shared speakers; so is the temperature",
        "accuracy of each fold": ", ".join(map(str, folds)),
        "command": "python -m training speech-emotion train",
        "machine": f"2-core x86-64 CPU; this run {seconds:.0f} s for features (kept ones are reused), "
        f"{time.perf_counter() - started - seconds:.0f} s for all the fits",
        "seed": "the fit is deterministic",
        "licence": "CC BY-NC-SA 4.0, after RAVDESS: not for commercial use",
        "limits": "acted speech, two languages; expect less on everyday speech",
    }
    write_card(target / "README.md", "Trio speech emotion head", facts, evaluations)
    typer.echo(f"{metrics['accuracy']} over {FOLDS} folds, {chosen}")


@app.command()
def evaluate(data: _Data = Path("../shared/data"), work: _Work = Path("runs/speech-emotion")) -> None:
    """Cross-validate on RAVDESS and CASIA without writing weights."""
    metrics, folds = cross_validate(Corpus(ravdess(data), work))
    typer.echo(f"RAVDESS: {metrics}, folds {folds}")
    for name, row in cross_speaker(Corpus(casia(data), work)).items():
        typer.echo(f"{name}: {row}")


def _check_order(head: LinearHead) -> None:
    if set(head.labels) != set(RAVDESS_LABELS):
        raise typer.BadParameter(f"the clips have other labels: {head.labels}")
