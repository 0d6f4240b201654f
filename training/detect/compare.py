"""Both detectors, and the nouns of the app's own captions, against what people wrote of the same photos."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from pipelines.backends import default_registry
from pipelines.core.onnx import open_session
from pipelines.core.types import Image, Stage
from pipelines.image.decode import decode_image
from pipelines.image.detect import (
    SURE,
    UNSURE,
    WELL_KNOWN,
    CenterNetDetector,
    distinct,
    thresholds,
)
from training.caption.flickr8k import Photo
from training.detect import nanodet
from training.detect.described import Described, counted, described
from training.detect.judge import Found, agreement, counted_right, counting, summary
from training.detect.labels import LABELS
from training.detect.package import PACKAGE, VERSION

LEAST = 0.05
"""Candidates below are not kept."""
GRID = tuple(round(0.2 + 0.025 * step, 3) for step in range(17))
TIMED = 40
FACTS = {
    "data": "COCO 2017 (Lin et al., 2014), 80 kinds of objects; annotations CC BY 4.0, photos under their "
    "owners' terms",
    "model": "CenterNet (Zhou et al., 2019) on MobileNetV3, 512 x 512, 2.0 M parameters in half precision: "
    f"`centernet` of the npm package {PACKAGE} {VERSION}, which has it from 610265158/mobilenetv3_centernet",
    "licence": "MIT (the package, Copyright (c) 2021 Vladimir Mandic)",
    "command": "python -m training detect export, then compare --photos 500",
    "judged on": "photos of Flickr8k dev, squeezed to 224 x 224, with five captions each. A kind is there "
    "if two captions name it, absent if none does; a number counts if two captions give it and none another",
    "chosen by": "the first half of the photos chose all thresholds; the figures are those of the other half",
    "thresholds": f"found from a score of {SURE}, a guess from {UNSURE}; people and dogs, which are right at "
    f"lower scores, from {WELL_KNOWN['person'][1]} and {WELL_KNOWN['person'][0]}",
    "baseline": "`captions`: the nouns of the app's own captions, learned from 6,000 such photos; "
    "`always one person`: what most photos show",
    "limits": "small, dark or drawn things and whatever is not among the 80 kinds are missed; animals are "
    "taken for one another. Captions leave out bystanders and the background, so that precision and numbers "
    "are lower bounds",
}
Judged = list[tuple[Found, Described]]


def compared(photos: Sequence[Photo], work: Path) -> dict[str, dict[str, Any]]:
    """Return the figures of each detector and baseline on the half of the photos that chose nothing."""
    said = [described(photo.captions) for photo in photos]
    half = len(photos) // 2
    results: dict[str, dict[str, Any]] = {"photos": {"that chose": half, "judged": len(photos) - half}}
    for name, find in (("centernet", _centernet), ("nanodet", _nanodet)):
        judged = list(zip(_labelled(_kept(photos, work / f"{name}.npz", work, find)), said, strict=True))
        best = max(GRID, key=lambda least: quality(judged[:half], least))
        time_spent = {"milliseconds of CPU a photo": _milliseconds(photos[:TIMED], work, find)}
        results[name] = {"one threshold": best, **summary(judged[half:], best), **time_spent}
        if name == "centernet":
            for what, level in (("found", 1), ("found or guessed", 0)):
                shown = [(_above(found, level), row) for found, row in judged[half:]]
                results[f"centernet, {what}"] = summary(shown, 0.0)
    captioned = _captions(photos[half:], work / "captions.txt")
    results["captions"] = summary(list(zip(captioned, said[half:], strict=True)), 0.0)
    results["always one person"] = summary([([("person", 1.0)], row) for row in said[half:]], 0.0)
    return results


def _above(found: Found, level: int) -> Found:
    """Return the objects that the app shows. `level`: 1 for those that are found, 0 with the guesses."""
    return [(label, score) for label, score in found if score >= thresholds(label)[level]]


def quality(judged: Judged, least: float) -> float:
    """Return the mean of what is judged: the F1 of what is there, and the share of numbers that are right."""
    return (agreement(judged, least).f1 + counted_right(counting(judged, least))) / 2


def _centernet(work: Path) -> Callable[[Image], NDArray[np.float32]]:
    detector = CenterNetDetector(default_registry(), threads=1)
    detector.load()

    def look(image: Image) -> NDArray[np.float32]:
        rows = detector.candidates(image, LEAST)
        rows[:, :4] /= np.array([image.width, image.height] * 2, np.float32)
        return rows

    return look


def _nanodet(work: Path) -> Callable[[Image], NDArray[np.float32]]:
    session = open_session(work / "nanodet.onnx", threads=1)
    return lambda image: nanodet.candidates(session, image, LEAST)


def _kept(photos: Sequence[Photo], file: Path, work: Path, find: Any) -> list[NDArray[np.float32]]:
    """Return each photo's candidates, which are worked out once and kept in `file`."""
    if not file.exists():
        look = find(work)
        rows = {photo.path.name: look(decode_image(photo.path)) for photo in tqdm(photos, desc=file.stem)}
        np.savez(file, allow_pickle=False, **rows)
    with np.load(file, allow_pickle=False) as kept:
        return [kept[photo.path.name] for photo in photos]


def _labelled(candidates: Iterable[NDArray[np.float32]]) -> Iterable[Found]:
    for rows in candidates:
        yield [(LABELS[int(row[5])], float(row[4])) for row in distinct(rows)]


def _milliseconds(photos: Sequence[Photo], work: Path, find: Any) -> float:
    """Return the CPU time of one photo, decoding left out; the median, because the cores are shared."""
    look, images = find(work), [decode_image(photo.path) for photo in photos]
    look(images[0])
    spent = []
    for image in images:
        start = time.process_time()
        distinct(look(image))
        spent.append(time.process_time() - start)
    return round(1000 * float(np.median(spent)), 1)


def _captions(photos: Sequence[Photo], file: Path) -> list[Found]:
    """Return what the app's captioner names, as objects; its captions are kept in `file`."""
    if not file.exists():
        captioner = default_registry().get(Stage.CAPTION)
        lines = [captioner.caption(decode_image(photo.path)).text for photo in tqdm(photos, desc="captions")]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    captions = file.read_text("utf-8").splitlines()
    return [
        [(label, 1.0) for label, number in counted(caption).items() for _ in range(number or 1)]
        for caption in captions
    ]
