"""Which handler each part of the page calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any

import gradio as gr
from anyio import to_thread

from chatbot.ui.chat_handlers import ChatHandlers, Sent
from chatbot.ui.conversation_events import Browser
from chatbot.ui.conversation_handlers import hint_line
from chatbot.ui.event_options import QUIET
from chatbot.ui.layout import Parts
from chatbot.ui.panel.bridge import correction_request, reason_request
from chatbot.ui.panel.explanations import AT_ONCE, ExplanationStream
from chatbot.ui.preference_handlers import PreferenceHandlers
from chatbot.ui.preferences import Preferences, read_preferences
from chatbot.ui.quiet_news import written
from chatbot.ui.sidebar_parts import bridge_value
from chatbot.ui.tab_session import Session, visitor_of
from chatbot.ui.told_pictures import retold
from chatbot.ui.voice_player import HUSH
from chatbot.ui.words import language_of
from pipelines.core.registry import Selection

Updates = dict[Any, Any]
_ADDRESS = """(stored, state) => [stored, state, {
  conversation: new URLSearchParams(location.search).get("c"), zone: -new Date().getTimezoneOffset(),
}]"""
"""Reads the conversation that the browser's address names, and how far its clock is from UTC."""

_KEEP_DRAFT = (
    "(value) => { document.dispatchEvent(new CustomEvent('trio-draft', { detail: value })); return []; }"
)
_GIVE_DRAFT = "() => document.documentElement.trioDraft"


def wire_turns(parts: Parts, handlers: ChatHandlers, browser: Browser) -> None:
    """Connect sending, samples, Retry, Edit and corrections to the answer."""
    chat, box, hint, state, voice = parts.chat, parts.box, parts.hint, parts.state, parts.voice
    bridge = parts.sidebar.bridge

    def sent(result: Sent, session: Session, *, empties_box: bool = False) -> Updates:
        if not result.taken:
            return {hint: hint_line(result.hint)}
        change: Updates = {"submit_btn": False, "stop_btn": True}
        if empties_box:
            change["value"] = {"text": "", "files": []}
        return {
            chat: result.messages,
            hint: "",
            box: gr.update(**change),
            bridge: bridge_value(session.address, sent=result.turn),
            parts.follow_ups: "",
        }

    def send(draft: dict[str, Any] | None, session: Session, request: gr.Request) -> Updates:
        result = handlers.send(visitor_of(request), session, draft, keep=session.keep)
        return sent(result, session, empties_box=True)

    def send_sample(session: Session, picked: gr.EventData, request: gr.Request) -> Updates:
        visitor, number = visitor_of(request), int(picked.number)
        return sent(handlers.send_sample(visitor, session, number, keep=session.keep), session)

    def send_question(session: Session, picked: gr.EventData, request: gr.Request) -> Updates:
        box = {"text": str(picked._data.get("text", "")), "files": []}
        return sent(handlers.send(visitor_of(request), session, box, keep=session.keep), session)

    def begin(session: Session, event: gr.EventData, request: gr.Request) -> Updates:
        data = event._data if isinstance(event._data, dict) else {}
        turn, text, visitor = str(data.get("turn", "")), data.get("text"), visitor_of(request)
        if data.get("act") == "edit":
            return sent(handlers.edit(visitor, session, turn, str(text or "")), session)
        if data.get("act") == "continue":
            return sent(handlers.go_on(visitor, session, turn), session)
        return sent(handlers.retry(visitor, session, turn, str(data.get("model") or "")), session)

    def correct(session: Session, event: gr.EventData, request: gr.Request) -> Updates:
        return sent(handlers.correct(visitor_of(request), session, correction_request(event)), session)

    def answer(session: Session, request: gr.Request) -> Iterator[Updates]:
        yield {chat: gr.skip()}  # Gradio takes a generator that yields nothing for one that empties its parts
        busy = handlers.running.get(session.conversation) is not None
        for messages, sound in handlers.answer(visitor_of(request), session):
            stop = {box: gr.MultimodalTextbox(submit_btn=False, stop_btn=True)} if busy else {}
            yield {chat: messages, **stop, **({} if sound is None else {voice: sound})}
            busy = False
        yield {chat: gr.skip()}  # Gradio sends the last values again at the end, and the tab may show others

    def ready_again(session: Session, line: str) -> Updates:
        if handlers.running.get(session.conversation) is not None:
            return {box: gr.skip()}
        still = {hint: ""} if line == hint_line(session.words.messages.busy) else {}
        return {box: gr.MultimodalTextbox(submit_btn=True, stop_btn=False), **still}

    async def later(session: Session, request: gr.Request) -> AsyncIterator[Updates]:
        """Show the title and the questions, each once it is written."""
        quiet, conversation = handlers.quiet, session.conversation
        async for _ in written(quiet.coming(conversation) if quiet and conversation else ()):
            yield await to_thread.run_sync(browser.refresh, session, request)
        yield gr.skip()  # Gradio sends the last values again at the end, and the tab may show others

    async def told(session: Session, request: gr.Request) -> Updates:
        """Show the captions of pictures once they are in the person's language."""
        fresh = await retold(handlers, visitor_of(request), session)
        return {chat: gr.skip() if fresh is None else fresh}

    taking = [chat, hint, box, bridge, parts.follow_ups]
    starts = (
        box.submit(send, [box, state], taking, **QUIET),
        parts.welcome.pick(send_sample, [state], taking, **QUIET),
        parts.follow_ups.pick(send_question, [state], taking, **QUIET),
        bridge.begin(begin, [state], taking, **QUIET),
        parts.panel.correct(correct, [state], taking, **QUIET),
    )
    watching: dict[str, Any] = {"concurrency_limit": None, **QUIET}
    for start in starts:
        start.then(browser.refresh, [state], browser.list_parts, queue=False, **QUIET)
    watches = [
        start.then(answer, [state], [chat, voice, box], trigger_mode="multiple", **watching)
        for start in starts
    ]
    for watch in (*watches, bridge.watch(answer, [state], [chat, voice, box], **watching)):
        ended = watch.then(ready_again, [state, hint], [box, hint], queue=False, **QUIET)
        shown = ended.then(browser.refresh, [state], browser.list_parts, queue=False, **QUIET)
        shown.then(later, [state], browser.list_parts, trigger_mode="multiple", **watching)
        shown.then(told, [state], [chat], trigger_mode="multiple", **watching)


