"""Questions made from captions, and how replies are judged."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

pytest.importorskip("sklearn")

from training.dialogue.captions import read_caption
from training.dialogue.data import as_captioned, chat, detokenized
from training.dialogue.export import interleave
from training.dialogue.measure import (
    content_words,
    is_declined,
    is_grounded,
    is_looping,
    measure,
)
from training.dialogue.questions import ask

DOG = "A black and white dog is running through the snow ."
MAN = "A man wearing a red helmet rides his bike on the beach"
GIRLS = "Two girls in blue dresses playing at the park ."


def test_a_caption_is_read_in_parts() -> None:
    dog = read_caption(DOG)
    assert (dog.subject, dog.head, dog.action) == ("a black and white dog", "dog", "running through the snow")
    assert (dog.pronoun, dog.count, dog.place) == ("it", 1, "through the snow")
    assert dog.colours == (("dog", "black and white"),)
    man = read_caption(MAN)
    assert (man.pronoun, man.finite, man.worn) == ("he", True, "a red helmet")
    assert man.action == "rides his bike on the beach"
    girls = read_caption(GIRLS)
    assert (girls.pronoun, girls.count, girls.be) == ("they", 2, "are")


def test_a_caption_without_a_verb_is_still_seen() -> None:
    reading = read_caption("A cat on a couch")
    assert reading.seen == "a cat on a couch" and reading.action is None


def test_answers_keep_to_the_caption_and_the_rest_is_declined() -> None:
    random, kinds = Random(1), set()
    for _ in range(600):
        captions = random.sample([DOG, MAN, GIRLS], 1)
        asked = ask(captions, random)
        if asked is None:
            continue
        kinds.add(asked.kind)
        if asked.kind == "unanswerable":
            assert is_declined(asked.answer), asked
        else:
            assert content_words(asked.answer) & content_words(captions[0]), asked
    assert kinds == {"picture", "unanswerable"}


def test_nothing_is_said_to_be_absent_that_another_caption_names() -> None:
    random = Random(2)
    for _ in range(800):
        asked = ask([DOG, "A dog near a tree", "a boat , a car and a bridge"], random)
        if asked is not None:
            assert not any(f"see a {thing}" in asked.answer for thing in ("tree", "boat", "car", "bridge"))


@pytest.mark.parametrize(
    ("reply", "looping"),
    [
        ("I see a dog. It runs in the snow.", False),
        ("I see a dog. I see a dog. I see a dog.", True),
        ("He is on the left and he is on the left and he is on the left.", True),
    ],
)
def test_loops_are_seen(reply: str, looping: bool) -> None:
    assert is_looping(reply) == looping


def test_measures_count_what_they_say() -> None:
    chats = [
        chat(["Picture: A dog runs.\nWhat is it?"], "", "picture", "A dog runs."),
        chat(["Picture: A dog runs.\nWhat is it?"], "", "picture", "A dog runs."),
        chat(["Picture: A dog runs.\nHow old is it?"], "", "unanswerable", "A dog runs."),
    ]
    found = measure(chats, ["A dog.", "A horse.", "I cannot tell."])
    assert found["pictures_grounded"] == 0.5 and found["unanswerable_declined"] == 1.0
    assert is_grounded(chats[0], "The DOG!") and not is_grounded(chats[0], "It is a cat")


def test_text_is_written_as_people_write_it() -> None:
    assert detokenized(" It \u2019 s late , isn ' T it ? ") == "It's late, isn't it?"
    assert as_captioned("Two dogs run , in the man 's garden .") == "Two dogs run in the man's garden."


def test_rows_of_rotary_heads_are_interleaved() -> None:
    rows = np.arange(8, dtype=np.float32)[:, None]
    assert interleave(rows, 2)[:, 0].tolist() == [0, 2, 1, 3, 4, 6, 5, 7]
