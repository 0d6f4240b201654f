"""Words and pictures are found, whatever is typed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from chatbot.history import History, MediaSource, Role
from chatbot.history.picture_search import PictureSearch
from chatbot.history.search import snippet
from pipelines.core.errors import ModelMissingError
from tests.support import records

ME = "local"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    with History(tmp_path_factory.mktemp("history")) as history:
        add(history, ME, "Holidays", "Where was it?", "It was in Lisbon.", captions=("A beach at sunset.",))
        add(history, ME, "Work", "Read this", "It says 100% off.", ocr=('SALE "NOW" 100%',))
        add(history, ME, "中文", "我昨天去了海滩", "海滩真美。", transcript="你好世界")
        add(history, "other", "Secret", "Lisbon too", "Yes, Lisbon.", captions=("A beach.",))
        yield history


def add(
    history: History,
    user: str,
    title: str,
    text: str,
    answer: str,
    *,
    transcript: str = "",
    captions: tuple[str, ...] = (),
    ocr: tuple[str, ...] = (),
) -> str:
    media = [MediaSource(Role.PICTURE, "p.png", title.encode())] if captions or ocr else []
    conversation = history.create(user, title).id
    with history.begin_turn(user, conversation, text=text, media=media) as writer:
        writer.finish(records.reply(answer, records.context(text, transcript, captions, ocr)))
    return writer.turn


def found(history: History, query: str, user: str = ME) -> list[tuple[str, str]]:
    return [(hit.title, hit.place) for hit in history.search(user, query)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("lisbon", [("Holidays", "reply")]),
        ("SUNSET beach", [("Holidays", "caption")]),
        ("holi", [("Holidays", "title")]),
        ("lisbon sunset", [("Holidays", "caption")]),
        ("lisbon sale", []),
        ('"now"', [("Work", "text in picture")]),
        ("100%", [("Work", "text in picture")]),
        ("0%", [("Work", "text in picture")]),
        ("%", [("Work", "text in picture")]),
        ("_", []),
        ("海滩", [("中文", "words")]),
        ("海", [("中文", "words")]),
        ("去了海滩", [("中文", "words")]),
        ("世界", [("中文", "transcript")]),
        ("中文", [("中文", "title")]),
        ("美 你好世界", [("中文", "transcript")]),
        ("", []),
        ("  \0 ", []),
    ],
)
def test_words_are_found_in_their_place(
    history: History, query: str, expected: list[tuple[str, str]]
) -> None:
    assert found(history, query) == expected


def test_nobody_finds_what_is_not_theirs(history: History) -> None:
    assert found(history, "secret") == found(history, "lisbon too") == []
    assert found(history, "lisbon", "other") == [("Secret", "words")]
    assert found(history, "lisbon", "third") == []


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.text(alphabet=st.sampled_from("ab\"'*()^:-+{}%_\\ NEAROTD海滩\0\ud800"), max_size=14)
    | st.text(max_size=9)
)
def test_no_query_raises(history: History, query: str) -> None:
    history.search(ME, query)


def test_the_index_follows_what_changes(tmp_path: Path) -> None:
    with History(tmp_path) as history:
        turn = add(history, ME, "Old name", "hi", "Hello.", transcript="I am hear.")
        conversation = history.turn(ME, turn).conversation
        writer = history.begin_turn(ME, conversation, text="unfinished question")
        writer.write("unfinished reply")
        history.storage.flusher.flush()
        assert found(history, "unfinished") == []
        writer.interrupt()
        assert [hit.turn for hit in history.search(ME, "unfinished reply")] == [writer.turn]
        history.correct(ME, turn, "voice", "I am there.")
        assert found(history, "hear.") == [] and found(history, "there.") == [("Old name", "transcript")]
        history.rename(ME, conversation, "New name")
        assert found(history, "old name") == [] and found(history, "new name") == [("New name", "title")]
        history.delete(ME, conversation)
        assert found(history, "name") == found(history, "unfinished") == []


def test_a_snippet_shows_the_hit_in_its_surroundings() -> None:
    text = "word " * 50 + "the Beach of\nLisbon " + "word " * 50
    parts = snippet(text, ["beach", "lisbon"])
    assert [part.text for part in parts if part.hit] == ["Beach", "Lisbon"]
    assert parts[0].text == "…" and parts[-1].text.endswith("…")
    assert len("".join(part.text for part in parts)) < 115
    assert "".join(part.text for part in snippet("short", ["none"])) == "short"


TOPICS = ("beach sea sunset sand", "dog puppy animal", "street car bus")


def topics(texts: Sequence[str]) -> NDArray[np.float32]:
    """Embed by topic: one axis for each; a text that belongs to none has a direction of its own."""
    matrix = np.zeros((len(texts), len(TOPICS) + 97), np.float32)
    for row, text in zip(matrix, texts, strict=True):
        words = text.casefold().replace(".", "").split()
        for number, topic in enumerate(TOPICS):
            row[number] = any(word in topic.split() for word in words)
        row[len(TOPICS) + zlib.crc32(text.encode()) % 97] = 0.1
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def test_pictures_are_found_by_meaning_then_words(tmp_path: Path) -> None:
    with History(tmp_path) as history:
        beach = add(history, ME, "a", "Look", "Nice.", captions=("A sunset over the sea.",))
        add(history, ME, "b", "Look", "Nice.", captions=("A puppy.",), ocr=("Rex",))
        add(history, "other", "c", "Look", "Nice.", captions=("A beach.",))
        pictures = PictureSearch(history, topics)
        results = pictures.find(ME, "the beach photo")
        assert results.note is None
        assert [(hit.turn, hit.caption, hit.media.name) for hit in results.hits] == [
            (beach, "A sunset over the sea.", "p.png")
        ]
        assert [hit.caption for hit in pictures.find(ME, "rex").hits] == ["A puppy."]
        assert pictures.find(ME, "  ").hits == ()
        history.correct(ME, beach, "picture 1", "A bus.")
        assert pictures.find(ME, "the beach photo").hits == ()
        assert [hit.caption for hit in pictures.find(ME, "street").hits] == ["A bus."]
        history.delete_all(ME)
        assert pictures.find(ME, "street").hits == ()


def test_a_picture_that_was_sent_twice_is_found_once_where_it_was_last(tmp_path: Path) -> None:
    with History(tmp_path) as history:
        add(history, ME, "a", "Look", "Nice.", captions=("A sunset.",))
        other = add(history, ME, "b", "Look", "Nice.", captions=("A beach by the sea.",))
        last = add(history, ME, "a", "Once more", "Nice.", captions=("A sunset.",))
        pictures = PictureSearch(history, topics)
        assert {hit.turn for hit in pictures.find(ME, "the beach photo").hits} == {other, last}
        assert [hit.turn for hit in pictures.latest(ME).hits] == [last, other]
        assert [hit.turn for hit in pictures.latest(ME, limit=1).hits] == [last]


def test_each_picture_of_a_turn_has_its_own_caption(tmp_path: Path) -> None:
    with (
        History(tmp_path) as history,
        history.begin_turn(
            ME,
            history.create(ME).id,
            media=[MediaSource(Role.PICTURE, f"{n}.png", b"%d" % n) for n in range(2)],
        ) as writer,
    ):
        writer.finish(records.reply("Nice.", records.context("", "", ("A sunset.", "A puppy."), ("", "REX"))))
        pictures = PictureSearch(history, topics)
        assert [hit.media.name for hit in pictures.find(ME, "dog").hits] == ["1.png"]
        assert [hit.media.name for hit in pictures.find(ME, "rex").hits] == ["1.png"]
        assert [hit.media.name for hit in pictures.find(ME, "sea").hits] == ["0.png"]


@pytest.mark.parametrize("error", [ModelMissingError("The weights have not been pulled"), OSError("gone")])
def test_without_the_encoder_words_are_searched_and_it_is_said(tmp_path: Path, error: Exception) -> None:
    def broken(texts: Sequence[str]) -> NDArray[np.float32]:
        raise error

    with History(tmp_path) as history:
        add(history, ME, "a", "我的海滩照片", "Nice.", captions=("A beach.",))
        for query in ("the beach photo", "海滩照片"):
            results = PictureSearch(history, broken).find(ME, query)
            assert [hit.caption for hit in results.hits] == ["A beach."]
            assert results.note is not None and results.note.startswith(
                "Pictures were searched by words alone"
            )
        assert PictureSearch(history, broken).find(ME, "dog").hits == ()


def test_another_encoder_makes_its_own_vectors(tmp_path: Path) -> None:
    with History(tmp_path) as history:
        add(history, ME, "a", "Look", "Nice.", captions=("A beach.",))
        embedded: list[str] = []

        def noted(texts: Sequence[str]) -> Any:
            embedded.extend(texts)
            return topics(texts)

        for encoder, fresh in (("one", 2), ("one", 0), ("two", 2), ("one", 2)):
            embedded.clear()
            PictureSearch(history, noted, encoder).find(ME, "beach")
            assert len(embedded) == fresh + 1, "the query, and what this encoder has not embedded last"
