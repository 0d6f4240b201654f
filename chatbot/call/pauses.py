"""How long a silence ends the person's turn."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from chatbot.call.call_settings import CallSettings
from chatbot.call.spoken_answer import SpokenAnswer
from pipelines.text.turn_end import Ending

GOES_ON = 0.5
"""A voice with a lower chance of having finished goes on: 24 of 95 cut clips, and none of 72 whole ones."""


class Pauses:
    """The pause after a turn, by its words and the voice.

    Args:
        settings: Times.
        ending: Judges the words before a pause (`TurnEnd.judge`); without it every pause counts alike.
        pause: Seconds, unless the words say more; None for the setting.

    Attributes:
        longest: Seconds of silence that end every turn.
    """

    def __init__(
        self, settings: CallSettings, ending: Callable[[str], Ending] | None, pause: float | None
    ) -> None:
        self._settings = settings
        self._ending = ending and lru_cache(maxsize=1)(ending)  # asked with every window of the silence
        self._pause = settings.pause if pause is None else pause
        self.longest = self._pause if ending is None else max(self._pause, settings.thinking)

    def after(self, answer: SpokenAnswer) -> float:
        """Return the seconds of silence after which the turn has ended.

        Before the answer's first sound there is nothing to say: leaving the turn open until then costs nobody
        anything, and who goes on has not been cut short.
        """
        if self._ending is None or answer.state.ended:
            return self._pause
        goes_on = answer.voice is not None and answer.voice < GOES_ON
        if goes_on or not answer.words or not answer.state.speech:
            return self.longest
        match self._ending(answer.words):
            case Ending.FINISHED:
                return min(self._pause, self._settings.finished)
            case Ending.UNFINISHED:
                return self.longest
            case _:
                return self._pause
