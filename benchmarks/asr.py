"""Word and character error rates of the transcriber: `python -m benchmarks.asr [--data DIR]`.

English is compared after Whisper's own English normaliser, Mandarin character by character without
punctuation: as it is heard, with eight names to listen for of which one is said, and with eight that are not.
Writes docs/results/asr.json.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.common import DATA, write_result
from pipelines.backends import default_registry
from pipelines.core.errors import InputError
from pipelines.core.types import Stage
from pipelines.speech.decode import decode_audio
from training.common.corpora import corpus_folder

_COMMAND = re.compile("^(设定|想听歌曲|来一首歌曲)")


def main() -> None:
    """Measure, print and write; without the clips, say where they are to be had."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    try:
        folder = corpus_folder(parser.parse_args().data, "asr")
    except InputError as error:
        print(f"Not measured: {error}")
        return
    write_result("asr", measure(folder))


def measure(folder: Path) -> dict[str, Any]:
    """Return error rates and real-time factors by language."""
    import jiwer
    from whisper.normalizers import EnglishTextNormalizer

    transcriber = default_registry().get(Stage.TRANSCRIBE)
    transcriber.warm_up()
    english = EnglishTextNormalizer()
    rows = [line.split("\t") for line in (folder / "transcripts.tsv").read_text("utf-8").splitlines()]
    found: dict[str, dict[str, Any]] = {}
    kinds: tuple[tuple[str, str, Any, Any, bool | None], ...] = (
        ("en", "en", jiwer.wer, english, None),
        ("zh", "zh", jiwer.cer, _characters, None),
        ("zh_hot_words", "zh", jiwer.cer, _characters, True),
        ("zh_other_words", "zh", jiwer.cer, _characters, False),
    )
    for kind, language, rate, normal, own in kinds:
        truth, heard, seconds, audio_seconds, detected = [], [], 0.0, 0.0, 0
        chosen = [(name, text) for name, spoken, text in rows if spoken == language]
        for number, (name, text) in enumerate(tqdm(chosen, unit="clip", desc=kind)):
            audio = decode_audio(folder / name)
            hot_words = "" if own is None else _names([text for _, text in chosen], number, own=own)
            begun = time.perf_counter()
            transcript = transcriber.transcribe(audio, hot_words=hot_words)
            seconds += time.perf_counter() - begun
            audio_seconds += audio.seconds
            detected += transcript.language == language
            truth.append(normal(text))
            heard.append(normal(transcript.text))
        found[kind] = {
            "clips": len(truth),
            "error_rate": round(float(rate(truth, heard)), 4),
            "language_detected": round(detected / len(truth), 4),
            "real_time_factor": round(seconds / audio_seconds, 3),
        }
    return {"model": transcriber.model, **found}


def _names(texts: Sequence[str], number: int, *, own: bool) -> str:
    """Name eight places or songs: that of the clip and seven others, or eight others."""
    names = [_COMMAND.sub("", text) for text in texts]
    drawn = random.Random(number)
    others = drawn.sample([name for name in names if name != names[number]], 7 if own else 8)
    listed = [*others, names[number]] if own else others
    return ", ".join(drawn.sample(listed, len(listed)))


def _characters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()


if __name__ == "__main__":
    main()
