"""The words of the login page."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from chatbot.locale import translation_for
from chatbot.web.admission.limits import duration
from pipelines.core.marks import Plural, _, ngettext


@dataclass(frozen=True)
class LoginWords:
    """What the page says. Fields with braces are templates for the methods."""

    title: str
    lead: str
    name: str
    password: str
    enter: str
    wrong: str
    wait: str
    seconds: Plural
    minutes: Plural
    inside: str
    go: str
    leave: str

    def waiting(self, seconds: int) -> str:
        """Return that there were too many tries, and how long to wait."""
        count, unit = duration(seconds)
        time = (self.seconds if unit == "second" else self.minutes).of(count)
        return self.wait.format(time=time)

    def logged_in(self, name: str) -> str:
        """Return who is logged in."""
        return self.inside.format(name=name)


ENGLISH = LoginWords(
    title=_("Log in to Trio"),
    lead=_("Log in to continue."),
    name=_("Username"),
    password=_("Password"),
    enter=_("Log in"),
    wrong=_("Incorrect username or password. Try again."),
    wait=_("Too many attempts. Wait {time}, then try again."),
    seconds=ngettext("{count} second", "{count} seconds"),
    minutes=ngettext("{count} minute", "{count} minutes"),
    inside=_("You are logged in as {name}."),
    go=_("Go to Trio"),
    leave=_("Log out"),
)


@functools.cache
def login_words(language: str) -> LoginWords:
    """Return the page's words in a language of `chatbot.locale.LANGUAGES`."""
    return translation_for(language).all_of(ENGLISH)
