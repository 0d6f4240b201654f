"""Pictures by what they show ("the beach photo"): sentence embeddings and words together.

Of each picture the caption, the text in it and the person's words beside it are embedded one by one;
the nearest of the three counts, the person's words less, because a question says little about its
picture. Words of the query that occur literally raise the score. `benchmarks/picture_search.py` measures
the choice.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice, takewhile

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session, joinedload

from chatbot.history import tables
from chatbot.history.rows import stored_media
from chatbot.history.store import History
from chatbot.history.stored import Role, Status, StoredMedia
from pipelines.core.errors import TrioError
from pipelines.core.registry import Registry
from pipelines.core.types import Stage

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to rows of length 1, float32, shape (texts, width)."""
WORDS_WEIGHT = 0.3
"""How far a query whose words all occur closes the gap between its cosine and 1."""
PLACE_WEIGHTS: Mapping[str, float] = {"caption": 1.0, "ocr": 1.0, "words": 0.6}
MIN_SCORE = 0.2
BATCH = 64
_ASKING = frozenset("show find me photo photos picture pictures image images pic pics".split())  # noqa: SIM905
_FILLER = _ASKING | frozenset(
    """a an the of in on at with and or to my your our his her this that these those i you we it is was
    where which what""".split()  # noqa: SIM905
)
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PictureHit:
    """A picture that was found. `score`: 0 to 1; `turn` and `conversation`: where it is."""

    media: StoredMedia
    caption: str
    conversation: str
    turn: str
    score: float


@dataclass(frozen=True)
class PictureResults:
    """Pictures, best first. `note`: why only words were compared; None where meanings were too."""

    hits: tuple[PictureHit, ...]
    note: str | None = None


@dataclass(frozen=True)
class _Picture:
    """A kept picture. `places`: texts by where they come from; `media`: the row of its file."""

    row: int
    media: int
    conversation: str
    turn: str
    places: Mapping[str, str]


def registry_embed(registry: Registry) -> Embed:
    """Return the sentence encoder of a registry; it loads on first use."""

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = registry.get(Stage.EMBED).embed(texts)
        return vectors

    return embed


