"""What hibari would drop or misread is put in words first: the rows of shared/failing's voice files, and their like."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.speech.tts.english import spoken_english
from pipelines.speech.tts.runs import mixed_runs
from pipelines.speech.tts.text import speakable


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        # voice_m1: minus signs between numbers
        ("Nine minus two: 9 - 2 = 7, and 12-5=7.", "Nine minus two: 9 minus 2 = 7, and 12 minus 5=7."),
        ("8 − 3", "8 minus 3"),
        # voice_m2: negative amounts
        ("They owe -$7, the balance is -$350.", "They owe minus $7, the balance is minus $350."),
        ("It is -4 degrees.", "It is minus 4 degrees."),
        # voice_m3: comparisons
        ("p ≤ 3 and q ≥ 1", "p is less than or equal to 3 and q is greater than or equal to 1"),
        ("c ≠ d, a != b", "c is not equal to d, a is not equal to b"),
        # voice_m4: leading zeros
        (
            "Zip 00501, agent 006, room 08.",
            "Zip zero zero five zero one, agent zero zero six, room zero eight.",
        ),
        # voice_t10: telephone numbers and codes
        ("Call +1 (212) 555-0187.", "Call plus one, two one two, five five five, zero one eight seven."),
        ("or 020 7946 0123.", "or zero two zero, seven nine four six, zero one two three."),
        ("PIN 0073", "PIN zero zero seven three"),
        ("555-0134", "five five five, zero one three four"),
        # dotted numbers, addresses, files
        ("Ping 10.0.0.127.", "Ping 10 dot 0 dot 0 dot one two seven."),
        ("version 3.11.2, v2.0.1", "version 3 dot 11 dot 2, version 2 dot 0 dot 1"),
        ("Write to jo.doe@mail.org.", "Write to jo dot doe at mail dot org."),
        ("See example.com.", "See example dot com."),
        ("Open my_file.csv and main.py.", "Open my file dot C S V and main dot P Y."),
        ("Use C# or C++.", "Use C sharp or C++."),
        # ranges
        ("3-5 days, pages 10–12", "3 to 5 days, pages 10 to 12"),
        # what hibari reads by itself stays
        ("On 2024-03-05 at 7:30 for $1,234.50, 50% off, 0.5 km.", None),
        ("A well-known x-ray - so to say - of 1.5, e.g. here.", None),
    ],
)
def test_spoken_english(written: str, spoken: str | None) -> None:
    assert spoken_english(written) == (spoken or written)


@settings(deadline=None)
@given(st.text(max_size=120))
def test_any_text_is_survived(text: str) -> None:
    spoken_english(text)


def test_chinese_with_english_words() -> None:
    """voice_t14: each word in its own language."""
    runs = mixed_runs(speakable("明天的 party 在 Room 305 举行，请带上 iPad 和 camera。"), "zh")
    assert [text.strip() for code, text in runs if code == "en"] == ["party", "Room 305", "iPad", "camera。"]
    assert [code for code, _ in runs] == ["zh", "en"] * 4
