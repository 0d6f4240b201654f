"""Messages written by hand for Trio, each with its danger, in English and Chinese.

`messages/train.*`: to learn from; `dev.*` choose the epoch and the threshold; `test.*` were written by
others, who saw neither, and choose nothing. Most messages without danger stand near one: grief, figures of
speech, computers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pipelines.text.danger import LABELS, LANGUAGES
from training.common.datasets import LabelledText, daily_dialog, detokenized
from training.manners.chats import dialogues

FOLDER = Path(__file__).parent / "messages"
MOST_SAID = 500
"""Of DailyDialog's turns, in each language; nobody there is in danger."""


def load(split: Literal["train", "dev", "test"], language: str) -> list[LabelledText]:
    """Return the messages of a split. Raises ValueError for a line of another form."""
    rows = [
        json.loads(line) for line in (FOLDER / f"{split}.{language}.jsonl").read_text("utf-8").splitlines()
    ]
    found = [LabelledText(row["text"], row["label"]) for row in rows]
    if odd := [row for row in found if row.label not in LABELS or not row.text.strip()]:
        raise ValueError(f"{split}.{language}.jsonl: {odd[0]}; a label is one of {', '.join(LABELS)}")
    return found


def learned_from(data: Path) -> list[LabelledText]:
    """Return all that is learned from: the messages, and what is said where nobody is in danger."""
    asked = [turn.typed or turn.spoken for row in dialogues() if row.kind != "danger" for turn in row.turns]
    rows = [row for language in LANGUAGES for row in load("train", language)]
    safe = [*filter(None, asked), *(text for language in LANGUAGES for text in said(data, language))]
    return rows + [LabelledText(text, LABELS[0]) for text in safe]


def said(data: Path, language: str) -> Sequence[str]:
    """Return turns of DailyDialog."""
    turns = [detokenized(text) for talk in daily_dialog(data, language) for text, _ in talk]
    return turns[:: max(1, len(turns) // MOST_SAID)][:MOST_SAID]
