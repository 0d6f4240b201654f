"""The splitter: where sentences end, and that the way the text comes makes no difference."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.turn.sentences import SentenceSplitter
from pipelines.text.stops import split_sentences

CASES = [
    ("Hello there. How are you?", ["Hello there.", "How are you?"]),
    ("Dr. Smith met Mrs. Jones. They talked.", ["Dr. Smith met Mrs. Jones.", "They talked."]),
    ("Pi is 3.14 or so. At 7:30 p.m. Monday.", ["Pi is 3.14 or so.", "At 7:30 p.m. Monday."]),
    ("Fruit, e.g. Apples, i.e. Pomes. Good.", ["Fruit, e.g. Apples, i.e. Pomes.", "Good."]),
    ("I live in the U.S. It is big.", ["I live in the U.S.", "It is big."]),
    ("The U.S. Government met.", ["The U.S. Government met."]),
    ("J. K. Rowling and J. A. Smith wrote. We read.", ["J. K. Rowling and J. A. Smith wrote.", "We read."]),
    ("See No. 5 on p. 12. No. I won't.", ["See No. 5 on p. 12.", "No.", "I won't."]),
    ("We ate bread, milk, etc. It was good.", ["We ate bread, milk, etc.", "It was good."]),
    ("Wait... what? Really?! Yes… no.", ["Wait... what?", "Really?!", "Yes… no."]),
    ('"Stop!" He ran. (She did not.) Odd.', ['"Stop!"', "He ran.", "(She did not.)", "Odd."]),
    ('"Really?" she asked. Yes.', ['"Really?" she asked.', "Yes."]),
    ("你好！今天好吗？“好。”他说。", ["你好！", "今天好吗？", "“好。”", "他说。"]),
    ("Say 你好!我 am here. Fine。Good", ["Say 你好!", "我 am here.", "Fine。", "Good"]),
    ("Fruit:\n- apples\n- pears\n\nDone", ["Fruit:", "- apples", "- pears", "Done"]),
    ("1. First thing\n2. Second thing", ["1. First thing", "2. Second thing"]),
    ("a line that is\nwrapped. Next", ["a line that is wrapped.", "Next"]),
    ("See https://a.io/x.html?q=1.5&r=!x now. Yes.", ["See https://a.io/x.html?q=1.5&r=!x now.", "Yes."]),
    ("**Bold.** *So* it is. _Yes._ End", ["**Bold.**", "*So* it is.", "_Yes._", "End"]),
    ("Try:\n```py\nx = 1. \nprint('A. B')\n```\nDone.", None),
    ("See:\n| a | b |\n|---|---|\n| Yes. No | 2. X |\nDone. Yes.", None),
    ("Great! 😀 How nice.", ["Great!", "😀 How nice."]),
    ("", []),
    ("  \n ", []),
    ("No stop at all", ["No stop at all"]),
]


def split(text: str, size: int | None = None, **options: bool) -> list[str]:
    splitter = SentenceSplitter(**options)
    size = size or max(1, len(text))
    out = [s for i in range(0, len(text), size) for s in splitter.feed(text[i : i + size])]
    return out + splitter.flush()


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(("text", "expected"), [case for case in CASES if case[1] is not None])
@pytest.mark.parametrize("size", [1, 3, None])
def test_cases(text: str, expected: list[str], size: int | None) -> None:
    assert [" ".join(s.split()) for s in split(text, size)] == expected


def test_a_table_stays_whole() -> None:
    table = "| a | b |\n|---|---|\n| Yes. No! | 2 |"
    for size in (1, 4, None):
        assert split(f"See:\n{table}\n\nDone. Yes.", size) == ["See:", table, "Done.", "Yes."]


def test_code_stays_whole() -> None:
    code = "```py\nx = 1. \nprint('A. B')\n```"
    assert split(f"Try:\n{code}\nDone.", 2) == ["Try:", code, "Done."]


def test_a_finished_sentence_comes_before_the_text_ends() -> None:
    splitter = SentenceSplitter()
    assert splitter.feed("Hello there.") == []  # may be followed by a digit or a quote
    assert splitter.feed(" H") == ["Hello there."]
    assert splitter.feed("ow are you?") == []
    assert splitter.flush() == ["How are you?"]


def test_flush_makes_it_new() -> None:
    splitter = SentenceSplitter(eager_first=True)
    splitter.feed("One two three four five six seven, eight")
    splitter.flush()
    assert splitter.flush() == []
    assert splitter.feed("One two three four five six seven, eight") == ["One two three four five six seven,"]


def test_long_text_without_a_stop_is_cut_at_a_clause() -> None:
    clause = "this goes on for quite a while and then some more, "
    pieces = split(clause * 12)
    assert len(pieces) >= 3
    assert all(len(p) <= 200 for p in pieces)
    assert all(p.endswith("more,") for p in pieces)


def test_long_text_without_a_clause_is_cut_at_a_space() -> None:
    pieces = split("word " * 100)
    assert all(len(p) <= 200 and set(p.split()) == {"word"} for p in pieces)


def test_long_chinese_without_a_space_is_cut() -> None:
    pieces = split("好" * 500)
    assert 3 <= len(pieces) <= 6
    assert "".join(pieces) == "好" * 500


def test_long_url_is_not_cut_early() -> None:
    url = "https://example.com/" + "a" * 250
    assert split(f"See {url} please.")[1].startswith(url)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (
            "That sounds like a lovely day out, and I hope it was fun. Bye.",
            "That sounds like a lovely day out,",
        ),
        ("Well, yes, I am glad for you. Bye.", "Well, yes, I am glad for you."),
        ("Once upon a time, a cat lived by the sea. Bye.", "Once upon a time,"),
        (
            "The small brown cat is lying on a red mat and looks at you. Bye.",
            "The small brown cat is lying on a red mat",
        ),
        ("It is a cat and a dog. Bye.", "It is a cat and a dog."),
        (
            "It was made by the people of the android company. Bye.",
            "It was made by the people of the android company.",
        ),
        ("这只猫看起来很放松，好像刚刚睡醒。再见。", "这只猫看起来很放松，"),
        (
            "It cost 1,000 dollars or maybe 2,000 of them. Bye.",
            "It cost 1,000 dollars or maybe 2,000 of them.",
        ),
    ],
)
def test_eager_first_clause(text: str, first: str) -> None:
    assert split(text, 1, eager_first=True)[0] == first


def test_only_the_first_sentence_is_eager() -> None:
    text = "I see. That sounds like a lovely day out, and it was fun."
    assert split(text, 4, eager_first=True) == ["I see.", text[7:]]


MARKS = "aB3 \n\t.,!?…。！？，:;-\"'”)(*`"
WORDS = ["Dr. ", "U.S. ", "It ", "e.g. ", "No. 5 ", "```", "3.14", "你好", "😀"]
ALPHABET = st.sampled_from([*MARKS, *WORDS])
TEXTS = st.lists(ALPHABET, max_size=60).map("".join) | st.text(max_size=80)


@settings(max_examples=400, deadline=None)
@given(text=TEXTS, cuts=st.lists(st.integers(1, 9), min_size=1, max_size=30), eager=st.booleans())
def test_any_chunking_gives_the_same_and_nothing_is_lost(text: str, cuts: list[int], eager: bool) -> None:
    splitter = SentenceSplitter(eager_first=eager, limit=40)
    streamed: list[str] = []
    at = turn = 0
    while at < len(text):
        size = cuts[turn % len(cuts)]
        streamed += splitter.feed(text[at : at + size])
        at, turn = at + size, turn + 1
    streamed += splitter.flush()
    whole = SentenceSplitter(eager_first=eager, limit=40)
    assert streamed == whole.feed(text) + whole.flush()
    assert squeezed("".join(streamed)) == squeezed(text)
    assert all(s == s.strip() and s for s in streamed)


@given(TEXTS)
def test_batch_split_joins_to_the_text(text: str) -> None:
    assert "".join(split_sentences(text)) == text
