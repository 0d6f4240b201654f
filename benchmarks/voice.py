"""How well Whisper base reads Trio's voices back, and their first sound: `python -m benchmarks.voice`.

The sentences are those of voice_sentences.tsv: settings are chosen on the 30 marked "choice"
(`--choose`), and the other Chinese, mixed and English ones are reported. Both sides are compared after
the same normalisation, character by character in Chinese, word by word in English. Beside them stands
what Whisper base gets wrong on people (../shared/data/asr/aishell). Writes docs/results/voice.json after
each part, so that a run that is stopped keeps what it has.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks.common import DATA, DOCS, alternately, machine, median, peak_megabytes, write_result
from pipelines.backends import default_registry
from pipelines.core.types import Audio, Stage
from pipelines.speech.decode import audio_from_array, decode_audio
from pipelines.speech.tts.chinese import spoken_chinese
from pipelines.speech.wav import concatenate

SENTENCES = Path(__file__).with_name("voice_sentences.tsv")
EDGE_SECONDS = 0.3
VOICES = ("jf_tebukuro", "jf_gongitsune", "jf_tebukuro+jf_gongitsune", "jf_alpha", "jf_nezumi", "jm_kumo")
PACES = (0.85, 0.9, 1.0)
FIRST = {
    "zh": "今天天气很好，我们可以一起去公园散步，然后喝杯咖啡。",
    "en": "The weather is lovely today, so we could walk in the park together and then have a coffee.",
}


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--choose", action="store_true", help="try voices and paces on the 30 first")
    parser.add_argument("--count", type=int, help="sentences or clips of each kind; all by default")
    parser.add_argument("--parts", nargs="+", default=["zh", "first", "mixed", "en", "people"])
    parser.add_argument("--data", type=Path, default=DATA, help="folder with asr/aishell")
    arguments = parser.parse_args()
    bench = Bench(arguments.count, arguments.data)
    if arguments.choose:
        bench.choose()
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "zh": lambda: bench.read_back("report", "zh"),
        "mixed": lambda: bench.read_back("mixed", "zh"),
        "en": lambda: bench.read_back("report", "en"),
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
        from opencc import OpenCC

        self.registry, self.data = default_registry(), data
        self.listener = self.registry.get(Stage.TRANSCRIBE)
        self.simplified = OpenCC("t2s").convert
        rows = (line.split("\t") for line in SENTENCES.read_text("utf-8").splitlines())
        self.rows, self.count = [(kind, language, text) for kind, language, text in rows], count

    def of(self, kind: str, language: str) -> list[str]:
        """Return the sentences of a kind."""
        return [row[2] for row in self.rows if row[:2] == (kind, language)][: self.count]

    def normal(self, text: str, language: str) -> str:
        """Return what is compared: figures in words, simplified characters, no punctuation."""
        if language == "en":
            from whisper.normalizers import EnglishTextNormalizer

            return str(EnglishTextNormalizer()(text))
        plain = spoken_chinese(self.simplified(text)).replace("两", "二").replace("幺", "一")
        return re.sub(r"[\W_]", "", plain).lower()

    def heard(self, audio: Audio, language: str | None) -> str:
        """Return what Whisper base hears; a little silence goes around the voice, as around people."""
        edge = np.zeros(int(EDGE_SECONDS * audio.sample_rate), np.float32)
        samples = np.concatenate([edge, audio.samples, edge])
        given = audio_from_array(samples, audio.sample_rate)
        return str(self.listener.transcribe(given, language=language).text)

    def read_back(self, kind: str, language: str, speaker: Any = None) -> dict[str, Any]:
        """Return the error rate of the sentences of a kind, and the voice's share of real time."""
        speaker = speaker or self.registry.get(Stage.SPEAK)
        pairs, took, seconds = [], 0.0, 0.0
        for text in tqdm(self.of(kind, language), unit="sentence", desc=f"{kind} {language}"):
            begun = time.perf_counter()
            audio = concatenate(list(speaker.stream(text, language=language)))
            took += time.perf_counter() - begun
            seconds += audio.seconds
            pairs.append((text, self.heard(audio, language)))
        return {**self.rate(pairs, language), "share_of_real_time": round(took / seconds, 3)}

    def rate(self, pairs: Iterable[tuple[str, str]], language: str) -> dict[str, Any]:
        """Return the error rate over (written, heard), and the pairs that differ."""
        import jiwer

        whole = list(pairs)
        truth = [self.normal(written, language) for written, _ in whole]
        heard = [self.normal(said, language) for _, said in whole]
        measure = jiwer.wer if language == "en" else jiwer.cer
        wrong = [list(pair) for pair, a, b in zip(whole, truth, heard, strict=True) if a != b]
        return {"sentences": len(whole), "error_rate": round(float(measure(truth, heard)), 4), "wrong": wrong}

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
            begun = time.perf_counter()
            next(speaker.stream(FIRST[language], language=language))
            return time.perf_counter() - begun

        pairs = alternately(lambda _: first("zh"), lambda _: first("en"), 10)
        chinese, english = median(a for a, _ in pairs), median(b for _, b in pairs)
        return {"chinese_seconds": chinese, "english_seconds": english, "runs": 10}

    def choose(self) -> None:
        """Print and keep the error rates of voices, then of paces, on the sentences for choosing."""
        import pipelines.speech.tts.kokoro as kokoro

        tried: dict[str, float] = {}
        for voice, pace in [*((voice, kokoro.PACE) for voice in VOICES), *((VOICES[0], p) for p in PACES)]:
            kokoro.PACE = pace
            speaker = kokoro.KokoroChinese(self.registry, voice=voice, threads=2)
            speaker.load()
            name = f"{voice}, pace {pace}"
            tried[name] = self.read_back("choice", "zh", speaker)["error_rate"]
            print(name, tried[name], flush=True)
        keep("chosen_on", {"error_rates": tried})


if __name__ == "__main__":
    main()
