"""Markdown to sentences that can be heard: tables row by row, code as a short remark, formulas roughly."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

CODE_NOTES = {"en": "The code is on the screen.", "zh": "代码在屏幕上。"}
MOST_ROWS, MOST_COLUMNS = 6, 6
"""Of a table that is read out whole; of a longer one only the columns are named."""
_BLOCK_ENDS = {"paragraph_close", "heading_close"}
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->", re.DOTALL)
_ROW = re.compile(r"(?m)^\s*\|(.*?)\|?\s*$")
_RULE = re.compile(r"[\s:|-]*")
_FORMULA = re.compile(
    r"\$\$(.+?)\$\$|\\\[(.+?)\\\]|\\\((.+?)\\\)|(?<![\w$])\$(?=\S)([^$\n]*[\\^_={}][^$\n]*?)\$(?!\d)", re.S
)
_LATEX = (
    (r"\\(?:text|mathrm|mathbf|mathit|operatorname)\{([^{}]*)\}", r"\1"),
    (r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", r"\1 / \2"),
    (r"\\sqrt\{([^{}]*)\}", r"√ \1"),
    (r"\\(?:times|cdot)\b", "×"),
    (r"\\div\b", "÷"),
    (r"\\pm\b", "±"),
    (r"\\(?:leq?)\b", "≤"),
    (r"\\(?:geq?)\b", "≥"),
    (r"\\(?:neq?)\b", "≠"),
    (r"\\approx\b", "≈"),
    (r"\\infty\b", "∞"),
    (r"\\(?:to|rightarrow)\b", "→"),
    (r"\\sum\b", "∑"),
    (r"\\pi\b", "π"),
    (r"\^\{?\\circ\}?", "°"),
    (r"\^\{([^{}]*)\}", r"^\1"),
    (r"_\{?([^{}\s])\}?", r" \1"),
    (r"\\(?:left|right|quad|qquad|displaystyle)\b|\\[,;!: ]", " "),
    (r"\\([A-Za-z]+)", r"\1"),
    (r"[{}]", " "),
)


@lru_cache(maxsize=1)
def parser() -> MarkdownIt:
    """Return the CommonMark parser, with tables, without blocks of code by indenting."""
    from markdown_it import MarkdownIt

    found = MarkdownIt("commonmark", {"html": False})
    return found.enable(["table", "strikethrough"]).disable(["code", "lheading", "reference"])


def heard_markdown(text: str, chinese: bool, clean: Callable[[str], str], code_note: bool = False) -> str:
    """Return markdown as lines of plain text, one a sentence or more.

    Args:
        text: Markdown.
        chinese: Whether remarks (code, a long table) are in Chinese; in English otherwise.
        clean: Run on each piece of text (URLs to the names of their sites).
        code_note: Whether the first block of code is mentioned; others never are.
    """
    tokens = parser().parse(_FORMULA.sub(_formula, text))
    parts: list[str] = []
    at, noted = 0, not code_note
    while at < len(tokens):
        token = tokens[at]
        if token.type == "table_open":
            end = next(i for i in range(at, len(tokens)) if tokens[i].type == "table_close")
            parts.append(_table(tokens[at:end], chinese, clean))
            at = end
        elif token.type == "inline":
            parts.append(_bars(clean(_inline(token.children or []))))
        elif token.type == "list_item_open" and token.info:
            parts.append(f"{token.info}{token.markup} ")
        elif token.type == "fence" and token.content.strip() and not noted:
            parts.append(f"{CODE_NOTES['zh' if chinese else 'en']}\n")
            noted = True
        elif token.type in _BLOCK_ENDS:
            parts.append("\n")
        at += 1
    return re.sub(r"[, ]+\n", "\n", "".join(parts))


def _inline(tokens: list[Token]) -> str:
    parts: list[str] = []
    for token in tokens:
        if token.type in {"text", "image"}:
            parts.append(_TAG.sub("", token.content))
        elif token.type == "code_inline":
            parts.append(token.content)
        elif token.type in {"softbreak", "hardbreak"}:
            parts.append(
                "\n" if token.type == "softbreak" and parts and parts[-1].rstrip().endswith("|") else " "
            )
    return "".join(parts)


def _bars(text: str) -> str:
    """Return a row of a table that stands alone (its head was said before) without its bars."""

    def plain(match: re.Match[str]) -> str:
        if _RULE.fullmatch(match.group(1)):
            return ""
        return ", ".join(cell.strip() for cell in match.group(1).split("|") if cell.strip())

    return _ROW.sub(plain, text) if text.lstrip().startswith("|") else text


def _table(tokens: list[Token], chinese: bool, clean: Callable[[str], str]) -> str:
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(clean(_inline(token.children or [])).strip())
    head, body = rows[0], rows[1:]
    comma, colon, stop = ("，", "：", "。") if chinese else (", ", ": ", ".")
    if not body or len(body) > MOST_ROWS or len(head) > MOST_COLUMNS:
        return _long_table(head, len(body), chinese)
    lines = []
    for row in body:
        cells = zip(head, row, strict=False)
        said = [f"{name}{colon}{cell}" if name else cell for name, cell in cells if cell]
        lines.append(comma.join(said) + stop + "\n" if said else "")
    return "".join(lines)


def _long_table(head: list[str], rows: int, chinese: bool) -> str:
    names = [name for name in head if name]
    if chinese:
        return f"屏幕上有一个{rows}行的表格，各列是：{'、'.join(names)}。\n"
    return f"A table of {rows} rows is on the screen, with the columns: {', '.join(names)}.\n"


def _formula(match: re.Match[str]) -> str:
    text = next(group for group in match.groups() if group is not None)
    for pattern, into in _LATEX:
        text = re.sub(pattern, into, text)
    return re.sub(r"\s+", " ", text).strip().replace("*", "\\*").replace("_", " ")
