"""Words of photo captions that the question maker knows."""

from __future__ import annotations

import re


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


HE = words("man boy guy gentleman male skier biker cyclist snowboarder skateboarder surfer climber")
SHE = words("woman girl lady female bride")
ANIMALS = words("dog puppy cat kitten horse bird cow sheep elephant bear animal")
THEY = words(
    "men women boys girls people children kids dogs players adults couple group crowd family friends "
    "ladies guys horses birds puppies teenagers runners cyclists persons girls soldiers hikers"
)
SOMEONE = words("person child baby kid toddler player someone runner hiker rider swimmer")
HEADS = HE | SHE | ANIMALS | THEY | SOMEONE
PLURALS = {
    "man": "men",
    "woman": "women",
    "boy": "boys",
    "girl": "girls",
    "dog": "dogs",
    "person": "people",
    "child": "children",
    "baby": "babies",
    "cat": "cats",
    "horse": "horses",
    "bird": "birds",
    "puppy": "puppies",
    "lady": "ladies",
    "player": "players",
    "kid": "kids",
}
NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
COLOURS = words(
    "red blue green yellow black white brown orange pink purple gray grey tan blond blonde golden"
)
THINGS = words(
    "shirt jacket coat hat cap dress shorts pants jeans sweater helmet suit uniform car truck bicycle "
    "bike ball frisbee boat kayak toy umbrella flag house wall door bench chair slide rope collar wetsuit "
    "vest hair shirts jackets hats uniforms outfits bathing-suit t-shirt swimsuit scarf tie tank-top "
    "hoodie"
)
CLOTHES = words(
    "shirt jacket coat hat cap dress shorts pants jeans sweater helmet suit uniform wetsuit vest t-shirt "
    "swimsuit scarf hoodie sunglasses goggles costume outfit gloves boots glasses shoes uniforms hats "
    "jackets shirts"
)
PLACES = words(
    "snow beach water field street park grass pool river lake ocean sea sand forest woods mountain hill "
    "road sidewalk rock rocks cliff city playground yard room kitchen table bench stage track court ramp "
    "bridge path mud dirt stream wave waves air trail slope building store garden backyard waterfall "
    "couch bed floor desert fountain market restaurant porch lawn swing creek gym subway train bus boat "
    "crowd sunset tree trees"
)
SIGHTS = (
    "cat",
    "horse",
    "car",
    "bicycle",
    "ball",
    "boat",
    "umbrella",
    "guitar",
    "elephant",
    "airplane",
    "cake",
    "laptop",
    "television",
    "cow",
    "bridge",
    "train",
    "tree",
    "bus",
    "flag",
    "book",
    "phone",
    "kite",
    "snake",
)
FINITE = re.compile(
    r"^(run|jump|play|stand|sit|walk|hold|ride|look|wear|climb|swim|catch|leap|smile|swing|throw|kick|chase|watch|"
    r"pose|skate|perform|wait|sleep|lie|drink|eat|dive|carry|carrie|pull|push|lean|fly|flie|splash|race|hike|ski|"
    r"surf|slide|dance|sing|shake|shoot|talk|fight|crawl|roll|rest|lay|laugh|cross|crosse|bite|dig|point|hang|"
    r"paddle|kneel|gather|march|work|fetch|make|take|go|have|ha|do|get|give|show|try|trie|reach|bend|face|stare|"
    r"snowboard|skateboard|wrestle|hug|kiss|kisse|read|cook|enjoy|practice|prepare|compete|wade|bark|lick|"
    r"sniff|trot|gallop|drive|hit|score|tackle|approach|approache|enter|pass|passe|travel|relax|relaxe|use|cut)(s)?$"
)
PREPOSITIONS = (
    "in front of",
    "next to",
    "on top of",
    "in",
    "on",
    "at",
    "near",
    "beside",
    "by",
    "through",
    "over",
    "under",
    "along",
    "across",
    "outside",
    "inside",
    "behind",
    "into",
    "down",
    "up",
    "off",
)
