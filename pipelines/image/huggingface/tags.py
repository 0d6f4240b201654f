"""Everyday things and places that zero-shot tags are chosen from.

The things are the 80 classes of COCO (Lin et al., 2014, arXiv:1405.0312); the places are common ones.
"""

from __future__ import annotations

_THINGS = """
a person, a bicycle, a car, a motorcycle, an aeroplane, a bus, a train, a truck, a boat, a traffic light,
a fire hydrant, a stop sign, a parking meter, a bench, a bird, a cat, a dog, a horse, a sheep, a cow,
an elephant, a bear, a zebra, a giraffe, a backpack, an umbrella, a handbag, a tie, a suitcase, a frisbee,
skis, a snowboard, a ball, a kite, a baseball bat, a baseball glove, a skateboard, a surfboard,
a tennis racket, a bottle, a wine glass, a cup, a fork, a knife, a spoon, a bowl, a banana, an apple,
a sandwich, an orange, broccoli, a carrot, a hot dog, a pizza, a doughnut, a cake, a chair, a sofa,
a potted plant, a bed, a dining table, a toilet, a television, a laptop, a computer mouse,
a remote control, a keyboard, a mobile phone, a microwave, an oven, a toaster, a sink, a refrigerator,
a book, a clock, a vase, scissors, a teddy bear, a hair dryer, a toothbrush
"""
_PLACES = """
a beach, the sea, a lake, a river, a waterfall, a mountain, a forest, a field, a garden, a desert, snow,
the sky, a sunset, a city, a street, a bridge, a house, a church, a shop, a restaurant, a kitchen,
a bedroom, a bathroom, a living room, an office, a classroom, a stadium, a playground, a concert,
a crowd, a document, a drawing, a map, a screenshot, flowers, food
"""

LABELS: tuple[str, ...] = tuple(
    label for label in " ".join(f"{_THINGS.strip()}, {_PLACES.strip()}".split()).split(", ") if label
)
