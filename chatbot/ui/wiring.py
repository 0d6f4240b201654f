"""Which handler each part of the page calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from chatbot.ui.client import client_words
from chatbot.ui.conversation import Conversation
from chatbot.ui.handlers import Handlers, Sent, session_of
from chatbot.ui.layout import Parts
from chatbot.ui.markup import escape, icon
from chatbot.ui.preferences import Preferences, read_preferences
from chatbot.ui.remembering import Remembering
from chatbot.ui.voice import HUSH, SILENT
from chatbot.ui.words import Words, language_of, words_for

Updates = dict[Any, Any]
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def _hint(message: str) -> str:
    return f'<p class="trio-hint" role="alert">{icon("warning")}{escape(message)}</p>' if message else ""


def wire_turns(parts: Parts, handlers: Handlers, remembering: Remembering) -> None:
    """Connect sending, samples and Retry to the answer."""
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

    def send_sample(conversation: Conversation, picked: gr.EventData, request: gr.Request) -> Updates:
        number = int(picked.number)
        return sent(handlers.send_sample(session_of(request), conversation, number), empties_box=False)

    def retry(conversation: Conversation, request: gr.Request) -> Updates:
        return sent(handlers.retry(session_of(request), conversation), empties_box=False)

    def answer(conversation: Conversation, stored: Any, request: gr.Request) -> Iterator[Updates]:
        options = remembering.options(stored)
        for messages, sound in handlers.answer(session_of(request), conversation, options):
            yield {chat: messages} if sound is None else {chat: messages, voice: sound}

    def ready_again(request: gr.Request) -> Any:
        if handlers.running.get(session_of(request)) is not None:
            return gr.skip()
        return gr.MultimodalTextbox(submit_btn=True, stop_btn=False)

    taking = [chat, hint, box]
    starts = (
        box.submit(send, [box, state], taking, **_QUIET),
        parts.welcome.pick(send_sample, [state], taking, **_QUIET),
        parts.retry.click(retry, [state], taking, js=HUSH, **_QUIET),
    )
    for start in starts:
        start.then(
            answer,
            [state, parts.preferences],
            [chat, voice],
            **_QUIET,
        ).then(ready_again, None, [box], **_QUIET)


def wire_page(page: gr.Blocks, parts: Parts, handlers: Handlers) -> None:
    """Connect Stop, New chat, the status line and a closed tab."""
    chat, box, hint, state, voice = parts.chat, parts.box, parts.hint, parts.state, parts.voice

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


def wire_settings(page: gr.Blocks, parts: Parts, handlers: Handlers, remembering: Remembering) -> None:
    """Connect the first visit and the settings."""

    def relabel(words: Words, chosen: Preferences, conversation: Conversation) -> Updates:
        """Say everything in these words, where they are others than until now."""
        conversation.relabel(words)
        return {
            **parts.labels.updates(words),
            parts.chat: gr.update(value=list(conversation.messages), label=words.page.conversation),
            parts.client: client_words(words, chosen.theme),
            parts.hint: "",
            parts.status: handlers.status_line(words)[0],
        }

    def greet(stored: Any, conversation: Conversation, request: gr.Request) -> Updates:
        chosen = remembering.known(read_preferences(stored))
        words = words_for(chosen.language or language_of(request.headers.get("accept-language")))
        form = remembering.form(words, chosen)
        return {**relabel(words, chosen, conversation), parts.drawer: form}

    def remember(stored: Any, conversation: Conversation, given: gr.EventData) -> Updates:
        chosen, refusals = remembering.change(given._data, stored)
        words = words_for(chosen.language) if chosen.language else conversation.words
        updates: Updates = {} if words is conversation.words else relabel(words, chosen, conversation)
        form = {**remembering.form(words, chosen, refusals), "answers": given._data.get("number", 0)}
        return {**updates, parts.drawer: form, parts.preferences: chosen.stored()}

    def offer(stored: Any, conversation: Conversation, asked: gr.EventData) -> dict[str, Any]:
        form = remembering.form(conversation.words, remembering.known(read_preferences(stored)))
        return {**form, "answers": asked._data.get("number", 0)}

    shown = [*parts.labels.parts, parts.client, parts.hint, parts.status, parts.drawer]
    reads: dict[str, Any] = {"queue": False, **_QUIET}
    page.load(greet, [parts.preferences, parts.state], shown, **reads)
    parts.drawer.remember(
        remember,
        [parts.preferences, parts.state],
        [*shown, parts.preferences],
        trigger_mode="multiple",  # each change sends the whole form; none may be dropped
        **reads,
    )
    parts.drawer.offer(offer, [parts.preferences, parts.state], [parts.drawer], **reads)
