"""Word and character error rates of the transcriber: `python -m benchmarks.asr [--data DIR]`.

English is compared after Whisper's own English normaliser, Mandarin character by character without
punctuation. Writes docs/results/asr.json.
"""

from __future__ import annotations

import argparse
import re
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.common import DATA, write_result
from pipelines.backends import default_registry
from pipelines.core.errors import InputError
from pipelines.core.types import Stage
from pipelines.speech.decode import decode_audio
from training.common.corpora import corpus_folder


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
    for language, rate, normal in (("en", jiwer.wer, english), ("zh", jiwer.cer, _characters)):
        truth, heard, seconds, audio_seconds, detected = [], [], 0.0, 0.0, 0
        for name, _, text in tqdm([row for row in rows if row[1] == language], unit="clip", desc=language):
            audio = decode_audio(folder / name)
            begun = time.perf_counter()
            transcript = transcriber.transcribe(audio)
            seconds += time.perf_counter() - begun
            audio_seconds += audio.seconds
            detected += transcript.language == language
            truth.append(normal(text))
            heard.append(normal(transcript.text))
        found[language] = {
            "clips": len(truth),
            "error_rate": round(float(rate(truth, heard)), 4),
            "language_detected": round(detected / len(truth), 4),
            "real_time_factor": round(seconds / audio_seconds, 3),
        }
    return {"model": transcriber.model, **found}


def _characters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()


if __name__ == "__main__":
    main()