def wire_reasons(
    page: gr.Blocks, parts: Parts, handlers: ChatHandlers, remembering: PreferenceHandlers
) -> None:
    """Connect the buttons that ask why."""
    explaining = ExplanationStream()

    def explain(
        session: Session, stored: Any, event: gr.EventData, request: gr.Request
    ) -> Iterator[dict[str, Any]]:
        visitor, history = visitor_of(request), handlers.history(session)
        yield from explaining.views(
            visitor.tab,
            Selection(handlers.chatbot.registry, remembering.options(stored).backends),
            history,
            visitor.user,
            reason_request(event),
            session.words,
        )

    def stop(request: gr.Request) -> None:
        explaining.stop(visitor_of(request).tab)

    given = [parts.state, parts.preferences]
    parts.panel.explain(explain, given, [parts.panel], concurrency_limit=AT_ONCE, **QUIET)
    parts.panel.unexplain(stop, None, None, queue=False, **QUIET)
    page.unload(stop)


def wire_page(page: gr.Blocks, parts: Parts, handlers: ChatHandlers) -> None:
    """Connect Stop, the status line and a closed tab."""

    def stop(session: Session) -> None:
        handlers.running.stop(session.conversation)

    def leave(request: gr.Request) -> None:
        handlers.leave(visitor_of(request).tab)

    def status(session: Session) -> Updates:
        line, settled = handlers.status_line(session.words)
        return {parts.status: line, parts.timer: gr.Timer(active=not settled)}

    parts.box.stop(stop, [parts.state], None, js=HUSH, queue=False, **QUIET)
    gr.on(
        [page.load, parts.timer.tick],
        status,
        [parts.state],
        [parts.status, parts.timer],
        queue=False,
        **QUIET,
    )
    page.unload(leave)


