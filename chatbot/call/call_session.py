"""A call as a state machine without threads, clocks or sockets: what comes in, what is to be done about it.

Time is the number of samples heard, so the same input gives the same effects, always.
"""

from __future__ import annotations

from collections.abc import Callable

from chatbot.call.call_settings import SAMPLE_RATE, CallSettings
from chatbot.call.messages import (
    CancelTranscribe,
    CancelTurn,
    Control,
    DiscardTurn,
    Effect,
    Interrupt,
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
from chatbot.call.microphone import Microphone
from chatbot.call.outbox import Outbox
from chatbot.call.partial_times import PartialTimes
from chatbot.call.pauses import Pauses
from chatbot.call.sound_buffer import Samples
from chatbot.call.speech_detector import SpeechEnd, SpeechPause, SpeechResume, SpeechStart, VadEvent
from chatbot.call.spoken_answer import SpokenAnswer, transcript_in
from chatbot.call.turn_sound import TurnSound
from chatbot.turn.events import Done, Failed, TurnEvent
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
        self._settings, self._pauses = settings, Pauses(settings, ending, pause)
        self._microphone = Microphone(probability, settings, pause=self._pauses.longest, push=push)
        self.state = State.IDLE
        self._sound = self._microphone.sound
        self._said = TurnSound(self._sound, self._samples("pre_roll"))
        self._answer: SpokenAnswer | None = None
        self._given_up: set[int] = set()
        self._number = self._stretch = 0
        self._partials = PartialTimes(self._samples("partial_every"))
        self._out = Outbox()

    # What comes in

    def open(self) -> list[Effect]:
        """Begin."""
        self.state = self._resting
        self._out.say("state", state=str(self.state))
        return self._out.take()

    def hear(self, samples: Samples) -> list[Effect]:
        """Take sound from the microphone, float32 (n,) at 16 kHz."""
        for event in self._microphone.hear(samples):
            self._on_speech(event)
        self._after_sound()
        return self._out.take()

    def control(self, message: Control) -> list[Effect]:
        """Take a message of the page."""
        match message:
            case Mute(on=on) if on != self._microphone.muted:
                self._switch(muted=on)
            case Push(on=on):
                self._switch(push=on)
            case Press():
                self._on_speech(self._microphone.press())
            case Release():
                self._on_speech(self._microphone.release())
            case Interrupt():
                self._interrupt()
            case Played(turn=turn, seconds=seconds):
                self._on_played(turn, seconds)
        return self._out.take()

    def engine(self, turn: int, event: TurnEvent) -> list[Effect]:
        """Take what the engine says while it answers `turn`."""
        answer = self._answer
        if turn in self._given_up:
            self._on_given_up(turn, event)
        elif answer is not None and answer.number == turn:
            self._show(answer.take(event))
            self._end_if_quiet()
            self._end_if_heard()
        return self._out.take()

    def partial(self, stretch: int, text: str | None) -> list[Effect]:
        """Take a partial transcript; None where there was no time for it."""
        self._partials.end(self._microphone.position)
        if text and stretch == self._stretch and self.state == State.HEARING:
            self._out.say("partial", text=text)
        return self._out.take()

    def voice(self, turn: int, chance: float) -> list[Effect]:
        """Take the chance that who spoke has finished, by the voice before the pause."""
        if self._answer is not None and self._answer.number == turn:
            self._answer.voice = chance
        return self._out.take()

    def close(self) -> list[Effect]:
        """End the call; what was heard of a running reply is kept."""
        if self._answer is not None and self._answer.committed:
            self._cut()
        elif self._answer is not None:
            self._out.append(CancelTurn(self._answer.number))
        self._out += [CancelTurn(number) for number in sorted(self._given_up)]
        self._out.append(CancelTranscribe())
        self._answer = None
        return [effect for effect in self._out.take() if not isinstance(effect, Send | Sound)]

    # The person

    def _on_speech(self, event: VadEvent | None) -> None:
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
        self._said.begin(at)
        answer = self._answer
        if answer is not None and self.state == State.THINKING:
            self._said.begin(at, answer.audio.samples)
            self._drop(answer)
            self._out.append(DiscardTurn(answer.number))
            self._out.say("taken_back", turn=answer.number)
        elif answer is not None:
            self._cut()
        self._stretch += 1
        self._partials.put_off(self._sound.end)
        self._to(State.HEARING)

    def _answer_early(self) -> None:
        """Start to answer; nothing of it is shown before the turn has surely ended."""
        if self._answer is not None:
            return
        if self._partials.running:
            self._out.append(CancelTranscribe())
        self._number += 1
        self._answer = SpokenAnswer(self._number, self._said.audio(), self._sound.end)
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
        if self._microphone.push and len(self._said) < self._samples("min_press"):
            self._rest()
            return
        self._answer_early()
        answer = self._answer
        assert answer is not None
        self._said.taken = answer.end
        self._out.append(KeepQuestion(answer.number, answer.audio))
        self._stretch += 1
        self._to(State.THINKING)
        self._show(answer.commit())
        self._end_if_heard()

    def _after_sound(self) -> None:
        if self.state != State.HEARING:
            self._said.forget_before_turn()
            return
        self._end_if_quiet()
        if len(self._said) >= self._samples("max_turn"):
            self._finish_stretch()
            self._microphone.forget_speech()
        elif self._answer is None and self._microphone.voiced and self._partials.due(self._sound.end):
            self._partials.begin(self._microphone.position)
            self._out.append(Transcribe(self._stretch, self._said.audio()))

    def _end_if_quiet(self) -> None:
        answer = self._answer
        if answer is None or answer.committed or self._microphone.push:
            return
        if self._microphone.silence >= self._pauses.after(answer):
            self._finish_stretch()
            self._microphone.forget_speech()

    def _switch(self, *, push: bool | None = None, muted: bool | None = None) -> None:
        self._finish_stretch()
        self._microphone.switch(push=push, muted=muted)
        if self._answer is None:
            self._rest()

    def _interrupt(self) -> None:
        if self._answer is not None and self._answer.committed:
            self._cut()
            self._rest()

    # The engine

    def _on_given_up(self, turn: int, event: TurnEvent) -> None:
        transcript = transcript_in(event)
        if transcript is None and not isinstance(event, Done | Failed):
            return
        self._given_up.discard(turn)
        self._out.append(CancelTurn(turn))
        if transcript is not None and transcript.text and self.state == State.HEARING:
            self._out.say("partial", text=transcript.text)
            self._partials.put_off(self._sound.end)

    def _show(self, effects: list[Effect]) -> None:
        for effect in effects:
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
        self._out.say("drop", turn=answer.number, heard=answer.heard()[0])

    # Small things

    @property
    def _resting(self) -> State:
        return State.LISTENING if self._microphone.listening else State.IDLE

    def _rest(self) -> None:
        self._to(self._resting)

    def _to(self, state: State) -> None:
        self._microphone.expect(barge_in=state == State.SPEAKING)
        if state != self.state:
            self.state = state
            self._out.say("state", state=str(state))

    def _samples(self, setting: str) -> int:
        return round(getattr(self._settings, setting) * SAMPLE_RATE)
