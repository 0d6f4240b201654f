"""The language of a text; what must not be taken for foreign."""

from __future__ import annotations

import pytest

from pipelines.text.language import detect_language


@pytest.mark.parametrize(
    "text",
    ["ok", "hi", "lol", "no", "die", "😀🎉", "123", "", "café", "not bad", "i feel so bored", "naïve film"],
)
def test_short_english_is_not_refused(text: str) -> None:
    assert detect_language(text) == "en"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("What a wonderful film, I loved it.", "en"),
        ("Je suis très content aujourd'hui", "fr"),
        ("Das ist ein schlechter Film", "de"),
        ("me gusta mucho esta película", "es"),
        ("今天天气很好", "zh"),
        ("今日はとても楽しいです", "ja"),
        ("오늘 기분이 좋아요", "ko"),
        ("Мне очень грустно", "ru"),
        ("أنا سعيد جدا", "ar"),
        ("मैं बहुत खुश हूँ", "hi"),
        ("আমি খুব খুশি", "bn"),
        ("ძალიან კარგი", "ka"),
    ],
)
def test_sentences(text: str, code: str) -> None:
    assert detect_language(text) == code


def test_one_foreign_word_does_not_decide() -> None:
    assert detect_language("My teacher wrote 你好 on the board this morning") == "en"
