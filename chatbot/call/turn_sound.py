"""Which of the microphone's sound belongs to the turn that is being spoken."""

from __future__ import annotations

import numpy as np

from chatbot.call.call_settings import SAMPLE_RATE
from chatbot.call.sound_buffer import Samples, SoundBuffer
from pipelines.core.types import Audio

_NOTHING: Samples = np.zeros(0, np.float32)


class TurnSound:
    """The sound of one turn after another.

    Args:
        sound: What the microphone heard.
        pre_roll: Samples from before the speech was noticed that belong to it.

    Attributes:
        taken: Sample up to which the sound belongs to turns that have ended.
    """

    def __init__(self, sound: SoundBuffer, pre_roll: int) -> None:
        self._sound, self._pre_roll = sound, pre_roll
        self._before = _NOTHING
        self._begin = self.taken = 0

    def begin(self, at: int, before: Samples = _NOTHING) -> None:
        """Let a turn begin with `before` and with what is said from sample `at`."""
        self._begin = max(at - self._pre_roll, self.taken, self._sound.begin)
        self._before = before

    def __len__(self) -> int:
        return len(self._before) + self._sound.end - self._begin

    def audio(self) -> Audio:
        """Return what has been said so far."""
        return Audio(np.concatenate([self._before, self._sound.since(self._begin)]), SAMPLE_RATE)

    def forget_before_turn(self) -> None:
        """Drop what no turn can need any more, while none is spoken."""
        self._sound.forget_before(self._sound.end - 2 * self._pre_roll)
