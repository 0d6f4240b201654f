"""The person's microphone: its sound, and where a turn begins, pauses and ends, by voice or by the button."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chatbot.call.call_settings import CallSettings
from chatbot.call.sound_buffer import Samples, SoundBuffer
from chatbot.call.speech_detector import SpeechDetector, SpeechEnd, SpeechStart, VadEvent


class Microphone:
    """Turns sound and presses into the same events.

    Args:
        probability: Judges windows of sound (`SileroStream`).
        settings: Times.
        pause: Silence that ends every turn, in seconds.
        push: Whether push-to-talk is on at first.

    Attributes:
        sound: The last of what was heard.
        push: Whether a button says when the person speaks.
        muted: Whether nothing is heard.
    """

    def __init__(
        self,
        probability: Callable[[Samples], float],
        settings: CallSettings,
        *,
        pause: float,
        push: bool = False,
    ) -> None:
        self._settings = settings
        self._detector = SpeechDetector(
            probability,
            start=settings.start,
            pause=pause,
            head_start=settings.head_start,
        )
        self.sound = SoundBuffer()
        self.push, self.muted, self._held = push, False, False

    @property
    def listening(self) -> bool:
        """Whether a turn begins as soon as somebody speaks."""
        return not self.muted and not self.push

    @property
    def voiced(self) -> bool:
        """Whether somebody is speaking right now, or holds the button."""
        return self._detector.voiced or self._held

    @property
    def position(self) -> int:
        """Samples judged so far."""
        return self._detector.position

    @property
    def silence(self) -> float:
        """Seconds of silence since the last speech of somebody who was speaking."""
        return self._detector.silence

    def hear(self, samples: Samples) -> Iterator[VadEvent]:
        """Take float32 (n,) at 16 kHz; yield what the voice says, as each window is judged."""
        if self.muted:
            return
        self.sound.append(samples)
        for event in self._detector.feed(samples):
            if not self.push:
                yield event

    def press(self) -> SpeechStart | None:
        """Take that the button is held from now on; return that a turn begins, if it does."""
        if not self.push or self.muted:
            return None
        self._held = True
        return SpeechStart(self.sound.end)

    def release(self) -> SpeechEnd | None:
        """Take that the button was let go; return that the turn has ended, if one was spoken."""
        held, self._held = self._held, False
        return SpeechEnd(self.sound.end) if held else None

    def switch(self, *, push: bool | None = None, muted: bool | None = None) -> None:
        """Switch push-to-talk or the sound; speech that has begun is forgotten."""
        self.push = self.push if push is None else push
        self.muted = self.muted if muted is None else muted
        self._held = False
        self._detector.reset()

    def forget_speech(self) -> None:
        """Let speech that goes on count as a new start."""
        self._detector.reset()

    def expect(self, *, barge_in: bool) -> None:
        """Ask for more speech before a turn begins while Trio speaks: a cough or an echo is none."""
        self._detector.start = self._settings.barge_in if barge_in else self._settings.start
