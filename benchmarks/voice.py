"""How well Whisper base reads Trio's voices back, and their first sound: `python -m benchmarks.voice`.

The sentences are those of voice_sentences.tsv: settings are chosen on the 30 marked "choice"
(`--choose`), and the 60 other Chinese ones (15 of them with English words) and 30 English ones are reported.
Both sides are compared after the same normalisation, character by character in Chinese, word by word in
English. Beside them stand the syllables that were wrong whatever their tone (homophones count as right), and
what Whisper base gets wrong on people (../shared/data/asr/aishell). Costs are in seconds of
the processor, which other programs change little. Each sentence is kept in runs/voice.jsonl, where a run that
was stopped goes on.
Writes docs/results/voice.json after each part.
"""

from __future__ import annotations

import argparse
import json
import re
import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks.common import DATA, DOCS, ROOT, alternately, machine, median, peak_megabytes, write_result
from pipelines.backends import KOKORO_VOICES, default_registry
from pipelines.core.memory import return_freed_memory
from pipelines.core.types import Audio, Stage
from pipelines.speech.decode import audio_from_array, decode_audio
from pipelines.speech.tts.chinese import by_digit, spoken_chinese
from pipelines.speech.tts.kokoro import DEFAULT_VOICE, PACE, KokoroChinese
from pipelines.speech.wav import concatenate

SENTENCES = Path(__file__).with_name("voice_sentences.tsv")
KEPT = ROOT / "runs" / "voice.jsonl"
EDGE_SECONDS = 0.3
USUAL: Mapping[str, Any] = {"voice": DEFAULT_VOICE, "pace": PACE, "third_tones": False}
CHANGES: tuple[Mapping[str, Any], ...] = ({"pace": 0.9}, {"third_tones": True}, {"pace": 0.8})
FIRST_ROUND = 10
"""Sentences on which every voice is tried; the best ones are tried on all."""
USUAL_NAME = f"Trio, {DEFAULT_VOICE}, pace {PACE}"
FIRST = {
    "zh": "今天天气很好，我们可以一起去公园散步，然后喝杯咖啡。",
    "en": "The weather is lovely today, so we could walk in the park together and then have a coffee.",
}


def main() -> None:
    """Measure, print and write."""
    return_freed_memory()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--choose", action="store_true", help="try voices and paces on the 30 first")
    parser.add_argument("--count", type=int, help="sentences or clips of each kind; all by default")
    parser.add_argument("--parts", nargs="*", default=["zh", "first", "en", "people"])
    parser.add_argument("--data", type=Path, default=DATA, help="folder with asr/aishell")
    arguments = parser.parse_args()
    bench = Bench(arguments.count, arguments.data)
    if arguments.choose:
        bench.choose()
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "zh": lambda: bench.read_back(("report", "mixed"), "zh"),
        "en": lambda: bench.read_back(("report",), "en"),
        "people": bench.people,
        "first": bench.first_sound,
    }
    for name in arguments.parts:
        keep(name, parts[name]())


def keep(name: str, found: dict[str, Any]) -> None:
    """Put one part into docs/results/voice.json."""
    target = DOCS / "results" / "voice.json"
    before = json.loads(target.read_text("utf-8")) if target.exists() else {}
    memory = {"peak_megabytes": peak_megabytes()}
    write_result("voice", {**before, **machine(), name: {**found, **memory}})


