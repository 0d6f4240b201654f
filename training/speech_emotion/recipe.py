"""Recipe `speech-emotion`: linear heads on Whisper base's encoder and the prosody of a voice."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from pipelines.core.assets import MODELS
from pipelines.core.errors import InputError
from pipelines.speech.emotion import TEXT_LABELS
from training.common.cards import write_card, write_results
from training.common.datasets import RAVDESS_LABELS, SpeechClip, casia, ravdess
from training.common.figures import plot_confusion
from training.common.linear_heads import Candidate, FusedDiscriminants, discriminant, fit_head
from training.common.metrics import report
from training.speech_emotion.features import LAST, clip_features, layer_and_prosody

app = typer.Typer(help="Emotion of a voice from Whisper's encoder and the prosody.")
FOLDS = 6
RAVDESS = f"RAVDESS, {FOLDS} folds, unseen speakers"
_Data = Annotated[Path, typer.Option(help="Folder of the data sets.")]
_Work = Annotated[Path, typer.Option(help="Where features, heads and results are kept between runs.")]
_DATA, _WORK = Path("../shared/data"), Path("runs/speech-emotion")


def _fused(name: str, layers: tuple[int, ...], shrinkage: float) -> Candidate:
    blocks = layer_and_prosody(*layers)
    title = f"fused discriminant analyses of {name} with prosody, shrinkage {shrinkage}"
    return Candidate(title, lambda: FusedDiscriminants(blocks, shrinkage))


CANDIDATES = (
    *(_fused("layer 3", (1,), shrinkage) for shrinkage in (0.4, 0.6)),
    *(_fused("layers 2, 3 and 4", (0, 1, 2), shrinkage) for shrinkage in (0.4, 0.6)),
)
BASELINE = tuple(discriminant(shrinkage) for shrinkage in (0.1, 0.3, 0.5))
HEADS = {"voice.npz": CANDIDATES, "head.npz": BASELINE}
"""Files and what they are chosen from. `head.npz`, the earlier head, reads the last layer alone."""


class Corpus:
    """Clips with features; clips in which no speech was found are left out and counted."""

    def __init__(self, clips: list[SpeechClip], work: Path) -> None:
        features = clip_features(clips, work / "features")
        heard: NDArray[np.bool_] = np.asarray(~np.isnan(features).any(axis=1))
        kept = [clips[index] for index in np.flatnonzero(heard)]
        self.features: NDArray[np.float32] = features[heard]
        self.labels = np.array([clip.label for clip in kept])
        self.speakers = np.array([clip.speaker for clip in kept])
        self.silent = len(clips) - len(kept)

    def read_by(self, file: str) -> NDArray[np.float32]:
        """Return the columns that the head in `file` reads."""
        return self.features[:, LAST] if file == "head.npz" else self.features


def out_of_fold(corpus: Corpus, file: str) -> tuple[NDArray[np.float32], list[dict[str, Any]]]:
    """Return each clip's probabilities by a head that never heard its speaker, and what each fold chose.

    They are float32 (clips, `RAVDESS_LABELS`); there are 6 folds.
    """
    features, labels, speakers = corpus.read_by(file), corpus.labels, corpus.speakers
    probabilities = np.zeros((len(labels), len(RAVDESS_LABELS)), np.float32)
    folds: list[dict[str, Any]] = []
    for train, test in GroupKFold(FOLDS).split(features, labels, speakers):
        head, chosen = fit_head(features[train], labels[train], HEADS[file], speakers[train])
        found = head.probabilities(features[test])
        probabilities[test] = found[:, [head.labels.index(label) for label in RAVDESS_LABELS]]
        right = np.array(head.labels)[found.argmax(axis=1)] == labels[test]
        folds.append({"accuracy": round(float(right.mean()), 4), "chosen": chosen})
    return probabilities, folds


def cross_validate(corpus: Corpus, file: str) -> dict[str, Any]:
    """Return the metrics of a head over 6 folds of unseen speakers, with what each fold chose."""
    probabilities, folds = out_of_fold(corpus, file)
    return {**report(probabilities, corpus.labels, RAVDESS_LABELS), "folds": folds}


def cross_speaker(corpus: Corpus, file: str) -> dict[str, dict[str, Any]]:
    """Return the metrics of training on one speaker and testing on another, for every speaker."""
    out = {}
    for speaker in sorted(set(corpus.speakers)):
        test = corpus.speakers == speaker
        features = corpus.read_by(file)
        head, chosen = fit_head(features[~test], corpus.labels[~test], HEADS[file])
        found = report(head.probabilities(features[test]), corpus.labels[test], head.labels)
        out[f"CASIA, tested on {speaker.removeprefix('casia-')}"] = {**found, "chosen": chosen}
    return out


@app.command()
def train(data: _Data = _DATA, work: _Work = _WORK) -> None:
    """Choose and fit both heads on all the clips of both corpora."""
    english, mandarin = Corpus(ravdess(data), work), Corpus(casia(data), work)
    labels = np.concatenate([english.labels, mandarin.labels])
    speakers = np.concatenate([english.speakers, mandarin.speakers])
    chosen = {
        "silent": english.silent + mandarin.silent,
        "clips": [len(english.labels), len(mandarin.labels)],
    }
    for file, candidates in HEADS.items():
        both = np.concatenate([english.read_by(file), mandarin.read_by(file)])
        head, chosen[file] = fit_head(both, labels, candidates, speakers)
        head.write(work / file)
        typer.echo(f"{file}: {chosen[file]}")
    write_results(work / "chosen.json", chosen)


@app.command()
def evaluate(data: _Data = _DATA, work: _Work = _WORK) -> None:
    """Cross-validate both heads on RAVDESS and across CASIA's speakers."""
    started = time.perf_counter()
    english, mandarin = Corpus(ravdess(data), work), Corpus(casia(data), work)
    results: dict[str, Any] = {RAVDESS: cross_validate(english, "voice.npz")}
    results |= cross_speaker(mandarin, "voice.npz")
    results["earlier head, " + RAVDESS] = cross_validate(english, "head.npz")
    results |= {f"earlier head, {name}": row for name, row in cross_speaker(mandarin, "head.npz").items()}
    write_results(work / "results.json", results)
    for name, row in results.items():
        typer.echo(f"{name}: {row['accuracy']}, recall {row['macro_recall']}")
    typer.echo(f"{time.perf_counter() - started:.0f} s")


