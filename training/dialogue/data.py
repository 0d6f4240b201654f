"""Chats for the adapter, in the app's own format: pictures, feelings, everyday dialogue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from pipelines.image.words import Vocabulary
from pipelines.text.turns import LOOK, SYSTEM, turn_text
from training.caption.data import Photo, flickr8k
from training.corpora import corpus_folder
from training.data import six_emotions
from training.dialogue.comfort import FEELING_OF_TURN, FEELING_OF_TWEET, comfort
from training.dialogue.free import free_questions
from training.dialogue.questions import Kind, ask

HELD_BACK_DIALOGUES = 100
HELD_BACK_PHOTOS, HELD_BACK_REPLIES = 300, 300
QUESTIONS_A_PHOTO = 6
LONGEST_REPLY = 40
Message = dict[str, str]
_ABOUT = (
    (("What is your name?", "Who are you?", "What are you called?"), "My name is Trio."),
    (("Are you a human?", "Are you real?", "Are you a robot?"), "No, I am Trio, a chatbot."),
    (
        ("What can you do?", "How can you help me?", "What are you for?"),
        "I read what you write, look at your pictures and listen to your voice. Then I answer you.",
    ),
    (("Hi!", "Hello!", "Hey there!", "Good morning!", "Hello Trio!"), "Hello! How can I help you?"),
    (("Thank you!", "Thanks a lot!", "Thank you, Trio."), "You are welcome!"),
    (("Goodbye!", "Bye!", "See you later!"), "Goodbye! Have a nice day."),
    (("How are you?", "How are you today?"), "I am fine, thank you. How are you?"),
)
_SIGNS = (
    "exit",
    "open",
    "closed",
    "stop",
    "sale",
    "welcome",
    "caution",
    "cafe",
    "parking",
    "danger",
    "school",
    "library",
)
_READ = ("What does it say?", "What is written there?", "Can you read the sign?", "Read the text, please.")


@dataclass(frozen=True)
class Chat:
    """Messages before the reply, and the reply. `caption`: of the picture, where there is one."""

    messages: tuple[Message, ...]
    reply: str
    kind: Kind
    caption: str = ""


def chat(turns: Sequence[str], reply: str, kind: Kind, caption: str = "") -> Chat:
    """Return a chat of turns by the person and Trio in turn, the person last."""
    roles = ("user", "assistant")
    messages = [{"role": roles[n % 2], "content": text} for n, text in enumerate(turns)]
    return Chat(({"role": "system", "content": SYSTEM}, *messages), reply, kind, caption)


def pictures(photos: Sequence[Photo], count: int, random: Random) -> list[Chat]:
    """Return questions on photos, some after an earlier question on the same photo."""
    found: list[Chat] = []
    while len(found) < count:
        photo = random.choice(photos)
        captions = random.sample(photo.captions, len(photo.captions))
        asked = ask(captions, random)
        if asked is None:
            continue
        caption = as_captioned(captions[0])
        turns = [turn_text(asked.question or LOOK, [caption], [""])]
        before = ask(captions, random) if random.random() < 0.25 else None
        if before is not None:
            turns = [
                turn_text(before.question or LOOK, [caption], [""]),
                before.answer,
                asked.question or LOOK,
            ]
        found.append(chat(turns, asked.answer, asked.kind, caption))
    return found


def free_pictures(photos: Sequence[Photo], count: int, random: Random) -> list[Chat]:
    """Return six freely worded questions each on `count` photos, one at a time."""
    out: list[Chat] = []
    for _ in range(count):
        photo = random.choice(photos)
        captions = random.sample(photo.captions, len(photo.captions))
        caption = as_captioned(captions[0])
        for asked in free_questions(captions, QUESTIONS_A_PHOTO, random):
            out.append(chat([turn_text(asked.question, [caption], [""])], asked.answer, asked.kind, caption))
    return out


def pairs_of_pictures(photos: Sequence[Photo], count: int, random: Random) -> list[Chat]:
    """Return questions on two pictures at once."""
    out = []
    for _ in range(count):
        one, two = (as_captioned(random.choice(p.captions)) for p in random.sample(list(photos), 2))
        question = random.choice((LOOK, "What is in the pictures?", "What do the pictures show?"))
        first, second = (f"{text[0].lower()}{text[1:]}" for text in (one, two))
        reply = f"The first picture shows {first[:-1]}. The second shows {second}"
        out.append(chat([turn_text(question, [one, two], ["", ""])], reply, "picture", f"{one} {two}"))
    return out


def signs(photos: Sequence[Photo], count: int, random: Random) -> list[Chat]:
    """Return questions on the text in a picture."""
    out = []
    for _ in range(count):
        words = " ".join(random.sample(_SIGNS, random.choice((1, 2)))).upper()
        caption = as_captioned(random.choice(random.choice(photos).captions)) if random.random() < 0.6 else ""
        reply = random.choice((f'It says "{words}".', f'The text says "{words}".'))
        out.append(
            chat(
                [turn_text(random.choice(_READ), [caption], [words])], reply, "picture", f"{caption} {words}"
            )
        )
    return out


def as_captioned(caption: str) -> str:
    """Return a human caption in the captioner's style."""
    from pipelines.image.words import SPECIAL, tokenize

    words = tokenize(caption)
    return Vocabulary((*SPECIAL, *words)).sentence(list(range(len(SPECIAL), len(SPECIAL) + len(words))))


