"""The detector around its network: scores, scales, doubles, places. The network here is a table of peaks."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, Cancelled
from pipelines.core.types import Detection, Detections, Image
from pipelines.image.detect import (
    SIDE,
    SURE,
    UNSURE,
    WELL_KNOWN,
    CenterNetDetector,
    distinct,
    is_sure,
    letterboxed,
)
from pipelines.image.places import PLACES, by_label, parted, place_of

Peak = tuple[float, float, float, float, float, int]
WIDE = Image(np.full((100, 400, 3), 7, np.uint8))


def network(peaks: list[Peak]) -> bytes:
    """Return a graph with the real one's input and output that finds these peaks in every picture."""
    table = np.zeros((1, 100, 6), np.float32)
    for number, peak in enumerate(peaks):
        table[0, number] = peak
    nodes = [
        helper.make_node("ReduceMax", ["pixels"], ["brightest"], keepdims=0),
        helper.make_node("Mul", ["brightest", "nothing"], ["none"]),
        helper.make_node("Add", ["table", "none"], ["detections"]),
    ]
    fixed = [numpy_helper.from_array(table, "table"), numpy_helper.from_array(np.float32(0), "nothing")]
    pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, (1, SIDE, SIDE, 3))
    found = helper.make_tensor_value_info("detections", TensorProto.FLOAT, (1, 100, 6))
    graph = helper.make_graph(nodes, "peaks", [pixels], [found], fixed)
    opset = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())


def detector(folder: Path, *peaks: Peak) -> CenterNetDetector:
    (folder / "model.onnx").write_bytes(network(list(peaks)))
    (folder / "labels.json").write_text(json.dumps(["person", "dog", "car"]), "utf-8")
    registry: Any = SimpleNamespace(store=SimpleNamespace(path=lambda name: folder))
    found = CenterNetDetector(registry, threads=1)
    found.load()
    return found


def test_boxes_are_in_pixels_of_the_picture_and_the_surest_comes_first(tmp_path: Path) -> None:
    found = detector(tmp_path, (0, 192, 256, 256, 0.5, 1), (256, 224, 512, 320, 0.9, 0)).detect(WIDE)
    assert (found.width, found.height) == (400, 100)
    assert [item.label for item in found.objects] == ["person", "dog"]
    assert found.objects[0].box == pytest.approx((200.0, 25.0, 400.0, 100.0))
    assert found.objects[1].box == pytest.approx((0.0, 0.0, 200.0, 50.0))
    assert found.objects[1].score == 0.5


def test_what_is_hardly_seen_is_left_out_and_boxes_end_with_the_picture(tmp_path: Path) -> None:
    peaks = (-50, -50, 600, 256, UNSURE + 0.01, 2), (0, 192, 99, 292, UNSURE - 0.01, 2)
    (only,) = detector(tmp_path, *peaks).detect(WIDE).objects
    assert (only.label, only.box) == ("car", pytest.approx((0.0, 0.0, 400.0, 50.0)))


def test_a_kind_that_is_right_at_low_scores_is_found_at_them(tmp_path: Path) -> None:
    unsure, sure = (score + 0.001 for score in WELL_KNOWN["person"])
    scores = enumerate((sure, unsure, unsure - 0.01))
    peaks: list[Peak] = [(90.0 * n, 192, 90.0 * n + 80, 300, score, 0) for n, score in scores]
    found = detector(tmp_path, *peaks).detect(WIDE)
    assert [is_sure(item) for item in found.objects] == [True, False]


def test_a_box_outside_the_picture_is_no_object(tmp_path: Path) -> None:
    for outside in ((520, 192, 600, 300), (0, 0, 512, 190)):
        assert detector(tmp_path, (*outside, 0.9, 0)).detect(WIDE).objects == ()


def test_two_peaks_of_one_object_are_one_and_two_dogs_are_two(tmp_path: Path) -> None:
    once = (0, 192, 200, 292, 0.9, 1), (4, 194, 204, 294, 0.6, 1), (300, 192, 500, 292, 0.5, 1)
    assert [i.score for i in detector(tmp_path, *once).detect(WIDE).objects] == pytest.approx([0.9, 0.5])


def test_a_person_on_a_dog_is_both_but_one_box_of_two_names_is_the_surer() -> None:
    rows = np.array([[0, 0, 1, 1, 0.5, 1], [0, 0, 1, 0.7, 0.9, 0], [0, 0, 1, 0.69, 0.4, 2]], np.float32)
    assert distinct(rows)[:, 5].tolist() == [0, 1]
    assert distinct(np.zeros((0, 6), np.float32)).shape == (0, 6)


@pytest.mark.parametrize(
    ("shape", "inside"), [((1, 1), (512, 512)), ((2, 300), (3, 512)), ((600, 3), (512, 3))]
)
def test_every_picture_is_looked_at_whole(
    tmp_path: Path, shape: tuple[int, int], inside: tuple[int, int]
) -> None:
    picture = Image(np.full((*shape, 3), 9, np.uint8))
    pixels, left, top = letterboxed(picture)
    assert pixels.shape == (1, SIDE, SIDE, 3) and pixels.dtype == np.float32
    assert (pixels[0, top : top + inside[0], left : left + inside[1]] == 9).all()
    assert (pixels == 9).all(axis=-1).sum() == inside[0] * inside[1]
    detector(tmp_path).detect(picture)


def test_the_rest_of_the_square_is_black_and_the_shape_is_kept() -> None:
    pixels, left, top = letterboxed(WIDE)
    assert (left, top) == (0, 192)
    assert not pixels[0, :192].any() and not pixels[0, 320:].any() and (pixels[0, 192:320] == 7).all()


def test_a_stopped_turn_is_not_looked_at_and_an_unloaded_detector_says_so(tmp_path: Path) -> None:
    ready, token = detector(tmp_path), CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        ready.detect(WIDE, cancel=token)
    ready.unload()
    with pytest.raises(BackendError, match="not loaded"):
        ready.detect(WIDE)


def test_each_ninth_of_the_picture_has_its_word_and_what_fills_it_has_none() -> None:
    places = []
    for top in (0, 10, 20):
        for left in (0, 20, 40):
            item = Detection("dog", (left, top, left + 20, top + 10), 0.9)
            places.append(place_of(item, Detections((item,), 60, 30)))
    assert tuple(places) == PLACES and PLACES[4] == "middle" and PLACES[3] == "left"
    whole = Detection("dog", (0, 0, 60, 30), 0.9)
    assert place_of(whole, Detections((whole,), 60, 30)) == ""


def test_objects_are_parted_by_their_scores_and_grouped_by_their_names() -> None:
    scores = (("a", 0.9), ("b", SURE), ("a", SURE - 0.01))
    items = tuple(Detection(name, (0, 0, 9, 9), score) for name, score in scores)
    sure, unsure = parted(Detections(items, 60, 30))
    assert (sure, unsure) == (list(items[:2]), [items[2]])
    assert by_label(items) == {"a": [items[0], items[2]], "b": [items[1]]}


def test_the_graph_of_the_test_is_a_graph() -> None:
    onnx.checker.check_model(onnx.load_from_string(network([])), full_check=True)
