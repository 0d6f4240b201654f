"""The line above the box: what Trio has understood so far of what lies in it."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.turn.understanding import Coming
from chatbot.ui.drafts import Draft
from chatbot.ui.markup import Icon, escape, icon
from chatbot.ui.words import Words
from pipelines.core.types import Caption, Evidence, Image, OcrText, Stage, Transcript
from pipelines.text.turns import SURE, UNSURE

SHOWN_LETTERS = 120


def draft_line(draft: Draft, evidence: Sequence[Evidence], coming: Coming, words: Words) -> str:
    """Return the line as HTML, "" where the box holds no file.

    Args:
        draft: What the box holds.
        evidence: What is understood of it.
        coming: What is understood or will be.
        words: What the page says.
    """
    found = {(item.kind, item.source): item for item in evidence}
    lines, pictures, heard = [], 0, False
    for attachment in draft.attachments:
        if isinstance(attachment.content, Image):
            pictures += 1
            state = _picture(f"picture {pictures}", found, coming, words)
            lines.append(_line("picture", attachment.name, state))
        elif not heard:  # several recordings are heard as one
            heard = True
            lines.append(_line("voice", attachment.name, _recording(found, coming, words)))
    for problem in draft.problems:
        lines.append(_line("warning", problem.name, problem.message(words)))
    return f'<div role="status"><ul class="trio-draft">{"".join(lines)}</ul></div>' if lines else ""


_Found = dict[tuple[Stage, str], Evidence]


def _picture(source: str, found: _Found, coming: Coming, words: Words) -> str:
    said = words.understood.draft
    seen, read = found.get((Stage.CAPTION, source)), found.get((Stage.OCR, source))
    if seen is None and not _over(Stage.CAPTION, source, coming):
        return said.looking
    parts = [_caption(seen.value, words)] if seen is not None and isinstance(seen.value, Caption) else []
    if read is not None and isinstance(read.value, OcrText) and (text := read.value.text.strip()):
        parts.append(said.reads(_short(text)))
    return said.separator.join(parts)


def _caption(caption: Caption, words: Words) -> str:
    said, text = words.understood.draft, caption.text.strip().rstrip(".")
    if caption.confidence is None or caption.confidence >= SURE:
        return text
    return said.unsure if caption.confidence < UNSURE else said.likely(text[:1].lower() + text[1:])


def _recording(found: _Found, coming: Coming, words: Words) -> str:
    heard = found.get((Stage.TRANSCRIBE, "voice"))
    if heard is None or not isinstance(heard.value, Transcript):
        return "" if _over(Stage.TRANSCRIBE, "voice", coming) else words.understood.draft.listening
    text = heard.value.text.strip()
    return _short(text) if text else words.panel.no_speech


def _over(stage: Stage, source: str, coming: Coming) -> bool:
    """Whether nothing more will be found, as where the stage failed: the turn will try again, and say so."""
    future = coming.get((stage, source))
    return future is None or future.done()


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= SHOWN_LETTERS else f"{flat[:SHOWN_LETTERS].rstrip()}…"


def _line(drawing: Icon, name: str, state: str) -> str:
    return f'<li>{icon(drawing)}<b dir="auto">{escape(name)}</b><span dir="auto">{escape(state)}</span></li>'
