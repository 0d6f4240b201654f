"""Text as the classifiers want it."""

from __future__ import annotations

import pytest

from pipelines.text.clean import clean


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<p>I <b>love</b> it&amp;more</p>", "I love it&more"),
        ("look https://example.org/a?b=1 here", "look here"),
        ("a\t b\n\nc\x00d", "a b c d"),
        ("ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("I <3 you 😀", "I <3 you 😀"),
        (" \n\t", ""),
        ("<br/><br/>", ""),
    ],
)
def test_clean(text: str, wanted: str) -> None:
    assert clean(text) == wanted


def test_an_unclosed_tag_takes_linear_time() -> None:
    assert clean("<a" * 50_000) == "<a" * 50_000
