"""Names that a person may say: how they are told to Whisper, and when they are believed."""

from __future__ import annotations

import pytest

from pipelines.speech.hot_words import hot_words_of, named_in, primed, was_heard
from pipelines.speech.written import PROMPTS


def test_each_word_of_a_name_counts() -> None:
    assert named_in("Siobhan came.", ["Siobhan Nguyen", "Ljubljana"]) == ["siobhan"]
    assert named_in("Siobhan Nguyen came.", ["Siobhan Nguyen", "Let It Go"]) == ["siobhannguyen"]
    assert named_in("It came.", ["Let It Go"]) == []


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
    assert primed(language, hot_words_of(hot_words, language)) == prompt


@pytest.mark.parametrize(
    ("name", "text", "plain", "heard"),
    [
        ("Xochitl", "Please ask Xochitl about it.", "Please ask Zachel about it.", True),
        ("Siobhan", "Siobhan flew home.", "Siopin flew home.", True),
        ("Kubernetes", "The Kubernetes cluster", "The Cubernitz cluster", True),
        ("陆小满", "我叫陆小满。", "我叫路小慢。", True),
        ("九井日本料理", "九井日本料理。", "究竟日本的料理。", True),
        ("三十二度", "设定三十二度。", "设定32多。", True),
        ("Let It Go", "想听歌曲Let It Go。", "想听歌曲来的课够。", True),
        ("Ljubljana", "Nguyen, Ljubljana, Kubernetes.", "", False),
        ("Ljubljana", "Nguyen, Ljubljana, Kubernetes.", "Cost.", False),
        ("Siobhan", "Siobhan.", "See well.", False),
        ("Siobhan", "Thank you very much. Siobhan.", "Thank you very much.", False),
        ("潍坊路", "谢谢大家潍坊路", "谢谢大家", False),
    ],
)
def test_a_name_is_believed_where_something_like_it_is_heard_without_it(
    name: str, text: str, plain: str, heard: bool
) -> None:
    (named,) = named_in(text, [name, "Tromsø"])
    assert was_heard(named, text, plain) == heard
