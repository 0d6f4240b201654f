"""Words for kinds of things, and the things of captions that are of the kind."""

from __future__ import annotations

from collections.abc import Sequence

from training.dialogue.lexicon import ANIMALS, CLOTHES, words

_INDOORS = words(
    "room kitchen gym indoors indoor couch bed carpet restaurant bar store subway stage carpeted"
)
_OUTDOORS = words(
    "snow beach field street grass park lake ocean river mountain mountains woods forest sand hill outside "
    "outdoors yard sidewalk road snowy grassy sandy cliff backyard pond lawn"
)
KINDS: dict[str, frozenset[str]] = {
    "animal": ANIMALS
    | words("dogs horses birds cats terrier poodle retriever duck bull greyhound puppies collie"),
    "sport": words(
        "soccer football basketball baseball tennis hockey volleyball rugby skiing surfing snowboarding "
        "skateboarding golf cricket lacrosse wrestling swimming climbing softball kayaking"
    ),
    "vehicle": words(
        "car truck bus train boat bike bicycle motorcycle motorbike scooter jeep van canoe kayak raft atv"
    ),
    "piece of clothing": CLOTHES | words("skirt bikini overalls wetsuit jersey sweatshirt trunks"),
    "toy": words("ball frisbee balloon doll sled hoop kite swing trampoline scooter skateboard"),
    "instrument": words("guitar violin drum drums piano trumpet flute saxophone accordion"),
    "building": words("house store church restaurant tent stadium barn shop school museum"),
    "food": words("cake bread fruit sandwich pizza apple candy watermelon meat hamburger banana popcorn"),
    "drink": words("beer water coffee soda wine juice"),
    "piece of furniture": words("bench table chair couch bed sofa desk seat"),
    "gadget": words("camera phone cellphone laptop computer microphone television"),
}


def kind_of(noun: str) -> str | None:
    """Return the kind of a thing, or None."""
    return next((kind for kind, members in KINDS.items() if noun in members and kind != "drink"), None)


def outside(words: Sequence[str]) -> bool | None:
    """Return whether the scene is outside; None where the words do not tell."""
    inside, out = bool(_INDOORS & set(words)), bool(_OUTDOORS & set(words))
    return None if inside == out else out
