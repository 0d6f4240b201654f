"""The page: its parts, and which handler each of them calls."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import gradio as gr

from chatbot.ui import samples
from chatbot.ui import text as words
from chatbot.ui.answer import Voice
from chatbot.ui.conversation import Conversation
from chatbot.ui.handlers import Chatting, Handlers, Sent, session_of
from chatbot.ui.markup import escape, icon
from chatbot.ui.theme import HEAD, STYLE, theme
from chatbot.ui.voice import HUSH, SILENT, player
from pipelines.core.errors import SettingsError

MAX_FILE_SIZE = "50mb"
TURNS_AT_ONCE = 2
CACHE_SECONDS = (3600, 86400)
STATUS_SECONDS = 1.0
Updates = dict[Any, Any]
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class PageSettings(Protocol):
    """The settings that the page reads."""

    @property
    def host(self) -> str:
        """Address to listen on."""

    @property
    def port(self) -> int:
        """Port to listen on."""

    @property
    def speak(self) -> bool:
        """Whether replies are spoken at first."""

    @property
    def speed(self) -> float:
        """Pace of the voice at first; 1.0 is its own."""


@dataclass(eq=False)
class _Parts:
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


def build(chatbot: Chatting, settings: PageSettings) -> gr.Blocks:
    """Return the page. Nothing is loaded and no port is opened."""
    tried = samples.examples()
    page = gr.Blocks(title=words.TITLE, analytics_enabled=False, fill_height=True, delete_cache=CACHE_SECONDS)
    with page:
        parts = _lay_out(settings, tried)
        handlers = Handlers(chatbot, parts.chat.GRADIO_CACHE)
        _wire(page, parts, handlers, tried)
    page.queue(default_concurrency_limit=None)
    return page


def _lay_out(settings: PageSettings, tried: list[dict[str, Any]]) -> _Parts:
    state = gr.State(Conversation())
    with gr.Row(elem_id="trio-head", equal_height=True):
        gr.HTML(
            f'<header><span class="trio-mark" aria-hidden="true"><i></i><i></i><i></i></span><div><h1>'
            f"{escape(words.TITLE)}</h1><p>{escape(words.TAGLINE)}</p></div></header>",
            apply_default_css=False,
            js_on_load=None,
        )
        status = gr.HTML("", apply_default_css=False, js_on_load=None, elem_id="trio-status", min_width=60)
    timer = gr.Timer(STATUS_SECONDS)
    chat = gr.Chatbot(
        elem_id="trio-chat",
        label="Conversation",
        show_label=False,
        container=False,
        height=None,
        scale=1,
        min_height=240,
        layout="bubble",
        placeholder=f"<h2>{escape(words.WELCOME)}</h2><p>{escape(words.WELCOME_MORE)}</p>",
        examples=tried,
        buttons=[],
        latex_delimiters=[],
        allow_tags=False,
        feedback_options=None,
        group_consecutive_messages=True,
    )
    voice = player()
    hint = gr.HTML("", apply_default_css=False, js_on_load=None, elem_id="trio-hint")
    box = gr.MultimodalTextbox(
        elem_id="trio-box",
        label=words.BOX_LABEL,
        show_label=False,
        placeholder=words.BOX_PLACEHOLDER,
        sources=["upload", "microphone"],
        file_count="multiple",
        max_plain_text_length=20_000,
        max_lines=8,
        autofocus=True,
        submit_btn=True,
        stop_btn=False,
    )
    with gr.Row(elem_id="trio-settings", equal_height=True):
        speak = gr.Checkbox(
            settings.speak, label=words.SPEAK_LABEL, container=False, min_width=120, elem_id="trio-speak"
        )
        speed = gr.Slider(
            0.6,
            1.6,
            settings.speed,
            step=0.1,
            label=words.SPEED_LABEL,
            min_width=160,
            elem_id="trio-speed",
            buttons=[],
        )
        retry = gr.Button(words.RETRY, size="sm", min_width=80, elem_id="trio-retry")
        clear = gr.Button(words.CLEAR, size="sm", min_width=80, elem_id="trio-clear")
    gr.HTML(f'<p class="trio-foot">{escape(words.PRIVACY)}</p>', apply_default_css=False, js_on_load=None)
    return _Parts(state, chat, voice, hint, box, status, timer, speak, speed, retry, clear)


def _hint(message: str) -> str:
    return f'<p class="trio-hint" role="alert">{icon("warning")}{escape(message)}</p>' if message else ""


def _wire(page: gr.Blocks, parts: _Parts, handlers: Handlers, tried: list[dict[str, Any]]) -> None:
    chat, box, hint, state, voice = parts.chat, parts.box, parts.hint, parts.state, parts.voice

    def sent(result: Sent, *, empties_box: bool) -> Updates:
        if not result.taken:
            return {hint: _hint(result.hint)}
        change: Updates = {"submit_btn": False, "stop_btn": True}
        if empties_box:
            change["value"] = None
        return {chat: result.messages, hint: "", box: gr.update(**change)}

    def send(draft: dict[str, Any] | None, conversation: Conversation, request: gr.Request) -> Updates:
        return sent(handlers.send(session_of(request), conversation, draft), empties_box=True)

    def send_sample(conversation: Conversation, picked: gr.SelectData, request: gr.Request) -> Updates:
        sample = tried[int(picked.index)]
        result = handlers.send_sample(session_of(request), conversation, sample["text"], sample["files"])
        return sent(result, empties_box=False)

    def retry(conversation: Conversation, request: gr.Request) -> Updates:
        return sent(handlers.retry(session_of(request), conversation), empties_box=False)

    def answer(
        conversation: Conversation, speak: bool, speed: float, request: gr.Request
    ) -> Iterator[Updates]:
        for messages, sound in handlers.answer(session_of(request), conversation, Voice(speak, speed)):
            yield {chat: messages} if sound is None else {chat: messages, voice: sound}

    def ready_again(request: gr.Request) -> Any:
        if handlers.running.get(session_of(request)) is not None:
            return gr.skip()
        return gr.MultimodalTextbox(submit_btn=True, stop_btn=False)

    def stop(request: gr.Request) -> None:
        handlers.running.stop(session_of(request))

    def clear(conversation: Conversation, request: gr.Request) -> Updates:
        handlers.clear(session_of(request), conversation)
        return {chat: [], hint: "", voice: SILENT, box: gr.MultimodalTextbox(submit_btn=True, stop_btn=False)}

    def leave(request: gr.Request) -> None:
        handlers.running.leave(session_of(request))

    def status() -> Updates:
        line, settled = handlers.status_line()
        return {parts.status: line, parts.timer: gr.Timer(active=not settled)}

    taking = [chat, hint, box]
    starts = (
        box.submit(send, [box, state], taking, **_QUIET),
        chat.example_select(send_sample, [state], taking, **_QUIET),
        parts.retry.click(retry, [state], taking, js=HUSH, **_QUIET),
    )
    for start in starts:
        start.then(
            answer,
            [state, parts.speak, parts.speed],
            [chat, voice],
            concurrency_limit=TURNS_AT_ONCE,
            concurrency_id="turns",
            **_QUIET,
        ).then(ready_again, None, [box], **_QUIET)
    box.stop(stop, None, None, js=HUSH, queue=False, **_QUIET)
    gr.on(
        [parts.clear.click, chat.clear],
        clear,
        [state],
        [chat, hint, voice, box],
        js=HUSH,
        queue=False,
        **_QUIET,
    )
    gr.on([page.load, parts.timer.tick], status, None, [parts.status, parts.timer], queue=False, **_QUIET)
    page.unload(leave)


def address(settings: PageSettings, environment: Mapping[str, str] = os.environ) -> tuple[str, int]:
    """Return where to listen: GRADIO_SERVER_NAME, GRADIO_SERVER_PORT or PORT, else the settings.

    Raises:
        SettingsError: if a port is not a number from 1 to 65535.
    """
    host = environment.get("GRADIO_SERVER_NAME") or settings.host
    for name in ("GRADIO_SERVER_PORT", "PORT"):
        if value := environment.get(name):
            if not value.isdecimal() or not 1 <= int(value) <= 65535:
                raise SettingsError(f"{name} is not a port", given=repr(value), allowed="1 to 65535")
            return host, int(value)
    return host, settings.port


def launch(chatbot: Chatting, settings: PageSettings, *, wait: bool = True) -> str:
    """Serve the page, print its address and return it.

    Args:
        chatbot: The engine; its models start to load here.
        settings: Where to listen and how to speak.
        wait: Stay until the program is interrupted.

    Raises:
        SettingsError: if the port is taken or is none.
    """
    host, port = address(settings)
    page = build(chatbot, settings)
    chatbot.start_warm_up()
    try:
        _, url, _ = page.launch(
            server_name=host,
            server_port=port,
            prevent_thread_lock=True,
            quiet=True,
            share=False,
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            ssr_mode=False,
            pwa=False,
            mcp_server=False,
            max_file_size=MAX_FILE_SIZE,
            allowed_paths=[str(samples.FOLDER)],
            theme=theme(),
            css_paths=[STYLE],
            head=HEAD,
        )
    except OSError as error:
        raise SettingsError(
            "The page cannot be served at this address",
            given=f"{host}:{port} ({error})",
            fix="Stop the program that uses the port, or choose another with GRADIO_SERVER_PORT",
        ) from error
    print(f"Trio is ready for you at {url}", flush=True)
    if wait:
        page.block_thread()
    return url
