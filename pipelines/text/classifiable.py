"""The text that a classifier is given, or why it is given none."""

from __future__ import annotations

from pipelines.core.errors import EmptyInputError, InputError
from pipelines.core.said import said
from pipelines.text.clean import clean
from pipelines.text.language import detect_language


def cleaned(text: str) -> str:
    """Return a text that `clean` has been over. Raises EmptyInputError where nothing is left of it."""
    plain = clean(text)
    if not plain:
        raise EmptyInputError(said("There is no text to classify"), fix=said("Write a sentence"))
    return plain


def cleaned_english(text: str) -> str:
    """Return a cleaned English text.

    Raises:
        EmptyInputError: for text without a letter, a digit or a symbol.
        InputError: for text in another language.
    """
    plain = cleaned(text)
    if (language := detect_language(plain)) != "en":
        raise InputError(
            said("The emotion of the text was not analysed: this classifier supports English only"),
            given=said("text in the language {language}", language=repr(language)),
            allowed=said("English"),
        )
    return plain
