"""The command `python -m chatbot mcp`."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from pipelines.core.errors import MissingPackageError
from pipelines.core.said import said

if TYPE_CHECKING:
    from chatbot.config.settings import Settings


def serve_stdio(settings: Settings) -> None:
    """Serve the Model Context Protocol over standard input and output until the client leaves.

    Raises:
        MissingPackageError: if the package `mcp` is not installed.
    """
    from chatbot.api.mcp_http import INSTALL, PACKAGE

    if importlib.util.find_spec(PACKAGE) is None:
        raise MissingPackageError(
            "The MCP server needs a package that is not installed",
            given=said("missing {packages}", packages=PACKAGE),
            fix=said("Install it with: {command}", command=INSTALL),
        )
    from chatbot.api.mcp_server import mcp_server
    from chatbot.api.routes import service_of
    from chatbot.turn.engine import Chatbot

    with Chatbot(settings) as chatbot:
        chatbot.start_warm_up()
        mcp_server(service_of(chatbot, settings, None), local_files=True).run("stdio")
