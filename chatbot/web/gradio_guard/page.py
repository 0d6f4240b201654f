"""The Gradio page as an ASGI application."""

from __future__ import annotations

from typing import Any

import gradio as gr
from fastapi import FastAPI

from chatbot.ui.theme import HEAD, ICON, STYLES, theme
from chatbot.web.auth.identity import current_user
from chatbot.web.gradio_guard.file_ownership import FileOwners
from chatbot.web.gradio_guard.page_routes import files_in
from pipelines.core.assets import SAMPLES

MAX_FILE_SIZE = "50mb"
THREADS = 200  # a turn that waits in the queue holds one


def page_app(page: gr.Blocks, root_path: str = "") -> FastAPI:
    """Return an application that serves the page at "/" and nothing else.

    `gr.Request.username` is the person's name in every handler.

    Args:
        page: The page; it is marked as launched, without which Gradio would not check the paths in messages.
        root_path: Path under which a reverse proxy shows the page.
    """
    app = FastAPI(openapi_url=None)
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        auth_dependency=current_user,
        root_path=root_path or None,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=True,
        favicon_path=str(ICON),
        mcp_server=False,
        max_file_size=MAX_FILE_SIZE,
        allowed_paths=[str(SAMPLES)],
        theme=theme(),
        css_paths=STYLES,
        head=HEAD,
    )
    page.has_launched = True
    page.max_threads = page._queue.max_thread_count = THREADS
    return app


def publish_own_files(page: gr.Blocks, files: FileOwners) -> None:
    """Let everybody use the files that the empty page shows, such as its samples."""
    files.publish(SAMPLES)
    for path in files_in(page.config):
        files.publish(path)


def end_streams(page: gr.Blocks, app: FastAPI) -> None:
    """End the page's open event streams, which would otherwise hold a shutdown up."""
    page.is_running = False
    page._queue.close()
    for route in app.routes:
        inner: Any = getattr(route, "app", None)
        if hasattr(inner, "stop_event"):
            inner.stop_event.set()