@app.command()
def export(work: _Work = _WORK, assets: Path = MODELS) -> None:
    """Write heads, results, figures and card into the assets."""
    if missing := [name for name in (*HEADS, "chosen.json", "results.json") if not (work / name).exists()]:
        raise InputError("Not trained yet", given=", ".join(missing), fix="Run train and evaluate first")
    target = assets / "speech-emotion"
    for file in HEADS:
        (target / file).write_bytes((work / file).read_bytes())
    results = json.loads((work / "results.json").read_text("utf-8"))
    write_results(target / "results.json", results)
    plot_confusion(results[RAVDESS], target / "confusion-ravdess.png")
    for name in ("liuchanhg", "wangzhe"):
        plot_confusion(results[f"CASIA, tested on {name}"], target / f"confusion-casia-{name}.png")
    chosen = json.loads((work / "chosen.json").read_text("utf-8"))
    write_card(target / "README.md", "Trio voice emotion", _facts(chosen, results), results)


def _facts(chosen: dict[str, Any], results: dict[str, Any]) -> dict[str, str]:
    english, mandarin = chosen["clips"]
    words = ", ".join(f"{voice} = {text or 'none'}" for voice, text in TEXT_LABELS.items())
    return {
        "data": f"RAVDESS (Livingstone and Russo, 2018, CC BY-NC-SA 4.0), {english} clips of 20 actors, and "
        f"CASIA (research), {mandarin} clips of 2 speakers; {chosen['silent']} clips without detected "
        "speech left out",
        "model": f"`voice.npz`: {chosen['voice.npz']}; layers counted from 1, each as mean and standard "
        "deviation over time, from the transcriber's own pass. The fused scores are one linear matrix",
        "earlier head": f"`head.npz`, back-end `whisper-head`: {chosen['head.npz']}, last layer alone",
        "chosen by": "inner folds without shared speakers, in every outer fold anew; so is the temperature. "
        "The outer folds chose nothing. That middle layers and prosody are worth trying was found "
        "beforehand on other folds of the same actors, with Whisper's float32 encoder",
        "accuracy of each fold": ", ".join(str(fold["accuracy"]) for fold in results[RAVDESS]["folds"]),
        "labels of the text emotions": words,
        "command": "python -m training speech-emotion train, then evaluate, then export",
        "seed": "the fit is deterministic",
        "licence": "CC BY-NC-SA 4.0, after RAVDESS: not for commercial use",
        "limits": "acted speech, two languages; expect less on everyday speech. CASIA has two speakers: a "
        "voice unlike both is judged much worse in Mandarin",
    }
