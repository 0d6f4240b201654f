"""The page's own scripts and the parts that only the browser needs: header, help, camera, dropping."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import gradio as gr

from chatbot.ui.actions import AGAIN_MENU
from chatbot.ui.markup import Icon, icon
from chatbot.ui.preferences import Theme
from chatbot.ui.words import Words

_FOLDER = Path(__file__).parent
_CTRL = '<kbd lang="en" translate="no">Ctrl</kbd>'
_KEYS: tuple[tuple[str, str], ...] = (
    ("<kbd>/</kbd>", "help_key_focus"),
    ('<kbd data-words="key_enter"></kbd>', "help_key_send"),
    ('<kbd>⇧</kbd> <kbd data-words="key_enter"></kbd>', "help_key_line"),
    ('<kbd data-words="key_escape"></kbd>', "help_key_stop"),
    (f"{_CTRL} <kbd>⇧</kbd> <kbd>O</kbd>", "help_key_new"),
    (f'{_CTRL} <kbd lang="en" translate="no">K</kbd>', "help_key_search"),
    (f"{_CTRL} <kbd>,</kbd>", "help_key_settings"),
    ("<kbd>?</kbd>", "help_key_help"),
)


def client_words(words: Words, theme: Theme = "system", privacy: str = "") -> dict[str, Any]:
    """Return what the scripts need: the value of `client`. `privacy`: where the person's data go."""
    page = {
        "tagline": words.page.tagline,
        "privacy": privacy,
        "speaking": words.page.speaking,
        "stop_voice": words.page.stop_voice,
        "copied": words.history.actions.copied,
        "cancel": words.history.cancel,
        "asks": {name: asdict(ask) for name, ask in words.history.asks.items()},
    }
    return {**asdict(words.tools), **page, "locale": words.locale, "theme": theme, "gradio": words.gradio}


def script(name: str) -> str:
    """Return a script of this folder."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def client(words: Words) -> gr.HTML:
    """Return the part that knows the words; its value is `client_words`."""
    return _static("<span hidden></span>", "client.js", "trio-client", client_words(words))


def drafts() -> gr.HTML:
    """Return the part that keeps what is not sent yet.

    Its event `restore` puts it into the box; `prepare` says that files came or went, or writing begins.
    """
    return _static("<span hidden></span>", "drafts.js", "trio-drafts")


def connection() -> gr.HTML:
    """Return the line that takes the place of the models' state while the server cannot be reached."""
    line = '<p class="trio-status trio-trouble" role="status"><span class="trio-dot"></span><span></span></p>'
    return _static(line, "connection.js", "trio-connection")


def skip_link() -> gr.HTML:
    """Return the link that the first press of Tab reaches."""
    link = '<a class="trio-skip" href="#trio-box" data-words="skip" data-action="focus"></a>'
    return _static(link, None, "trio-skip-part")


def header() -> gr.HTML:
    """Return the page's head: sidebar button and name."""
    return _static(
        f"<header>{_button('sidebar', 'menu')}"
        '<span class="trio-mark" aria-hidden="true"><i></i><i></i><i></i></span>'
        '<div><h1>Trio</h1><p data-words="tagline"></p></div></header>',
        "shell.js",
        "trio-brand",
    )


def actions() -> gr.HTML:
    """Return the buttons at the head's end: the model that writes, leading to its choice; help; settings."""
    model = (
        '<button type="button" class="trio-model" data-action="models">'
        '<span class="trio-unseen" data-words="writer_label"></span> '
        f'<span data-words="writer" lang="en" translate="no"></span>{icon("down")}</button>'
    )
    return _static(model + _button("help", "help") + _button("settings", "settings"), None, "trio-actions")


def camera_button() -> gr.HTML:
    """Return the button that opens the camera."""
    return _static(_button("camera", "camera"), None, "trio-camera-button")


def foot() -> gr.HTML:
    """Return the line that says where the data stay."""
    return _static('<p class="trio-foot" data-words="privacy"></p>', None, "trio-foot")


def dialogs() -> gr.HTML:
    """Return the drop overlay, the camera and the help."""
    return _static(_DROP + _CAMERA + _help(), "files.js", "trio-dialogs")


def lightbox() -> gr.HTML:
    """Return the dialog that shows a picture large."""
    return _static(
        '<dialog class="trio-lightbox"><img alt=""><button type="button" class="trio-icon-button" '
        f'data-label="close">{icon("close")}</button></dialog>',
        "lightbox.js",
        "trio-lightbox",
    )


def again_menu() -> gr.HTML:
    """Return the menu of the other models that can answer a turn again; its script fills it."""
    menu = f'<div class="trio-menu" id="{AGAIN_MENU}" popover role="group"></div>'
    return _static(menu, "again.js", "trio-again-part")


def drawer() -> gr.HTML:
    """Return the settings' dialog; its value is `{"title", "close", "form"}`."""
    return _static(
        '<dialog class="trio-drawer" aria-labelledby="trio-drawer-title"><div class="trio-drawer-head">'
        f'<h2 id="trio-drawer-title"></h2><button type="button">{icon("close")}</button></div>'
        '<div class="trio-drawer-body"></div><audio></audio></dialog>',
        "settings.js",
        "trio-drawer",
        {},
    )


def _static(template: str, name: str | None, key: str, value: Any = "") -> gr.HTML:
    return gr.HTML(
        value,
        html_template=template,
        js_on_load=script(name) if name else None,
        apply_default_css=False,
        elem_id=key,
    )


def _button(action: str, drawing: Icon) -> str:
    return (
        f'<button type="button" class="trio-icon-button" data-action="{action}" data-label="{action}">'
        f"{icon(drawing)}</button>"
    )


_DROP = (
    f'<div class="trio-drop" hidden><div>{icon("picture")}{icon("voice")}'
    '<p data-words="drop"></p></div></div>'
)
_CAMERA = (
    '<dialog class="trio-dialog trio-camera" aria-labelledby="trio-camera-title">'
    '<h2 id="trio-camera-title" data-words="camera_title"></h2><p role="status"></p>'
    '<video muted playsinline hidden data-label="camera_live"></video>'
    '<canvas hidden role="img" data-label="camera_live"></canvas><div class="trio-dialog-foot">'
    '<button type="button" data-camera="cancel" data-words="camera_cancel"></button>'
    '<button type="button" data-camera="again" data-words="camera_again" hidden></button>'
    '<button type="button" class="trio-primary" data-camera="take" data-words="camera_take" hidden></button>'
    '<button type="button" class="trio-primary" data-camera="use" data-words="camera_use" hidden></button>'
    "</div></dialog>"
)


def _help() -> str:
    keys = "".join(f'<dt>{keys}</dt><dd data-words="{word}"></dd>' for keys, word in _KEYS)
    return (
        '<dialog class="trio-dialog trio-help" aria-labelledby="trio-help-title">'
        '<h2 id="trio-help-title" data-words="help_title"></h2>'
        '<h3 data-words="help_inputs"></h3><p data-words="help_inputs_text"></p>'
        f'<h3 data-words="help_keys"></h3><dl class="trio-keys">{keys}</dl>'
        '<h3 data-words="help_limits"></h3><p data-words="help_limits_text"></p>'
        '<form method="dialog" class="trio-dialog-foot">'
        '<button class="trio-primary" data-words="close"></button></form></dialog>'
    )
