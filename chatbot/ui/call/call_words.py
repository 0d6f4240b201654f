"""Every word of the voice call's overlay."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from chatbot.locale import LANGUAGES, translation_for
from chatbot.ui.words import DEFAULT_LANGUAGE, words_for
from pipelines.core.marks import _

ENGLISH: Mapping[str, str] = {
    "button": _("Voice call"),
    "title": _("Voice call with Trio"),
    "idle": _("Ready"),
    "connecting": _("Connecting…"),
    "listening": _("Listening"),
    "hearing": _("Hearing you"),
    "thinking": _("Thinking"),
    "speaking": _("Speaking"),
    "trouble": _("Call failed"),
    "muted": _("Microphone off"),
    "hint_listening": _("Just speak. Pause briefly when you have finished."),
    "hint_hearing": _("Take your time."),
    "hint_thinking": _("Keep talking if you had not finished."),
    "hint_speaking": _("Speak to interrupt."),
    "hint_push": _("Hold the button or the space bar while you speak."),
    "hint_muted": _("Trio cannot hear you."),
    "hint_nothing": _("No words were heard. Try again, a little closer to the microphone."),
    "you": _("You"),
    "trio": _("Trio"),
    "level": _("Microphone level"),
    "mute": _("Mute"),
    "unmute": _("Unmute"),
    "push": _("Push to talk"),
    "talk": _("Hold to talk"),
    "interrupt": _("Interrupt"),
    "end": _("End call"),
    "close": _("Close"),
    "retry": _("Try again"),
    "stopped": _("interrupted"),
    "understood": _("What Trio understood"),
    "kind_speech-emotion": _("tone of voice"),
    "kind_text-emotion": _("emotion"),
    "kind_danger": _("danger"),
    "kind_sentiment": _("sentiment"),
    "denied_title": _("The browser is blocking the microphone"),
    "denied_chrome": _(
        "Click the icon to the left of the address, turn on the microphone for this site, and try again."
    ),
    "denied_edge": _(
        "Click the lock to the left of the address, choose “Permissions for this site”, "
        "allow the microphone, and try again."
    ),
    "denied_firefox": _(
        "Click the crossed-out microphone to the left of the address, remove the block, and try again."
    ),
    "denied_safari": _(
        "Open the Safari menu, choose “Settings for This Website”, allow the microphone, and try again."
    ),
    "denied_mobile": _(
        "Open the site settings from the address bar and allow the microphone. If it is already allowed, "
        "allow the browser to use it in your phone’s settings. Then try again."
    ),
    "denied_other": _("Allow the microphone for this site in the browser’s settings, and try again."),
    "missing_title": _("No microphone found"),
    "missing_body": _("Connect one, or turn it on in your system’s sound settings, and try again."),
    "taken_title": _("The microphone is unavailable"),
    "taken_body": _(
        "Another program may be using it. Close that program, or unplug the microphone and plug it back in."
    ),
    "insecure_title": _("The microphone cannot be used at this address"),
    "insecure_body": _(
        "Browsers allow the microphone only on localhost or over HTTPS. Open http://localhost:{port} on the "
        "computer that runs Trio, or ask the person who runs it to turn on HTTPS."
    ),
    "old_title": _("This browser cannot make calls"),
    "old_body": _("Update it, or use a current version of Chrome, Edge, Firefox or Safari."),
    "lost_title": _("Connection lost"),
    "lost_body": _("What was said is saved. Check that Trio is still running, then call again."),
    "busy_title": _("All call lines are busy"),
    "busy_body": _("Trio can take only a few calls at once. Try again in a moment."),
    "sign_in_title": _("You are not logged in"),
    "sign_in_body": _("Reload the page, log in, and call again."),
    "origin_title": _("Trio does not recognise this address"),
    "origin_body": _(
        "Open Trio at its own address, or ask the person who runs it to make the proxy forward the host name."
    ),
}


@functools.cache
def call_words(language: str) -> Mapping[str, str]:
    """Return the words in a language, English for one that the page does not know.

    With them come the page's names of emotions, as `label_NAME`.
    """
    if language not in LANGUAGES:
        return call_words(DEFAULT_LANGUAGE)
    named = words_for(language).labels.emotions
    words = translation_for(language).all_of(ENGLISH)
    return {**words, **{f"label_{label}": name for label, name in named.items()}}
