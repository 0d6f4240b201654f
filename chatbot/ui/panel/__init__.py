"""What Trio understood: pure functions from the engine's record to HTML, and the way of a correction back."""

from chatbot.ui.panel.finished import panel_id, render
from chatbot.ui.panel.plot import mood_plot
from chatbot.ui.panel.sources import source_files
from chatbot.ui.panel.unfinished import expected, live

__all__ = ["expected", "live", "mood_plot", "panel_id", "render", "source_files"]
