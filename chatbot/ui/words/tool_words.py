"""The words of the page's tools: sidebar, camera, dropping files, help."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.core.marks import _, pgettext


@dataclass(frozen=True)
class ToolWords:
    """Names and hints of the tools. `keys`: what each shortcut does."""

    skip: str
    sidebar: str
    sidebar_label: str
    settings: str
    writer_label: str
    help: str
    close: str
    enlarge: str
    drop: str
    camera: str
    camera_title: str
    camera_take: str
    camera_again: str
    camera_use: str
    camera_cancel: str
    camera_live: str
    camera_waiting: str
    camera_none: str
    camera_denied: str
    camera_busy: str
    help_title: str
    help_keys: str
    help_key_focus: str
    help_key_send: str
    help_key_line: str
    help_key_stop: str
    help_key_new: str
    help_key_search: str
    help_key_settings: str
    help_key_help: str
    help_inputs: str
    help_inputs_text: str
    help_limits: str
    help_limits_text: str
    key_enter: str
    key_escape: str
    offline: str
    offline_reply: str


ENGLISH = ToolWords(
    skip=_("Skip to the message box"),
    sidebar=_("Show or hide sidebar"),
    sidebar_label=pgettext("name of the sidebar", "Conversations"),
    settings=_("Settings"),
    writer_label=_("Model that replies:"),
    help=_("Help and keyboard shortcuts"),
    close=_("Close"),
    enlarge=_("Enlarge picture"),
    drop=_("Drop pictures or recordings here"),
    camera=_("Take a photo"),
    camera_title=_("Take a photo"),
    camera_take=_("Capture"),
    camera_again=_("Retake"),
    camera_use=_("Use photo"),
    camera_cancel=_("Cancel"),
    camera_live=_("Camera preview"),
    camera_waiting=_("Waiting for the camera. Your browser may ask for permission."),
    camera_none=_("No camera found. Connect one, or add a picture with the paper clip button."),
    camera_denied=_("The browser is blocking the camera. Allow it next to the address bar, then try again."),
    camera_busy=_("The camera is unavailable. If another program is using it, close it and try again."),
    help_title=_("Help"),
    help_keys=_("Keyboard shortcuts"),
    help_key_focus=_("Go to the message box"),
    help_key_send=_("Send"),
    help_key_line=_("New line"),
    help_key_stop=_("Stop the reply and reading aloud"),
    help_key_new=_("New conversation"),
    help_key_search=_("Search conversations"),
    help_key_settings=_("Settings"),
    help_key_help=_("Show this help"),
    help_inputs=_("What you can send"),
    help_inputs_text=_(
        "Text, pictures and recordings, in any combination. Drop or paste them anywhere on the page, choose "
        "several files at once, take a photo or record your voice."
    ),
    help_limits=_("Limits"),
    help_limits_text=_(
        "Up to 10 files per message, 50 MB each, with up to 10 minutes of sound in total. "
        "Replies are written by a small model that can make mistakes. Check important information."
    ),
    key_enter=_("Enter"),
    key_escape=_("Esc"),
    offline=_("Connection lost, reconnecting…"),
    offline_reply=_("The reply will continue here once Trio can be reached again."),
)
