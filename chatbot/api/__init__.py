"""Trio for programs: an OpenAI-compatible HTTP API under /v1, and an MCP server."""