class Bench:
    """The voices, the listener, and the sentences."""

    def __init__(self, count: int | None = None, data: Path = DATA) -> None:
        self.registry, self.data = default_registry(options={Stage.TRANSCRIBE: {"threads": 1}}), data
        self.listener = self.registry.get(Stage.TRANSCRIBE)
        rows = (line.split("\t") for line in SENTENCES.read_text("utf-8").splitlines())
        self.rows, self.count = [(kind, language, text) for kind, language, text in rows], count

    def of(self, kind: str, language: str) -> list[str]:
        """Return the sentences of a kind."""
        return [row[2] for row in self.rows if row[:2] == (kind, language)][: self.count]

    def heard(self, audio: Audio, language: str | None) -> str:
        """Return what Whisper base hears; a little silence goes around the voice, as around people."""
        edge = np.zeros(int(EDGE_SECONDS * audio.sample_rate), np.float32)
        samples = np.concatenate([edge, audio.samples, edge])
        given = audio_from_array(samples, audio.sample_rate)
        return str(self.listener.transcribe(given, language=language).text)

    def read_back(self, kinds: Iterable[str], language: str) -> dict[str, Any]:
        """Return the error rates of Trio's own voice on the sentences of some kinds, and its cost."""
        texts = [text for kind in kinds for text in self.of(kind, language)]
        return self._found(texts, language, self.registry.get(Stage.SPEAK), USUAL_NAME)

    def _found(self, texts: Iterable[str], language: str, speaker: Any, name: str) -> dict[str, Any]:
        """Let a speaker say sentences; `name`: of it and its settings, under which what was heard is kept."""
        texts = list(texts)
        if not all(kept(name, text) for text in texts):
            list(speaker.stream({"zh": "你好 hello", "en": "Hello"}[language], language=language))  # loads it
        rows = [kept(name, text) or self._row(name, text, language, speaker) for text in tqdm(texts, name)]
        cost = sum(row["cpu"] for row in rows) / sum(row["seconds"] for row in rows)
        pairs = [(row["text"], row["heard"]) for row in rows]
        return {**self.rate(pairs, language), "cpu_seconds_per_second": round(cost, 3)}

    def _row(self, name: str, text: str, language: str, speaker: Any) -> dict[str, Any]:
        """Speak and hear a sentence, and keep that."""
        begun = time.process_time()
        audio = concatenate(list(speaker.stream(text, language=language)))
        cpu = time.process_time() - begun
        heard = self.heard(audio, language)
        row = {"name": name, "text": text, "heard": heard, "cpu": cpu, "seconds": audio.seconds}
        KEPT.parent.mkdir(exist_ok=True)
        with KEPT.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        return row

    def rate(self, pairs: Iterable[tuple[str, str]], language: str) -> dict[str, Any]:
        """Return the error rate over (written, heard), and the pairs that differ."""
        import jiwer

        whole = list(pairs)
        truth = [normal(written, language) for written, _ in whole]
        heard = [normal(said, language) for _, said in whole]
        wrong = [list(pair) for pair, a, b in zip(whole, truth, heard, strict=True) if a != b]
        found: dict[str, Any] = {"sentences": len(whole), "right": len(whole) - len(wrong)}
        if language == "en":
            found["error_rate"] = round(float(jiwer.wer(truth, heard)), 4)
        else:
            found["error_rate"] = round(float(jiwer.cer(truth, heard)), 4)
            syllables = [[_syllables(text) for text in side] for side in (truth, heard)]
            found["syllable_error_rate"] = round(float(jiwer.wer(*syllables)), 4)
        return {**found, "wrong": wrong}

    def people(self) -> dict[str, Any]:
        """Return the listener's own error rate on Mandarin read by people."""
        folder = self.data / "asr"
        rows = [line.split("\t") for line in (folder / "transcripts.tsv").read_text("utf-8").splitlines()]
        clips = [(name, text) for name, _, text in rows if name.startswith("aishell")][: self.count or 30]
        pairs = [
            (text, str(self.listener.transcribe(decode_audio(folder / name), language="zh").text))
            for name, text in tqdm(clips, unit="clip", desc="people")
        ]
        return self.rate(pairs, "zh")

    def first_sound(self) -> dict[str, Any]:
        """Return the seconds to the first chunk of a Chinese and an English reply; median of 10."""
        speaker = self.registry.get(Stage.SPEAK)

        def first(language: str) -> float:
            begun = time.process_time()
            next(speaker.stream(FIRST[language], language=language))
            return time.process_time() - begun

        pairs = alternately(lambda _: first("zh"), lambda _: first("en"), 10)
        chinese, english = median(a for a, _ in pairs), median(b for _, b in pairs)
        ratio = round(chinese / english, 2)
        return {
            "chinese_cpu_seconds": chinese,
            "english_cpu_seconds": english,
            "ratio": ratio,
            "runs": len(pairs),
        }

    def choose(self) -> None:
        """Print and keep the error rates of voices, and of changes to one, on the sentences for choosing.

        Every voice speaks the first ten. The best woman's voice speaks all of them, is tried with each
        change, and beside the best man's and their mean: English words in a sentence are in a woman's voice.
        """
        texts = self.of("choice", "zh")
        tried: dict[str, Any] = {}

        def error(settings: Mapping[str, Any], count: int | None = None) -> float:
            speaker = KokoroChinese(self.registry, **settings)
            speaker.load()
            name = ", ".join(f"{key} {value}" for key, value in settings.items())
            found = self._found(texts[:count], "zh", speaker, name)
            tried[name] = {key: value for key, value in found.items() if key != "wrong"}
            print(name, tried[name], flush=True)
            keep("chosen_on", tried)
            return float(found["error_rate"])

        voices: list[dict[str, Any]] = [{**USUAL, "voice": voice} for voice in KOKORO_VOICES]
        first = [(error(settings, FIRST_ROUND), settings) for settings in voices]
        woman, man = (
            min((row for row in first if row[1]["voice"].startswith(kind)), key=lambda row: row[0])[1]
            for kind in ("zf", "zm")
        )
        error(woman)
        mean = f"{woman['voice']}+{man['voice']}"
        for change in (*CHANGES, {"voice": man["voice"]}, {"voice": mean}):
            error({**woman, **change})


def normal(text: str, language: str) -> str:
    """Return what is compared: figures in words, simplified characters, no punctuation."""
    if language == "en":
        from whisper.normalizers import EnglishTextNormalizer

        return str(EnglishTextNormalizer()(text))
    from opencc import OpenCC

    plain = OpenCC("t2s").convert(unicodedata.normalize("NFKC", text))
    plain = re.sub(r"(\d{1,2})[.:](\d{2})分", r"\1:\2", plain)  # a time, however it is written
    plain = re.sub(r"\d{7,}", lambda number: by_digit(number[0]), plain)  # of telephones, joined or not
    plain = spoken_chinese(plain).replace("两", "二").replace("幺", "一")
    return re.sub(r"[\W_]", "", plain).lower()


def kept(name: str, text: str) -> dict[str, Any] | None:
    """Return what an earlier run kept of a sentence by a speaker."""
    lines = KEPT.read_text("utf-8").splitlines() if KEPT.exists() else []
    rows = (json.loads(line) for line in lines)
    return next((row for row in rows if row["name"] == name and row["text"] == text), None)


def _syllables(text: str) -> str:
    """Return the syllables of normal text without tones, apart; Latin letters as they are."""
    from pypinyin import lazy_pinyin

    return " ".join(lazy_pinyin(text)) or "-"


if __name__ == "__main__":
    main()
