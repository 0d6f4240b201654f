"""What can be set about calls."""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.config.settings import Settings

SAMPLE_RATE = 16_000
"""Of the sound that the page sends, in Hz."""

MIN_PAUSE, MAX_PAUSE = 0.3, 3.0


@dataclass(frozen=True)
class CallSettings:
    """Times in seconds.

    Attributes:
        pause: Silence that ends a turn whose words say neither that it has ended nor that it goes on; the
            page may ask for another.
        finished: Silence that ends a turn whose words are a whole thing said.
        thinking: Silence that ends a turn whose words break off.
        head_start: Silence after which the answer is begun, unheard, in the hope that the turn has ended.
        start: Speech that begins a turn.
        barge_in: Speech that stops Trio while it speaks; longer, so that a cough or an echo does not.
        pre_roll: Sound kept from before the speech was noticed.
        max_turn: Longest turn; it is answered then without a pause.
        min_press: A shorter press of push-to-talk is a slip.
        partial_every: Between two partial transcripts, at least.
        max_call: Longest call.
        calls_at_once: Of all people together.
    """

    pause: float = 0.7
    finished: float = 0.3
    thinking: float = 1.8
    head_start: float = 0.256
    start: float = 0.096
    barge_in: float = 0.224
    pre_roll: float = 0.3
    max_turn: float = 60.0
    min_press: float = 0.25
    partial_every: float = 1.0
    max_call: float = 1800.0
    calls_at_once: int = 4


def call_settings(settings: Settings) -> CallSettings:
    """Return what the app's settings say about calls."""
    return CallSettings(pause=settings.call_pause, calls_at_once=settings.calls_at_once)
