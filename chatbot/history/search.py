"""Words in titles, questions, transcripts, replies, captions and texts of pictures.

The FTS5 index splits text into trigrams, so that any part of a word is found and Chinese needs no word
breaks. A word of one or two characters has no trigram; it is looked for with LIKE. Whatever is typed is
taken literally: quotes and operators are characters like others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from chatbot.history.rows import moment
from chatbot.history.stored import SearchHit, SnippetPart
from chatbot.history.tables import clean

MAX_TERMS, MAX_TERM = 12, 64
TRIGRAM = 3
BEFORE, LENGTH = 30, 110
"""Characters of a snippet before the first hit, and in all."""
_PLACES: Mapping[str, str] = {
    "words": "text",
    "transcript": "transcript",
    "caption": "captions",
    "text in picture": "ocr",
    "reply": "reply",
}
_IN_TURNS = """
    SELECT c.id AS conversation, c.title AS title, t.id AS turn, t.created_at AS created_at,
           t.text AS text, t.transcript AS transcript, t.captions AS captions, t.ocr AS ocr, t.reply AS reply
    FROM turn_search JOIN turns t ON t.row = turn_search.rowid
         JOIN conversations c ON c.row = t.conversation_row
    WHERE c.owner = :user AND {conditions}
    ORDER BY {order}, t.row DESC LIMIT :limit"""
_IN_TITLES = """
    SELECT c.id AS conversation, c.title AS title, c.created_at AS created_at
    FROM title_search JOIN conversations c ON c.row = title_search.rowid
    WHERE c.owner = :user AND {conditions}
    ORDER BY c.updated_at DESC LIMIT :limit"""
_ALL_WORDS = " || char(10) || ".join(f"t.{column}" for column in _PLACES.values())


def terms_of(query: str) -> list[str]:
    """Return the words to look for, each literally."""
    words = clean(query.replace("\0", " ")).split()
    return list(dict.fromkeys(word[:MAX_TERM] for word in words))[:MAX_TERMS]


def search(session: Session, user: str, query: str, limit: int) -> list[SearchHit]:
    """Return where all the words of `query` are: titles first, then turns, best first."""
    terms = terms_of(query)
    if not terms:
        return []
    values = {"user": clean(user), "limit": limit}
    where, found = _conditions("title_search", "c.title", terms)
    titles = session.execute(text(_IN_TITLES.format(conditions=where)), values | found).mappings().all()
    where, found = _conditions("turn_search", f"({_ALL_WORDS})", terms)
    order = "turn_search.rank" if "match" in found else "t.created_at DESC"
    statement = text(_IN_TURNS.format(conditions=where, order=order))
    turns = session.execute(statement, values | found).mappings().all()
    hits = [_title_hit(row, terms) for row in titles] + [_turn_hit(row, terms) for row in turns]
    return hits[:limit]


def forget_deleted(session: Session) -> None:
    """Rewrite the index without the words of deleted rows, which it would only mark as deleted."""
    for table in ("turn_search", "title_search"):
        session.execute(text(f"INSERT INTO {table}({table}) VALUES ('optimize')"))


def _conditions(table: str, words: str, terms: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return the SQL condition that all terms occur, and its values; no term is part of the SQL."""
    parts: list[str] = []
    values: dict[str, str] = {}
    long = [term for term in terms if len(term) >= TRIGRAM]
    if long:
        parts.append(f"{table} MATCH :match")
        values["match"] = " AND ".join('"' + term.replace('"', '""') + '"' for term in long)
    for number, term in enumerate(term for term in terms if len(term) < TRIGRAM):
        parts.append(f"{words} LIKE :like{number} ESCAPE '\\'")
        values[f"like{number}"] = "%" + re.sub(r"([\\%_])", r"\\\1", term) + "%"
    return " AND ".join(parts), values


def _title_hit(row: Mapping[Any, Any], terms: Sequence[str]) -> SearchHit:
    return SearchHit(
        row["conversation"],
        row["title"],
        None,
        "title",
        snippet(row["title"], terms),
        moment(row["created_at"]),
    )


def _turn_hit(row: Mapping[Any, Any], terms: Sequence[str]) -> SearchHit:
    place = max(_PLACES, key=lambda name: len(_hits(row[_PLACES[name]], terms)))
    parts = snippet(row[_PLACES[place]], terms)
    return SearchHit(row["conversation"], row["title"], row["turn"], place, parts, moment(row["created_at"]))


def _hits(words: str, terms: Sequence[str]) -> set[str]:
    return {term for term in terms if re.search(re.escape(term), words, re.IGNORECASE)}


def snippet(words: str, terms: Sequence[str]) -> tuple[SnippetPart, ...]:
    """Return the surroundings of the first hit in `words`, on one line, hits apart from the rest."""
    line = " ".join(words.split())
    longest_first = sorted(terms, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
    first = pattern.search(line)
    start = max(0, first.start() - BEFORE) if first else 0
    cut = line[start : start + LENGTH]
    parts = [SnippetPart("…", hit=False)] if start else []
    at = 0
    for match in pattern.finditer(cut):
        if match.start() > at:
            parts.append(SnippetPart(cut[at : match.start()], hit=False))
        parts.append(SnippetPart(match.group(), hit=True))
        at = match.end()
    rest = cut[at:] + ("…" if start + LENGTH < len(line) else "")
    return (*parts, SnippetPart(rest, hit=False)) if rest else tuple(parts)
