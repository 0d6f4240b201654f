"""Cleaning text for the classic models: HTML, case, punctuation, stop words, Chinese words."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.core.errors import EmptyInputError
from pipelines.text.foundations.cleaning import clean_file, cleaned, without_html
from pipelines.text.foundations.words import SPECIAL, UNKNOWN, WordNumbers, padded, words_of

PAGE = (
    "<html><head><title>Hidden</title><style>p {color: red}</style></head><body><!-- hidden -->"
    "<p>I do NOT like <b>this</b> film&amp;book!</p><p>It&#39;s dull.</p><script>if (a < b) {}</script></body>"
)


def test_a_page_becomes_what_it_shows() -> None:
    assert without_html(PAGE).split() == ["I", "do", "NOT", "like", "this", "film&book!", "It's", "dull."]


def test_less_than_is_not_a_tag() -> None:
    assert without_html("1 < 2 and 3 > 2") == "1 < 2 and 3 > 2"


def test_english_steps() -> None:
    found = cleaned(PAGE)
    assert found.language == "en"
    assert found.text == "I do NOT like this film&book! It's dull."
    assert found.words == ("i", "do", "not", "like", "this", "film", "book", "it", "'s", "dull")
    assert found.kept == ("not", "like", "film", "book", "dull")


def test_chinese_is_cut_by_jieba() -> None:
    found = cleaned("我很喜欢这家酒店的早餐，但是房间不太干净！")
    assert found.language == "zh"
    assert {"喜欢", "酒店", "早餐", "房间", "干净"} <= set(found.kept)
    assert "的" in found.words and "的" not in found.kept and "但是" not in found.kept
    assert "不" in found.kept and "，" not in found.words


def test_the_tool_writes_the_words(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE, encoding="utf-8")
    fields = clean_file(page, tmp_path)
    assert Path(fields["path"]).read_text("utf-8") == "not like film book dull\n"


def test_a_page_without_words_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<p>...</p><script>hidden()</script>", encoding="utf-8")
    with pytest.raises(EmptyInputError, match="no words"):
        clean_file(page, tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't!", ["do", "n't", "!"]),
        ("it ’ s", ["it", "'s"]),
        ("They wo n't", ["they", "wo", "n't"]),
        ("3rd of May, 2021", ["3", "rd", "of", "may", ",", "2", "0", "2", "1"]),
        ("Größe 5/3", ["größe", "5", "/", "3"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_numbers_of_words(tmp_path: Path) -> None:
    numbers = WordNumbers.build([["b", "a", "b"], ["b", "c"]], least=1)
    assert numbers.words == (*SPECIAL, "b", "a", "c")
    assert numbers.encode(["c", "new", "b"]) == [4, UNKNOWN, 2]
    numbers.write(tmp_path / "words.json")
    assert WordNumbers.read(tmp_path / "words.json") == numbers
    assert padded([[2, 3], [4]]).tolist() == [[2, 3], [4, 0]]
