"""A conversation as the chat shows it: a pure function of the turns that are kept."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from chatbot.history import Role, Status, StoredMedia, TurnRecord
from chatbot.history.corrections import corrected_evidence
from chatbot.turn.corrections import words_heard
from chatbot.ui import panel
from chatbot.ui.actions import cut_mark, has_panel, question_actions, reply_actions, status_mark
from chatbot.ui.markup import escape, notice, plain
from chatbot.ui.tab_session import Note
from chatbot.ui.words import Words
from chatbot.web.media_links import media_link, picture_link
from pipelines.text.columns import columns

Content = Any
Message = dict[str, Any]
Notes = Mapping[str, Sequence[Note]]
LONG = 14
"""Lines of a person's message that are shown whole; of more, `actions.css` shows 12."""
LINE = 66
"""Letters of a line in a person's bubble on a wide page; Chinese ones count twice."""
SPEEDS = (0.75, 1.0, 1.25, 1.5, 2.0)
"""At which a reply's voice can be played again."""


def messages(turns: Sequence[TurnRecord], words: Words, notes: Notes) -> list[Message]:
    """Return what the chat shows, in Gradio's message format.

    Args:
        turns: The turns of the branch, first to last.
        words: What the page says.
        notes: What is known of turns and not kept.
    """
    shown: list[Message] = []
    for turn in turns:
        last = turn is turns[-1]
        shown += [question(turn, words, last=last), answer(turn, words, notes.get(turn.id, ()), last=last)]
    return shown


def question(turn: TurnRecord, words: Words, *, last: bool) -> Message:
    """Return a person's message: pictures, recordings and their words, text, and what can be done with it.

    What can be done is a part of its own: what Gradio draws anew must not end what a person plays.
    """
    parts = [_given(item, words) for item in turn.question_media]
    if heard := words_heard(corrected_evidence(turn)).strip():
        parts.append(_heard(heard, words))
    if text := turn.text.strip():
        parts.append(folded(text, words) if lines_of(text) > LONG else plain(text))
    body = f'<div class="trio-question" id="turn-{escape(turn.id)}">{"".join(parts)}</div>'
    return {"role": "user", "content": [block(body), block(question_actions(turn, words, last=last))]}


def _heard(text: str, words: Words) -> str:
    """Return the words of a recording, under its player."""
    shown = folded(text, words) if lines_of(text) > LONG else plain(text)
    return f'<div class="trio-heard">{shown}</div>'


def folded(text: str, words: Words) -> str:
    """Return a long message of a person, folded, and the button that shows all of it."""
    more, less = escape(words.history.actions.show_all), escape(words.history.actions.show_less)
    return (
        f'<div class="trio-plain trio-folded" dir="auto">{escape(text)}</div>'
        f'<button type="button" class="trio-unfold" aria-expanded="false" data-more="{more}" '
        f'data-less="{less}">{more}</button>'
    )


def lines_of(text: str) -> int:
    """Return about how many lines a text takes in a person's bubble on a wide page."""
    return sum(max(1, math.ceil(columns(line) / LINE)) for line in text.split("\n"))


def answer(turn: TurnRecord, words: Words, notes: Sequence[Note], *, last: bool) -> Message:
    """Return Trio's message: what was said, its voice, how it ended, what was understood."""
    content: list[Content] = [block(note(words)) for note in notes]
    if text := turn.reply_text.strip():
        content.append(text)
    said = [_voice(turn, words), _failure(turn, words), status_mark(turn, words)]
    # Parts of their own: what Gradio draws anew when the actions change must not close an open panel.
    parts = []
    if turn.status != Status.ANSWERING:
        if turn.answer is not None and (note := turn.answer.voice_note):
            said.append(notice(words.messages.voice_note_title, words.say(note), tone="quiet"))
        parts.append(reply_actions(turn, words))
        if has_panel(turn):
            parts.append(_understood(turn, words))
        said.append(cut_mark(turn, words, last=last))
    content += [block(part) for part in ("".join(said), *parts) if part]
    return {"role": "assistant", "content": content}


def _understood(turn: TurnRecord, words: Words) -> str:
    links = {
        source: picture_link(item.id, "small") if item.role == Role.PICTURE else media_link(item.id)
        for source, item in panel.source_files(turn.media).items()
    }
    corrections = {item.source: item.corrected for item in turn.corrections}
    return panel.render(turn.reply, words, turn.evidence, turn=turn.id, links=links, corrections=corrections)


def _given(item: StoredMedia, words: Words) -> str:
    name = escape(item.name)
    if item.role == Role.PICTURE:
        large = picture_link(item.id, "large")
        image = f'<img src="{large}" alt="{name}" loading="lazy" decoding="async">'
        return f'<a class="trio-picture" href="{large}" target="_blank" rel="noopener">{image}</a>'
    return _player(item, words.history.actions.recording, "trio-audio")


def _voice(turn: TurnRecord, words: Words) -> str:
    spoken = turn.spoken_reply
    if spoken is None:
        return ""
    player = _player(spoken, words.history.actions.voice, "trio-audio trio-spoken")
    name = escape(words.history.actions.playback_speed)
    speeds = "".join(
        f'<option value="{at:g}"{" selected" if at == 1 else ""}>{at:g}\N{MULTIPLICATION SIGN}</option>'
        for at in SPEEDS
    )
    choice = f'<select class="trio-speed" aria-label="{name}" title="{name}">{speeds}</select>'
    return f'<div class="trio-playback" hidden>{player}{choice}</div>'


def _player(item: StoredMedia, label: str, kind: str) -> str:
    source = media_link(item.id)
    attributes = f'controls preload="metadata" src="{source}" aria-label="{escape(label)}" id="{item.id}"'
    return f'<audio class="{kind}" {attributes}></audio>'


def _failure(turn: TurnRecord, words: Words) -> str:
    if turn.status != Status.FAILED or not turn.error:
        return ""
    return notice(words.messages.failed_title, words.say(turn.error))


def block(markup: str) -> Content:
    """Return HTML of ours as a part of a chat message. Outside words in it must be escaped already."""
    import gradio as gr

    return gr.HTML(markup, apply_default_css=False, js_on_load=None, render=False)
