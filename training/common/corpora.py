"""The public corpora that training and measuring read: what they are, and where they are to be had.

Nothing is downloaded: each owner's terms are to be read and accepted on the page that is named here.
`python -m training corpora --data DIR` lists what is there and what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from pipelines.core.errors import InputError


@dataclass(frozen=True)
class Corpus:
    """One corpus under the data folder.

    Attributes:
        title: As its owners call it.
        licence: Of the data, in short.
        citation: Authors, year and place, or what stands for it.
        home: The owners' page, or the page that gives the corpus out.
        files: Patterns below its folder; each must match a file.
        layout: How to make these files of what the page gives.
        hub: Id of the same data on the Hugging Face hub.
    """

    title: str
    licence: str
    citation: str
    home: str
    files: tuple[str, ...]
    layout: str
    hub: str = ""

    def missing(self, folder: Path) -> list[str]:
        """Return the patterns that match no file of `folder`."""
        return [pattern for pattern in self.files if not any(p.is_file() for p in folder.glob(pattern))]


CORPORA: Mapping[str, Corpus] = {
    "flickr8k": Corpus(
        "Flickr8k",
        "research and education, non-commercial",
        "Hodosh, Young, Hockenmaier, 2013, JAIR 47, 853-899",
        "https://hockenmaier.cs.illinois.edu/8k-pictures.html",
        ("captions_train.tsv", "captions_dev.tsv", "train/*.jpg", "dev/*.jpg"),
        "photos in train/ and dev/ after the official split; captions_SPLIT.tsv: file, tab, caption",
        "jxie/flickr8k",
    ),
    "ravdess": Corpus(
        "RAVDESS, audio-only speech",
        "CC BY-NC-SA 4.0",
        "Livingstone, Russo, 2018, PLoS ONE 13(5): e0196391",
        "https://zenodo.org/records/1188976",
        ("Actor_*/*",),
        "Audio_Speech_Actors_01-24.zip as it is: Actor_NN/03-01-EMOTION-...; other audio formats do as well",
    ),
    "casia": Corpus(
        "CASIA Mandarin emotional corpus",
        "research, from its owners",
        "Institute of Automation, Chinese Academy of Sciences",
        "http://www.chineseldc.org/resource_info.php?rid=76",
        ("*/*/*",),
        "SPEAKER/EMOTION/clip, with the emotions angry, fear, happy, neutral, sad, surprise",
    ),
    "sst2": Corpus(
        "Stanford Sentiment Treebank, two classes",
        "research",
        "Socher et al., 2013, EMNLP, 1631-1642",
        "https://nlp.stanford.edu/sentiment/",
        ("train.tsv", "dev.tsv"),
        "whole sentences without the neutral ones, 6,920 and 872: sentence, tab, 0 or 1; the same files lie "
        "at https://github.com/clairett/pytorch-sentiment-classification",
        "stanfordnlp/sst",
    ),
    "emotion": Corpus(
        "Six emotions in tweets (CARER)",
        "education and research",
        "Saravia et al., 2018, EMNLP, 3687-3697",
        "https://github.com/dair-ai/emotion_dataset",
        ("train.txt", "val.txt"),
        "the split version as it is: text;label",
        "dair-ai/emotion",
    ),
    "goemotions": Corpus(
        "GoEmotions",
        "Apache-2.0",
        "Demszky et al., 2020, ACL, 4040-4054",
        "https://github.com/google-research/google-research/tree/master/goemotions",
        ("train.tsv", "dev.tsv", "labels.txt"),
        "data/train.tsv and data/dev.tsv as they are; data/emotions.txt is labels.txt",
        "google-research-datasets/go_emotions",
    ),
    "chnsenticorp": Corpus(
        "ChnSentiCorp, hotel reviews",
        "research",
        "Tan, Zhang, 2008, Expert Systems with Applications 34(4)",
        "https://github.com/SophonPlus/ChineseNlpCorpus",
        ("train.csv",),
        "ChnSentiCorp_htl_all.csv, or a part of it: label,review in UTF-8",
    ),
    "dailydialog": Corpus(
        "DailyDialog",
        "CC BY-NC-SA 4.0",
        "Li et al., 2017, IJCNLP, 986-995",
        "http://yanran.li/dailydialog",
        ("en_dev.txt",),
        "the validation split, a dialogue a line: turns ending in __eou__, topic, acts, emotions, with tabs",
        "li2017dailydialog/daily_dialog",
    ),
    "ewect": Corpus(
        "SMP2020-EWECT",
        "research; its owners name no licence",
        "Evaluation of Weibo Emotion Classification Technology, SMP 2020",
        "https://smp2020ewect.github.io",
        ("train.jsonl", "dev.jsonl"),
        'a post a line, {"text", "label"}, label happy, angry, sad, fear, surprise or neutral: train of '
        "both of its subjects, dev of the second",
    ),
    "cifar10": Corpus(
        "CIFAR-10, a subset",
        "research; its owners name no licence",
        "Krizhevsky, 2009, Learning multiple layers of features from tiny images, University of Toronto",
        "https://www.cs.toronto.edu/~kriz/cifar.html",
        ("cifar10_5k.npz",),
        "400 pictures a class of the train batches and 100 of the test batch in one npz: train_images, "
        "test_images uint8 (n, 32, 32, 3), train_labels, test_labels int8, classes: the ten names",
        "uoft-cs/cifar10",
    ),
    "fsdd": Corpus(
        "Free Spoken Digit Dataset",
        "CC BY-SA 4.0",
        "Jackson et al., 2018, Free Spoken Digit Dataset v1.0.8",
        "https://github.com/Jakobovski/free-spoken-digit-dataset",
        ("*_*_*.wav",),
        "recordings/ as it is: DIGIT_SPEAKER_INDEX.wav, 8 kHz",
    ),
    "asr": Corpus(
        "Read speech: LJ Speech, LibriVox, AISHELL-1, and Whisper's jfk.flac",
        "public domain; AISHELL-1: Apache-2.0",
        "Ito, Johnson, 2017; librivox.org; Bu et al., 2017, arXiv:1709.05522; Radford et al., 2022",
        "https://keithito.com/LJ-Speech-Dataset/, https://librivox.org, https://www.openslr.org/33/, "
        "https://github.com/openai/whisper/tree/main/tests",
        ("transcripts.tsv", "lj/*", "librivox/*", "aishell/*", "jfk.flac"),
        "any clips of these, at 16 kHz; transcripts.tsv: file, tab, en or zh, tab, text",
    ),
}


def corpus_folder(data: Path, name: str) -> Path:
    """Return the folder of a corpus of the table.

    Raises:
        InputError: if a file of it is missing; says what, and where the corpus is to be had.
    """
    corpus, folder = CORPORA[name], data / name
    if missing := corpus.missing(folder):
        raise InputError(
            f"The data set {corpus.title} is not there",
            given=f"{folder} lacks {', '.join(missing)}",
            allowed=corpus.layout,
            fix=f"Get it from {corpus.home} and name the folder above it with --data DIR",
        )
    return folder


def list_corpora(
    data: Annotated[Path, typer.Option(help="Folder of the data sets.")] = Path("../shared/data"),
) -> None:
    """List every corpus: whether it is there, or what is missing and where it is to be had."""
    for name, corpus in CORPORA.items():
        missing = corpus.missing(data / name)
        state = f"missing {', '.join(missing)}" if missing else "there"
        typer.echo(f"{name}: {state}\n  {corpus.title}; {corpus.citation}; {corpus.licence}")
        if missing:
            typer.echo(f"  from {corpus.home}" + (f" (hub: {corpus.hub})" if corpus.hub else ""))
            typer.echo(f"  into {data / name}: {corpus.layout}")
