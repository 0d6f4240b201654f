"""Which handler the sidebar and the buttons under messages call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from chatbot.history.call_conversations import CallConversations
from chatbot.ui.actions import instructions_button, temporary_mark
from chatbot.ui.call.panel import call_value
from chatbot.ui.conversation_handlers import Change, ConversationHandlers
from chatbot.ui.event_options import QUIET
from chatbot.ui.follow_ups import follow_up_row
from chatbot.ui.layout import Parts
from chatbot.ui.sidebar_parts import account_markup, bridge_value, tabs_markup
from chatbot.ui.tab_session import Session, visitor_of
from chatbot.ui.voice_player import HUSH

Updates = dict[Any, Any]
_QUIET: dict[str, Any] = {**QUIET, "queue": False}
MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, eq=False)
class Browser:
    """The sidebar and the buttons, with the page's parts."""

    parts: Parts
    browsing: ConversationHandlers
    calls: CallConversations

    @property
    def list_parts(self) -> list[Any]:
        """What `refresh` changes."""
        parts = self.parts
        sidebar = [parts.sidebar.list, parts.sidebar.bridge]
        return [*sidebar, parts.mood, parts.call, parts.instructions, parts.follow_ups]

    def refresh(self, session: Session, request: gr.Request) -> Updates:
        """Read the list again, and tell the address which conversation is shown."""
        return self._refreshed(session, request, None)

    def _refreshed(self, session: Session, request: gr.Request, turn: str | None) -> Updates:
        sidebar = self.parts.sidebar
        entries = self.browsing.list(visitor_of(request), session)
        mood = self.browsing.mood(visitor_of(request), session)
        return {
            sidebar.list: entries,
            sidebar.bridge: bridge_value(session.address, turn),
            self.parts.mood: mood,
            self.parts.call: self.call(session),
            self.parts.instructions: self.conversation_marks(session, request),
            self.parts.follow_ups: self.follow_ups(session),
        }

    def follow_ups(self, session: Session) -> str:
        """Return the questions under the last reply as HTML."""
        return follow_up_row(self.browsing.handlers.suggestions.shown(session), session.words)

    def conversation_marks(self, session: Session, request: gr.Request) -> str:
        """Return what is said of the conversation in the head: whether it is kept, and its instructions."""
        handlers, words = self.browsing.handlers, session.words
        kept = session.keep and handlers.stores.kept is not None
        temporary = session.temporary if session.conversation is not None else not kept
        wanted = handlers.instructions(visitor_of(request), session)
        return (temporary_mark(words) if temporary else "") + instructions_button(wanted, words)

    def call(self, session: Session) -> dict[str, Any]:
        """Return what the next voice call of this tab must know."""
        session.call = self.calls.name_of(session.conversation, keep=session.keep)
        return call_value(
            session.language,
            conversation=session.call,
            speed=session.options.speed,
            voices=session.options.voices,
            hot_words=session.options.hot_words,
        )

    def show_call(self, session: Session, request: gr.Request) -> Updates:
        """Show what was said in the call that has just ended."""
        visitor, handlers = visitor_of(request), self.browsing.handlers
        found = self.calls.found(visitor.user, session.call)
        if found is not None and found.conversation != session.conversation:
            handlers.show(visitor, session, found.conversation, temporary=found.temporary)
            if found.temporary:
                handlers.stores.forget_later(visitor.tab, visitor.user, found.conversation)
        return self._changed(session, Change(), request)

    def labels(self, session: Session, request: gr.Request) -> Updates:
        """Return the words of the parts that depend on what the sidebar shows."""
        sidebar = self.parts.sidebar
        return {
            sidebar.tabs: tabs_markup(session.words, pictures=session.pictures),
            sidebar.search: sidebar.search_update(session.words, pictures=session.pictures),
            sidebar.account: account_markup(session.words, visitor_of(request).user),
        }

    def arrive(self, session: Session, address: Any, request: gr.Request) -> str:
        """Show the conversation that the address names; return a hint where it is not there."""
        place = address if isinstance(address, dict) else {}
        zone, conversation = place.get("zone"), place.get("conversation")
        if isinstance(zone, int | float) and abs(zone) < MINUTES_A_DAY:
            session.zone = int(zone)
        if not isinstance(conversation, str):
            return ""
        return self.browsing.open(visitor_of(request), session, conversation).hint

    def act(self, session: Session, event: gr.EventData, request: gr.Request) -> Updates:
        """Do what a button asks for."""
        data = event._data if isinstance(event._data, dict) else {}
        change = self.browsing.act(visitor_of(request), session, data)
        return {**self._changed(session, change, request), **self.labels(session, request)}

    def start_anew(self, session: Session, request: gr.Request) -> Updates:
        """Leave the conversation and show the empty page."""
        change = self.browsing.act(visitor_of(request), session, {"act": "new"})
        return self._changed(session, change, request)

    def search(self, query: str, session: Session, request: gr.Request) -> str:
        """Return the list for a query."""
        return self.browsing.search(visitor_of(request), session, query)

    def bring_in(self, path: str, session: Session, request: gr.Request) -> Updates:
        """Read an export in."""
        return self._changed(session, self.browsing.bring_in(visitor_of(request), session, path), request)

    def _changed(self, session: Session, change: Change, request: gr.Request) -> Updates:
        parts, visitor, handlers = self.parts, visitor_of(request), self.browsing.handlers
        updates = self._refreshed(session, request, change.turn)
        updates[parts.hint] = change.hint
        if change.chat:
            updates[parts.chat] = handlers.messages(visitor, session)
            busy = handlers.running.get(session.conversation) is not None
            updates[parts.box] = gr.MultimodalTextbox(submit_btn=not busy, stop_btn=busy)
        return updates


def wire_conversations(parts: Parts, browser: Browser) -> None:
    """Connect the parts of the sidebar, and every button with `data-act`."""
    sidebar, state = parts.sidebar, parts.state
    changed = [*browser.list_parts, parts.hint, parts.chat, parts.box]
    everything = [*changed, sidebar.tabs, sidebar.search, sidebar.account]
    sidebar.bridge.act(browser.act, [state], everything, trigger_mode="multiple", **_QUIET)
    gr.on([parts.clear.click, parts.chat.clear], browser.start_anew, [state], changed, js=HUSH, **_QUIET)
    sidebar.search.change(
        browser.search, [sidebar.search, state], [sidebar.list], trigger_mode="always_last", **_QUIET
    )
    parts.call.submit(browser.show_call, [state], changed, **_QUIET)
    sidebar.bring_in.upload(browser.bring_in, [sidebar.bring_in, state], changed, **_QUIET)
