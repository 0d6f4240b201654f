"""A call as a state machine without threads, clocks or sockets: what comes in, what is to be done about it.

Time is the number of samples heard, so the same input gives the same effects, always.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chatbot.call.call_settings import SAMPLE_RATE, CallSettings
from chatbot.call.messages import (
    CancelTranscribe,
    CancelTurn,
    Control,
    DiscardTurn,
    Effect,
    Interrupt,
    Json,
    KeepHeard,
    KeepQuestion,
    Mute,
    Played,
    Press,
    Push,
    Release,
    Send,
    Sound,
    StartTurn,
    State,
    Transcribe,
)
from chatbot.call.sound_buffer import Samples, SoundBuffer
from chatbot.call.speech_detector import (
    SpeechDetector,
    SpeechEnd,
    SpeechPause,
    SpeechResume,
    SpeechStart,
    VadEvent,
)
from chatbot.call.spoken_answer import SpokenAnswer, transcript_of
from chatbot.turn.events import Done, EvidenceReady, Failed, TurnEvent
from chatbot.turn.state import fold
from pipelines.core.types import Audio, Transcript
from pipelines.text.turn_end import Ending


class CallSession:
    """One call. Every method returns what is to be done, in order.

    Args:
        probability: Judges windows of sound (`SileroStream`).
        settings: Times.
        ending: Judges words before a pause (`TurnEnd.judge`); without it every pause counts alike.
        pause: Silence that ends a turn, in seconds, unless the words say more; None for the setting.
        push: Whether push-to-talk is on at first.
    """

    def __init__(
        self,
        probability: Callable[[Samples], float],
        settings: CallSettings,
        ending: Callable[[str], Ending] | None = None,
        *,
        pause: float | None = None,
        push: bool = False,
    ) -> None:
        self._settings, self._ending = settings, ending
        self._pause = settings.pause if pause is None else pause
        self._detector = SpeechDetector(
            probability,
            start=settings.start,
            pause=self._pause if ending is None else max(self._pause, settings.thinking),
            head_start=settings.head_start,
        )
        self.state = State.IDLE
        self._push, self._muted, self._held = push, False, False
        self._buffer = SoundBuffer()
        self._before: Samples = np.zeros(0, np.float32)
        self._begin = self._taken = 0
        self._answer: SpokenAnswer | None = None
        self._given_up: set[int] = set()
        self._number = self._stretch = 0
        self._partial_from: int | None = None
        self._partial_next = 0
        self._out: list[Effect] = []

    # What comes in

    def open(self) -> list[Effect]:
        """Begin."""
        self.state = State.IDLE if self._push else State.LISTENING
        self._say("state", state=str(self.state))
        return self._take_out()

    def hear(self, samples: Samples) -> list[Effect]:
        """Take sound from the microphone, float32 (n,) at 16 kHz."""
        if not self._muted:
            self._buffer.append(samples)
            for event in self._detector.feed(samples):
                if not self._push:
                    self._on_speech(event)
            self._after_sound()
        return self._take_out()

    def control(self, message: Control) -> list[Effect]:
        """Take a message of the page."""
        match message:
            case Mute(on=on):
                self._mute(on)
            case Push(on=on):
                self._finish_stretch()
                self._push, self._held = on, False
                self._detector.reset()
                self._rest_if_free()
            case Press() if self._push and not self._muted:
                self._held = True
                self._begin_stretch(self._buffer.end)
            case Release() if self._held:
                self._held = False
                self._finish_stretch()
            case Interrupt():
                self._interrupt()
            case Played(turn=turn, seconds=seconds):
                self._on_played(turn, seconds)
            case _:
                pass
        return self._take_out()

    def engine(self, turn: int, event: TurnEvent) -> list[Effect]:
        """Take what the engine says while it answers `turn`."""
        answer = self._answer
        if turn in self._given_up:
            self._on_given_up(turn, event)
        elif answer is not None and answer.number == turn:
            answer.state = fold(answer.state, event)
            self._show(answer, event)
            self._end_if_enough()
            self._end_if_heard()
        return self._take_out()

    def partial(self, stretch: int, text: str | None) -> list[Effect]:
        """Take a partial transcript; None where there was no time for it."""
        begun, self._partial_from = self._partial_from, None
        if begun is not None:
            cost = self._detector.position - begun
            self._partial_next = self._detector.position + max(self._samples("partial_every"), 2 * cost)
        if text and stretch == self._stretch and self.state == State.HEARING:
            self._say("partial", text=text)
        return self._take_out()

    def close(self) -> list[Effect]:
        """End the call; what was heard of a running reply is kept."""
        if self._answer is not None and self._answer.committed:
            self._cut()
        elif self._answer is not None:
            self._out.append(CancelTurn(self._answer.number))
        self._out += [CancelTurn(number) for number in sorted(self._given_up)]
        self._out.append(CancelTranscribe())
        self._answer = None
        return [effect for effect in self._take_out() if not isinstance(effect, Send | Sound)]

    # The person

    def _on_speech(self, event: VadEvent) -> None:
        match event:
            case SpeechStart(at=at):
                self._begin_stretch(at)
            case SpeechPause() if self.state == State.HEARING:
                self._answer_early()
            case SpeechResume() if self.state == State.HEARING:
                self._give_up()
            case SpeechEnd():
                self._finish_stretch()

    def _begin_stretch(self, at: int) -> None:
        """Somebody speaks from sample `at`: a new turn, more of the last one, or an interruption."""
        full = self._answer is not None and len(self._answer.audio.samples) >= self._samples("max_turn")
        if self.state == State.HEARING or (full and self.state == State.THINKING):
            return
        self._begin = max(at - self._samples("pre_roll"), self._taken, self._buffer.begin)
        self._before = np.zeros(0, np.float32)
        answer = self._answer
        if answer is not None and self.state == State.THINKING:
            self._before = answer.audio.samples
            self._drop(answer)
            self._out.append(DiscardTurn(answer.number))
            self._say("taken_back", turn=answer.number)
        elif answer is not None:
            self._cut()
        self._stretch += 1
        self._partial_next = self._buffer.end + self._samples("partial_every")
        self._to(State.HEARING)

    def _said(self) -> Audio:
        return Audio(np.concatenate([self._before, self._buffer.since(self._begin)]), SAMPLE_RATE)

    def _answer_early(self) -> None:
        """Start to answer; nothing of it is shown before the turn has surely ended."""
        if self._answer is not None:
            return
        if self._partial_from is not None:
            self._out.append(CancelTranscribe())
        self._number += 1
        self._answer = SpokenAnswer(self._number, self._said(), self._buffer.end)
        self._out.append(StartTurn(self._number, self._answer.audio))

    def _give_up(self) -> None:
        """The person went on: of the answer begun, only the transcript is of use, as a partial one."""
        answer, self._answer = self._answer, None
        if answer is None:
            return
        if answer.words is not None or answer.state.ended:
            self._out.append(CancelTurn(answer.number))
        else:
            self._given_up.add(answer.number)

    def _finish_stretch(self) -> None:
        """The turn has ended."""
        if self.state != State.HEARING:
            return
        if self._push and len(self._said().samples) < self._samples("min_press"):
            self._rest()
            return
        self._answer_early()
        answer = self._answer
        assert answer is not None
        answer.committed, self._taken = True, answer.end
        self._out.append(KeepQuestion(answer.number, answer.audio))
        self._stretch += 1
        self._to(State.THINKING)
        held, answer.held = answer.held, []
        for effect in held:
            self._put(answer, effect)
        self._end_if_heard()

    def _after_sound(self) -> None:
        if self.state != State.HEARING:
            keep = self._buffer.end - 2 * self._samples("pre_roll")
            self._buffer.forget_before(keep)
            return
        self._end_if_enough()
        said = len(self._before) + self._buffer.end - self._begin
        if said >= self._samples("max_turn"):
            self._finish_stretch()
            self._detector.reset()
        elif (
            self._partial_from is None
            and self._answer is None
            and self._buffer.end >= self._partial_next
            and (self._detector.voiced or self._held)
        ):
            self._partial_from = self._detector.position
            self._out.append(Transcribe(self._stretch, self._said()))

    def _end_if_enough(self) -> None:
        answer = self._answer
        if answer is None or answer.committed or self._push:
            return
        if self._detector.silence >= self._pause_after(answer):
            self._finish_stretch()
            self._detector.reset()

    def _pause_after(self, answer: SpokenAnswer) -> float:
        """Return the seconds of silence that end the turn, by its words.

        Before the answer's first sound there is nothing to say: leaving the turn open until then costs nobody
        anything, and who goes on has not been cut short.
        """
        if self._ending is None or answer.state.ended:
            return self._pause
        if not answer.words or not answer.state.speech:
            return self._detector.pause
        match self._ending(answer.words):
            case Ending.FINISHED:
                return min(self._pause, self._settings.finished)
            case Ending.UNFINISHED:
                return self._detector.pause
            case _:
                return self._pause

    def _mute(self, on: bool) -> None:
        if on == self._muted:
            return
        if on:
            self._finish_stretch()
        self._muted, self._held = on, False
        self._detector.reset()
        self._rest_if_free()

    def _interrupt(self) -> None:
        if self._answer is not None and self._answer.committed:
            self._cut()
            self._rest()

    # The engine

    def _on_given_up(self, turn: int, event: TurnEvent) -> None:
        transcript = _transcript(event)
        if transcript is None and not isinstance(event, Done | Failed):
            return
        self._given_up.discard(turn)
        self._out.append(CancelTurn(turn))
        if transcript is not None and transcript.text and self.state == State.HEARING:
            self._say("partial", text=transcript.text)
            self._partial_next = self._buffer.end + self._samples("partial_every")

    def _show(self, answer: SpokenAnswer, event: TurnEvent) -> None:
        """Tell the page what an event brings, at once or when the turn has surely ended."""
        transcript = _transcript(event)
        if transcript is not None and transcript.text and not answer.committed:
            self._say("partial", text=transcript.text)
        for effect in answer.shown(event):
            self._put(answer, effect)

    def _put(self, answer: SpokenAnswer, effect: Effect) -> None:
        if not answer.committed:
            answer.held.append(effect)
            return
        if isinstance(effect, Sound):
            self._to(State.SPEAKING)
        self._out.append(effect)

    def _on_played(self, turn: int, seconds: float) -> None:
        if self._answer is not None and self._answer.number == turn and self._answer.committed:
            self._answer.played = max(self._answer.played, min(seconds, self._answer.seconds))
            self._out.append(KeepHeard(turn, self._answer.heard()[0]))
            self._end_if_heard()

    def _end_if_heard(self) -> None:
        answer = self._answer
        if answer is not None and answer.committed and answer.heard_whole:
            self._out.append(answer.to_save())
            self._answer = None
            self._rest()

    def _cut(self) -> None:
        """Stop the running answer; what was heard of it is kept."""
        answer = self._answer
        assert answer is not None
        self._drop(answer)
        self._out.append(answer.to_save())

    def _drop(self, answer: SpokenAnswer) -> None:
        self._answer = None
        self._out.append(CancelTurn(answer.number))
        self._say("drop", turn=answer.number, heard=answer.heard()[0])

    # Small things

    def _rest_if_free(self) -> None:
        if self._answer is None or self.state == State.HEARING:
            self._rest()

    def _rest(self) -> None:
        self._to(State.IDLE if self._muted or self._push else State.LISTENING)

    def _to(self, state: State) -> None:
        barge_in = state == State.SPEAKING
        self._detector.start = self._settings.barge_in if barge_in else self._settings.start
        if state != self.state:
            self.state = state
            self._say("state", state=str(state))

    def _samples(self, setting: str) -> int:
        return round(getattr(self._settings, setting) * SAMPLE_RATE)

    def _say(self, kind: str, /, **fields: object) -> None:
        message: Json = {"type": kind, **fields}
        self._out.append(Send(message))

    def _take_out(self) -> list[Effect]:
        out, self._out = self._out, []
        return out


def _transcript(event: TurnEvent) -> Transcript | None:
    return transcript_of(event.evidence) if isinstance(event, EvidenceReady) else None
