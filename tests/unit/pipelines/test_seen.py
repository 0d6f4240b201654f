"""Objects in the words of the prompt."""

from __future__ import annotations

import pytest

from pipelines.text.seen import SeenObjects, counted


@pytest.mark.parametrize(
    ("objects", "told"),
    [
        (SeenObjects({"dog": ["left"]}), "In it: 1 dog (left)."),
        (
            SeenObjects({"person": ["left", "right", "left"], "bus": [""]}),
            "In it: 3 people (2 left, 1 right), 1 bus.",
        ),
        (SeenObjects({"person": ["top", "top"]}), "In it: 2 people (top)."),
        (SeenObjects({"person": ["left"] * 7}), "In it: about 7 people."),
        (
            SeenObjects({"dog": [""]}, {"dog": 1, "frisbee": 2}),
            "In it: 1 dog. Perhaps also 1 more dog, 2 frisbees, but you are not sure.",
        ),
        (SeenObjects({}, {"cup": 1}), "Perhaps also 1 cup, but you are not sure."),
        (SeenObjects(), "No person, animal or common object was recognised in it."),
    ],
)
def test_counts_and_places_are_told_as_surely_as_they_are_known(objects: SeenObjects, told: str) -> None:
    assert objects.told == told


@pytest.mark.parametrize(
    ("name", "several"),
    [
        ("person", "2 people"),
        ("sheep", "2 sheep"),
        ("knife", "2 knives"),
        ("couch", "2 couches"),
        ("skis", "2 skis"),
        ("scissors", "2 scissors"),
        ("toothbrush", "2 toothbrushes"),
        ("wine glass", "2 wine glasses"),
        ("mouse", "2 mice"),
    ],
)
def test_names_have_their_plurals(name: str, several: str) -> None:
    assert (counted(name, 2), counted(name, 1)) == (several, f"1 {name}")
