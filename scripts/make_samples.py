"""Writes `assets/samples`: python scripts/make_samples.py --data ../shared/data --photos FOLDER.

`FOLDER` holds chelsea.png, coffee.png and astronaut.png of scikit-image's wheel (skimage/data).
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SAMPLES = Path(__file__).resolve().parents[1] / "assets" / "samples"
FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc"
PHOTOS = {"chelsea.png": "cat.jpg", "coffee.png": "coffee.jpg", "astronaut.png": "astronaut.jpg"}
CLIPS = {
    "jfk.flac": "jfk.flac",
    "lj/LJ002-0150.flac": "lj.flac",
    "librivox/sense_and_sensibility_01_austen_64kb-0870.flac": "librivox.flac",
    "aishell/BAC009S0150W0003.flac": "aishell.flac",
}


def main() -> None:
    """Write every sample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--photos", type=Path, required=True)
    given = parser.parse_args()
    SAMPLES.mkdir(parents=True, exist_ok=True)
    for name, target in PHOTOS.items():
        Image.open(given.photos / name).convert("RGB").save(SAMPLES / target, quality=85)
    write_clips(given.data / "asr")
    draw_sign().save(SAMPLES / "sign.png", optimize=True)


def write_clips(folder: Path) -> None:
    """Copy the clips and their transcripts."""
    lines = [line.split("\t") for line in (folder / "transcripts.tsv").read_text("utf-8").splitlines()]
    texts = {name: (language, text) for name, language, text in lines}
    rows = []
    for name, target in CLIPS.items():
        shutil.copyfile(folder / name, SAMPLES / target)
        language, text = texts[name]
        rows.append(f"{target}\t{language}\t{text}\n")
    (SAMPLES / "transcripts.tsv").write_text("".join(rows), encoding="utf-8")


def draw_sign() -> Image.Image:
    """Return a street sign in English and Chinese."""
    sign = Image.new("RGB", (640, 400), (96, 132, 168))
    draw = ImageDraw.Draw(sign)
    draw.rounded_rectangle((60, 50, 580, 330), 24, (20, 92, 60), (250, 250, 250), 8)
    draw.rectangle((306, 330, 334, 400), (110, 110, 110))
    draw.text((320, 125), "EXIT TO GARDEN", (255, 255, 255), ImageFont.truetype(FONT, 52), anchor="mm")
    draw.text((320, 235), "花园出口", (255, 255, 255), ImageFont.truetype(FONT, 84), anchor="mm")
    return sign


if __name__ == "__main__":
    main()
