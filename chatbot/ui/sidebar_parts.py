"""The sidebar's parts, and the part that carries the script of all conversation buttons."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from chatbot.history import LOCAL_USER
from chatbot.ui.actions import button
from chatbot.ui.markup import escape, icon
from chatbot.ui.relabel import Labels
from chatbot.ui.words import DEFAULT_LANGUAGE, Words, words_for
from chatbot.web.media_links import export_link

_SCRIPT = Path(__file__).with_name("conversations.js")
_DIALOG = (
    '<dialog class="trio-dialog" aria-labelledby="trio-dialog-title"><form method="dialog">'
    '<h2 id="trio-dialog-title"></h2><p></p><label><span></span>'
    '<textarea rows="4" maxlength="20000"></textarea></label>'
    '<div class="trio-dialog-foot"><button type="button" data-cancel></button>'
    '<button type="submit" class="trio-primary"></button></div></form></dialog>'
)


@dataclass(eq=False)
class SidebarParts:
    """The parts that events read or change.

    `bridge`: its events `act` and `begin` tell which button was pressed, `watch` asks for a reply that this
    tab does not follow; its value is `bridge_value`.
    """

    bridge: gr.HTML
    tabs: gr.HTML
    search: gr.Textbox
    list: gr.HTML
    bring_in: gr.UploadButton
    account: gr.HTML

    def search_update(self, words: Words, *, pictures: bool) -> dict[str, Any]:
        """Return what the search box says."""
        names = words.history.sidebar
        label = names.search_pictures if pictures else names.search
        return gr.update(label=label, placeholder=label)


def bridge_value(conversation: str | None, turn: str | None = None, sent: str = "") -> dict[str, Any]:
    """Return what the script must know.

    Args:
        conversation: For the address.
        turn: Where to scroll to.
        sent: The turn that was just sent; "" for none.
    """
    return {"conversation": conversation, "turn": turn, "sent": sent}


def tabs_markup(words: Words, *, pictures: bool = False) -> str:
    """Return the two buttons that choose what the sidebar shows."""
    names = words.history.sidebar
    both = (
        ("conversations", names.conversations, not pictures),
        ("pictures", names.pictures, pictures),
    )
    buttons = "".join(
        f'<button type="button" data-act="show" data-what="{what}" data-key="show {what}" '
        f'aria-pressed="{"true" if pressed else "false"}">{escape(label)}</button>'
        for what, label, pressed in both
    )
    return f'<div class="trio-tabs" role="group" aria-label="{escape(names.sidebar)}">{buttons}</div>'


def _new(words: Words) -> str:
    label = words.page.new_chat
    return button("new", label, "plus", shown=label)


def _foot(words: Words) -> str:
    label = escape(words.history.sidebar.export_all)
    return f'<a class="trio-act" href="{export_link()}" download>{icon("save")}<span>{label}</span></a>'


def account_markup(words: Words, user: str) -> str:
    """Return who is signed in and the button that signs out; nothing where nobody signs in."""
    if user == LOCAL_USER:
        return ""
    out = escape(words.history.sidebar.sign_out)
    return (
        f'<form class="trio-account" method="post" action="logout"><span dir="auto">{escape(user)}</span>'
        f'<button type="submit">{out}</button></form>'
    )


def lay_out_sidebar(labels: Labels) -> SidebarParts:
    """Place the sidebar into the page that is open."""
    words = words_for(DEFAULT_LANGUAGE)

    def html(texts: Any, name: str) -> gr.HTML:
        part = gr.HTML(texts(words), apply_default_css=False, js_on_load=None, elem_id=name)
        labels.add(part, lambda w: {"value": texts(w)})
        return part

    bridge = gr.HTML(
        bridge_value(None),
        html_template=_DIALOG,
        js_on_load=_SCRIPT.read_text(encoding="utf-8"),
        apply_default_css=False,
        elem_id="trio-bridge",
    )
    with gr.Column(elem_id="trio-sidebar", min_width=0, scale=0):
        html(_new, "trio-sidebar-new")
        tabs = gr.HTML(tabs_markup(words), apply_default_css=False, js_on_load=None, elem_id="trio-tabs")
        labels.add(tabs, lambda w: {"value": tabs_markup(w)})
        search = gr.Textbox(
            label=words.history.sidebar.search,
            placeholder=words.history.sidebar.search,
            show_label=False,
            container=False,
            max_lines=1,
            elem_id="trio-search",
        )
        labels.add(
            search, lambda w: {"label": w.history.sidebar.search, "placeholder": w.history.sidebar.search}
        )
        entries = gr.HTML("", apply_default_css=False, js_on_load=None, elem_id="trio-list")
        with gr.Row(elem_id="trio-sidebar-foot"):
            html(_foot, "trio-export")
            bring_in = gr.UploadButton(
                words.history.sidebar.bring_in,
                file_types=[".zip"],
                size="sm",
                min_width=60,
                elem_id="trio-import",
            )
            labels.add(bring_in, lambda w: {"label": w.history.sidebar.bring_in})
        account = gr.HTML("", apply_default_css=False, js_on_load=None, elem_id="trio-account")
    return SidebarParts(bridge, tabs, search, entries, bring_in, account)
