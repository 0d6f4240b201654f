"""The real server in a process of its own, which a test stops where it likes and kills there."""

from tests.support.killed.program import Asked, Pause, Program

__all__ = ["Asked", "Pause", "Program"]
