"""Noise removal on read speech: STOI, PESQ, SI-SDR and the transcriber's word errors, before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from pipelines.core.types import Audio
from pipelines.speech.decode import SAMPLE_RATE, decode_audio
from pipelines.speech.foundations import enhance, features
from pipelines.speech.foundations.features import Samples
from pipelines.speech.foundations.tools import plot_features
from training.common.cards import write_results
from training.common.corpora import corpus_folder
from training.foundations.speech.figures import plot_sounds
from training.foundations.speech.noises import NOISES, NoiseName, mixed, noise, si_sdr

SNRS = (0, 5, 10)
METHODS: Mapping[str, Callable[[Samples, int], Samples]] = {
    "none": lambda samples, rate: samples,
    "spectral-subtraction": enhance.spectral_subtraction,
    "wiener": enhance.wiener,
    "spectral-gating": enhance.spectral_gating,
}
COLUMNS = ("stoi", "pesq", "si_sdr", "wer")
LONGEST_SECONDS = 8.0
Words = Callable[[Samples], str]


@dataclass(frozen=True, eq=False)
class ReadClip:
    """A recording at 16 kHz, what is read in it, and the corpus that it comes from."""

    samples: Samples
    text: str
    language: str
    corpus: str


@dataclass(frozen=True)
class Measured:
    """One noisy recording after one method. `wrong` of `words` words were misread."""

    method: str
    noise: NoiseName
    snr: int
    stoi: float
    pesq: float
    si_sdr: float
    wrong: int
    words: int


def measure(
    data: Annotated[Path, typer.Option(help="Folder of the data sets.")] = Path("../shared/data"),
    out: Annotated[Path, typer.Option(help="Folder for the table.")] = Path("runs/enhancement"),
    clips: Annotated[int, typer.Option(min=3, help="Recordings; the noises take turns.")] = 12,
    seed: Annotated[int, typer.Option(help="Of the noises.")] = 0,
) -> None:
    """Mix English read speech with noise at 0, 5 and 10 dB, clean it and measure; write a table."""
    read = recordings(data)
    short = [clip for clip in read if len(clip.samples) <= LONGEST_SECONDS * SAMPLE_RATE]
    chosen = [clip for clip in short if clip.language == "en"][:clips]
    known = {clip.corpus for clip in chosen}
    others = [clip.samples for clip in read if clip.corpus not in known] or [c.samples for c in read]
    rows = measured(chosen, others, transcriber(), seed)
    lines = markdown(rows)
    write_results(
        out / "enhancement.json", {"clips": len(chosen), "seed": seed, "rows": [vars(r) for r in rows]}
    )
    (out / "enhancement.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    draw(chosen[0], out)
    typer.echo("\n".join(lines))


def draw(clip: ReadClip, out: Path) -> None:
    """Draw the features of a clip, and what each method makes of it in white noise at 5 dB."""
    clean = clip.samples
    cepstra = features.mfcc(clean, SAMPLE_RATE)
    named = {
        "log-mel": features.log_mel(clean, SAMPLE_RATE),
        "mfcc": cepstra,
        "plp": features.plp(clean, SAMPLE_RATE),
        "deltas": features.deltas(cepstra),
    }
    plot_features(named, out / "features.png")
    noisy = mixed(clean, noise("white", len(clean), np.random.default_rng(0)), 5)
    sounds = {name: method(noisy, SAMPLE_RATE) for name, method in METHODS.items() if name != "none"}
    plot_sounds({"clean": clean, "noisy": noisy, **sounds}, SAMPLE_RATE, out / "enhancement.png")


def recordings(data: Path) -> list[ReadClip]:
    """Return the read speech. Raises InputError where it is missing."""
    folder = corpus_folder(data, "asr")
    lines = (folder / "transcripts.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    return [
        ReadClip(decode_audio(folder / file).samples, text, language, file.partition("/")[0])
        for file, language, text in rows
    ]


def transcriber() -> Words:
    """Return the app's transcriber, told that English is spoken."""
    from pipelines.backends import default_registry
    from pipelines.core.types import Stage

    whisper = default_registry().get(Stage.TRANSCRIBE)
    return lambda samples: str(whisper.transcribe(Audio(samples, SAMPLE_RATE), language="en").text)


def measured(clips: Sequence[ReadClip], others: Sequence[Samples], words: Words, seed: int) -> list[Measured]:
    """Return every method at every SNR on every clip; the noises take turns over the clips."""
    from tqdm import tqdm

    random = np.random.default_rng(seed)
    rows = []
    for number, clip in enumerate(tqdm(clips, unit="clip")):
        kind = NOISES[number % len(NOISES)]
        added = noise(kind, len(clip.samples), random, others)
        for snr in SNRS:
            noisy = mixed(clip.samples, added, snr)
            rows += [_one(clip, noisy, method, kind, snr, words) for method in METHODS]
    return rows


def _one(clip: ReadClip, noisy: Samples, method: str, kind: NoiseName, snr: int, words: Words) -> Measured:
    from pesq import pesq
    from pystoi import stoi

    clean, found = clip.samples, METHODS[method](noisy, SAMPLE_RATE)
    wrong, count = word_errors(clip.text, words(found))
    return Measured(
        method,
        kind,
        snr,
        round(float(stoi(clean, found, SAMPLE_RATE)), 4),
        round(float(pesq(SAMPLE_RATE, clean, found, "wb")), 3),
        round(si_sdr(found, clean), 2),
        wrong,
        count,
    )


def word_errors(truth: str, heard: str) -> tuple[int, int]:
    """Return how many words were replaced, left out or added, and how many were said.

    Both are written alike first, by Whisper's English normaliser: 1468 is "fourteen sixty-eight".
    """
    import jiwer
    from whisper.normalizers import EnglishTextNormalizer

    normal = EnglishTextNormalizer()
    found = jiwer.process_words(normal(truth), normal(heard))
    wrong = found.substitutions + found.deletions + found.insertions
    return wrong, found.hits + found.substitutions + found.deletions


def markdown(rows: Sequence[Measured]) -> list[str]:
    """Return a table by SNR, and one by noise, a line a method."""
    lines: list[str] = []
    for name, values in (("snr", SNRS), ("noise", NOISES)):
        lines += [f"| {name} | method | STOI | PESQ | SI-SDR, dB | WER |", "|---|---|---|---|---|---|"]
        for value in values:
            for method in METHODS:
                chosen = [row for row in rows if getattr(row, name) == value and row.method == method]
                lines.append(f"| {value} | {method} | {_cells(chosen)} |")
        lines.append("")
    return lines[:-1]


def _cells(rows: Sequence[Measured]) -> str:
    if not rows:
        return " | | | "
    stoi, pesq, sdr = (float(np.mean([getattr(row, name) for row in rows])) for name in COLUMNS[:3])
    wer = sum(row.wrong for row in rows) / max(1, sum(row.words for row in rows))
    return f"{stoi:.3f} | {pesq:.2f} | {sdr:.1f} | {100 * wer:.1f} %"