def feelings(data: Path, split: str, count: int, random: Random) -> list[Chat]:
    """Return short tweets with a feeling, acknowledged."""
    rows = [row for row in six_emotions(data, split) if 4 <= len(row.text.split()) <= 22]
    out = []
    for row in random.sample(rows, count):
        feeling = FEELING_OF_TWEET[row.label]
        text = re.sub(r"\bi\b", "I", row.text)
        said = turn_text(f"{text[0].upper()}{text[1:]}.", feeling=feeling)
        out.append(chat([said], comfort(feeling, random), "feeling"))
    return out


def about(count: int, random: Random) -> list[Chat]:
    """Return small talk on Trio itself."""
    drawn = [random.choice(_ABOUT) for _ in range(count)]
    return [chat([random.choice(questions)], reply, "dialogue") for questions, reply in drawn]


def dialogues(data: Path, *, held_back: bool) -> list[list[tuple[str, int]]]:
    """Return DailyDialog's dev dialogues (Li et al., 2017) as (turn, emotion); the last 100 are held back."""
    path = corpus_folder(data, "dailydialog") / "en_dev.txt"
    out = []
    for line in path.read_text("utf-8").splitlines():
        text, _, _, numbers = line.split("\t")
        turns = [detokenized(turn) for turn in text.split("__eou__") if turn.strip()]
        out.append(list(zip(turns, map(int, numbers.split()), strict=False)))
    return out[-HELD_BACK_DIALOGUES:] if held_back else out[:-HELD_BACK_DIALOGUES]


def everyday(data: Path, *, held_back: bool) -> Iterator[Chat]:
    """Yield replies of dialogues with up to three turns before them; a labelled emotion is told."""
    for turns in dialogues(data, held_back=held_back):
        for at in range(1, len(turns)):
            reply = turns[at][0]
            if not 3 <= len(reply.split()) <= LONGEST_REPLY:
                continue
            before = turns[max(0, at - 3) : at]
            before = before if len(before) % 2 else before[1:]
            feeling = FEELING_OF_TURN.get(before[-1][1])
            said = [text for text, _ in before[:-1]] + [turn_text(before[-1][0], feeling=feeling)]
            yield chat(said, reply, "dialogue")


def detokenized(turn: str) -> str:
    """Return a turn of DailyDialog without the spaces that its tokenizer left."""
    text = turn.strip().replace("\u2019", "'").replace("\u2018", "'")
    text = re.sub(r"\s*'\s*(\w+)", lambda found: "'" + found.group(1).lower(), text)
    text = re.sub(r"\s+([.,!?;:%)])", r"\1", text)
    return re.sub(r"([$(])\s+", r"\1", text)


def training_chats(data: Path, seed: int = 0, size: float = 1.0, *, held_back: bool = False) -> list[Chat]:
    """Return everything the adapter is trained on; `size` scales the counts.

    `held_back`: chats of the same kinds on other photos and of other dialogues, which choose the epoch.
    """
    random, photos = Random(seed + held_back), flickr8k(data, "train")
    photos = photos[-HELD_BACK_PHOTOS:] if held_back else photos[:-HELD_BACK_PHOTOS]
    talk = list(everyday(data, held_back=False))
    talk = talk[-HELD_BACK_REPLIES:] if held_back else talk[:-HELD_BACK_REPLIES]
    out = [
        *free_pictures(photos, round(2000 * size), random),
        *pictures(photos, round(500 * size), random),
        *pairs_of_pictures(photos, round(200 * size), random),
        *signs(photos, round(300 * size), random),
        *feelings(data, "train", round(800 * size), random),
        *about(round(250 * size), random),
        *random.sample(talk, min(len(talk), round(900 * size))),
    ]
    random.shuffle(out)
    return out


def fixed_prompts(data: Path, seed: int = 7) -> list[Chat]:
    """Return the 300 prompts of the evaluation, from data that the adapter has not seen."""
    random, photos = Random(seed), flickr8k(data, "dev")
    many = pictures(photos, 2000, random)
    asked = [c for c in many if c.kind == "picture"][:120]
    beyond = [c for c in many if c.kind == "unanswerable"][:60]
    talk = random.sample(list(everyday(data, held_back=True)), 60)
    return [*asked, *beyond, *feelings(data, "val", 60, random), *talk]
