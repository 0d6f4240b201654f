"""The words around a conversation as the model of the replies reads it. Training and the app share them.

What is fixed for a conversation comes first (`system_text`), what changes last (`turn_text`), so that
llama.cpp and servers keep the prefix of the prompt from turn to turn. What was seen, heard and noticed stands
in brackets before the person's words; what is missing is said there, so that the model need not invent it.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.text.seen import SeenObjects

MAX_OCR_CHARACTERS = 1500
SURE, UNSURE = 0.5, 0.25
"""A caption of this confidence and more is told as it is; one below `UNSURE` as a guess."""
NAMES = {"zh": "Chinese", "en": "English"}
DANGERS = {
    "self-harm": "They may be thinking of ending their life. First tell them warmly to call a crisis line "
    "now: 988 in the US, 116 123 in the UK, 12356 in China.",
    "violence": "They may be in danger from somebody. First tell them to call the police now: 911 in the "
    "US, 999 in the UK, 110 in China.",
    "emergency": "This may be an emergency. First tell them to call an ambulance now: 911 in the US, 999 "
    "in the UK, 120 in China.",
}
"""What is told of each danger that a message may speak of."""
SYSTEM = (
    "You are Trio, a warm, clever companion that reads, sees, listens and speaks, running on this person's "
    "own computer. The person who writes to you is somebody else: their name, job and family are theirs, not "
    "yours. What you see, hear and notice is told in [brackets]; what is not told there you cannot see or "
    "know, and you say so. Answer in the person's language, in two to four spoken sentences, or as long as "
    'they ask for. Speak to them as "you", kindly, without a lecture. Anyone in danger is told first, '
    "warmly, to reach people who can help now. The language model inside you is {model}. Today is {today}."
)


@dataclass(frozen=True)
class SeenPicture:
    """What is known of one picture.

    `caption`: "" where it could not be described. `confidence`: of the caption, 0 to 1; None where unknown.
    `text`: what was read in it; None where that failed. `objects`: None where nobody looked for any.
    """

    caption: str
    text: str | None = ""
    confidence: float | None = None
    objects: SeenObjects | None = None


def system_text(model: str, today: datetime.date, instructions: str = "", summary: str = "") -> str:
    """Return the first message of a conversation.

    Args:
        model: Name of the model that writes, for the person who asks; what stands behind it in brackets,
            such as how it is run, is left out.
        today: The date, told with its weekday.
        instructions: What the person wants of every reply of the conversation.
        summary: What was said in turns that the prompt no longer holds.
    """
    day = f"{today:%A}, {today.day} {today:%B %Y}"
    parts = [SYSTEM.format(model=model.partition(" (")[0], today=day)]
    if instructions.strip():
        parts.append(f"The person wants this of your replies: {instructions.strip()}")
    if summary.strip():
        parts.append(f"Earlier in this conversation: {summary.strip()}")
    return "\n".join(parts)


def turn_text(
    words: str,
    pictures: Sequence[SeenPicture] = (),
    *,
    spoken: bool = False,
    silent: bool = False,
    unread: Sequence[str] = (),
    feeling: str | None = None,
    voice: str | None = None,
    danger: str | None = None,
    language: str | None = None,
) -> str:
    """Return one message of the person: what was seen, heard and noticed in brackets, then the words.

    Args:
        words: Typed and said; "" where the person sent something without a word.
        pictures: Those of this turn, in order.
        spoken: Whether words were said aloud.
        silent: Whether a recording came in which nothing was heard.
        unread: Names of attachments that could not be read.
        feeling: The fused emotion, where it is sure enough to be told.
        voice: What the voice sounds like, where it differs from the words.
        danger: The one of `DANGERS` that the words speak of.
        language: ISO 639-1 code to answer in, where that is not the person's own.
    """
    lines = [
        _picture_line(picture, _numbered(at, len(pictures))) for at, picture in enumerate(pictures, start=1)
    ]
    lines += [f"[They attached {name}, but you could not read it.]" for name in unread]
    if silent:
        lines.append("[They sent a recording, but nothing was heard in it.]")
    lines += _manner_lines(spoken, feeling, voice)
    lines += [f"[{DANGERS[danger]}]"] if danger in DANGERS else []
    lines += [words] if words else []
    if language is not None:
        lines.append(f"(Answer in {NAMES.get(language, language)}.)")
    return "\n".join(lines)


def _numbered(at: int, many: int) -> str:
    return f"picture {at}" if many > 1 else "a picture"


def _picture_line(picture: SeenPicture, name: str) -> str:
    if not picture.caption and not (picture.text or "").strip() and picture.objects is None:
        return f"[They sent {name}, but you could not look at it.]"
    return f"[{' '.join([_seen(picture, name), *_inside(picture)])}]"


def _seen(picture: SeenPicture, name: str) -> str:
    if not picture.caption:
        return f"You see {name}, but cannot tell what it shows."
    if picture.confidence is not None and picture.confidence < UNSURE:
        return f"You see {name}, but you are not sure what it shows: perhaps {picture.caption}."
    probably = "probably " if picture.confidence is not None and picture.confidence < SURE else ""
    return f"You see {name}: {probably}{picture.caption}."


def _sure(picture: SeenPicture) -> bool:
    """Whether the caption is told as it is; then it counts more than a detector that finds nothing."""
    return bool(picture.caption) and (picture.confidence is None or picture.confidence >= SURE)


def _inside(picture: SeenPicture) -> list[str]:
    told = []
    if picture.objects is not None and (picture.objects.any or not _sure(picture)):
        told.append(picture.objects.told)
    if picture.text is None:
        told.append("Whether there is text in it is not known.")
    elif flat := " ".join(picture.text.split()):
        told.append(f'Text in it: "{flat[:MAX_OCR_CHARACTERS]}".')
    else:
        told.append("No text in it.")
    return told


def _manner_lines(spoken: bool, feeling: str | None, voice: str | None) -> list[str]:
    told = ["They said this aloud."] if spoken else []
    if feeling and voice:
        told.append(f"Their words seem {feeling}, but their voice sounds {voice}.")
    elif feeling or voice:
        told.append(f"They seem {feeling or voice}.")
    return [f"[{' '.join(told)}]"] if told else []
