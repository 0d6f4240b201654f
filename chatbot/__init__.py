"""Trio's conversation: evidence in, a streamed and spoken reply out."""
