"""Every word that the page says, in one place."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.core.types import Stage

TITLE = "Trio"
TAGLINE = "A chatbot that reads, sees, listens and speaks"
PRIVACY = "Runs on this computer. Nothing you send leaves it."

BOX_LABEL = "Your message"
BOX_PLACEHOLDER = "Write, drop in a picture, or speak…"
SPEAK_LABEL = "Speak replies"
SPEED_LABEL = "Voice speed"
RETRY = "Retry"
CLEAR = "New chat"
STOP_VOICE = "Stop voice"
SPEAKING = "Speaking"

WELCOME = "Say it your way"
WELCOME_MORE = (
    "Type a message, drop in a picture or record your voice, alone or together. "
    "Trio answers in text and out loud, and shows what it understood."
)

EMPTY_HINT = "There is nothing to send yet: type something, drop in a picture or record your voice."
BUSY_HINT = "Trio is still answering. Wait for the end, or press Stop first."
NOTHING_TO_RETRY = "There is no message to answer again yet."

PANEL_TITLE = "What Trio understood"
PANEL_NOTHING = "Nothing to show: the turn ended before anything was understood."
FUSED_TITLE = "Mood of the message"
TIMING_TITLE = "Timing"
NO_SPEECH = "No speech was heard in the recording."
NO_TEXT_IN_PICTURE = "No text in the picture."
STOPPED = "Stopped"
FILE_PROBLEM = "could not be used"
THINKING = "Thinking"
WAITING = "Waiting for its turn"
CRASHED = (
    "Something went wrong inside Trio, and this message was not answered. Press Retry to try again; "
    "the details are in the program's log."
)
FAILED_TITLE = "No answer this time"
VOICE_NOTE_TITLE = "Not spoken"
NO_PICTURE_OR_SOUND = "Only pictures and recordings can be read; this file is neither"
ALLOWED_FILES = (
    "pictures (JPEG, PNG, WebP, GIF, BMP, TIFF) and recordings (WAV, MP3, FLAC, Ogg, Opus, WebM, M4A)"
)
UNREADABLE = "The file could not be read"
TOO_MANY_FILES = "One message takes at most {limit} files; this one was left out"
TOO_MUCH_SOUND = "The recordings of one message may last {minutes} minutes together; this one was left out"

STAGE_TITLES: Mapping[Stage, str] = {
    Stage.TRANSCRIBE: "Words heard",
    Stage.SPEECH_EMOTION: "Sound of the voice",
    Stage.SENTIMENT: "Sentiment of the words",
    Stage.TEXT_EMOTION: "Emotion of the words",
    Stage.CAPTION: "What the picture shows",
    Stage.OCR: "Text in the picture",
}
STAGE_DOING: Mapping[Stage, str] = {
    Stage.TRANSCRIBE: "Listening to your words",
    Stage.SPEECH_EMOTION: "Hearing your tone",
    Stage.SENTIMENT: "Weighing your words",
    Stage.TEXT_EMOTION: "Feeling your words",
    Stage.CAPTION: "Looking at {source}",
    Stage.OCR: "Reading {source}",
}
LANGUAGES: Mapping[str, str] = {
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "sv": "Swedish",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "zh": "Chinese",
}


def doing(kind: Stage, source: str) -> str:
    """Return what Trio is doing while a stage runs."""
    return STAGE_DOING.get(kind, str(kind).replace("-", " ").capitalize()).format(source=source)


def done(kind: Stage, source: str) -> str:
    """Return the name of a stage that has finished; with several pictures, which one."""
    title = STAGE_TITLES.get(kind, str(kind).replace("-", " ").capitalize())
    return title.replace("the picture", source) if source.startswith("picture") else title


def source_title(source: str) -> str:
    """Return the heading for an input: "text", "voice" or "picture N"."""
    return {"text": "Your words", "voice": "Your voice"}.get(source, source.capitalize())


def warming(done: int, total: int) -> str:
    """Return the status line while models are loading."""
    return f"Models are warming up: {done} of {total} ready…"


def warm_up_failed(names: list[str]) -> str:
    """Return the status line when some models could not be loaded."""
    return f"Not available: {', '.join(names)}"


READY = "Ready"
