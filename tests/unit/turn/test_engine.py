"""The engine's order of things, on scripted back-ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from chatbot.config.settings import Settings
from chatbot.turn.engine import Chatbot
from chatbot.turn.events import (
    ContextReady,
    Done,
    EvidenceReady,
    Exchange,
    Failed,
    SpeechChunk,
    TextDelta,
    TurnEvent,
)
from chatbot.turn.options import TurnOptions
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, InputError, SettingsError
from pipelines.core.registry import BackendSpec, Registry
from pipelines.core.types import Audio, Caption, Distribution, Evidence, Image, Stage, Transcript, Turn
from pipelines.core.weights import WeightStore
from pipelines.text.turns import DANGERS
from tests.support import scripted
from tests.support.scripted import scripted_registry

IMAGE = Image(np.zeros((8, 8, 3), np.uint8))
AUDIO = Audio(np.zeros(16_000, np.float32), 16_000)
Options = Mapping[Stage, Mapping[str, Any]]


def chatbot(options: Options | None = None) -> Chatbot:
    return Chatbot(Settings(), scripted_registry(options))


def events_of(turn: Turn, scripts: Options | None = None, **kwargs: Any) -> list[TurnEvent]:
    return list(chatbot(scripts).respond(turn, **kwargs))


def test_a_whole_turn_brings_every_stage_once_and_ends_with_done() -> None:
    bot = chatbot()
    events = list(bot.respond(Turn("Look!", (IMAGE, IMAGE), AUDIO)))
    found = sorted((str(e.evidence.kind), e.evidence.source) for e in events if isinstance(e, EvidenceReady))
    assert found == [
        ("caption", "picture 1"),
        ("caption", "picture 2"),
        ("danger", "text"),
        ("danger", "voice"),
        ("detect", "picture 1"),
        ("detect", "picture 2"),
        ("ocr", "picture 1"),
        ("ocr", "picture 2"),
        ("sentiment", "text"),
        ("sentiment", "voice"),
        ("speech-emotion", "voice"),
        ("text-emotion", "text"),
        ("text-emotion", "voice"),
        ("transcribe", "voice"),
    ]
    done = events[-1]
    assert isinstance(done, Done)
    assert done.reply.text == "Hello there. How are you?"
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == done.reply.text
    assert [e.sentence for e in events if isinstance(e, SpeechChunk)] == ["Hello there.", "How are you?"]
    assert set(done.reply.models) == {str(s) for s in bot.registry.table}


def test_context_comes_after_all_evidence_and_before_text() -> None:
    kinds = [type(e) for e in events_of(Turn("Hi", (IMAGE,)))]
    at = kinds.index(ContextReady)
    assert EvidenceReady not in kinds[at:]
    assert TextDelta not in kinds[:at]


def test_speech_emotion_gets_the_transcribers_own_encoding() -> None:
    bot = chatbot()
    list(bot.respond(Turn(audio=AUDIO)))
    (encoding,) = bot.registry.get(Stage.SPEECH_EMOTION).calls
    assert encoding is not None and encoding.frames.shape == (3, 4)


def test_the_first_sentence_is_spoken_before_the_text_is_complete() -> None:
    options = {
        Stage.GENERATE: {"pieces": ["One two. ", "Three ", "four. ", "Five ", "six. "], "seconds": 0.1}
    }
    kinds = [type(e) for e in events_of(Turn("Hi"), options)]
    last_text = len(kinds) - 1 - kinds[::-1].index(TextDelta)
    assert kinds.index(SpeechChunk) < last_text


def test_independent_stages_run_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=30)
    bot = chatbot()
    for stage in (Stage.TRANSCRIBE, Stage.CAPTION, Stage.SENTIMENT):
        backend = bot.registry.get(stage)
        original, first = backend._act, iter([True])

        def act(given: Any, original: Any = original, first: Iterator[bool] = first) -> None:
            if next(first, False):
                together.wait()  # breaks where the stages take turns
            original(given)

        backend._act = act
    list(bot.respond(Turn("Hi", (IMAGE,), AUDIO)))
    assert not together.broken


def test_a_failed_stage_is_shown_and_kept_out_of_the_prompt() -> None:
    error = InputError("The picture is odd", fix="Take another")
    bot = chatbot({Stage.CAPTION: {"error": error}})
    events = list(bot.respond(Turn("What is it?", (IMAGE,))))
    (failed,) = [e.evidence for e in events if isinstance(e, EvidenceReady) and e.evidence.error]
    assert str(failed.error) == "The picture is odd. Take another."
    assert isinstance(events[-1], Done)
    (messages,) = bot.registry.get(Stage.GENERATE).calls
    assert "odd" not in messages[-1]["content"]


@pytest.mark.parametrize("label", ["self-harm", "none"])
@pytest.mark.parametrize("turn", [Turn("I am here."), Turn(audio=AUDIO)], ids=["typed", "spoken"])
def test_a_danger_in_the_words_is_told_to_the_model_in_this_turn_and_later(turn: Turn, label: str) -> None:
    bot = chatbot({Stage.DANGER: {"label": label}})
    history: list[Exchange] = []
    for given in (turn, Turn("And now?")):
        *_, done = bot.respond(given, history)
        assert isinstance(done, Done) and done.reply.context is not None
        history.append(Exchange(done.reply.context.words, done.reply.text, done.reply.context))
        bot.registry.get(Stage.DANGER).options["label"] = "none"
    first, second = bot.registry.get(Stage.GENERATE).calls
    assert (DANGERS["self-harm"] in first[-1]["content"]) == (label == "self-harm")
    assert first[-1] in second
    assert DANGERS["self-harm"] not in second[-1]["content"]


def test_an_unforeseen_failure_of_a_stage_does_not_end_the_turn() -> None:
    events = events_of(Turn("Hi", (IMAGE,)), {Stage.OCR: {"error": RuntimeError("boom")}})
    (failed,) = [e.evidence for e in events if isinstance(e, EvidenceReady) and e.evidence.error]
    assert failed.error is not None and "RuntimeError" in str(failed.error)
    assert isinstance(events[-1], Done)


def test_silence_alone_fails_with_advice() -> None:
    events = events_of(Turn(audio=AUDIO), {Stage.TRANSCRIBE: {"text": ""}})
    assert isinstance(events[-1], Failed)
    assert "No speech was found" in str(events[-1].message)
    assert not [e for e in events if isinstance(e, TextDelta)]


class SeeingGenerator(scripted.Generator):
    sees = True


def test_a_model_that_sees_gets_the_pictures_and_not_their_captions() -> None:
    table = {stage: dict(rows) for stage, rows in scripted_registry().table.items()}
    table[Stage.GENERATE] = {"seeing": BackendSpec(f"{__name__}:SeeingGenerator", "embedded", "d")}
    options = {Stage.OCR: {"text": "EXIT"}, Stage.CAPTION: {"error": BackendError("blind")}}
    bot = Chatbot(Settings(), Registry(table, WeightStore(), options=options))
    first = list(bot.respond(Turn(None, (IMAGE,))))[-1]
    assert isinstance(first, Done)
    seeing = bot.registry.get(Stage.GENERATE)
    asked = seeing.calls[0][-1]
    assert asked["images"] == (IMAGE,)
    assert asked["content"] == ""
    known = Evidence(Stage.CAPTION, "picture 1", Caption("A cat.", 0.9), 0.9, "m", 0.1)
    past = list(bot.respond(Turn("Look!", (IMAGE,)), known=[known]))[-1]
    assert isinstance(past, Done) and past.reply.context is not None
    list(bot.respond(Turn("And now?"), [Exchange("Look!", "A cat.", past.reply.context)]))
    earlier, _, now = seeing.calls[2][-3:]
    assert "images" not in earlier and earlier["content"].startswith("[You see a picture: a cat.")
    assert "images" not in now and now["content"].endswith("And now?")


def test_a_model_that_does_not_see_gets_the_captions_alone() -> None:
    bot = chatbot()
    list(bot.respond(Turn("Look!", (IMAGE,))))
    asked = bot.registry.get(Stage.GENERATE).calls[0][-1]
    assert "images" not in asked and "[You see a picture: a cat on a mat." in asked["content"]


def test_silence_with_a_picture_is_answered() -> None:
    events = events_of(Turn(images=(IMAGE,), audio=AUDIO), {Stage.TRANSCRIBE: {"text": ""}})
    assert isinstance(events[-1], Done)


def test_failed_transcription_alone_ends_the_turn() -> None:
    events = events_of(Turn(audio=AUDIO), {Stage.TRANSCRIBE: {"error": BackendError("No model")}})
    assert isinstance(events[-1], Failed)
    assert "No model" in str(events[-1].message)


def test_a_failing_generator_keeps_what_was_said() -> None:
    options = {Stage.GENERATE: {"error": BackendError("The model broke"), "error_at": 2}}
    events = events_of(Turn("Hi"), options)
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert failed.reply.text == "Hello there."
    assert "The model broke" in str(failed.message)
    assert [e.sentence for e in events if isinstance(e, SpeechChunk)] == ["Hello there."]


def test_stop_ends_the_turn_and_keeps_what_was_said() -> None:
    token = CancelToken()
    options = {Stage.GENERATE: {"pieces": [f"word{n} " for n in range(500)], "seconds": 0.01}}
    seen: list[TurnEvent] = []
    for event in chatbot(options).respond(Turn("Hi"), cancel=token):
        seen.append(event)
        if isinstance(event, TextDelta):
            token.cancel()
    done = seen[-1]
    assert isinstance(done, Done) and done.reply.stopped
    assert done.reply.text.startswith("word0")
    assert len(done.reply.text.split()) < 500


def test_stop_while_a_stage_runs_ends_the_turn_without_waiting_for_it() -> None:
    token, finish = CancelToken(), threading.Event()
    bot = chatbot()

    def act(given: Any) -> None:
        token.cancel()
        assert finish.wait(60)

    bot.registry.get(Stage.OCR)._act = act
    events = list(bot.respond(Turn("Hi", (IMAGE,)), cancel=token))
    assert not finish.is_set()  # the stage is at work still
    finish.set()
    assert isinstance(events[-1], Done) and events[-1].reply.stopped


def test_closing_the_iterator_cancels_the_token() -> None:
    token = CancelToken()
    events = chatbot().respond(Turn("Hi"), cancel=token)
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert token.cancelled


def test_no_voice_when_not_wanted() -> None:
    events = events_of(Turn("Hi"), options=TurnOptions(speak=False))
    assert not [e for e in events if isinstance(e, SpeechChunk)]
    assert isinstance(events[-1], Done)
    assert events[-1].reply.timings.first_audio is None


def test_a_voice_that_fails_leaves_the_text_and_says_why() -> None:
    events = events_of(Turn("Hi"), {Stage.SPEAK: {"error": InputError("No voice for this language")}})
    assert isinstance(events[-1], Done)
    assert events[-1].reply.text == "Hello there. How are you?"
    assert str(events[-1].reply.voice_note) == "No voice for this language."


def test_a_turn_chooses_its_own_numbers_and_back_ends_and_leaves_those_of_others() -> None:
    given = scripted_registry()
    rows = given.table[Stage.GENERATE]
    table = {**given.table, Stage.GENERATE: {**rows, "other": rows["scripted"]}}
    registry = Registry(table, given.store)
    bot = Chatbot(Settings(temperature=0.3), registry)
    list(bot.respond(Turn("Hi"), options=TurnOptions(backends={Stage.GENERATE: "other"}, temperature=0.9)))
    list(bot.respond(Turn("Hi")))
    assert [registry.get(Stage.GENERATE, name).temperatures for name in ("other", "scripted")] == [
        [0.9],
        [0.3],
    ]


def test_a_back_end_that_the_table_lacks_fails_its_stage_only() -> None:
    options = TurnOptions(backends={Stage.SENTIMENT: "none"})
    events = events_of(Turn("Hi"), options=options)
    failed = [e.evidence for e in events if isinstance(e, EvidenceReady) and e.evidence.error]
    assert [e.kind for e in failed] == [Stage.SENTIMENT]
    assert isinstance(events[-1], Done)


def test_a_language_that_the_model_cannot_write_is_refused_with_those_that_it_can() -> None:
    events = events_of(Turn("Hi"), options=TurnOptions(reply_language="fi"))
    assert isinstance(events[-1], Failed)
    assert "Allowed: en" in str(events[-1].message)


@pytest.mark.parametrize("options", [{"speed": 3.0}, {"temperature": -1.0}, {"max_reply_tokens": 0}])
def test_numbers_outside_their_limits_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="Allowed"):
        TurnOptions(**options)


def test_an_empty_reply_of_the_model_is_an_error() -> None:
    events = events_of(Turn("Hi"), {Stage.GENERATE: {"pieces": [" "]}})
    assert isinstance(events[-1], Failed)


def test_the_oldest_turns_are_left_out_of_a_prompt_that_is_full() -> None:
    bot = chatbot()
    history = [Exchange(f"question {n} " + "x" * 150, f"answer {n} " + "y" * 150) for n in range(20)]
    list(bot.respond(Turn("And now?"), history))
    (messages,) = bot.registry.get(Stage.GENERATE).calls
    prompt = " ".join(m["content"] for m in messages)
    assert "answer 19" in prompt and "answer 0 " not in prompt
    assert messages[0]["role"] == "system" and messages[-1]["content"].endswith("And now?")


def test_a_message_that_cannot_fit_is_refused_with_the_limit() -> None:
    events = events_of(Turn("word " * 1000))
    assert isinstance(events[-1], Failed)
    assert "too long" in str(events[-1].message)


def test_timings_hold_every_stage() -> None:
    done = events_of(Turn("Hi", (IMAGE,), AUDIO))[-1]
    assert isinstance(done, Done)
    timings = done.reply.timings
    assert {"transcribe voice", "caption picture 1", "sentiment text", "generate", "speak"} <= set(
        timings.stages
    )
    assert timings.first_text is not None and timings.first_audio is not None
    assert timings.first_text <= timings.first_audio <= timings.total


@pytest.mark.parametrize("stage", [Stage.CAPTION, Stage.GENERATE])
def test_warm_up_says_what_cannot_be_loaded(stage: Stage) -> None:
    bot = chatbot()
    backend = bot.registry.get(stage)

    def refuse() -> None:
        raise BackendError("Broken weights")

    backend.warm_up = refuse
    status = bot.wait_until_warm()
    assert {name: str(why) for name, why in status.errors.items()} == {str(stage): "Broken weights."}
    assert not status.ready and not status.pending


def known(kind: Stage, source: str, value: Any, **more: Any) -> Evidence:
    return Evidence(kind, source, value, 1.0, "a model", 0.4, start=0.1, **more)


def test_known_evidence_takes_the_place_of_its_stage() -> None:
    bot = chatbot()
    heard = known(Stage.TRANSCRIBE, "voice", Transcript("I lost my job.", "en", 1.0), original="my joy")
    seen = known(Stage.CAPTION, "picture 2", Caption("A lynx.", 1.0))
    events = list(bot.respond(Turn("Look!", (IMAGE, IMAGE), AUDIO), known=[heard, seen]))
    assert bot.registry.get(Stage.TRANSCRIBE).calls == []
    assert len(bot.registry.get(Stage.CAPTION).calls) == 1
    assert sorted(bot.registry.get(Stage.SENTIMENT).calls) == ["I lost my job.", "Look!"]
    assert sorted(bot.registry.get(Stage.TEXT_EMOTION).calls) == ["I lost my job.", "Look!"]
    done = events[-1]
    assert isinstance(done, Done) and done.reply.context is not None
    assert done.reply.context.transcript == "I lost my job."
    assert done.reply.context.captions == ("A cat on a mat.", "A lynx.")
    (found,) = [i for i in done.reply.context.evidence if i.kind == Stage.TRANSCRIBE]
    assert found.original == "my joy"
    assert (found.model, found.seconds, found.start) == ("a model", 0.4, None)
    assert not {"transcribe voice", "caption picture 2"} & set(done.reply.timings.stages)
    assert "I lost my job." in str(bot.registry.get(Stage.GENERATE).calls)


def test_a_known_sound_of_the_voice_is_kept_and_one_that_is_not_known_is_listened_to() -> None:
    heard = known(Stage.TRANSCRIBE, "voice", Transcript("I am here.", "en", 1.0))
    for items, calls in (
        ([heard], [None]),
        ([heard, known(Stage.SPEECH_EMOTION, "voice", Distribution("sad", 0.7, {"sad": 0.7}))], []),
    ):
        bot = chatbot()
        list(bot.respond(Turn(audio=AUDIO), known=items))
        assert bot.registry.get(Stage.SPEECH_EMOTION).calls == calls


def test_known_evidence_for_what_the_turn_does_not_hold_is_not_used() -> None:
    heard = known(Stage.TRANSCRIBE, "voice", Transcript("I am here.", "en", 1.0))
    done = events_of(Turn("Hi"), known=[heard])[-1]
    assert isinstance(done, Done) and done.reply.context is not None
    assert done.reply.context.transcript == ""
    assert {item.source for item in done.reply.context.evidence} == {"text"}


def test_words_in_place_of_silence_answer_a_turn_that_had_failed() -> None:
    options = {Stage.TRANSCRIBE: {"text": ""}}
    assert isinstance(events_of(Turn(audio=AUDIO), options)[-1], Failed)
    heard = known(Stage.TRANSCRIBE, "voice", Transcript("I am here.", "en", 1.0), original="")
    assert isinstance(events_of(Turn(audio=AUDIO), options, known=[heard])[-1], Done)


def test_every_stage_that_ran_has_a_start_in_the_order_of_the_waves() -> None:
    options = {Stage.TRANSCRIBE: {"seconds": 0.05}, Stage.GENERATE: {"seconds": 0.02}}
    done = events_of(Turn("Hi", (IMAGE,), AUDIO), options)[-1]
    assert isinstance(done, Done) and done.reply.context is not None
    timings = done.reply.timings
    assert timings.starts.keys() == timings.stages.keys()
    starts, ends = timings.starts, {k: timings.starts[k] + timings.stages[k] for k in timings.stages}
    assert starts["speech-emotion voice"] >= ends["transcribe voice"]
    assert starts["generate"] >= max(ends[k] for k in ends if k not in ("generate", "speak"))
    assert timings.first_text is not None and starts["generate"] <= timings.first_text
    assert starts["speak"] >= timings.first_text
    assert all(0 <= start <= timings.total for start in starts.values())
    for item in done.reply.context.evidence:
        assert item.start == starts[f"{item.kind} {item.source}"]


def test_the_chosen_voice_speaks_where_the_back_end_has_several() -> None:
    bot = chatbot()
    chosen: list[Any] = []
    usual = bot.registry.get(Stage.SPEAK)

    def with_voices(voices: Any) -> Any:
        chosen.append(voices)
        return other

    other = scripted.Speaker(bot.registry)
    usual.with_voices = with_voices
    list(bot.respond(Turn("Hi"), options=bot.turn_options(voices={"zh": "zm_yunxi"})))
    assert chosen == [{"zh": "zm_yunxi"}]
    assert other.calls and not usual.calls
    list(bot.respond(Turn("Hi")))
    assert len(chosen) == 1 and usual.calls


def test_a_choice_of_voice_is_no_matter_to_a_speaker_with_one() -> None:
    bot = chatbot()
    done = list(bot.respond(Turn("Hi"), options=bot.turn_options(voices={"zh": "zm_yunxi"})))[-1]
    assert isinstance(done, Done) and done.reply.voice_note is None
    assert bot.registry.get(Stage.SPEAK).calls
