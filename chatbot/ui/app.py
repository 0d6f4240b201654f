"""The page: its parts, and which handler each of them calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from chatbot.ui import samples
from chatbot.ui.answer import Voice
from chatbot.ui.conversation import Conversation
from chatbot.ui.handlers import Chatting, Handlers, Sent, session_of
from chatbot.ui.layout import TITLE, Parts, VoiceSettings, lay_out, welcome
from chatbot.ui.markup import escape, icon
from chatbot.ui.preferences import read_preferences
from chatbot.ui.voice import HUSH, SILENT
from chatbot.ui.words import Words, language_of, words_for

CACHE_SECONDS = (3600, 86400)
Updates = dict[Any, Any]
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def build(chatbot: Chatting, settings: VoiceSettings) -> gr.Blocks:
    """Return the page. Nothing is loaded and no port is opened."""
    page = gr.Blocks(title=TITLE, analytics_enabled=False, fill_height=True, delete_cache=CACHE_SECONDS)
    with page:
        parts = lay_out(settings)
        handlers = Handlers(chatbot, parts.chat.GRADIO_CACHE)
        _wire(page, parts, handlers)
    page.queue(default_concurrency_limit=None)
    return page


def _hint(message: str) -> str:
    return f'<p class="trio-hint" role="alert">{icon("warning")}{escape(message)}</p>' if message else ""


def _wire(page: gr.Blocks, parts: Parts, handlers: Handlers) -> None:
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
        sample = samples.examples(conversation.words)[int(picked.index)]
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

    def status(conversation: Conversation) -> Updates:
        line, settled = handlers.status_line(conversation.words)
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
    gr.on([page.load, parts.timer.tick], status, [state], [parts.status, parts.timer], queue=False, **_QUIET)
    page.unload(leave)
    _wire_language(page, parts, handlers)


def _wire_language(page: gr.Blocks, parts: Parts, handlers: Handlers) -> None:
    def relabel(words: Words, conversation: Conversation) -> Updates:
        conversation.relabel(words)
        updates = parts.labels.updates(words)
        updates[parts.chat] = gr.update(value=list(conversation.messages), **welcome(words))
        return {**updates, parts.hint: "", parts.status: handlers.status_line(words)[0]}

    def greet(stored: Any, conversation: Conversation, request: gr.Request) -> Updates:
        chosen = read_preferences(stored)
        language = chosen.language or language_of(request.headers.get("accept-language"))
        updates = relabel(words_for(language), conversation)
        return {**updates, parts.language: gr.update(value=language, label=words_for(language).page.language)}

    def choose(language: str, stored: Any, conversation: Conversation) -> Updates:
        chosen = read_preferences(stored).model_copy(update={"language": language})
        return {**relabel(words_for(language), conversation), parts.preferences: chosen.stored()}

    shown = [*parts.labels.parts, parts.hint, parts.status]
    page.load(greet, [parts.preferences, parts.state], shown, queue=False, **_QUIET)
    parts.language.input(
        choose,
        [parts.language, parts.preferences, parts.state],
        [*shown, parts.preferences],
        queue=False,
        **_QUIET,
    )
