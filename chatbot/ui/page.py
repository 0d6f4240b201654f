"""The page: its parts, and which handler each of them calls."""

from __future__ import annotations

import gradio as gr

from chatbot.config.mind import writer_of
from chatbot.config.settings import Settings
from chatbot.history.call_conversations import CallConversations
from chatbot.history.conversation_stores import ConversationStores
from chatbot.history.quiet_work import QuietWork
from chatbot.turn.service import TurnService
from chatbot.ui.chat_handlers import ChatHandlers
from chatbot.ui.conversation_events import Browser, wire_conversations
from chatbot.ui.conversation_handlers import ConversationHandlers
from chatbot.ui.layout import TITLE, lay_out
from chatbot.ui.model_downloads import ModelDownloads
from chatbot.ui.preference_handlers import PreferenceHandlers
from chatbot.ui.running_turns import RunningTurns
from chatbot.ui.voice_sample_events import wire_samples
from chatbot.ui.wiring import wire_page, wire_reasons, wire_settings, wire_turns
from chatbot.web.admission.limits import is_shared
from chatbot.web.listening import address

CACHE_SECONDS = (3600, 86400)


def build(
    turns: TurnService,
    settings: Settings,
    stores: ConversationStores,
    calls: CallConversations,
    running: RunningTurns,
    quiet: QuietWork | None = None,
) -> gr.Blocks:
    """Return the page. Nothing is loaded and no port is opened.

    Args:
        turns: Answers messages.
        settings: How to answer where nobody chooses otherwise.
        stores: Where conversations are kept; the caller closes it.
        calls: Knows which conversations voice calls have filled.
        running: The turns that are being answered; the caller closes it.
        quiet: Writes titles, follow-up questions and summaries; None where nothing does.
    """
    page = gr.Blocks(title=TITLE, analytics_enabled=False, fill_height=True, delete_cache=CACHE_SECONDS)
    with page:
        parts = lay_out()
        handlers = ChatHandlers(turns, stores, running, quiet=quiet)
        remembering = PreferenceHandlers(
            handlers.chatbot.registry,
            settings.turn_options(),
            writer_of(settings.mind),
            ModelDownloads(handlers.chatbot.registry) if may_download(settings) else None,
        )
        browser = Browser(parts, ConversationHandlers(handlers), calls)
        wire_turns(parts, handlers, browser)
        wire_page(page, parts, handlers)
        wire_reasons(page, parts, handlers, remembering)
        wire_conversations(parts, browser)
        wire_settings(page, parts, handlers, browser, remembering)
        wire_samples(parts, remembering)
    page.queue(default_concurrency_limit=None)
    return page


def may_download(settings: Settings) -> bool:
    """Whether the page may download models: where it is one person's own, and going online is allowed."""
    return not settings.offline and not is_shared(settings, address(settings)[0])
