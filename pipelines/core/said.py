"""What Trio says of an error, in no language yet: the English template, which is its id, and its values.

`str` gives the English. `chatbot.locale` says it in another language by the template, so that nothing which
was filled in, such as the name of a file, can change what is understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Said:
    """A sentence, or part of one.

    Attributes:
        template: In English, with places such as {name}.
        values: What stands there: texts as they are, or others that are said in turn.
    """

    template: str
    values: tuple[tuple[str, Text], ...] = ()

    def __str__(self) -> str:
        """Return the text in English."""
        return self.by(lambda template: template)

    def by(self, translate: Callable[[str], str]) -> str:
        """Return the text with its template, and the templates in it, as `translate` has them."""
        filled = {
            name: value.by(translate) if isinstance(value, Said) else value for name, value in self.values
        }
        return _PLACE.sub(lambda match: filled.get(match[1], match[0]), translate(self.template))


Text: TypeAlias = str | Said
"""What is said; a plain text is the same in every language: a name, a path, what a server answered."""


def said(template: str, /, **values: object) -> Said:
    """Mark a text for `make messages`, and fill it in.

    Args:
        template: English, written out where this is called.
        values: For its places; what is no `Said` is shown as `str` has it.
    """
    return Said(
        template,
        tuple((name, value if isinstance(value, Said) else str(value)) for name, value in values.items()),
    )


def as_sentence(text: Text) -> Said:
    """Return a text with its full stop."""
    return said("{text}.", text=text)


def phrase(text: Text) -> Text:
    """Return a sentence without its full stop, as it stands inside another; `as_sentence` is the inverse."""
    if isinstance(text, str):
        return text.rstrip(".")
    return dict(text.values)["text"] if text.template == "{text}." else text


def changed(text: Text, change: Callable[[str], str]) -> Text:
    """Return a text with what fills it in changed, and its templates as they are."""
    if isinstance(text, str):
        return change(text)
    return Said(text.template, tuple((name, changed(value, change)) for name, value in text.values))


def pack_text(text: Text) -> Any:
    """Return a text as plain JSON; `unpack_text` is the inverse."""
    if isinstance(text, str):
        return text
    return {"template": text.template, "values": [[name, pack_text(value)] for name, value in text.values]}


def unpack_text(packed: str | Mapping[str, Any]) -> Text:
    """Return the text that `pack_text` was given.

    Raises:
        LookupError, TypeError, ValueError: for anything else.
    """
    if isinstance(packed, str):
        return packed
    return Said(
        str(packed["template"]), tuple((str(name), unpack_text(value)) for name, value in packed["values"])
    )
