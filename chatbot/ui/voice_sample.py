"""One sentence in a voice that can be chosen, to listen to before it is."""

from __future__ import annotations

import base64

from chatbot.turn.options import TurnOptions
from chatbot.turn.replying import chosen_speaker
from chatbot.ui.markup import escape, icon
from chatbot.ui.words import LANGUAGES, Words, words_for
from pipelines.core.errors import InputError
from pipelines.core.registry import Registry, Selection
from pipelines.core.said import said
from pipelines.speech.wav import concatenate, to_wav_bytes


def sample(registry: Registry, language: str, options: TurnOptions) -> str:
    """Return the sentence of a language as a WAV file in base64.

    Args:
        registry: The back-ends; the chosen voice is loaded.
        language: ISO 639-1 code of one of the page's languages.
        options: Back-end, voices and speed.

    Raises:
        InputError: for a language without a sentence, or without a voice.
        TrioError: if the voice cannot be loaded, or fails.
    """
    if language not in LANGUAGES:
        raise InputError(
            said("There is no sentence to listen to in this language"),
            given=repr(language),
            allowed=", ".join(LANGUAGES),
        )
    speaker = chosen_speaker(Selection(registry, options.backends), options.voices)
    sentence = words_for(language).settings.sample
    sound = concatenate(list(speaker.stream(sentence, language=language, speed=options.speed)))
    return base64.b64encode(to_wav_bytes(sound)).decode("ascii")


def listen_button(language: str, words: Words) -> str:
    """Return the button that plays a language's sentence, and ends it when it is pressed again."""
    said = words.settings
    name = escape(said.hear(words.labels.language(language)))
    return (
        f'<button type="button" class="trio-listen" data-listen="{language}" aria-label="{name}" '
        f'aria-pressed="false">{icon("speaker")}{icon("stop")}<span>{escape(said.listen)}</span></button>'
    )
