"""Written text to text that a voice can read: no markdown, emoji or URLs; languages by script."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from pipelines.core.errors import SettingsError
from pipelines.core.said import said
from pipelines.speech.tts.markdown import heard_markdown
from pipelines.text.scripts import SAME_SCRIPT, SCRIPT_LANGUAGES, script_of
from pipelines.text.stops import split_sentences

MIN_SPEED, MAX_SPEED = 0.5, 2.0
NOT_LATIN = set(SCRIPT_LANGUAGES.values()).union(*SAME_SCRIPT.values())
WORD_SCRIPTS = {"CJK", "HIRAGANA", "KATAKANA"}

_WIDE_MARKS = "，。！？、；：）"  # noqa: RUF001
_URL = re.compile(
    rf"(?:https?|ftp)://(?:[^\s/@]*@)?([^\s/?#:{_WIDE_MARKS})]+)[^\s{_WIDE_MARKS}]*", re.IGNORECASE
)
_BARE_URL = re.compile(rf"\bwww\.([\w-]+(?:\.[\w-]+)+)(?:[/?#][^\s{_WIDE_MARKS}]*)?", re.IGNORECASE)
_CLAUSE_END = re.compile(rf"[,;:—{_WIDE_MARKS}](?=\s|[^\x00-\u2fff])")
_TRAILING = re.compile(r"[.,;:!?)\]}'\"*_~]+$")
_LEFTOVER = re.compile(r"\*{2,}|~~|`+|(?<!\w)[*_]+(?=\w)|(?<=[\w.,;:!?])[*_]+(?!\w)|(?m:^#{1,6}\s)")
_KEPT_SYMBOLS = {"°"}
_FENCED = re.compile(r"(?ms)^ {0,3}(```+|~~~+).*?(?:^ {0,3}\1|\Z)")


def check_speed(speed: float) -> None:
    """Raise SettingsError unless `speed` is between 0.5 (slow) and 2.0 (fast)."""
    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise SettingsError(
            said("The voice does not support that speed"),
            given=f"{speed}",
            allowed=said("{slow} (slow) to {fast} (fast), 1.0 is normal", slow=MIN_SPEED, fast=MAX_SPEED),
        )


def base_language(language: str) -> str:
    """Return the ISO 639-1 part of a language tag: "en" for "en-US" and "EN_gb"."""
    return re.split(r"[-_]", language.strip().lower())[0]


def speakable(text: str, *, language: str = "en", code_note: bool = False) -> str:
    """Return `text` as a person would read it aloud; "" where nothing is left to say.

    Markdown marks go, link texts stay, a URL becomes its site's name, a block of code is left out, a
    table is read row by row, a formula roughly; emoji and invisible characters are left out. Parsing
    follows CommonMark (markdown-it-py). Marks that the cutting into sentences has left without their
    partner go too.

    Args:
        text: May hold markdown.
        language: Of remarks, where the text has no letters outside its code.
        code_note: Whether the first block of code is mentioned as being on the screen.
    """
    cleaned = "".join(c for c in text.expandtabs(1) if not _is_unspoken(c))
    words = _FENCED.sub("", cleaned)
    chinese = sentence_language(words if _has_letters(words) else "", language) == "zh"
    plain = _LEFTOVER.sub("", heard_markdown(cleaned, chinese, _sites, code_note))
    lines = (re.sub(r"\s+", " ", line).strip() for line in plain.splitlines())
    spoken = "\n\n".join(line for line in lines if line)  # stays as it is when cleaned again
    return spoken if any(c.isalnum() for c in spoken) else ""


def has_code(text: str) -> bool:
    """Whether `text` has a block of code, for which `speakable` has a remark."""
    return "```" in text or "~~~" in text


def _has_letters(text: str) -> bool:
    return any(c.isalpha() for c in text)


def _is_unspoken(char: str) -> bool:
    """Emoji and other pictures, their modifiers, and characters without a shape of their own."""
    category = unicodedata.category(char)
    if category in {"Cf", "Co", "Cn", "Cs", "Me"}:
        return True
    if category == "Cc":
        return char not in "\n\r\t"
    if category == "So":
        return char not in _KEPT_SYMBOLS
    return "\ufe00" <= char <= "\ufe0f" or "\U0001f3fb" <= char <= "\U0001f3ff"


def _sites(text: str) -> str:
    return _BARE_URL.sub(_site, _URL.sub(_site, text))


def _site(match: re.Match[str]) -> str:
    ending = _TRAILING.search(match.group(0))
    name = re.sub(r"^www\.", "", match.group(1), flags=re.IGNORECASE)
    return _TRAILING.sub("", name) + (ending.group(0) if ending else "")


def sentence_language(sentence: str, default: str) -> str:
    """Return the ISO 639-1 language of one sentence, told by the script of most of its words.

    A Chinese or Japanese character counts as a word. Where the script fits `default` (Latin letters and
    French, Cyrillic letters and Ukrainian), `default` is right; Latin letters are English otherwise.
    """
    default = base_language(default)
    words: Counter[str] = Counter()
    for word in re.findall(r"[^\W\d_]+", sentence):
        scripts = [script_of(c) for c in word]
        words.update(s for s in scripts if s in WORD_SCRIPTS)
        if scripts[0] not in WORD_SCRIPTS:
            words[scripts[0]] += 1
    if not words:
        return default
    if words["HIRAGANA"] + words["KATAKANA"] and words["CJK"]:
        words["HIRAGANA"] += words.pop("CJK")
    script = words.most_common(1)[0][0]
    language = SCRIPT_LANGUAGES.get(script)
    if language is None:
        return "en" if default in NOT_LATIN else default
    return default if default in SAME_SCRIPT.get(script, ()) else language


def language_runs(text: str, default: str) -> list[tuple[str, str]]:
    """Return (language, text) for each stretch of sentences in one language.

    A sentence without letters ("3.14!") goes with the one before it.
    """
    runs: list[tuple[str, str]] = []
    for sentence in split_sentences(text):
        current = runs[-1][0] if runs else base_language(default)
        has_letters = any(c.isalpha() for c in sentence)
        language = sentence_language(sentence, default) if has_letters else current
        if runs and language == current:
            runs[-1] = (language, runs[-1][1] + sentence)
        else:
            runs.append((language, sentence))
    return runs


def pieces(sentence: str, limit: int) -> Iterator[str]:
    """Cut a sentence longer than `limit` characters, at clause marks or else at spaces or anywhere."""
    rest = sentence.strip()
    while len(rest) > limit:
        head = rest[:limit]
        cuts = [m.end() for m in _CLAUSE_END.finditer(head)]
        cut = next((c for c in reversed(cuts) if c > limit // 3), 0) or head.rfind(" ") or limit
        cut = cut if cut > 0 else limit
        yield rest[:cut].strip()
        rest = rest[cut:].strip()
    if rest:
        yield rest
