"""Stop texts: found wherever a reply is cut into pieces, and nothing else is lost or late."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.turn.stop_sequences import until_stop

SMALL = st.text("ab", max_size=12)


def cut(text: str, sizes: list[int]) -> list[str]:
    pieces = []
    for size in sizes:
        pieces.append(text[:size])
        text = text[size:]
    return [*pieces, text]


@given(
    SMALL,
    st.lists(st.integers(0, 3), max_size=8),
    st.lists(st.text("ab", min_size=1, max_size=3), max_size=3),
)
def test_the_text_ends_at_the_first_stop(text: str, sizes: list[int], stops: list[str]) -> None:
    found = [at for stop in stops if (at := text.find(stop)) >= 0]
    said = "".join(until_stop(iter(cut(text, sizes)), stops))
    if len(stops) <= 1:
        assert said == (text[: min(found)] if found else text)
    else:
        assert text.startswith(said) and not any(stop in said for stop in stops)


def test_only_what_may_begin_a_stop_is_held_back() -> None:
    pieces = iter(["one ", "two #", "# three ##", "# four"])
    stream = until_stop(pieces, ["###"])
    assert [next(stream), next(stream)] == ["one ", "two "]
    assert next(stream) == "## three "
    with pytest.raises(StopIteration):
        next(stream)


def test_the_model_is_told_to_end_and_its_own_end_is_passed_on() -> None:
    ended = []

    def model() -> Generator[str, None, str]:
        try:
            yield "Hello STOP"
            yield "more"
            return "whole"
        finally:
            ended.append(True)

    stream = until_stop(model(), ["STOP"])
    assert next(stream) == "Hello "
    with pytest.raises(StopIteration) as stopped:
        next(stream)
    assert ended == [True] and stopped.value.value is None
    whole = until_stop(model(), [])
    with pytest.raises(StopIteration) as done:
        while True:
            next(whole)
    assert done.value.value == "whole"
