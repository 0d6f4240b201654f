"""From an empty browser to the first word: what is compared with what, and what counts as a word."""

from __future__ import annotations

import httpx
import pytest

from benchmarks import first_reply

STREAM = (
    'data: {"choices": [{"delta": {"role": "assistant", "content": ""}}]}',
    "",
    'data: {"choices": [{"delta": {"content": "A lamp."}}]}',
    'data: {"choices": [], "usage": {}}',
    "data: [DONE]",
)


def client(*lines: str) -> httpx.Client:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text="\n".join(lines))

    return httpx.Client(base_url="http://trio/", transport=httpx.MockTransport(answer))


def test_the_ratio_is_that_of_the_waits_after_send() -> None:
    page = {"usable": 3.0, "word": 0.6, "all": 3.6}
    found = first_reply.summed_up([(page, 0.4), ({**page, "word": 0.8}, 0.4), (page, 0.3)])
    assert found["ratio to the API"] == 2.0
    assert found["seconds"]["empty browser to first word"] == 3.6
    said = " ".join(
        first_reply.lines({"machine": "x86_64, 2 cores", "load": 9.0, "writer": "qwen-0.5b", **found})
    )
    assert "after 3.0 s" in said and "2.0 times" in said and "load 9.0" in said


def test_a_word_counts_and_what_comes_before_it_does_not() -> None:
    assert [first_reply._word(line) for line in STREAM] == ["", "", "A lamp.", "", ""]
    assert first_reply.program_turn(client(*STREAM), 1) > 0
    with pytest.raises(SystemExit, match="without a word"):
        first_reply.program_turn(client(STREAM[0], STREAM[-1]), 1)


def test_nobody_asks_what_another_has_asked() -> None:
    asked = [first_reply.question(number, asker) for number in range(20) for asker in (0, 1)]
    assert len(set(asked)) == 40 and len({len(text) for text in asked}) == 1
