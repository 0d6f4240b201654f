"""One real turn, end to end, through the command line; fails with a message if something is not right."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "assets" / "samples"


def main() -> int:
    """Ask about a picture with text and voice; return the exit code."""
    voice = ROOT / "build" / "smoke.wav"
    voice.parent.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "chatbot", "ask", "--json", "--text", "What animal is in the picture?"]
    command += [
        "--image",
        str(SAMPLES / "cat.jpg"),
        "--audio",
        str(SAMPLES / "jfk.flac"),
        "--voice",
        str(voice),
    ]
    result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    record = json.loads(result.stdout)
    print(json.dumps(record, indent=1, ensure_ascii=False))
    checks = {
        "the command succeeded": result.returncode == 0,
        "the words were heard": "country" in (record["transcript"] or ""),
        "the picture was recognised": any("cat" in caption for caption in record["captions"]),
        "there is a reply": bool(record["reply"]),
        "the feeling was judged": record["fused"] is not None and record["speech_emotion"] is not None,
        "the reply was spoken": voice.stat().st_size > 10_000
        and record["timings"]["first_audio"] is not None,
    }
    for what, right in checks.items():
        print(f"{'ok' if right else 'NO'}  {what}")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
