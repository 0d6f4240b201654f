"""The page's parts and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from chatbot.ui import page_parts, samples
from chatbot.ui.call.panel import call_panel
from chatbot.ui.follow_ups import follow_ups
from chatbot.ui.panel.bridge import panel_bridge
from chatbot.ui.preferences import STORAGE_KEY, Preferences
from chatbot.ui.relabel import Labels
from chatbot.ui.sidebar_parts import SidebarParts, lay_out_sidebar
from chatbot.ui.tab_session import Session
from chatbot.ui.voice_player import player
from chatbot.ui.words import DEFAULT_LANGUAGE, words_for

TITLE = "Trio"
STATUS_SECONDS = 1.0
_FORMULAS: list[dict[str, str | bool]] = [
    {"left": left, "right": right, "display": display}
    for left, right, display in (("$$", "$$", True), ("\\[", "\\]", True), ("\\(", "\\)", False))
]
"""Not a single dollar: sums of money are not formulas."""
_PICK = """
element.addEventListener("click", (event) => {
  const card = event.target.closest("[data-sample]");
  if (!card) return;
  trigger("pick", { number: Number(card.dataset.sample) });
  document.querySelector("#trio-box textarea")?.focus({ preventScroll: true });
});
"""


@dataclass(eq=False)
class Parts:
    """The parts that events read or change. `panel` carries what a person puts right."""

    state: gr.State
    preferences: gr.BrowserState
    sidebar: SidebarParts
    welcome: gr.HTML
    chat: gr.Chatbot
    follow_ups: gr.HTML
    voice: gr.HTML
    hint: gr.HTML
    draft_line: gr.HTML
    box: gr.MultimodalTextbox
    status: gr.HTML
    timer: gr.Timer
    instructions: gr.HTML
    clear: gr.Button
    client: gr.HTML
    drafts: gr.HTML
    drawer: gr.HTML
    mood: gr.HTML
    panel: gr.HTML
    call: gr.HTML
    labels: Labels


def lay_out() -> Parts:
    """Place the parts into the page that is open."""
    words, labels = words_for(DEFAULT_LANGUAGE), Labels()
    state = gr.State(Session())
    preferences = gr.BrowserState(Preferences().stored(), storage_key=STORAGE_KEY, secret=STORAGE_KEY)
    scripts, drafts = page_parts.client(words), page_parts.drafts()
    page_parts.skip_link()
    with gr.Row(elem_id="trio-page", equal_height=False):
        sidebar = lay_out_sidebar(labels)
        with gr.Column(elem_id="trio-main", min_width=0):
            with gr.Row(elem_id="trio-head", equal_height=True):
                page_parts.header()
                status = _html("", "trio-status")
                page_parts.connection()
                instructions = _html("", "trio-instructions")
                clear = gr.Button(words.page.new_chat, size="sm", min_width=0, elem_id="trio-clear")
                mood = _html("", "trio-moodline")
                page_parts.actions()
            with gr.Column(elem_id="trio-talk", min_width=0):
                chat = _chat(words.page.conversation)
                welcome = gr.HTML(
                    samples.welcome(words), js_on_load=_PICK, apply_default_css=False, elem_id="trio-welcome"
                )
            with gr.Column(elem_id="trio-composer", min_width=0):
                questions = follow_ups()
                voice = player()
                hint = _html("", "trio-hint")
                draft_line = _html("", "trio-draft-line")
                box = _box(words.page.box_label, words.page.box_placeholder)
                with gr.Row(elem_id="trio-tools", equal_height=True):
                    page_parts.camera_button()
                    call = call_panel(DEFAULT_LANGUAGE, elem_id="trio-call-part")
                    page_parts.foot()
    drawer = page_parts.drawer()
    page_parts.dialogs()
    page_parts.lightbox()
    page_parts.again_menu()
    labels.add(welcome, lambda w: {"value": samples.welcome(w)})
    labels.add(chat, lambda w: {"label": w.page.conversation})
    labels.add(box, lambda w: {"label": w.page.box_label, "placeholder": w.page.box_placeholder})
    labels.add(clear, lambda w: {"value": w.page.new_chat})
    return Parts(
        state=state,
        preferences=preferences,
        sidebar=sidebar,
        welcome=welcome,
        chat=chat,
        follow_ups=questions,
        voice=voice,
        hint=hint,
        draft_line=draft_line,
        box=box,
        status=status,
        timer=gr.Timer(STATUS_SECONDS),
        instructions=instructions,
        clear=clear,
        client=scripts,
        drafts=drafts,
        drawer=drawer,
        mood=mood,
        panel=panel_bridge(),
        call=call,
        labels=labels,
    )


def _html(value: str, key: str) -> gr.HTML:
    return gr.HTML(value, apply_default_css=False, js_on_load=None, elem_id=key)


def _chat(label: str) -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="trio-chat",
        label=label,
        show_label=False,
        container=False,
        height=None,
        scale=1,
        min_height=160,
        layout="bubble",
        placeholder=" ",
        buttons=[],
        latex_delimiters=_FORMULAS,
        allow_tags=False,
        feedback_options=None,
        group_consecutive_messages=True,
    )


def _box(label: str, placeholder: str) -> gr.MultimodalTextbox:
    options: dict[str, Any] = {"label": label, "placeholder": placeholder}
    return gr.MultimodalTextbox(
        **options,
        elem_id="trio-box",
        show_label=False,
        sources=["upload", "microphone"],
        file_count="multiple",
        max_plain_text_length=20_000,
        max_lines=8,
        autofocus=True,
        submit_btn=True,
        stop_btn=False,
    )
