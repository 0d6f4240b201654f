"""Error rates of the shipped models by group: `python -m benchmarks.fairness [--data DIR] [--work DIR]`.

Groups are those that the data name: a speaker's sex (RAVDESS), accent (FSDD) and language. What judges was
not trained on: each RAVDESS actor's voice is judged by a head that never heard it, as in the model's card.
Features and transcripts are kept in `work`, so that a run that was stopped goes on.
Writes docs/results/fairness.json and the table of docs/fairness.md.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest
from tqdm import tqdm

from benchmarks.common import DATA, DOCS, ROOT, machine, put_table, write_result
from pipelines.backends import default_registry
from pipelines.core.assets import MODELS
from pipelines.core.errors import InputError
from pipelines.core.types import Stage
from pipelines.speech.decode import decode_audio
from training.common.corpora import corpus_folder
from training.common.datasets import RAVDESS_LABELS, LabelledText, ravdess, six_emotions
from training.feelings.chinese_texts import EWECT
from training.foundations.speech.spoken_digits import DIGITS
from training.speech_emotion.recipe import Corpus, out_of_fold

CHINESE_REVIEWS = "sentiment, ChnSentiCorp, held-back fifth"
VOICE, WORDS, FEELINGS = "emotion of the voice", "recogniser", "emotion of words"
SENTENCES = ("Kids are talking by the door", "Dogs are sitting by the door")
"""What RAVDESS's actors say, by the fifth number of a file's name."""
ACCENTS = {
    "jackson": "American",
    "theo": "American",
    "nicolas": "Belgian, French",
    "lucas": "German",
    "yweweler": "German",
    "george": "Greek",
}
"""Of FSDD's speakers, all of them men, as `metadata.py` of that data set says."""
TAKES = 1
"""Recordings of each digit by each speaker."""
Heard = Callable[[Path], str]


@dataclass(frozen=True)
class Answer:
    """One judged input. `speaker`: who said it; "" where texts have no author."""

    group: str
    speaker: str
    right: bool


