"""The page's look: system fonts, calm colours, light and dark."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from chatbot.ui.panel.bridge import STYLE as PANEL_STYLE

_FOLDER = Path(__file__).with_name("style")
_NAMES = ("base", "frame", "chat", "welcome", "composer", "settings", "dialogs", "sidebar", "actions")
STYLES = [*(_FOLDER / f"{name}.css" for name in _NAMES), PANEL_STYLE]
ICON = Path(__file__).with_name("icon.svg")
_SANS = (
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "Roboto",
    "Noto Sans",
    "PingFang SC",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "sans-serif",
)
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

# Nothing on the page may load from, or send to, anywhere else, whatever a message contains.
HEAD = (
    '<meta http-equiv="Content-Security-Policy" content="'
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'\">"
    '<meta name="color-scheme" content="light dark">'
    '<meta name="description" content="A chatbot that reads, sees, listens and speaks.">'
)


def theme() -> gr.themes.Base:
    """Return the Gradio theme; `STYLES` do the rest."""
    return gr.themes.Base(
        primary_hue="teal",
        secondary_hue="teal",
        neutral_hue="slate",
        radius_size="lg",
        font=_SANS,
        font_mono=_MONO,
    ).set(
        body_background_fill="var(--trio-page)",
        body_background_fill_dark="var(--trio-page)",
        body_text_color="var(--trio-ink)",
        body_text_color_dark="var(--trio-ink)",
        background_fill_primary="var(--trio-surface)",
        background_fill_primary_dark="var(--trio-surface)",
        background_fill_secondary="var(--trio-page)",
        background_fill_secondary_dark="var(--trio-page)",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_shadow="none",
        border_color_primary="var(--trio-line)",
        border_color_primary_dark="var(--trio-line)",
        button_primary_background_fill="var(--trio-accent)",
        button_primary_background_fill_dark="var(--trio-accent)",
        button_primary_background_fill_hover="var(--trio-accent-strong)",
        button_primary_background_fill_hover_dark="var(--trio-accent-strong)",
        button_primary_text_color="var(--trio-on-accent)",
        button_primary_text_color_dark="var(--trio-on-accent)",
        checkbox_background_color_selected="var(--trio-accent)",
        checkbox_background_color_selected_dark="var(--trio-accent)",
        checkbox_border_color_selected="var(--trio-accent)",
        checkbox_border_color_selected_dark="var(--trio-accent)",
        slider_color="var(--trio-accent)",
        slider_color_dark="var(--trio-accent)",
        block_label_text_color="var(--trio-ink)",
        block_label_text_color_dark="var(--trio-ink)",
        block_title_text_color="var(--trio-ink)",
        block_title_text_color_dark="var(--trio-ink)",
        body_text_color_subdued="var(--trio-muted)",
        body_text_color_subdued_dark="var(--trio-muted)",
        input_background_fill="var(--trio-surface)",
        input_background_fill_dark="var(--trio-surface)",
    )
