"""The sidebar's contents as HTML: conversations (pinned, then by day), what a search found, pictures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from itertools import groupby

from chatbot.history import SearchHit, StoredConversation
from chatbot.history.picture_search import PictureHit
from chatbot.ui.actions import button
from chatbot.ui.markup import escape, icon
from chatbot.ui.words import Words
from chatbot.web.media_links import export_link, picture_link


def conversation_list(
    conversations: Sequence[StoredConversation],
    words: Words,
    *,
    current: str | None,
    now: datetime,
    zone: int = 0,
    more: bool = False,
) -> str:
    """Return the list of conversations: the pinned ones, then the others by day.

    Args:
        conversations: A page of them, pinned ones first, then the one changed last first.
        words: What the page says.
        current: The one that is shown.
        now: The time, in UTC.
        zone: Minutes to add to UTC for the person's time.
        more: Whether there are more.
    """
    if not conversations:
        return _nothing(words.history.sidebar.nothing_yet)
    local = timezone(timedelta(minutes=zone))
    today = now.astimezone(local).date()

    def place(conversation: StoredConversation) -> str:
        names = words.history.sidebar
        if conversation.pinned:
            return names.pinned
        age = (today - conversation.updated_at.astimezone(local).date()).days
        return names.today if age <= 0 else names.yesterday if age == 1 else names.earlier

    groups = []
    for name, items in groupby(conversations, key=place):
        entries = "".join(_entry(item, words, item.id == current) for item in items)
        groups.append(f"<h3>{escape(name)}</h3><ul>{entries}</ul>")
    return "".join(groups) + (_more(words) if more else "")


def _entry(conversation: StoredConversation, words: Words, current: bool) -> str:
    names = words.history.sidebar
    title = conversation.title or names.untitled
    state = ' aria-current="true"' if current else ""
    identity = escape(conversation.id)
    opening = (
        f'<button type="button" class="trio-open" data-act="open" data-id="{identity}" '
        f'data-key="open {identity}"{state}><span dir="auto">{escape(title)}</span></button>'
    )
    pin = button(
        "pin",
        names.named(names.unpin if conversation.pinned else names.pin, title),
        "unpin" if conversation.pinned else "pin",
        id=conversation.id,
        pinned="false" if conversation.pinned else "true",
    )
    rename = button(
        "rename",
        names.named(names.rename, title),
        "edit",
        id=conversation.id,
        ask="rename",
        value=conversation.title,
    )
    label = escape(names.named(names.export, title))
    save = (
        f'<a class="trio-act" href="{export_link(conversation.id)}" download '
        f'aria-label="{label}" title="{label}">'
        f"{icon('save')}</a>"
    )
    delete = button("delete", names.named(names.delete, title), "bin", id=conversation.id, ask="delete")
    return f'<li class="trio-entry">{opening}<span class="trio-tools">{pin}{rename}{save}{delete}</span></li>'


def search_results(hits: Sequence[SearchHit], words: Words) -> str:
    """Return where words were found, hits marked."""
    names = words.history.sidebar
    if not hits:
        return _nothing(names.nothing_found)
    return f'<ul class="trio-hits">{"".join(_hit(hit, words) for hit in hits)}</ul>'


def _hit(hit: SearchHit, words: Words) -> str:
    names = words.history.sidebar
    snippet = "".join(
        f"<mark>{escape(part.text)}</mark>" if part.hit else escape(part.text) for part in hit.snippet
    )
    place = names.places.get(hit.place, hit.place)
    turn = f' data-turn="{escape(hit.turn)}"' if hit.turn else ""
    title = escape(hit.title or names.untitled)
    return (
        '<li><button type="button" class="trio-open trio-hit" data-act="open" '
        f'data-id="{escape(hit.conversation)}"{turn}><strong dir="auto">{title}</strong>'
        f'<span class="trio-place">{escape(place)}</span><span class="trio-plain" dir="auto">{snippet}</span>'
        "</button></li>"
    )


def picture_grid(hits: Sequence[PictureHit], words: Words, *, searched: bool, note: bool, more: bool) -> str:
    """Return pictures with their captions; a press opens the conversation at the picture.

    Args:
        hits: The pictures.
        words: What the page says.
        searched: Whether they are the answer to a search.
        note: Whether only words could be compared.
        more: Whether there are more.
    """
    names = words.history.sidebar
    if not hits:
        return _nothing(names.nothing_found if searched else names.no_pictures)
    head = f'<p class="trio-muted">{escape(names.by_words_alone)}</p>' if note else ""
    cells = "".join(_picture(hit, words) for hit in hits)
    return f'{head}<ul class="trio-grid">{cells}</ul>' + (_more(words) if more else "")


def _picture(hit: PictureHit, words: Words) -> str:
    caption = escape(hit.caption or words.history.sidebar.no_caption)
    source = picture_link(hit.media.id, "small")
    return (
        f'<li><button type="button" class="trio-shot" data-act="open" data-id="{escape(hit.conversation)}" '
        f'data-turn="{escape(hit.turn)}"><img src="{source}" alt="" loading="lazy" decoding="async">'
        f'<span class="trio-plain" dir="auto">{caption}</span></button></li>'
    )


def _more(words: Words) -> str:
    label = escape(words.history.sidebar.more)
    return f'<button type="button" class="trio-more" data-act="more" data-key="more">{label}</button>'


def _nothing(line: str) -> str:
    return f'<p class="trio-muted">{escape(line)}</p>'
