"""The page's parts and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import gradio as gr

from chatbot.ui import samples
from chatbot.ui.client import client, client_words
from chatbot.ui.markup import escape
from chatbot.ui.panel.bridge import panel_bridge
from chatbot.ui.preferences import STORAGE_KEY, Preferences
from chatbot.ui.relabel import Labels
from chatbot.ui.session import Session
from chatbot.ui.sidebar_parts import SidebarParts, lay_out_sidebar
from chatbot.ui.voice import player
from chatbot.ui.words import DEFAULT_LANGUAGE, NAMES, Words, words_for

TITLE = "Trio"
STATUS_SECONDS = 1.0


class VoiceSettings(Protocol):
    """How replies are spoken at first."""

    @property
    def speak(self) -> bool:
        """Whether replies are spoken."""

    @property
    def speed(self) -> float:
        """Pace of the voice; 1.0 is its own."""


@dataclass(eq=False)
class Parts:
    """The parts that events read or change."""

    state: gr.State
    chat: gr.Chatbot
    voice: gr.HTML
    hint: gr.HTML
    box: gr.MultimodalTextbox
    status: gr.HTML
    timer: gr.Timer
    speak: gr.Checkbox
    speed: gr.Slider
    retry: gr.Button
    clear: gr.Button
    language: gr.Dropdown
    preferences: gr.BrowserState
    labels: Labels
    sidebar: SidebarParts
    mood: gr.HTML
    panel: gr.HTML


def _header(words: Words) -> str:
    return (
        '<header><span class="trio-mark" aria-hidden="true"><i></i><i></i><i></i></span><div>'
        f"<h1>{escape(TITLE)}</h1><p>{escape(words.page.tagline)}</p></div></header>"
    )


def welcome(words: Words) -> dict[str, Any]:
    """Return the arguments of the chat that hold words."""
    head = f"<h2>{escape(words.page.welcome)}</h2><p>{escape(words.page.welcome_more)}</p>"
    return {"label": words.page.conversation, "placeholder": head, "examples": samples.examples(words)}


def _foot(words: Words) -> str:
    return f'<p class="trio-foot">{escape(words.page.privacy)}</p>'


def lay_out(settings: VoiceSettings) -> Parts:
    """Place the parts into the page that is open."""
    words, labels = words_for(DEFAULT_LANGUAGE), Labels()
    state = gr.State(Session())
    preferences = gr.BrowserState(Preferences().stored(), storage_key=STORAGE_KEY, secret=STORAGE_KEY)
    labels.add(client(), lambda w: {"value": client_words(w)})
    sidebar = lay_out_sidebar(labels)
    with gr.Row(elem_id="trio-head", equal_height=True):
        head = gr.HTML(_header(words), apply_default_css=False, js_on_load=None)
        labels.add(head, lambda w: {"value": _header(w)})
        status = gr.HTML("", apply_default_css=False, js_on_load=None, elem_id="trio-status", min_width=60)
    timer = gr.Timer(STATUS_SECONDS)
    mood = gr.HTML("", apply_default_css=False, js_on_load=None, elem_id="trio-moodline")
    chat = gr.Chatbot(
        elem_id="trio-chat",
        show_label=False,
        container=False,
        height=None,
        scale=1,
        min_height=240,
        layout="bubble",
        **welcome(words),
        buttons=[],
        latex_delimiters=[],
        allow_tags=False,
        feedback_options=None,
        group_consecutive_messages=True,
    )
    labels.add(chat, welcome)
    voice = player()
    hint = gr.HTML("", apply_default_css=False, js_on_load=None, elem_id="trio-hint")
    box = gr.MultimodalTextbox(
        elem_id="trio-box",
        label=words.page.box_label,
        show_label=False,
        placeholder=words.page.box_placeholder,
        sources=["upload", "microphone"],
        file_count="multiple",
        max_plain_text_length=20_000,
        max_lines=8,
        autofocus=True,
        submit_btn=True,
        stop_btn=False,
    )
    labels.add(box, lambda w: {"label": w.page.box_label, "placeholder": w.page.box_placeholder})
    with gr.Row(elem_id="trio-settings", equal_height=True):
        speak = gr.Checkbox(
            settings.speak, label=words.page.speak, container=False, min_width=120, elem_id="trio-speak"
        )
        speed = gr.Slider(
            0.6,
            1.6,
            settings.speed,
            step=0.1,
            label=words.page.speed,
            min_width=160,
            elem_id="trio-speed",
            buttons=[],
        )
        retry = gr.Button(words.page.retry, size="sm", min_width=80, elem_id="trio-retry")
        clear = gr.Button(words.page.new_chat, size="sm", min_width=80, elem_id="trio-clear")
        language = gr.Dropdown(
            [(name, code) for code, name in NAMES.items()],
            value=DEFAULT_LANGUAGE,
            label=words.page.language,
            show_label=False,
            container=False,
            min_width=100,
            elem_id="trio-language",
        )
    foot = gr.HTML(_foot(words), apply_default_css=False, js_on_load=None)
    labels.add(speak, lambda w: {"label": w.page.speak})
    labels.add(speed, lambda w: {"label": w.page.speed})
    labels.add(retry, lambda w: {"value": w.page.retry})
    labels.add(clear, lambda w: {"value": w.page.new_chat})
    labels.add(language, lambda w: {"label": w.page.language})
    labels.add(foot, lambda w: {"value": _foot(w)})
    return Parts(
        state,
        chat,
        voice,
        hint,
        box,
        status,
        timer,
        speak,
        speed,
        retry,
        clear,
        language,
        preferences,
        labels,
        sidebar,
        mood,
        panel_bridge(),
    )