class PictureSearch:
    """Finds the user's pictures. Thread-safe where `embed` is.

    Args:
        history: The conversations.
        embed: Texts to vectors.
        model: Names the encoder; vectors of another one are made anew.
    """

    def __init__(self, history: History, embed: Embed, model: str = "all-MiniLM-L6-v2") -> None:
        self._database = history.storage.database
        self._folder = history.storage.folder
        self._embed, self._model = embed, model

    def find(self, user: str, query: str, *, limit: int = 12) -> PictureResults:
        """Return the pictures that fit the query best, each once, the newer first among equals."""
        query = tables.clean(query)[:1000]
        if not query.strip():
            return PictureResults(())
        pictures = self._pictures(user)
        near: Mapping[int, float] = {}
        note = None
        try:
            self._index(pictures)
            near = self._similarities(user, self._embed([subject(query)])[0])
        except TrioError as error:
            note = f"Pictures were searched by words alone. {error}"
        except Exception as error:
            _log.exception("embedding a query failed")
            note = f"Pictures were searched by words alone: the encoder failed ({type(error).__name__})."
        wanted = query_words(query)
        scores = {p.row: _score(p, wanted, None if note else near.get(p.row, 0.0)) for p in pictures}
        best = sorted(pictures, key=lambda p: (scores[p.row], p.row), reverse=True)
        fitting = takewhile(lambda p: scores[p.row] >= MIN_SCORE, _once(best))
        return PictureResults(self._hits(list(islice(fitting, limit)), scores), note)

    def latest(self, user: str, *, limit: int = 12) -> PictureResults:
        """Return the newest pictures, each once, newest first; their score is 0."""
        newest = list(islice(_once(reversed(self._pictures(user))), limit))
        return PictureResults(self._hits(newest, dict.fromkeys((p.row for p in newest), 0.0)))

    def _hits(self, pictures: Sequence[_Picture], scores: Mapping[int, float]) -> tuple[PictureHit, ...]:
        query = (
            select(tables.Attachment)
            .where(tables.Attachment.row.in_([picture.row for picture in pictures]))
            .options(joinedload(tables.Attachment.media))
        )
        with self._database.read() as session:
            files = {item.row: stored_media(self._folder, item) for item in session.scalars(query)}
        return tuple(
            PictureHit(
                files[p.row], p.places.get("caption", ""), p.conversation, p.turn, round(scores[p.row], 4)
            )
            for p in pictures
            if p.row in files
        )

    def _pictures(self, user: str) -> list[_Picture]:
        query = (
            select(
                tables.Turn.id, tables.Conversation.id, tables.Attachment.row, tables.Attachment.media_row,
                tables.Turn.text, tables.Turn.transcript, tables.Turn.captions, tables.Turn.context["ocr"],
            )
            .join(tables.Attachment, tables.Attachment.turn_row == tables.Turn.row)
            .join(tables.Conversation, tables.Turn.conversation_row == tables.Conversation.row)
            .where(
                tables.Conversation.owner == user,
                tables.Attachment.role == Role.PICTURE,
                tables.Turn.status != Status.ANSWERING,
            )
            .order_by(tables.Turn.row, tables.Attachment.row)
        )  # fmt: skip
        with self._database.read() as session:
            found = session.execute(query).tuples().all()
        pictures: list[_Picture] = []
        for turn, group in groupby(found, key=lambda item: item[0]):
            for number, (_, conversation, row, media, text, transcript, captions, ocr) in enumerate(group):
                places = {
                    "caption": _nth(captions.split("\n"), number),
                    "ocr": _nth(ocr or [], number),
                    "words": " ".join(part for part in (text, transcript) if part),
                }
                kept = {place: tables.clean(words) for place, words in places.items() if words.strip()}
                pictures.append(_Picture(row, media, conversation, turn, kept))
        return pictures

    def _index(self, pictures: Sequence[_Picture]) -> None:
        for at in range(0, len(pictures), BATCH):
            self._index_batch(pictures[at : at + BATCH])

    def _index_batch(self, pictures: Sequence[_Picture]) -> None:
        wanted = {(p.row, place): words for p in pictures for place, words in p.places.items()}
        vectors = tables.PictureVector
        query = select(vectors.attachment_row, vectors.place, vectors.text).where(
            vectors.attachment_row.in_([p.row for p in pictures]), vectors.model == self._model
        )
        with self._database.read() as session:
            known = {(row, place): words for row, place, words in session.execute(query).tuples()}
        missing = [key for key, words in wanted.items() if known.get(key) != words]
        if not missing:
            return
        made = np.asarray(self._embed([wanted[key] for key in missing]), dtype="<f4")
        with self._database.write() as session:
            rows = [tables.Attachment.row.in_([p.row for p in pictures])]
            there = set(session.scalars(select(tables.Attachment.row).where(*rows)))
            for (row, place), vector in zip(missing, made, strict=True):
                if row in there:
                    self._keep(session, row, place, wanted[row, place], vector.tobytes())

    def _keep(self, session: Session, row: int, place: str, words: str, vector: bytes) -> None:
        values = {"text": words, "model": self._model, "vector": vector}
        statement = insert(tables.PictureVector).values(attachment_row=row, place=place, **values)
        session.execute(
            statement.on_conflict_do_update(index_elements=["attachment_row", "place"], set_=values)
        )

    def _similarities(self, user: str, query: NDArray[np.float32]) -> dict[int, float]:
        """Return the best cosine similarity of each picture's texts, by attachment."""
        nearest: dict[int, float] = {}
        with self._database.read() as session:
            for keys, matrix in self._vectors(session, user):
                for (row, place), cosine in zip(keys, matrix @ query, strict=True):
                    weighted = PLACE_WEIGHTS[place] * float(cosine)
                    nearest[row] = max(nearest.get(row, 0.0), weighted)
        return nearest

    def _vectors(
        self, session: Session, user: str
    ) -> Iterator[tuple[list[tuple[int, str]], NDArray[np.float32]]]:
        """Yield vectors block by block, so that memory does not grow with the number of pictures."""
        query = (
            select(
                tables.PictureVector.attachment_row, tables.PictureVector.place, tables.PictureVector.vector
            )
            .join(tables.Attachment, tables.PictureVector.attachment_row == tables.Attachment.row)
            .join(tables.Media, tables.Attachment.media_row == tables.Media.row)
            .where(tables.Media.owner == user, tables.PictureVector.model == self._model)
            .execution_options(yield_per=1000)
        )
        for block in session.execute(query).partitions():
            vectors = [np.frombuffer(blob, dtype="<f4") for _, _, blob in block]
            yield [(row, place) for row, place, _ in block], np.stack(vectors)


def _once(pictures: Iterable[_Picture]) -> Iterator[_Picture]:
    """Yield the first of those that share a file: a picture that was sent or asked about several times."""
    seen = set[int]()
    for picture in pictures:
        if picture.media not in seen:
            seen.add(picture.media)
            yield picture


def _score(picture: _Picture, wanted: Sequence[str], cosine: float | None) -> float:
    """Return 0 to 1; without a cosine the share of words found is all there is."""
    share = words_share("\n".join(picture.places.values()), wanted)
    return share if cosine is None else combined(cosine, share)


def combined(cosine: float, share: float) -> float:
    """Return the score of a cosine similarity and the share of the query's words that occur, 0 to 1."""
    return 1.0 - (1.0 - max(0.0, cosine)) * (1.0 - WORDS_WEIGHT * share)


def words_share(known: str, wanted: Sequence[str]) -> float:
    """Return how many of the words occur in what is known of a picture, 0 to 1."""
    known = known.casefold()
    return sum(word in known for word in wanted) / len(wanted) if wanted else 0.0


def subject(query: str) -> str:
    """Return a query without the words that ask for a picture; the encoder understands the rest."""
    return _without(query, _ASKING)


def _without(query: str, words: frozenset[str]) -> str:
    kept = [word for word in query.split() if word.casefold().strip(".,?!") not in words]
    return " ".join(kept) or query


def query_words(query: str) -> list[str]:
    """Return the words to look for; Chinese, which has no spaces, in pairs of characters."""
    words: list[str] = []
    for word in re.findall(r"\w+", _without(query, _FILLER).casefold()):
        if _CJK.fullmatch(word) and len(word) > 2:
            words += [word[at : at + 2] for at in range(len(word) - 1)]
        else:
            words.append(word)
    return list(dict.fromkeys(words))


def _nth(texts: Sequence[str], number: int) -> str:
    return texts[number] if number < len(texts) else ""


__all__ = ["Embed", "PictureHit", "PictureResults", "PictureSearch", "registry_embed"]
