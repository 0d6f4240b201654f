"""The foundations of this folder by name."""

from __future__ import annotations

from pipelines.core.foundation import FoundationTable

TABLE: FoundationTable = {}
