"""Errors of every part of Trio in the page's language.

The parts raise errors in English: that is what logs, the API and the kept conversations have. The page says
them in its own language by templates: `{}` stands for what an error fills in.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

_HOLE = "{}"
_GIVEN, _ALLOWED = "Given: ", "Allowed: "
_FILLED = rf"((?!{_GIVEN}|{_ALLOWED})(?:(?!\.\s).)+?)"
"""What may stand in a hole: part of one sentence."""


@dataclass(frozen=True)
class ProblemWords:
    """How a language says errors.

    Attributes:
        given: Template of what was given.
        allowed: Template of what would have been accepted.
        stop: Ends a sentence.
        sayings: English templates and this language's; none in English itself.
    """

    given: str
    allowed: str
    stop: str
    sayings: Mapping[str, str]

    @functools.cached_property
    def _ordered(self) -> list[tuple[str, str]]:
        """The templates, the most exact first."""
        return sorted(self.sayings.items(), key=lambda pair: _vagueness(pair[0]))

    def say(self, text: str) -> str:
        """Return an error's text, as `str(TrioError)` has it, in this language.

        Text that no template fits stays as it is, and so does what an error gives word by word.
        """
        for template, saying in self._ordered:
            if (match := _pattern(template).match(text)) is not None:
                *filled, rest = match.groups()
                if (after := self._rest(rest.strip())) is not None:
                    return f"{self._fill(saying, filled)}{self.stop}{after}"
        return text

    def _rest(self, rest: str) -> str | None:
        """Return what follows the first sentence; None where it is nothing that an error says."""
        rest, fix = self._split(rest)
        if rest and not rest.startswith((_GIVEN, _ALLOWED)):
            return None
        if rest.startswith(_GIVEN) and (inner := rest.removeprefix(_GIVEN)) != (said := self.say(inner)):
            return self.given.format(said) + (self._known(fix) or "")
        given, _, allowed = rest.partition(f". {_ALLOWED}" if rest.startswith(_GIVEN) else _ALLOWED)
        said = ""
        if given:
            said += self.given.format(self._part(given.removeprefix(_GIVEN).rstrip("."))) + self.stop
        if allowed:
            said += self.allowed.format(self._part(allowed.rstrip("."))) + self.stop
        return said + (self._known(fix) or "")

    def _split(self, rest: str) -> tuple[str, str]:
        """Return what stands before the advice, and the advice: the longest known end of the text."""
        for match in re.finditer(r"(?:^|(?<=\. ))", rest):
            if self._known(rest[match.end() :]) is not None:
                return rest[: match.end()].strip(), rest[match.end() :]
        return rest, ""

    def _known(self, sentence: str) -> str | None:
        """Return a whole sentence in this language, or None."""
        for template, saying in self._ordered:
            match = _pattern(template).match(sentence)
            if match is not None and not match.groups()[-1].strip():
                return f"{self._fill(saying, list(match.groups()[:-1]))}{self.stop}"
        return None

    def _part(self, text: str) -> str:
        """Return what an error gives or allows; an error inside an error is said as well."""
        inner = self.say(f"{text}.")
        return text if inner == f"{text}." else inner.removesuffix(self.stop)

    def _fill(self, saying: str, filled: list[str]) -> str:
        return saying.format(*(self._part(each) for each in filled))


def _vagueness(template: str) -> tuple[bool, int, int]:
    """Return what sorts exact templates before those that fit more than they mean."""
    return template.startswith(_HOLE), -template.count(_HOLE), -len(template)


@functools.cache
def _pattern(template: str) -> re.Pattern[str]:
    """Return a pattern of a sentence: the holes, then everything after its full stop."""
    inner = _FILLED.join(re.escape(part) for part in template.split(_HOLE))
    return re.compile(rf"{inner}\.((?=\s|$).*)$", re.DOTALL)


ENGLISH_PROBLEMS = ProblemWords(given="Given: {}", allowed="Allowed: {}", stop=".", sayings={})
