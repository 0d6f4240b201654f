"""Text as the classic models want it: no markup, one case, no punctuation, words, no stop words."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from pipelines.core.errors import EmptyInputError
from pipelines.core.foundation import Fields
from pipelines.text.clean import clean
from pipelines.text.foundations.words import words_of
from pipelines.text.language import detect_language
from pipelines.textfile import read_text

NEGATIONS = frozenset(
    [
        "no",
        "nor",
        "not",
        "never",
        "neither",
        "none",
        "nobody",
        "nothing",
        "nowhere",
        "cannot",
        "cant",
        "n't",
        "without",
    ]
)
"""Kept, though the usual list has them: without them "not good" would become "good"."""
CLITICS = frozenset(["'s", "'m", "'re", "'ve", "'ll", "'d"])
CHINESE_FUNCTION_WORDS = frozenset(
    ["uj", "ul", "uv", "ud", "ug", "uz", "u", "p", "c", "y", "e", "o", "r", "k"]
)
"""Parts of speech in jieba's tag set: particles, prepositions, conjunctions, interjections, pronouns."""
_UNREAD = ("script", "style", "title", "noscript", "template")
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "br",
        "li",
        "tr",
        "td",
        "th",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "section",
        "article",
        "blockquote",
        "pre",
    ]
)


@dataclass(frozen=True)
class CleanedText:
    """A text step by step.

    Attributes:
        language: ISO 639-1 code.
        text: Without HTML, links and control characters.
        words: Lower case, without punctuation; Chinese is cut by jieba.
        kept: `words` without stop words. English and Chinese have some; other languages keep all.
    """

    language: str
    text: str
    words: tuple[str, ...]
    kept: tuple[str, ...]


def cleaned(text: str) -> CleanedText:
    """Return a text, perhaps an HTML page, cleaned and cut into words."""
    plain = clean(without_html(text))
    language = detect_language(plain)
    if language == "zh":
        return CleanedText(language, plain, *_chinese(plain))
    words = tuple(word for word in words_of(plain) if any(char.isalnum() for char in word))
    kept = tuple(word for word in words if language != "en" or not is_stop_word(word))
    return CleanedText(language, plain, words, kept)


def is_stop_word(word: str) -> bool:
    """Whether an English word says little by itself: scikit-learn's list, less the negations."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return (word in ENGLISH_STOP_WORDS or word in CLITICS) and word not in NEGATIONS


def _chinese(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    import jieba
    import jieba.posseg

    jieba.setLogLevel("WARNING")
    pairs = [(pair.word.lower(), pair.flag) for pair in jieba.posseg.cut(text)]
    pairs = [(word, tag) for word, tag in pairs if any(char.isalnum() for char in word)]
    kept = tuple(word for word, tag in pairs if tag not in CHINESE_FUNCTION_WORDS)
    return tuple(word for word, _ in pairs), kept


def without_html(text: str) -> str:
    """Return what a page shows: no tags, scripts, styles or comments; entities resolved."""
    reader = _Page()
    reader.feed(text)
    reader.close()
    return "".join(reader.parts)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _UNREAD:
            self._hidden.append(tag)
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            self._hidden.remove(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def clean_file(path: Path, out: Path) -> Fields:
    """Fields `language`, `text`, `words`, `kept`, `path` of a text or HTML file; the kept words go to `path`.

    Raises:
        EmptyInputError: if nothing but markup is in it.
    """
    found = cleaned(read_text(path))
    if not found.words:
        raise EmptyInputError("There are no words in the file", given="only markup or punctuation")
    target = out / f"{path.stem}-words.txt"
    target.write_text(" ".join(found.kept) + "\n", encoding="utf-8")
    return {
        "language": found.language,
        "text": found.text,
        "words": list(found.words),
        "kept": list(found.kept),
        "path": str(target),
    }