def rows_of(model: str, by: str, what: str, answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """Return a row a group, in order of appearance: counts, error rate, 95 % interval, speakers' extremes.

    The interval is Wilson's (1927). It takes inputs as independent; those of one speaker are not, so that it
    is too narrow where a group has few speakers.
    """
    groups: dict[str, list[Answer]] = {}
    for answer in answers:
        groups.setdefault(answer.group, []).append(answer)
    return [{"model": model, "by": by, "what": what, "group": name, **_row(g)} for name, g in groups.items()]


def _row(answers: Sequence[Answer]) -> dict[str, Any]:
    speakers = sorted({answer.speaker for answer in answers} - {""})
    each = [_wrong(answer for answer in answers if answer.speaker == speaker) for speaker in speakers]
    wrong, count = sum(not answer.right for answer in answers), len(answers)
    return {
        **counted(wrong, count),
        "speakers": len(speakers),
        "best": min(each, default=None),
        "worst": max(each, default=None),
    }


def counted(wrong: int, count: int) -> dict[str, Any]:
    """Return the counts, the error rate and its interval."""
    interval = binomtest(wrong, count).proportion_ci(method="wilson")
    rate, low, high = (round(float(share), 4) for share in (wrong / count, interval.low, interval.high))
    return {"wrong": wrong, "count": count, "rate": rate, "interval": [low, high]}


def _wrong(answers: Iterable[Answer]) -> float:
    return round(float(np.mean([not answer.right for answer in answers])), 4)


def sex_of(actor: str) -> str:
    """Return the sex of a RAVDESS speaker, such as "ravdess-Actor_02": odd numbers are men."""
    return "men" if int(actor[-2:]) % 2 else "women"


def voices(data: Path, work: Path) -> list[dict[str, Any]]:
    """Judge the emotion of each RAVDESS clip by heads that never heard the actor."""
    corpus = Corpus(ravdess(data), work)
    probabilities, _ = out_of_fold(corpus, "voice.npz")
    right = np.array(RAVDESS_LABELS)[probabilities.argmax(axis=1)] == corpus.labels
    answers = [Answer(sex_of(who), who, bool(ok)) for who, ok in zip(corpus.speakers, right, strict=True)]
    return rows_of(VOICE, "sex", "acted English, eight emotions", sorted(answers, key=lambda a: a.group))


def other_cards(assets: Path = MODELS) -> list[dict[str, Any]]:
    """Return what the cards beside the weights say by language, on speakers and texts that were held out."""
    cards = (
        (VOICE, "acted, six emotions", "speech-emotion", "CASIA, tested on liuchanhg", "Mandarin, liuchanhg"),
        (VOICE, "acted, six emotions", "speech-emotion", "CASIA, tested on wangzhe", "Mandarin, wangzhe"),
        ("sentiment of words", "film reviews", "feelings", "SST-2 dev", "English"),
        ("sentiment of words", "hotel reviews", "chinese-feelings", CHINESE_REVIEWS, "Chinese"),
    )
    rows = []
    for model, what, folder, evaluation, group in cards:
        card = json.loads((assets / folder / "results.json").read_text("utf-8"))[evaluation]
        found = counted(round(card["count"] * (1 - card["accuracy"])), card["count"])
        rows.append({"model": model, "by": "language", "what": what, "group": group, **found, "speakers": 0})
    return rows


def said_by_sex(data: Path, heard: Heard) -> list[dict[str, Any]]:
    """Judge the recogniser on RAVDESS, at normal strength, each emotion once by each actor.

    The two sentences take turns over the emotions, the same for all the actors.
    """
    answers = []
    for clip in ravdess(data):
        _, _, emotion, strength, sentence, take, _ = clip.path.stem.split("-")
        if (strength, take) == ("01", "01") and (int(emotion) + int(sentence)) % 2 == 0:
            right = same_words(SENTENCES[int(sentence) - 1], heard(clip.path))
            answers.append(Answer(sex_of(clip.speaker), clip.speaker, right))
    return rows_of(WORDS, "sex", "two English sentences, acted", answers)


def said_by_accent(data: Path, heard: Heard) -> list[dict[str, Any]]:
    """Judge the recogniser on single English digits."""
    folder, answers = corpus_folder(data, "fsdd"), []
    for speaker, accent in ACCENTS.items():
        files = [folder / f"{digit}_{speaker}_{take}.wav" for digit in DIGITS for take in range(TAKES)]
        answers += [Answer(accent, speaker, same_words(f.name[0], heard(f))) for f in files if f.is_file()]
    return rows_of(WORDS, "accent", "one English digit", answers)


def said_by_language(data: Path, heard: Heard) -> list[dict[str, Any]]:
    """Judge the recogniser on every second read clip: any wrong word or character makes it wrong."""
    folder, answers = corpus_folder(data, "asr"), []
    for line in (folder / "transcripts.tsv").read_text("utf-8").splitlines()[::2]:
        name, language, text = line.split("\t")
        right = same_words(text, heard(folder / name), language)
        group = {"en": "English", "zh": "Mandarin"}[language]
        answers.append(Answer(group, Path(name).parts[0], right))
    return rows_of(WORDS, "language", "whole clips, read aloud", answers)


def same_words(truth: str, found: str, language: str = "en") -> bool:
    """Whether both are the same words, written alike: digits, case and punctuation make no difference."""
    from whisper.normalizers import BasicTextNormalizer, EnglishTextNormalizer

    normal = EnglishTextNormalizer() if language == "en" else BasicTextNormalizer()
    one, other = normal(truth), normal(found)
    return one == other if language == "en" else "".join(one.split()) == "".join(other.split())


def emotions_of_words(data: Path) -> list[dict[str, Any]]:
    """Judge the emotions of words: English tweets, whose labels know no "neutral", and Chinese posts."""
    classifier = default_registry().get(Stage.TEXT_EMOTION)
    tweets: Sequence[LabelledText] = six_emotions(data, "val")
    labels = {row.label for row in tweets}

    def of_tweet(text: str) -> str | None:
        return _best(classifier, text, labels)

    def of_post(text: str) -> str | None:
        return _best(classifier, text, set(EWECT.values()))

    lines = (data / "ewect" / "dev.jsonl").read_text("utf-8").splitlines()
    posts = [json.loads(line) for line in lines]
    answers = [
        Answer("English", "", row.label == of_tweet(row.text))
        for row in tqdm(tweets, unit="text", desc="English")
    ]
    answers += [
        Answer("Chinese", "", EWECT[row["label"]] == of_post(row["text"]))
        for row in tqdm(posts, unit="text", desc="Chinese")
    ]
    return rows_of(FEELINGS, "language", "tweets of six emotions, posts of six labels", answers)


def _best(classifier: Any, text: str, labels: Collection[str]) -> str | None:
    """Return the likeliest of the labels that the data know; None where there is nothing to judge."""
    try:
        scores = classifier.classify(text).scores
    except InputError:
        return None
    return max(labels & scores.keys(), key=scores.__getitem__)


class Transcripts:
    """What the app's recogniser hears in files, as the app asks it: the language is not told.

    Args:
        work: Keeps what was heard, in `heard.jsonl`.
    """

    def __init__(self, work: Path) -> None:
        self._path = work / "heard.jsonl"
        work.mkdir(parents=True, exist_ok=True)
        kept = self._path.read_text("utf-8").splitlines() if self._path.exists() else []
        self._known: dict[str, str] = dict(json.loads(line) for line in kept)
        self._bar = tqdm(unit="clip", desc="transcripts")

    def __call__(self, file: Path) -> str:
        """Return the words, "" where nobody speaks."""
        name = "/".join(file.parts[-3:])
        self._bar.update()
        if name not in self._known:
            recogniser = default_registry().get(Stage.TRANSCRIBE)
            self._known[name] = recogniser.transcribe(decode_audio(file)).text
            with self._path.open("a", encoding="utf-8") as kept:
                kept.write(json.dumps([name, self._known[name]], ensure_ascii=False) + "\n")
        return self._known[name]


def table(found: Mapping[str, Any]) -> list[str]:
    """Return the rows as a Markdown table."""
    head = (
        "model",
        "group",
        "judged on",
        "wrong",
        "of",
        "error rate",
        "95 % interval",
        "speakers: best, worst",
    )
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for row in [row for part in found["parts"].values() for row in part["rows"]]:
        low, high = row["interval"]
        ends = f"{row['speakers']}: {row['best']:.1%}, {row['worst']:.1%}" if row["speakers"] > 1 else ""
        cells = (
            row["model"],
            row["group"],
            row["what"],
            row["wrong"],
            f"{row['count']:,}",
            f"{row['rate']:.1%}",
        )
        lines.append(f"| {' | '.join(map(str, cells))} | {low:.1%} to {high:.1%} | {ends} |")
    return lines


PARTS: Mapping[str, Callable[[Path, Path], list[dict[str, Any]]]] = {
    "voice": voices,
    "recogniser-sex": lambda data, work: said_by_sex(data, Transcripts(work)),
    "recogniser-accent": lambda data, work: said_by_accent(data, Transcripts(work)),
    "recogniser-language": lambda data, work: said_by_language(data, Transcripts(work)),
    "words": lambda data, work: emotions_of_words(data),
    "cards": lambda data, work: other_cards(),
}


def main() -> None:
    """Measure, print and write; without the data, say where they are to be had."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--work", type=Path, default=ROOT / "runs" / "fairness")
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=list(PARTS), help="Others stay as they are."
    )
    given = parser.parse_args()
    kept = DOCS / "results" / "fairness.json"
    before = json.loads(kept.read_text("utf-8"))["parts"] if kept.exists() else {}
    for name in given.parts:
        try:
            before[name] = {**machine(), "rows": PARTS[name](given.data, given.work)}
        except InputError as error:
            print(f"Not measured: {error}")
            return
        found = {"parts": {part: before[part] for part in PARTS if part in before}}
        write_result("fairness", found)
        put_table(DOCS / "fairness.md", "fairness", table(found))


if __name__ == "__main__":
    main()
