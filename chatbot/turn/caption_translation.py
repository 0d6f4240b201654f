"""Captions of pictures in the person's language, translated by the model that writes the replies."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chatbot.generators.protocol import Generator
from chatbot.turn.aside_prompts import translation_messages
from chatbot.turn.asides import AROUND, refuses
from chatbot.turn.prompt import plain
from pipelines.core.cancel import CancelToken
from pipelines.core.types import Caption, Evidence
from pipelines.text.language import detect_language
from pipelines.text.turns import UNSURE

TRANSLATION_TOKENS, CAPTION_LETTERS = 96, 300
"""A longer caption, as a model on a server may write it, stays as it is."""
TEMPERATURE = 0.0
_ENGLISH_WORD = re.compile(r"[a-z]{3}")


def person_languages(page: str | None, spoken: str | None) -> tuple[str, ...]:
    """Return the languages in which a person reads: the page's, then that of what they said."""
    return tuple(language for language in (page, spoken) if language is not None)


def wanted_language(item: Evidence, languages: Iterable[str]) -> str | None:
    """Return the language into which evidence should be translated; None where it is not due.

    It is due for a model's caption, unless that is hardly sure: such a caption is told as a guess. What a
    person wrote is in the right language already.

    Args:
        item: The evidence.
        languages: The person's, ISO 639-1, as `person_languages` gives them.
    """
    caption = item.value
    if not isinstance(caption, Caption) or item.original is not None:
        return None
    if caption.confidence is not None and caption.confidence < UNSURE:
        return None
    text = caption.text.strip()
    if not text or len(text) > CAPTION_LETTERS:
        return None
    written = detect_language(text)
    return next((language for language in languages if language != written), None)


def translated(item: Evidence, languages: Iterable[str]) -> str | None:
    """Return a caption in the language in which the person should read it; None where it is not there."""
    language = wanted_language(item, languages) if item.translations else None
    return item.translations.get(language) or None if language is not None else None


def written_translation(generator: Generator, caption: str, language: str, cancel: CancelToken) -> str:
    """Let the model translate a caption; "" where it writes nothing that can be used.

    Args:
        generator: The model; it writes that language.
        caption: One sentence.
        language: ISO 639-1 code.
        cancel: Ends it.

    Raises:
        Cancelled: when the token is cancelled.
        TrioError: if the model fails.
    """
    messages = translation_messages(plain(caption), language)
    pieces = generator.stream(messages, temperature=TEMPERATURE, max_tokens=TRANSLATION_TOKENS, cancel=cancel)
    text = "".join(pieces)
    cancel.raise_if_cancelled()
    return translation_from(text, language)


def translation_from(text: str, language: str) -> str:
    """Return the sentence in what a model wrote; "" where it is none in that language alone."""
    lines = [line for line in text.splitlines() if line.strip()]
    sentence = lines[0].strip(AROUND) if len(lines) == 1 else ""
    mixed = language == "zh" and _ENGLISH_WORD.search(sentence)
    good = sentence and detect_language(sentence) == language and not mixed and not refuses(sentence)
    return sentence if good else ""
