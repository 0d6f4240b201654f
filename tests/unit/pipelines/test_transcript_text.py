"""What the transcriber makes of the model's raw text."""

from __future__ import annotations

import pytest

from pipelines.speech.transcribe import tidy


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
