"""A call's session on real sound and the real detector; the engine's events come from scripted back-ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chatbot.call.call_session import CallSession
from chatbot.call.call_settings import SAMPLE_RATE, CallSettings
from chatbot.call.messages import (
    DiscardTurn,
    Interrupt,
    KeepHeard,
    KeepQuestion,
    Mute,
    Played,
    Press,
    Push,
    Release,
    SaveTurn,
    Send,
    StartTurn,
    Transcribe,
)
from chatbot.call.messages import Effect as AnyEffect
from chatbot.config.settings import Settings
from chatbot.turn.engine import Chatbot
from chatbot.turn.events import Done, EvidenceReady, SpeechChunk, TurnEvent
from chatbot.turn.state import Phase
from pipelines.core.errors import BackendError
from pipelines.core.types import Audio, Stage, Turn
from pipelines.text.turn_end import Ending
from tests.support.call_sessions import Samples, clip, joined, named, noise, silence, silero, windows
from tests.support.scripted import scripted_registry

REPLY = ["One two three four. ", "Five six seven eight."]
SECOND = 24_000


def answer_to(audio: Audio, **options: Any) -> list[TurnEvent]:
    """Return what the engine says: two sentences of a second each."""
    given = {Stage.GENERATE: {"pieces": REPLY}, Stage.SPEAK: {"samples": SECOND}, **options}
    return list(Chatbot(Settings(), scripted_registry(given)).respond(Turn(audio=audio)))


class Caller:
    """A session and everything that it asked for, with the seconds of sound at which it did."""

    def __init__(self, **options: Any) -> None:
        settings = CallSettings(
            **{k: v for k, v in options.items() if k in CallSettings.__dataclass_fields__}
        )
        others = {k: v for k, v in options.items() if k not in CallSettings.__dataclass_fields__}
        self.session = CallSession(silero(), settings, **others)
        self.log: list[tuple[float, str]] = []
        self.effects: list[AnyEffect] = []
        self.heard = 0
        self.take(self.session.open())

    def take(self, effects: list[AnyEffect]) -> list[str]:
        at = round(self.heard / SAMPLE_RATE, 3)
        names = named(effects)
        self.log += [(at, name) for name in names]
        self.effects += effects
        return names

    def hear(self, sound: Samples) -> None:
        for window in windows(sound):
            self.heard += len(window)
            effects = self.session.hear(window)
            self.take(effects)
            for effect in effects:
                if isinstance(effect, Transcribe):
                    self.take(self.session.partial(effect.stretch, "so far"))

    def answer(self, until: Callable[[TurnEvent], bool] = lambda event: False, **options: Any) -> None:
        """Let the engine answer the last turn that was started, up to an event."""
        job = self.last(StartTurn)
        for event in answer_to(job.audio, **options):
            self.take(self.session.engine(job.turn, event))
            if until(event):
                return

    def played(self, turn: int, seconds: float) -> list[str]:
        return self.take(self.session.control(Played(type="played", turn=turn, seconds=seconds)))

    def last(self, kind: type[Any]) -> Any:
        return next(effect for effect in reversed(self.effects) if isinstance(effect, kind))

    def names(self) -> list[str]:
        return [name for _, name in self.log]

    def clear(self) -> None:
        self.log.clear()


def spoken(samples: Path, *, pause: float = 1.0) -> Samples:
    return joined(silence(1), clip(samples, "lj"), silence(pause))


def speaking(samples: Path, **options: Any) -> Caller:
    """A call in which Trio speaks: two seconds have been sent."""
    call = Caller(**options)
    call.hear(spoken(samples))
    call.answer()
    assert call.session.state == "speaking"
    call.clear()
    return call


def test_what_was_heard_so_far_is_kept_while_the_answer_is_played(samples: Path) -> None:
    call = speaking(samples)
    call.played(1, 1.0)
    assert call.last(KeepHeard) == KeepHeard(1, "One two three four.")


def test_one_turn_in_exact_order(samples: Path) -> None:
    call = Caller()
    call.hear(spoken(samples))
    call.answer()
    assert call.log[:9] == [
        (0.0, "state listening"),
        (1.184, "state hearing"),
        (2.208, "transcribe"),
        (2.208, "partial"),
        (3.232, "transcribe"),
        (3.232, "partial"),
        (4.256, "transcribe"),
        (4.256, "partial"),
        (5.056, "start 1"),
    ]
    assert call.names()[9:14] == ["state thinking", "transcript 1", *["understood 1"] * 3]
    shown = call.names()[14:]  # text and voice come from two threads; within each the order is fixed
    assert [name for name in shown if name != "text 1"] == ["state speaking", "sound 1", "sound 1", "done 1"]
    assert shown[0] == "text 1" and shown.count("text 1") == 2
    call.clear()
    assert call.played(1, 1.0) == []
    assert call.played(1, 2.0) == ["record 'One two three four. Five six seven eight.'", "state listening"]


def test_what_is_answered_early_stays_unseen_until_the_turn_has_ended(samples: Path) -> None:
    call = Caller()
    call.hear(spoken(samples, pause=0.4))
    call.clear()
    call.answer()
    assert call.names() == ["partial"]
    call.hear(silence(0.5))
    assert call.names()[1:3] == ["state thinking", "transcript 1"]
    assert call.names()[-2:] == ["sound 1", "done 1"]


def test_going_on_after_a_breath_gives_the_early_answer_up(samples: Path) -> None:
    call = Caller()
    call.hear(joined(silence(1), clip(samples, "lj"), silence(0.4)))
    assert call.names()[-1] == "start 1"
    call.hear(clip(samples, "lj", 0.05, 1))
    call.clear()
    call.answer()
    assert call.names() == ["CancelTurn 1", "partial"]
    call.hear(joined(clip(samples, "lj", 1), silence(1)))
    assert call.names()[-2:] == ["start 2", "state thinking"]
    assert call.last(StartTurn).audio.seconds == pytest.approx(
        1 + 3.84 + 0.4 + 3.75 + 0.256 - 0.788, abs=0.05
    )


def test_going_on_while_trio_thinks_takes_the_turn_back_and_joins_both(samples: Path) -> None:
    call = Caller()
    call.hear(spoken(samples, pause=0.8))
    first = call.last(StartTurn).audio
    call.answer(until=lambda event: type(event).__name__ == "TextDelta")
    call.clear()
    call.hear(joined(silence(3), clip(samples, "lj"), silence(1)))
    assert [name for name in call.names() if "part" not in name and name != "transcribe"] == [
        "CancelTurn 1",
        "drop 1",
        "taken_back 1",
        "state hearing",
        "start 2",
        "state thinking",
    ]
    both = call.last(StartTurn).audio
    assert (both.samples[: len(first.samples)] == first.samples).all()
    assert both.seconds == pytest.approx(2 * first.seconds, abs=0.1)
    assert call.take(call.session.engine(1, Done(None))) == []  # type: ignore[arg-type]


def test_speaking_over_trio_stops_it_at_once_and_keeps_what_was_heard(samples: Path) -> None:
    call = speaking(samples)
    call.played(1, 1.5)
    call.hear(clip(samples, "jfk", 5.2, 6.2))
    assert call.log[0][0] - 5.84 == pytest.approx(0.224 + 0.3, abs=0.16)
    assert call.names()[:4] == [
        "CancelTurn 1",
        "drop 1",
        "record 'One two three four. Five six'",
        "state hearing",
    ]
    kept = call.last(SaveTurn).state
    assert kept.phase is Phase.STOPPED and kept.reply.stopped
    assert [chunk.sentence for chunk in kept.speech] == [REPLY[0].strip()]
    call.hear(joined(clip(samples, "jfk", 6.2, 7.3), silence(1)))
    assert call.names()[-2:] == ["start 2", "state thinking"]


@pytest.mark.parametrize("sound", ["syllable", "noise"])
def test_a_cough_or_a_syllable_does_not_stop_it(samples: Path, sound: str) -> None:
    call = speaking(samples)
    call.hear(joined(clip(samples, "lj", 0.1, 0.22) if sound == "syllable" else noise(1), silence(1)))
    assert call.names() == []
    assert call.session.state == "speaking"


def test_sound_without_words_is_told_and_not_recorded(samples: Path) -> None:
    call = Caller()
    call.hear(spoken(samples))
    call.clear()
    call.answer(**{Stage.TRANSCRIBE: {"text": ""}})
    assert call.names() == ["transcript 1", "nothing 1", "state listening"]


def asked_to_keep(call: Caller) -> list[AnyEffect]:
    return [effect for effect in call.effects if isinstance(effect, KeepQuestion | DiscardTurn | SaveTurn)]


def test_what_was_said_is_kept_when_the_turn_has_ended_and_before_any_answer(samples: Path) -> None:
    call = Caller()
    call.hear(spoken(samples, pause=0.4))
    assert asked_to_keep(call) == [], "the turn may still go on"
    call.hear(silence(0.5))
    (kept,) = asked_to_keep(call)
    assert isinstance(kept, KeepQuestion) and kept.audio is call.last(StartTurn).audio
    call.answer()
    assert len(asked_to_keep(call)) == 1, "not before the answer has been heard"
    call.played(1, 2.0)
    assert [type(effect) for effect in asked_to_keep(call)] == [KeepQuestion, SaveTurn]


def test_what_is_taken_back_or_holds_no_words_is_not_kept(samples: Path) -> None:
    call = Caller()
    call.hear(spoken(samples, pause=0.8))
    call.hear(joined(silence(1), clip(samples, "lj"), silence(1)))
    call.answer(**{Stage.TRANSCRIBE: {"text": ""}})
    kept = asked_to_keep(call)
    assert [type(effect) for effect in kept] == [KeepQuestion, DiscardTurn, KeepQuestion, DiscardTurn]
    assert [effect.turn for effect in kept] == [1, 1, 2, 2]  # type: ignore[union-attr]


def test_a_recording_that_could_not_be_written_down_is_kept(samples: Path) -> None:
    call = Caller()
    call.hear(spoken(samples))
    call.answer(**{Stage.TRANSCRIBE: {"error": BackendError("No ears")}})
    assert call.last(SaveTurn).state.phase is Phase.FAILED


def test_a_failed_reply_is_told_and_recorded(samples: Path) -> None:
    call = Caller()
    call.hear(spoken(samples))
    call.answer(**{Stage.GENERATE: {"pieces": ["x"], "error": BackendError("It broke"), "error_at": 0}})
    assert call.names()[-3:] == ["failed 1", "record ''", "state listening"]
    assert str(call.last(SaveTurn).state.error) == "It broke."


def test_the_interrupt_button_before_the_first_sound(samples: Path) -> None:
    call = Caller()
    call.hear(spoken(samples))
    call.answer(until=lambda event: type(event).__name__ == "TextDelta")
    call.clear()
    assert call.take(call.session.control(Interrupt(type="interrupt"))) == [
        "CancelTurn 1",
        "drop 1",
        "record ''",
        "state listening",
    ]


def test_push_to_talk_hears_exactly_what_was_held(samples: Path) -> None:
    call = Caller(push=True)
    call.hear(spoken(samples))
    assert call.names() == ["state idle"]
    call.take(call.session.control(Press(type="press")))
    call.hear(clip(samples, "lj"))
    call.take(call.session.control(Release(type="release")))
    assert [name for name in call.names() if "part" not in name and name != "transcribe"] == [
        "state idle",
        "state hearing",
        "start 1",
        "state thinking",
    ]
    assert call.last(StartTurn).audio.seconds == pytest.approx(3.84 + 0.3, abs=0.04)
    call.answer()
    call.take(call.session.control(Press(type="press")))
    assert call.names()[-2:] == ["record ''", "state hearing"]


def test_a_slip_of_the_button_is_no_turn() -> None:
    call = Caller(push=True, pre_roll=0.0)
    call.take(call.session.control(Press(type="press")))
    call.hear(silence(0.1))
    call.take(call.session.control(Release(type="release")))
    assert call.names() == ["state idle", "state hearing", "state idle"]


def test_muting_ends_the_turn_and_deafens(samples: Path) -> None:
    call = Caller()
    call.hear(joined(silence(1), clip(samples, "lj", 0, 2)))
    call.take(call.session.control(Mute(type="mute", on=True)))
    assert call.names()[-2:] == ["start 1", "state thinking"]
    call.answer()
    call.played(1, 2.0)
    assert call.names()[-1] == "state idle"
    call.clear()
    call.hear(spoken(samples))
    assert call.names() == []
    assert call.take(call.session.control(Mute(type="mute", on=False))) == ["state listening"]


def test_switching_to_push_to_talk_while_trio_speaks_leaves_it_speaking(samples: Path) -> None:
    call = speaking(samples)
    call.take(call.session.control(Push(type="push", on=True)))
    call.hear(clip(samples, "jfk", 5.2, 7))
    assert call.names() == []
    assert call.played(1, 2.0)[-1] == "state idle"


def test_a_turn_without_a_pause_is_answered_at_its_longest(samples: Path) -> None:
    call = Caller(max_turn=3.0)
    call.hear(joined(silence(1), clip(samples, "librivox")))
    starts = [at for at, name in call.log if name == "start 1"]
    assert starts == [pytest.approx(1.312 - 0.3 + 3.0, abs=0.04)]
    assert "taken_back 1" not in call.names()
    assert call.last(StartTurn).audio.seconds == pytest.approx(3.0, abs=0.04)


def test_partial_transcripts_never_overlap_and_late_ones_are_dropped(samples: Path) -> None:
    call = Caller()
    for window in windows(joined(silence(1), clip(samples, "librivox"), silence(1))):
        call.take(call.session.hear(window))
    assert call.names().count("transcribe") == 1
    stretch = call.last(Transcribe).stretch
    assert call.take(call.session.partial(stretch, "too late")) == []


def test_hanging_up_keeps_what_was_heard_and_stops_the_engine(samples: Path) -> None:
    call = speaking(samples)
    call.played(1, 1.0)
    assert named(call.session.close()) == ["CancelTurn 1", "record 'One two three four.'", "CancelTranscribe"]


def test_hanging_up_while_hearing_records_nothing(samples: Path) -> None:
    call = Caller()
    call.hear(joined(silence(1), clip(samples, "lj"), silence(0.4)))
    assert named(call.session.close()) == ["CancelTurn 1", "CancelTranscribe"]


def test_a_page_cannot_claim_more_than_was_sent(samples: Path) -> None:
    call = Caller()
    call.hear(spoken(samples))
    call.answer(until=lambda event: isinstance(event, SpeechChunk))
    call.played(1, 1e9)
    assert call.session.state == "speaking"
    call.played(7, 1.0)
    transcripts = [e for e in call.effects if isinstance(e, Send) and e.message["type"] == "transcript"]
    assert [e.message["text"] for e in transcripts] == ["I am here."]


def words(event: TurnEvent) -> bool:
    return isinstance(event, EvidenceReady) and event.evidence.kind == Stage.TRANSCRIBE


def sound(event: TurnEvent) -> bool:
    return isinstance(event, SpeechChunk)


def judged(ending: Ending) -> Caller:
    return Caller(ending=lambda text: ending)


def test_who_breaks_off_is_waited_for(samples: Path) -> None:
    call = judged(Ending.UNFINISHED)
    call.hear(spoken(samples, pause=0.4))
    call.answer(until=words)
    call.hear(joined(silence(1.1), clip(samples, "lj"), silence(0.4)))
    assert "state thinking" not in call.names() and "taken_back 1" not in call.names()
    assert call.last(StartTurn).audio.seconds == pytest.approx(2 * 3.84 + 1.5 + 0.3, abs=0.3), "both parts"
    call.answer()
    call.hear(silence(2))
    assert "sound 2" in call.names(), "but not for ever"


def test_who_has_finished_is_answered_without_the_whole_pause(samples: Path) -> None:
    call = judged(Ending.FINISHED)
    call.hear(spoken(samples, pause=0.3))
    call.clear()
    call.answer(until=sound)
    call.hear(silence(0.1))
    assert "state speaking" in call.names()


def test_words_that_say_nothing_leave_it_to_the_pause(samples: Path) -> None:
    call = judged(Ending.UNSURE)
    call.hear(spoken(samples, pause=0.4))
    call.answer(until=sound)
    assert "state thinking" not in call.names()
    call.hear(silence(0.5))
    assert "state speaking" in call.names()


@pytest.mark.parametrize("ending", [Ending.FINISHED, Ending.UNSURE])
def test_the_turn_is_open_until_there_is_something_to_say(samples: Path, ending: Ending) -> None:
    call = judged(ending)
    call.hear(spoken(samples, pause=1.2))
    call.answer(until=words)
    assert "state thinking" not in call.names()
    call.hear(joined(clip(samples, "lj"), silence(0.4)))
    assert "taken_back 1" not in call.names() and call.names()[-1] == "start 2"
    call.answer(until=sound)
    call.hear(silence(0.5))
    assert "state speaking" in call.names()


def test_the_turn_ends_without_a_sound_when_the_longest_pause_is_over(samples: Path) -> None:
    call = judged(Ending.UNSURE)
    call.hear(spoken(samples, pause=2.0))
    assert call.names()[-2:] == ["start 1", "state thinking"]


@pytest.mark.parametrize(("chance", "state"), [(0.1, "state hearing"), (0.9, "state speaking")])
def test_a_voice_that_stays_up_is_waited_for_whatever_the_words_say(
    samples: Path, chance: float, state: str
) -> None:
    call = judged(Ending.FINISHED)
    call.hear(spoken(samples, pause=0.3))
    assert call.take(call.session.voice(1, chance)) == []
    call.answer(until=sound)
    call.hear(silence(1.0))
    assert [name for name in call.names() if name.startswith("state")][-1] == state
    call.hear(silence(1.0))
    assert call.session.state == "speaking", "but not for ever"


def test_a_recording_without_words_waits_for_the_pause_alone(samples: Path) -> None:
    call = judged(Ending.UNFINISHED)
    call.hear(spoken(samples, pause=0.8))
    call.answer(**{Stage.TRANSCRIBE: {"text": ""}})
    assert call.names()[-3:] == ["transcript 1", "nothing 1", "state listening"]