def wire_settings(
    page: gr.Blocks, parts: Parts, handlers: ChatHandlers, browser: Browser, remembering: PreferenceHandlers
) -> None:
    """Connect the first visit, the settings and the drafts."""
    parts.box.change(None, [parts.box], None, js=_KEEP_DRAFT, **QUIET)
    parts.drafts.restore(None, None, [parts.box], js=_GIVE_DRAFT, **QUIET)

    def prepare(draft: dict[str, Any] | None, session: Session, request: gr.Request) -> Iterator[str]:
        visitor = visitor_of(request)
        handlers.suggestions.writing(session)
        beginning = partial(handlers.beginning, visitor, session)
        yield from handlers.preparation.prepare(visitor, session, draft, beginning)
        yield gr.skip()  # Gradio sends the last value again at the end: a later draft's stays

    parts.drafts.prepare(
        prepare,
        [parts.box, parts.state],
        [parts.draft_line],
        trigger_mode="multiple",
        concurrency_limit=None,
        **QUIET,
    )

    def note(chosen: Preferences, session: Session) -> None:
        """Keep what other events need of the choices; the models of the replies' language are loaded."""
        session.keep, session.options = chosen.history, chosen.options(remembering.usual)
        if session.options.reply_language is not None:
            handlers.chatbot.expect_language(session.options.reply_language)

    def relabel(language: str, chosen: Preferences, session: Session, request: gr.Request) -> Updates:
        """Say everything in this language."""
        session.language = language
        handlers.chatbot.expect_language(language)
        words = session.words
        messages = handlers.messages(visitor_of(request), session)
        return {
            **parts.labels.updates(words),
            **browser.labels(session, request),
            **browser.refresh(session, request),
            parts.chat: gr.update(value=messages, label=words.page.conversation),
            parts.client: remembering.client_words(words, chosen),
            parts.hint: "",
            parts.status: handlers.status_line(words)[0],
        }

    def greet(stored: Any, session: Session, address: Any, request: gr.Request) -> Updates:
        chosen = remembering.known(read_preferences(stored))
        note(chosen, session)
        session.language = chosen.language or language_of(request.headers.get("accept-language"))
        line = browser.arrive(session, address, request)
        form = remembering.form(session.words, chosen)
        updates = relabel(session.language, chosen, session, request)
        return {**updates, parts.hint: line, parts.drawer: form}

    def remember(stored: Any, session: Session, given: gr.EventData, request: gr.Request) -> Updates:
        chosen, refusals = remembering.change(given._data, stored)
        switched = chosen.history != session.keep and session.conversation is not None
        note(chosen, session)
        language = chosen.language or session.language
        same = language == session.language
        same_words: Updates = {
            parts.call: browser.call(session),
            parts.client: remembering.client_words(session.words, chosen),
            parts.instructions: browser.conversation_marks(session, request),
            parts.follow_ups: browser.follow_ups(session),
        }
        updates = same_words if same else relabel(language, chosen, session, request)
        if switched:
            said = session.words.messages
            updates[parts.hint] = hint_line(
                said.now_kept if chosen.history else said.now_temporary, good=True
            )
        form = {**remembering.form(session.words, chosen, refusals), "answers": given._data.get("number", 0)}
        return {**updates, parts.drawer: form, parts.preferences: chosen.stored()}

    def offer(stored: Any, session: Session, asked: gr.EventData) -> dict[str, Any]:
        form = remembering.form(session.words, remembering.known(read_preferences(stored)))
        return {**form, "answers": asked._data.get("number", 0)}

    def download(session: Session, asked: gr.EventData) -> Iterator[dict[str, Any]]:
        yield from remembering.download(session.words, asked._data)
        yield gr.skip()  # Gradio sends the last value again at the end: nothing is chosen twice

    def ask_hub(session: Session, asked: gr.EventData) -> dict[str, Any]:
        return remembering.look_up(session.words, asked._data)

    def stop_download() -> None:
        if remembering.downloads is not None:
            remembering.downloads.stop()

    parts.drawer.download(
        download, [parts.state], [parts.drawer], trigger_mode="multiple", concurrency_limit=None, **QUIET
    )
    parts.drawer.look_up(
        ask_hub, [parts.state], [parts.drawer], trigger_mode="multiple", concurrency_limit=None, **QUIET
    )
    parts.drawer.stop_download(stop_download, None, None, queue=False, **QUIET)

    shown = [*parts.labels.parts, *browser.list_parts, parts.sidebar.account]
    shown += [parts.client, parts.hint, parts.status, parts.drawer]
    reads: dict[str, Any] = {"queue": False, **QUIET}
    page.load(greet, [parts.preferences, parts.state, parts.sidebar.bridge], shown, js=_ADDRESS, **reads)
    parts.drawer.remember(
        remember,
        [parts.preferences, parts.state],
        [*shown, parts.preferences],
        trigger_mode="multiple",  # each change sends the whole form; none may be dropped
        **reads,
    )
    parts.drawer.offer(offer, [parts.preferences, parts.state], [parts.drawer], **reads)
