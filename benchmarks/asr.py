"""Word and character error rates of the transcriber: `python -m benchmarks.asr [--data DIR]`.

English is compared after Whisper's own English normaliser, Mandarin character by character without
punctuation. Writes docs/results/asr.json.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

from pipelines.backends import default_registry
from pipelines.core.types import Stage
from pipelines.speech.decode import decode_audio

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "docs" / "results" / "asr.json"


def main() -> int:
    """Measure, print and write; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    folder: Path = parser.parse_args().data / "asr"
    if not folder.is_dir():
        print(f"The clips are not there: {folder}. Give the data folder with --data DIR.", file=sys.stderr)
        return 0
    result = measure(folder)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1, ensure_ascii=False))
    return 0


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
    raise SystemExit(main())
