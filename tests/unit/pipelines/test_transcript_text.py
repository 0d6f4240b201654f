"""What the transcriber makes of the model's raw text."""

from __future__ import annotations

import pytest

from pipelines.speech.transcribe import tidy
from pipelines.speech.written import PROMPTS, primed


@pytest.mark.parametrize(
    ("language", "hot_words", "prompt"),
    [
        ("en", "", None),
        ("en", " , \n", None),
        ("en", "Siobhán, Ljubljana\nTromsø", "Siobhán, Ljubljana, Tromsø."),
        ("en", "陆小满, Siobhán, カフェ", "Siobhán."),
        ("en", "陆小满", None),
        ("zh", "", PROMPTS["zh"]),
        ("zh", "陆小满，潍坊路;Loft", f"{PROMPTS['zh']}陆小满、潍坊路、Loft。"),
    ],
)
def test_what_whisper_is_told_to_have_heard_before(language: str, hot_words: str, prompt: str | None) -> None:
    assert primed(language, hot_words) == prompt


@pytest.mark.parametrize(
    ("raw", "looping", "tidied"),
    [
        ("以下是普通话的句子。北京是中國的首都。", False, "北京是中国的首都。"),
        ("第1,第3," + "第1," * 40, True, "第1,第3,第1,"),
        ("哈" * 40, True, "哈"),
    ],
)
def test_mandarin(raw: str, looping: bool, tidied: str) -> None:
    assert tidy(raw, "zh", looping=looping) == tidied


def test_english_keeps_what_people_repeat() -> None:
    said = " No, no, no, no, no, no, no!"
    assert tidy(said, "en") == said.strip()
    assert tidy(" I am here." + " Thank you." * 30, "en", looping=True) == "I am here. Thank you."
