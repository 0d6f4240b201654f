"""What the settings say of a model that was not taken: why, what a download would get, how far it is."""

from __future__ import annotations

from typing import NamedTuple

from chatbot.config.mind import machine_memory
from chatbot.ui.markup import english, escape, icon
from chatbot.ui.model_downloads import Download
from chatbot.ui.words import Words
from pipelines.core.hub_request import HubListing
from pipelines.core.said import Text
from pipelines.core.types import Stage

MEMORY_SHARE = 0.7
"""A model whose files are larger than this share of the memory may not fit beside the rest."""


class Refusal(NamedTuple):
    """A model that was chosen for a stage and not taken, and why, as the error says it.

    `title`: what people call it. `size`: bytes that a press downloads; 0 where that does not help, or is not
    allowed. `asks`: whether the page asks the hub for the size.
    """

    stage: Stage
    name: str
    why: Text
    title: str = ""
    size: int = 0
    asks: bool = False


def refusal_alert(refusal: Refusal, words: Words) -> str:
    """Return why a model was not taken, with the button that gets it where that helps."""
    said, name = words.settings, english(refusal.title or refusal.name)
    if refusal.size:
        button = _get_button(refusal.stage, refusal.name, refusal.size, words)
        return _warning(refusal.stage, said.not_there.format(name=name), button)
    if refusal.asks:
        asks = f' data-look-up="{escape(refusal.name)}"'
        return _warning(refusal.stage, said.asking_hub.format(name=name), more=asks)
    return _warning(refusal.stage, said.cannot_use(name, english(words.say(refusal.why))))


def hub_offer(stage: Stage, name: str, title: str, listing: HubListing, words: Words) -> str:
    """Return what the hub says of a model, and the button that gets it."""
    line = words.settings.hub_offer.format(
        name=english(title), licence=english(listing.licence), repository=english(listing.repository)
    )
    if listing.size > MEMORY_SHARE * machine_memory():
        line += words.settings.much_memory
    return _warning(stage, line, _get_button(stage, name, listing.size, words))


def _get_button(stage: Stage, name: str, size: int, words: Words) -> str:
    data = f'data-download="{stage}" data-name="{escape(name)}"'
    return f'<button type="button" {data}>{escape(words.settings.get(size))}</button>'


def _warning(stage: Stage, line: str, button: str = "", more: str = "") -> str:
    return (
        f'<div class="trio-refusal trio-download" data-stage="{stage}" role="alert"{more}>'
        f"{icon('warning')}<span>{line}</span>{button}</div>"
    )


def download_state(download: Download, words: Words) -> str:
    """Return how far a download is, with its stop; once it has ended, why it did not succeed, if so."""
    said, name = words.settings, english(download.title or download.name)
    if download.stopped:
        return _warning(download.stage, said.download_stopped.format(name=name))
    if download.error is not None:
        why = english(words.say(download.error.said))
        return _warning(download.stage, said.download_failed.format(name=name, why=why))
    if download.ended:
        return ""
    line, value = said.download_begins.format(name=name), ""
    if download.total:
        line = said.progress(name, download.done, download.total, download.seconds_left)
        value = f' max="{download.total}" value="{download.done}"'
    bar = f'<progress{value} aria-label="{escape(download.title or download.name)}"></progress>'
    stop = f'<button type="button" data-stop-download>{escape(said.stop_download)}</button>'
    return (
        f'<div class="trio-download" data-stage="{download.stage}" data-running>'
        f"<span>{line}</span>{bar}{stop}</div>"
    )
