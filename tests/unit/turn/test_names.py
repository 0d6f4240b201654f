"""The names of a conversation are listened for in what is said aloud later."""

from __future__ import annotations

import pytest

from chatbot.turn.events import Exchange, FusedContext
from chatbot.turn.names import MOST_NAMES, listening_for, names_in
from chatbot.turn.options import MOST_HOT_WORDS, TurnOptions
from pipelines.core.types import Evidence, Stage, Transcript


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("My daughter Xochitl starts school in Poughkeepsie on Monday.", ["Xochitl", "Poughkeepsie"]),
        ("I'm Nora, and I sail with Siobhan O'Brien in May!", ["Nora", "Siobhan O'Brien"]),
        ("Hello there. Can you help me? WHAT IS THIS? It is DNA, I think.", []),
        ("She lives near Émile's house", ["Émile's"]),
        ("我叫诺拉，我住在乌鲁木齐的沙依巴克区。", ["诺拉", "乌鲁木齐", "沙依巴克"]),
        ("帮我写一首关于春天的诗", []),
        ("我在Zachary家", ["Zachary"]),
        ("", []),
    ],
)
def test_names_are_told_from_other_words(text: str, names: list[str]) -> None:
    assert names_in(text) == names


def exchange(typed: str = "", heard: str = "", righted: str | None = None) -> Exchange:
    said = Evidence(Stage.TRANSCRIBE, "voice", Transcript(heard, "en", 0.9), 0.9, "an ear", 0.1)
    if righted is not None:
        said = Evidence(
            Stage.TRANSCRIBE, "voice", Transcript(righted, "en", 1.0), 0.9, "a person", 0.0, original=heard
        )
    heard = heard if righted is None else righted
    return Exchange("", "Yes.", FusedContext(typed, heard, (), (), None, "en", (said,)))


def test_what_was_typed_and_put_right_counts_and_what_was_heard_does_not() -> None:
    history = [
        exchange("I am in Besançon."),
        exchange(heard="I go to Bizanson."),
        exchange(heard="I know Zachel.", righted="I know Xochitl."),
        Exchange("Here is Nora.", "Yes."),
    ]
    assert listening_for(TurnOptions(), history).hot_words == "Xochitl, Besançon"
    assert listening_for(TurnOptions(hot_words="Siobhan，Besançon"), history).hot_words == (
        "Siobhan, Besançon, Xochitl"
    )
    unnamed = TurnOptions(hot_words="Siobhan")
    assert listening_for(unnamed, [exchange("How are you?")]) == unnamed


def test_the_newest_names_count() -> None:
    history = [exchange(f"this is Name{chr(97 + number)}.") for number in range(MOST_NAMES + 3)]
    heard_for = listening_for(TurnOptions(), history).hot_words.split(", ")
    assert heard_for == [f"Name{chr(97 + number)}" for number in reversed(range(3, MOST_NAMES + 3))]


def test_the_oldest_give_way_where_there_is_no_room() -> None:
    own = "x" * (MOST_HOT_WORDS - len(", Xochitl"))
    history = [exchange("this is Besançon."), exchange("this is Xochitl.")]
    assert listening_for(TurnOptions(hot_words=own), history).hot_words == f"{own}, Xochitl"
