"""Chinese text on its way to the voice: figures to characters, characters to phonemes, runs and clauses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.core.errors import InputError
from pipelines.speech.tts.chinese import chinese_number, spoken_chinese
from pipelines.speech.tts.join import LOUDNESS, at_loudness, trimmed, with_pause
from pipelines.speech.tts.mandarin import phonemes
from pipelines.speech.tts.pinyin import syllable_phonemes
from pipelines.speech.tts.runs import clauses, mixed_runs


@pytest.mark.parametrize(
    ("digits", "spoken"),
    [
        ("0", "零"),
        ("10", "十"),
        ("12", "十二"),
        ("101", "一百零一"),
        ("110", "一百一十"),
        ("1208", "一千二百零八"),
        ("10010", "一万零一十"),
        ("100000", "十万"),
        ("120034", "十二万零三十四"),
        ("100010000", "一亿零一万"),
        ("1,234.56", "一千二百三十四点五六"),
        ("12345678901234567", "一二三四五六七八九零一二三四五六七"),
    ],
)
def test_numbers_are_counted(digits: str, spoken: str) -> None:
    assert chinese_number(digits) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("2024-03-05", "二零二四年三月五日"),
        ("1998年夏天", "一九九八年夏天"),
        ("他住了30年了", "他住了三十年了"),
        ("过了20年后", "过了二十年后"),
        ("7:30 到 9:05", "七点三十分 到 九点零五分"),
        ("8:00", "八点整"),
        ("按2:1混合", "按两比一混合"),
        ("电话13812345678", "电话幺三八，幺二三四，五六七八"),
        ("+86 138 1234 5678", "加八六，幺三八，幺二三四，五六七八"),
        ("010-65528888", "零幺零，六五五二八八八八"),
        ("192.168.0.1", "一九二点一六八点零点一"),
        ("版本3.11.2", "版本三点十一点二"),
        ("¥128.50", "一百二十八点五零元"),
        ("涨了15%", "涨了百分之十五"),
        ("-5°C", "负五摄氏度"),
        ("水在100°C沸腾，今天-5到3℃", "水在一百摄氏度沸腾，今天负五到三摄氏度"),
        ("走了5km", "走了五公里"),
        ("面积20m²，一块8 cm²", "面积二十平方米，一块八平方厘米"),
        ("5-10km", "五到十公里"),
        ("3-5天", "三到五天"),
        ("1/2", "二分之一"),
        ("x²", "x的平方"),
        ("5 - 3 = 2", "五减三 等于 二"),
        ("a≤5，b≠3", "a小于等于五，b不等于三"),
        ("邮编02139", "邮编零二幺三九"),
        ("2个人，第2章", "两个人，第二章"),
        ("25kg，1.8m", "二十五公斤，一点八米"),
        ("800万人", "八百万人"),
    ],
)
def test_figures_are_read_as_a_person_would(written: str, spoken: str) -> None:
    assert spoken_chinese(written) == spoken


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_survived(text: str) -> None:
    assert not any(c in "0123456789" for c in spoken_chinese(text))
    phonemes(spoken_chinese(text))


@pytest.mark.parametrize(
    ("syllable", "expected"),
    [
        ("hao3", "xau↓"),
        ("zhi1", "ꭧɨ→"),
        ("lv4", "ly↘"),
        ("ju2", "ʨy↗"),
        ("yue4", "ɥe↘"),
        ("wei5", "wei"),
        ("er2", "ɚ↗"),
        ("liu4", "ljou↘"),
    ],
)
def test_syllables(syllable: str, expected: str) -> None:
    assert syllable_phonemes(syllable) == expected


@pytest.mark.parametrize("syllable", ["", "hao", "hao6", "xq3", "!"])
def test_what_is_no_syllable_is_refused(syllable: str) -> None:
    with pytest.raises(InputError, match="hao3"):
        syllable_phonemes(syllable)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("不是", "pu↗ʂɨ↘"),
        ("一百", "i↘pai↓"),
        ("第一名", "ti↘i→mi↗ŋ"),
        ("银行行长", "i↗nxa↗ŋxa↗ŋꭧa↓ŋ"),
        ("好，好。", "xau↓, xau↓."),
    ],
)
def test_readings_and_tone_changes(text: str, expected: str) -> None:
    assert phonemes(text).replace(" ", "") == expected.replace(" ", "")


@pytest.mark.parametrize(
    ("sentence", "runs"),
    [
        ("今天的 meeting 在 Room 204 开始。", ["今天的 ", "meeting", " 在 ", "Room 204", " 开始。"]),
        ("买 iPhone 2 台", ["买 ", "iPhone", " 2 台"]),
        ("跑了5 km，25°C。", ["跑了5 km，25°C。"]),
        ("用 Python 3.11 写", ["用 ", "Python 3.11", " 写"]),
        ("我用Python写代码。", ["我用", "Python", "写代码。"]),
        ("AI的能力，面积20m²的房间", ["AI", "的能力，面积20m²的房间"]),
    ],
)
def test_latin_words_in_a_chinese_sentence_are_english(sentence: str, runs: list[str]) -> None:
    found = mixed_runs(sentence, "zh")
    assert [text for _, text in found] == runs
    assert all((code == "en") == text[0].isascii() or text[0] == " " for code, text in found)


def test_chinese_characters_in_an_english_sentence_are_chinese() -> None:
    assert mixed_runs("Hello is 你好，世界 in Chinese.", "en") == [
        ("en", "Hello is "),
        ("zh", "你好，世界"),
        ("en", " in Chinese."),
    ]
    assert mixed_runs("Hello there.", "en") == [("en", "Hello there.")]
    assert mixed_runs("Bonjour 你好", "fr") == [("fr", "Bonjour 你好")]


def test_the_first_clause_of_a_long_sentence_comes_alone() -> None:
    text = "如果明天下雨，运动会就推迟到下周一，大家不要来学校了，谢谢。"
    cut = list(clauses(text, 60))
    assert cut[0] == "如果明天下雨，"
    assert "".join(cut) == text
    assert list(clauses("你好，世界。", 60)) == ["你好，世界。"]


def test_pieces_join_without_a_click_at_one_loudness() -> None:
    tone = (0.3 * np.sin(np.arange(24_000) / 10)).astype(np.float32)
    padded = np.concatenate([np.zeros(4_000, np.float32), tone, np.zeros(4_000, np.float32)])
    cut = at_loudness(trimmed(padded, 24_000))
    assert len(cut) < len(padded) - 6_000
    assert cut[0] == cut[-1] == 0
    loud = cut[np.abs(cut) > 0.01]
    assert np.sqrt(np.mean(loud**2)) == pytest.approx(LOUDNESS, rel=0.1)
    assert len(with_pause(cut, "好。", 24_000)) > len(with_pause(cut, "好，", 24_000)) > len(cut)
    assert len(at_loudness(trimmed(np.zeros(100, np.float32), 24_000))) == 0
