"""The page: its parts, and which handler each of them calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from chatbot.ui import samples
from chatbot.ui.answer import Voice
from chatbot.ui.browsing import Browsing, hint_line
from chatbot.ui.client_api import add_endpoints
from chatbot.ui.conversation_events import Browser, wire_conversations
from chatbot.ui.handlers import Chatting, Handlers, Sent, visitor_of
from chatbot.ui.layout import TITLE, Parts, VoiceSettings, lay_out, welcome
from chatbot.ui.panel.bridge import correction_request
from chatbot.ui.preferences import read_preferences
from chatbot.ui.session import Session
from chatbot.ui.shelf import Shelf
from chatbot.ui.voice import HUSH
from chatbot.ui.words import language_of

CACHE_SECONDS = (3600, 86400)
Updates = dict[Any, Any]
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_ADDRESS = """(stored, state) => [stored, state, {
  conversation: new URLSearchParams(location.search).get("c"), zone: -new Date().getTimezoneOffset(),
}]"""
"""Reads the conversation that the browser's address names, and how far its clock is from UTC."""


def build(chatbot: Chatting, settings: VoiceSettings, shelf: Shelf) -> gr.Blocks:
    """Return the page. Nothing is loaded and no port is opened.

    Args:
        chatbot: The engine.
        settings: How replies are spoken at first.
        shelf: Where conversations are kept; the caller closes it.
    """
    page = gr.Blocks(title=TITLE, analytics_enabled=False, fill_height=True, delete_cache=CACHE_SECONDS)
    handlers = Handlers(chatbot, shelf)
    with page:
        parts = lay_out(settings)
        browser = Browser(parts, Browsing(handlers))
        _wire(page, parts, handlers, browser)
        _wire_language(page, parts, handlers, browser)
        add_endpoints(handlers)
    page.queue(default_concurrency_limit=None)
    return page


def _wire(page: gr.Blocks, parts: Parts, handlers: Handlers, browser: Browser) -> None:
    chat, box, hint, state, voice = parts.chat, parts.box, parts.hint, parts.state, parts.voice

    def sent(result: Sent, *, empties_box: bool) -> Updates:
        if not result.taken:
            return {hint: hint_line(result.hint)}
        change: Updates = {"submit_btn": False, "stop_btn": True}
        if empties_box:
            change["value"] = None
        return {chat: result.messages, hint: "", box: gr.update(**change)}

    def send(draft: dict[str, Any] | None, session: Session, stored: Any, request: gr.Request) -> Updates:
        keep = read_preferences(stored).history
        return sent(handlers.send(visitor_of(request), session, draft, keep=keep), empties_box=True)

    def send_sample(session: Session, stored: Any, picked: gr.SelectData, request: gr.Request) -> Updates:
        sample = samples.examples(session.words)[int(picked.index)]
        keep = read_preferences(stored).history
        return sent(handlers.send(visitor_of(request), session, sample, keep=keep), empties_box=False)

    def retry(session: Session, request: gr.Request) -> Updates:
        return sent(handlers.retry(visitor_of(request), session), empties_box=False)

    def begin(session: Session, event: gr.EventData, request: gr.Request) -> Updates:
        data = event._data if isinstance(event._data, dict) else {}
        turn, text, visitor = str(data.get("turn", "")), data.get("text"), visitor_of(request)
        if data.get("act") == "edit":
            return sent(handlers.edit(visitor, session, turn, str(text or "")), empties_box=False)
        return sent(handlers.retry(visitor, session, turn), empties_box=False)

    def correct(session: Session, event: gr.EventData, request: gr.Request) -> Updates:
        result = handlers.correct(visitor_of(request), session, correction_request(event))
        return sent(result, empties_box=False)

    def answer(session: Session, speak: bool, speed: float, request: gr.Request) -> Iterator[Updates]:
        for messages, sound in handlers.answer(visitor_of(request), session, Voice(speak, speed)):
            yield {chat: messages} if sound is None else {chat: messages, voice: sound}

    def ready_again(request: gr.Request) -> Any:
        if handlers.running.get(visitor_of(request).tab) is not None:
            return gr.skip()
        return gr.MultimodalTextbox(submit_btn=True, stop_btn=False)

    def stop(request: gr.Request) -> None:
        handlers.running.stop(visitor_of(request).tab)

    def leave(request: gr.Request) -> None:
        handlers.leave(visitor_of(request).tab)

    def status(session: Session) -> Updates:
        line, settled = handlers.status_line(session.words)
        return {parts.status: line, parts.timer: gr.Timer(active=not settled)}

    taking = [chat, hint, box]
    starts = (
        box.submit(send, [box, state, parts.preferences], taking, **_QUIET),
        chat.example_select(send_sample, [state, parts.preferences], taking, **_QUIET),
        parts.retry.click(retry, [state], taking, js=HUSH, **_QUIET),
        parts.sidebar.bridge.begin(begin, [state], taking, **_QUIET),
        parts.panel.correct(correct, [state], taking, **_QUIET),
    )
    for start in starts:
        start.then(browser.refresh, [state], browser.list_parts, queue=False, **_QUIET)
        start.then(
            answer, [state, parts.speak, parts.speed], [chat, voice], concurrency_limit=None, **_QUIET
        ).then(ready_again, None, [box], **_QUIET).then(
            browser.refresh, [state], browser.list_parts, queue=False, **_QUIET
        )
    box.stop(stop, None, None, js=HUSH, queue=False, **_QUIET)
    wire_conversations(parts, browser)
    gr.on([page.load, parts.timer.tick], status, [state], [parts.status, parts.timer], queue=False, **_QUIET)
    page.unload(leave)


def _wire_language(page: gr.Blocks, parts: Parts, handlers: Handlers, browser: Browser) -> None:
    def relabel(language: str, session: Session, request: gr.Request) -> Updates:
        session.language = language
        updates = {**parts.labels.updates(session.words), **browser.labels(session)}
        updates[parts.chat] = gr.update(
            value=handlers.messages(visitor_of(request), session), **welcome(session.words)
        )
        updates |= browser.refresh(session, request)
        return {**updates, parts.hint: "", parts.status: handlers.status_line(session.words)[0]}

    def greet(stored: Any, session: Session, address: Any, request: gr.Request) -> Updates:
        chosen = read_preferences(stored)
        session.language = chosen.language or language_of(request.headers.get("accept-language"))
        line = browser.arrive(session, address, request)
        updates = relabel(session.language, session, request)
        label = gr.update(value=session.language, label=session.words.page.language)
        return {**updates, parts.hint: line, parts.language: label}

    def choose(language: str, stored: Any, session: Session, request: gr.Request) -> Updates:
        chosen = read_preferences(stored).model_copy(update={"language": language})
        return {**relabel(language, session, request), parts.preferences: chosen.stored()}

    shown = [*parts.labels.parts, parts.hint, parts.status, *browser.list_parts]
    page.load(
        greet,
        [parts.preferences, parts.state, parts.sidebar.bridge],
        shown,
        js=_ADDRESS,
        queue=False,
        **_QUIET,
    )
    parts.language.input(
        choose,
        [parts.language, parts.preferences, parts.state],
        [*shown, parts.preferences],
        queue=False,
        **_QUIET,
    )
