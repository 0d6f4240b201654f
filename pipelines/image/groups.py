"""Everyday names for groups of ImageNet-1k classes; index ranges after WordNet's order of the synsets."""

from __future__ import annotations

from collections.abc import Iterable

_RANGES: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = (
    ("a fish", ((0, 6), (389, 397))),
    ("a bird", ((7, 24), (80, 100), (127, 146))),
    ("a frog or salamander", ((25, 32),)),
    ("a turtle", ((33, 37),)),
    ("a lizard", ((38, 48),)),
    ("a snake", ((52, 68),)),
    ("a spider", ((72, 77),)),
    ("a dog", ((151, 268), (273, 275))),
    ("a wolf or fox", ((269, 272), (276, 280))),
    ("a cat", ((281, 287),)),
    ("a big cat", ((288, 293),)),
    ("a bear", ((294, 297),)),
    ("an insect", ((300, 326),)),
    ("a rabbit or hare", ((330, 332),)),
    ("a horse or zebra", ((339, 340),)),
    ("a cow or ox", ((345, 347),)),
    ("a sheep or goat", ((348, 350),)),
    ("a monkey or ape", ((365, 384),)),
    ("an elephant", ((385, 386), (101, 101))),
    (
        "a car",
        ((407, 407), (436, 436), (468, 468), (511, 511), (627, 627), (656, 656), (751, 751), (817, 817)),
    ),
    ("a truck or van", ((555, 555), (569, 569), (654, 654), (675, 675), (717, 717), (864, 864), (867, 867))),
    ("a bicycle or motorcycle", ((444, 444), (665, 665), (670, 671), (870, 870))),
    ("a boat or ship", ((472, 472), (484, 484), (510, 510), (554, 554), (576, 576), (625, 625), (814, 814))),
    ("an aeroplane", ((404, 404), (895, 895))),
    ("a train", ((466, 466), (547, 547), (565, 565), (820, 820))),
    ("food", ((924, 969),)),
    ("a mountain or coast", ((970, 980),)),
    ("a flower or plant", ((984, 986),)),
    ("a mushroom", ((991, 997),)),
    ("a computer", ((508, 508), (527, 527), (590, 590), (620, 620), (664, 664), (681, 681), (782, 782))),
)
GROUPS = frozenset(name for name, _ in _RANGES)
WEARABLES = frozenset(
    (399, 400, 411, 433, 434, 439, 445, 451, 452, 457, 459, 461, 465, 474, 501, 515, 518, 529, 560, 568, 578)
    + (601, 608, 610, 614, 615, 617, 630, 638, 639, 643, 652, 655, 658, 667, 678, 689, 697, 735, 768, 775)
    + (793, 796, 806, 808, 824, 834, 836, 837, 841, 842, 849, 869, 887, 903, 906, 911)
)
"""Clothes, hats and glasses: in a photo somebody mostly wears them."""
PERSON = "a person"
ROLES = frozenset(("ballplayer", "groom", "scuba diver"))
"""The only labels that are people (981 to 983)."""


def group_of(index: int) -> str | None:
    """Return the everyday name of a class's group, with its article; None where it has none."""
    if index in WEARABLES or index in (981, 982, 983):
        return PERSON
    return next((name for name, ranges in _RANGES if _within(index, ranges)), None)


def _within(index: int, ranges: Iterable[tuple[int, int]]) -> bool:
    return any(low <= index <= high for low, high in ranges)
