"""Options that the page's events share."""

from __future__ import annotations

from typing import Any

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
"""No bar over the parts that change, and no endpoint for programs."""
