"""Controls of a form as HTML: native ones, so that keyboards and screen readers know them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chatbot.ui.markup import escape

Option = tuple[str, str]
"""A value and what is shown for it."""


def fieldset(title: str, content: str) -> str:
    """Return controls under a heading."""
    return f"<fieldset><legend>{escape(title)}</legend>{content}</fieldset>"


def _id(name: str) -> str:
    return "trio-set-" + name.replace(":", "-").replace("_", "-")


def _noted(name: str, note: str, *, raw: bool = False) -> tuple[str, str]:
    """Return the attribute that points to a note, and the note."""
    if not note:
        return "", ""
    key = f"{_id(name)}-note"
    body = note if raw else escape(note)
    return f' aria-describedby="{key}"', f'<p class="trio-note" id="{key}">{body}</p>'


def select(
    name: str, label: str, options: Iterable[Option], value: str, note: str = "", beside: str = ""
) -> str:
    """Return a list to choose from; `beside`: markup of a button at its side."""
    entries = "".join(_option(key, text, value) for key, text in options)
    return _list(name, label, entries, _noted(name, note), beside)


def grouped_select(
    name: str, label: str, groups: Mapping[str, Iterable[Option]], value: str, note: str
) -> str:
    """Return a list of names in no language, under headings; the note is markup."""
    entries = "".join(
        f'<optgroup label="{escape(title)}">'
        + "".join(_option(key, text, value, ' lang="en" translate="no"') for key, text in options)
        + "</optgroup>"
        for title, options in groups.items()
    )
    return _list(name, label, entries, _noted(name, note, raw=True))


def _option(key: str, text: str, value: str, mark: str = "") -> str:
    selected = " selected" if key == value else ""
    return f'<option value="{escape(key)}"{selected}{mark}>{escape(text)}</option>'


def _list(name: str, label: str, entries: str, noted: tuple[str, str], beside: str = "") -> str:
    described, below = noted
    chosen = f'<select id="{_id(name)}" name="{name}"{described}>{entries}</select>'
    return (
        f'<div class="trio-field"><label for="{_id(name)}">{escape(label)}</label>'
        f'<div class="trio-beside"><div class="trio-select">{chosen}</div>{beside}</div>{below}</div>'
    )


def radios(name: str, label: str, options: Iterable[Option], value: str) -> str:
    """Return options of which one is chosen, side by side."""
    entries = "".join(
        f'<label><input type="radio" name="{name}" value="{escape(key)}"{" checked" if key == value else ""}>'
        f"<span>{escape(text)}</span></label>"
        for key, text in options
    )
    return (
        f'<div class="trio-field" role="radiogroup" aria-labelledby="{_id(name)}">'
        f'<span class="trio-label" id="{_id(name)}">{escape(label)}</span>'
        f'<div class="trio-radios">{entries}</div></div>'
    )


def checkbox(name: str, label: str, value: bool, note: str = "") -> str:
    """Return a box to tick."""
    described, below = _noted(name, note)
    return (
        f'<div class="trio-field"><label class="trio-check"><input type="checkbox" name="{name}"'
        f"{' checked' if value else ''}{described}><span>{escape(label)}</span></label>{below}</div>"
    )


def text_area(name: str, label: str, value: str, most: int, note: str = "") -> str:
    """Return a box for a few lines, of at most so many characters."""
    described, below = _noted(name, note)
    return (
        f'<div class="trio-field"><label for="{_id(name)}">{escape(label)}</label>'
        f'<textarea id="{_id(name)}" name="{name}" rows="2" maxlength="{most}" dir="auto"{described}>'
        f"{escape(value)}</textarea>{below}</div>"
    )


def slider(name: str, label: str, limits: tuple[float, float, float], value: float, note: str = "") -> str:
    """Return a number between `limits`: least, most and step."""
    least, most, step = limits
    described, below = _noted(name, note)
    return (
        f'<div class="trio-field"><label for="{_id(name)}">{escape(label)}</label><div class="trio-range">'
        f'<input type="range" id="{_id(name)}" name="{name}" min="{least}" max="{most}" step="{step}" '
        f'value="{value:g}"{described}><output for="{_id(name)}">{value:.1f}</output></div>{below}</div>'
    )
