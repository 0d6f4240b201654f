"""The data sets of the recipes; `training/common/corpora.py` says where each comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from training.common.corpora import corpus_folder

HELD_BACK_DIALOGUES = 100
RAVDESS_LABELS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgusted", "surprised")
CASIA_LABELS = {
    "neutral": "neutral",
    "happy": "happy",
    "sad": "sad",
    "angry": "angry",
    "fear": "fearful",
    "surprise": "surprised",
}


@dataclass(frozen=True)
class SpeechClip:
    """One recording of acted emotion. `speaker` is unique over all the corpora."""

    path: Path
    label: str
    speaker: str


@dataclass(frozen=True)
class LabelledText:
    """One text and its label."""

    text: str
    label: str


def ravdess(data: Path) -> list[SpeechClip]:
    """Return RAVDESS (Livingstone and Russo, 2018): the third number of a name is the emotion."""
    folder = corpus_folder(data, "ravdess")
    files = sorted(path for path in folder.glob("Actor_*/*") if path.is_file())
    return [
        SpeechClip(path, RAVDESS_LABELS[int(path.stem.split("-")[2]) - 1], f"ravdess-{path.parent.name}")
        for path in files
    ]


def casia(data: Path) -> list[SpeechClip]:
    """Return CASIA (Mandarin, two speakers): the folder is the emotion."""
    folder = corpus_folder(data, "casia")
    files = sorted(path for path in folder.glob("*/*/*") if path.is_file())
    return [
        SpeechClip(path, CASIA_LABELS[path.parent.name], f"casia-{path.parent.parent.name}") for path in files
    ]


def sst2(data: Path, split: str) -> list[LabelledText]:
    """Return SST-2 (Socher et al., 2013), split "train" or "dev", labels "negative" and "positive"."""
    lines = (corpus_folder(data, "sst2") / f"{split}.tsv").read_text("utf-8").splitlines()
    rows = [line.rsplit("\t", 1) for line in lines]
    return [LabelledText(row[0], ("negative", "positive")[int(row[1])]) for row in rows if row[-1] in "01"]


def six_emotions(data: Path, split: str) -> list[LabelledText]:
    """Return the six-emotion tweets (Saravia et al., 2018), split "train" or "val"; a header is left out."""
    lines = (corpus_folder(data, "emotion") / f"{split}.txt").read_text("utf-8").splitlines()
    rows = [line.rsplit(";", 1) for line in lines if ";" in line]
    return [LabelledText(*row) for row in rows if row != ["text", "label_name"]]


def daily_dialog(data: Path, language: str = "en") -> list[list[tuple[str, int]]]:
    """Return DailyDialog's dev dialogues (Li et al., 2017, arXiv:1710.03957) as (turn, its emotion's number).

    `language`: "en", as its tokenizer left it (see `detokenized`), or "zh".
    """
    out = []
    for line in (corpus_folder(data, "dailydialog") / f"{language}_dev.txt").read_text("utf-8").splitlines():
        text, _, _, numbers = line.split("\t")
        turns = [turn.strip() for turn in text.split("__eou__") if turn.strip()]
        out.append(list(zip(turns, map(int, numbers.split()), strict=False)))
    return out


def dialogues(data: Path, *, held_back: bool) -> list[list[tuple[str, int]]]:
    """Return DailyDialog's English dialogues without its tokenizer's spaces; the last 100 are held back."""
    found = [[(detokenized(turn), emotion) for turn, emotion in talk] for talk in daily_dialog(data)]
    return found[-HELD_BACK_DIALOGUES:] if held_back else found[:-HELD_BACK_DIALOGUES]


def detokenized(turn: str) -> str:
    """Return a turn of DailyDialog without the spaces that its tokenizer left."""
    text = turn.strip().replace("\u2019", "'").replace("\u2018", "'")
    text = re.sub(r"\s*'\s*(\w+)", lambda found: "'" + found.group(1).lower(), text)
    text = re.sub(r"\s+([.,!?;:%)])", r"\1", text)
    return re.sub(r"([$(])\s+", r"\1", text)
