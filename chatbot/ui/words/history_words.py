"""What the page says about kept conversations: the sidebar, the actions under messages, the dialogs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class SidebarWords:
    """The list of conversations and pictures. Fields with braces are templates for the methods."""

    sidebar: str
    conversations: str
    pictures: str
    search: str
    search_pictures: str
    today: str
    yesterday: str
    earlier: str
    untitled: str
    more: str
    pinned: str
    pin: str
    unpin: str
    rename: str
    delete: str
    export: str
    export_all: str
    bring_in: str
    sign_out: str
    brought_in: str
    there_already: str
    left_out: str
    nothing_yet: str
    nothing_found: str
    no_pictures: str
    no_caption: str
    by_words_alone: str
    not_kept: str
    places: Mapping[str, str]
    """Where words were found, by `SearchHit.place`."""
    of: str

    def imported(self, count: int, known: int = 0) -> str:
        """Return how many conversations were read in, and how many were there already."""
        line = self.brought_in.format(count=count)
        return f"{line} {self.there_already.format(count=known)}" if known else line

    def file_left_out(self, name: str, why: str) -> str:
        """Return that a file of an export was left out; `why` is a sentence."""
        return self.left_out.format(name=name, why=why)

    def named(self, action: str, title: str) -> str:
        """Return an action with what it acts on, for screen readers."""
        return self.of.format(action=action, title=title)


@dataclass(frozen=True)
class ActionWords:
    """The buttons under messages, and the marks on replies. Fields with braces are templates."""

    question: str
    reply: str
    edit: str
    copy: str
    copied: str
    retry: str
    retry_with_another: str
    go_on: str
    undo: str
    redo: str
    undone: str
    like: str
    dislike: str
    versions: str
    previous: str
    following: str
    place: str
    voice: str
    listen: str
    playback_speed: str
    recording: str
    show_all: str
    show_less: str
    interrupted: str
    writing: str
    instructions: str
    instructed: str
    missing: str

    def version(self, number: int, count: int) -> str:
        """Return which version is shown."""
        return self.place.format(number=number, count=count)


@dataclass(frozen=True)
class Ask:
    """One dialog: its heading; its field's name, or without a field what happens; and its button."""

    title: str
    text: str
    ok: str


@dataclass(frozen=True)
class HistoryWords:
    """All of it. `asks`: dialogs by action."""

    sidebar: SidebarWords
    actions: ActionWords
    asks: Mapping[str, Ask]
    cancel: str
