"""Marks on English text that is put into other languages. Babel finds them; by themselves they do nothing.

The English text is the message's id in the catalogues of `chatbot/locale`. A text that stands for two things
with different words in another language has a context (`pgettext`), one that counts two forms (`ngettext`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class InContext(str):
    """English text whose translation depends on where it stands.

    Attributes:
        context: What tells the places apart, in English.
    """

    context: str

    def __new__(cls, context: str, text: str) -> InContext:
        """Return the text with its context."""
        made = super().__new__(cls, text)
        made.context = context
        return made

    def __reduce__(self) -> tuple[type[InContext], tuple[str, str]]:
        """Return what a copy is made of."""
        return type(self), (self.context, str(self))


def in_english(one: str, several: str, count: int) -> str:
    """Return the form that English has for a number."""
    return one if count == 1 else several


@dataclass(frozen=True)
class Plural:
    """A template that depends on a number.

    Attributes:
        one: In English, for 1.
        several: In English, for every other number.
        choose: Returns a language's form for `one`, `several` and the number.
    """

    one: str
    several: str
    choose: Callable[[str, str, int], str] = in_english

    def of(self, count: int, **values: object) -> str:
        """Return the text for a number, `{count}` and the other places filled in."""
        return self.choose(self.one, self.several, count).format(count=count, **values)


def _(text: str) -> str:
    """Mark a text."""
    return text


def pgettext(context: str, text: str) -> InContext:
    """Mark a text that means different things in different places."""
    return InContext(context, text)


def ngettext(one: str, several: str) -> Plural:
    """Mark a text that has two forms in English, each with `{count}` where the number stands."""
    return Plural(one, several)
