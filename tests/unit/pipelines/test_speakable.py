"""What the voice is given to say, in which language, and in which pieces."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.errors import SettingsError
from pipelines.speech.tts.espeak import parse_voices
from pipelines.speech.tts.text import (
    base_language,
    check_speed,
    has_code,
    language_runs,
    pieces,
    sentence_language,
    speakable,
)

LISTING = """Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  cmn             --/M      Chinese_(Mandarin,_latin_as_English) sit/cmn    (zh-cmn 5)(zh 5)
 5  cmn-latn-pinyin --/M      Chinese_(Mandarin,_latin_as_Pinyin) sit/cmn-Latn-pinyin  (zh-cmn 5)(zh 5)
 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)
 2  en-us           --/M      English_(America)  gmw/en-US            (en 3)
 5  fr-be           --/M      French_(Belgium)   roa/fr-BE            (fr 8)
 5  fr-fr           --/M      French_(France)    roa/fr               (fr 5)
 5  pt              --/M      Portuguese_(Portugal) roa/pt               (pt-pt 5)
 5  pt-br           --/M      Portuguese_(Brazil) roa/pt-BR            (pt 6)
 5  vi-vn-x-south   --/M      Vietnamese_(Southern) aav/vi-VN-x-south
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello there.", "Hello there."),
        ("**Hello** *there*, ~~you~~ `code()`", "Hello there, you code()"),
        ("**Cut in the middle.", "Cut in the middle."),
        ("of a mark.** Yes", "of a mark. Yes"),
        ("# Title\n\n- one\n- two", "Title\n\none\n\ntwo"),
        ("2024. It was a year", "2024. It was a year"),
        ("Hi 😀👩‍👩‍👧🏽 you ❤️!", "Hi you !"),
        ("5️⃣ at 20°C ± 1 for $3 & 50%", "5 at 20°C ± 1 for $3 & 50%"),
        ("See [the page](https://x.y/z) now", "See the page now"),
        ("See https://www.example.com/a?b=1#c.", "See example.com."),
        ("See <https://u:p@example.com:80/a> or www.foo.org/bar, ok", "See example.com or foo.org, ok"),
        ("看 https://a.cn/x。好", "看 a.cn。好"),
        ("![a dog](dog.png) ran", "a dog ran"),
        ("So:\n\n```py\nx = 1\n```\n\nDone", "So:\n\nDone"),
        ("a < b and b > c <b>bold</b> &amp; more", "a < b and b > c bold & more"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a: 1, b: 2."),
        ("| 名字 | 岁数 |\n|---|---|\n| 小明 | 8 |", "名字：小明，岁数：8。"),
        (
            "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 9,
            "A table of 9 rows is on the screen, with the columns: a, b.",
        ),
        ("| Ada | 36 |", "Ada, 36"),
        (r"So $x^2 \leq \frac{a}{b}$ and \(E = mc^{2}\).", "So x^2 ≤ a / b and E = mc^2."),
        ("It costs $5 or $6.", "It costs $5 or $6."),
        ("a line\nwrapped", "a line wrapped"),
        ("snake_case and a*b and 2 * 3", "snake_case and a*b and 2 * 3"),
        ("zero\u200bwidth\u0007 \ud800 end", "zerowidth end"),
        ("😀 ... !?", ""),
        ("", ""),
    ],
)
def test_speakable(text: str, expected: str) -> None:
    assert speakable(text) == expected


def test_code_is_mentioned_once_where_that_is_wanted() -> None:
    code = "```py\nprint(1)\n```"
    assert (
        speakable(f"So:\n\n{code}\n\nAnd:\n\n{code}", code_note=True).count("The code is on the screen.") == 1
    )
    assert speakable(code, language="zh", code_note=True) == "代码在屏幕上。"
    assert speakable(f"这样写：\n\n{code}", code_note=True) == "这样写：\n\n代码在屏幕上。"
    assert has_code(code)
    assert not has_code("plain `x`")


@given(st.text(max_size=200))
def test_speakable_takes_anything(text: str) -> None:
    out = speakable(text)
    out.encode("utf-8")
    assert out == "" or any(c.isalnum() for c in out)


@pytest.mark.parametrize(
    ("sentence", "default", "language"),
    [
        ("Hello", "en", "en"),
        ("Hello", "zh", "en"),
        ("Bonjour", "fr", "fr"),
        ("你好", "en", "zh"),
        ("我喜欢 Python", "en", "zh"),
        ("In Chinese, hello is 你好", "zh", "en"),
        ("これは本です", "en", "ja"),
        ("안녕하세요", "en", "ko"),
        ("Привет", "en", "ru"),
        ("Привіт", "uk", "uk"),
        ("مرحبا", "fa", "fa"),
        ("नमस्ते", "en", "hi"),
        ("3.14", "zh", "zh"),
    ],
)
def test_sentence_language(sentence: str, default: str, language: str) -> None:
    assert sentence_language(sentence, default) == language


def test_runs_join_sentences_of_one_language() -> None:
    text = "Hello there. I am here! 你好。很好。3.14! Bye."
    assert language_runs(text, "en") == [
        ("en", "Hello there. I am here!"),
        ("zh", " 你好。很好。3.14!"),
        ("en", " Bye."),
    ]
    assert language_runs("", "en") == []


def test_pieces_are_short_and_lose_nothing() -> None:
    text = "one two three, " * 40 + "x" * 400
    cut = list(pieces(text, 100))
    assert all(0 < len(p) <= 100 for p in cut)
    assert "".join("".join(cut).split()) == "".join(text.split())
    assert cut[0].endswith(",")
    assert list(pieces("short", 100)) == ["short"]
    assert list(pieces("  ", 100)) == []


@pytest.mark.parametrize("speed", [0.49, 2.01, 0.0, -1.0, math.nan, math.inf])
def test_bad_speed(speed: float) -> None:
    with pytest.raises(SettingsError, match=r"0\.5"):
        check_speed(speed)


def test_good_speed() -> None:
    check_speed(0.5)
    check_speed(2.0)


def test_voices_of_the_listing() -> None:
    voices = parse_voices(LISTING)
    expected = {
        "zh": "cmn-latn-pinyin",
        "en": "en-gb",
        "en-us": "en-us",
        "fr": "fr-fr",
        "pt": "pt",
        "vi": "vi-vn-x-south",
    }
    assert {code: voices[code] for code in expected} == expected
    assert "language" not in voices
    without = "\n".join(line for line in LISTING.splitlines() if "pinyin" not in line)
    assert parse_voices(without)["zh"] == "cmn"


def test_base_language() -> None:
    assert [base_language(t) for t in ("en-US", "EN_gb", " zh ", "fr")] == ["en", "en", "zh", "fr"]
