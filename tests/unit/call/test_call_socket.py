"""The WebSocket of a call with a scripted engine: messages, limits, and that every end leaves nothing behind."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from chatbot.call.call_settings import CallSettings
from chatbot.call.sound_buffer import to_frame
from chatbot.call.workers import SLOW_SECONDS, Load
from chatbot.config.settings import Settings
from chatbot.history import HistoryError, Status, retries
from chatbot.turn.engine import Chatbot
from chatbot.turn.events import Exchange, TurnEvent
from chatbot.turn.options import TurnOptions
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import LimitError
from pipelines.core.types import Stage, Turn
from tests.support.call_sessions import Samples, clip, joined, read_frame, silence, windows
from tests.support.called import Kept, calls_app
from tests.support.scripted import scripted_registry

START = {"type": "start", "conversation": "c1"}


class Noted(Chatbot):
    """The engine on scripted back-ends; notes how its turns ended."""

    def __init__(self, **options: Any) -> None:
        given = {Stage.SPEAK: {"samples": 24_000}, **options}
        super().__init__(Settings(), scripted_registry(given))
        self.tokens: list[CancelToken] = []
        self.histories: list[list[str]] = []
        self.options: list[TurnOptions] = []
        self.closed = 0

    def respond(self, turn: Turn, history: Sequence[Exchange] = (), **options: Any) -> Iterator[TurnEvent]:
        self.tokens.append(options["cancel"])
        self.histories.append([exchange.user for exchange in history])
        self.options.append(options["options"])
        try:
            yield from super().respond(turn, history, **options)
        finally:
            self.closed += 1


def pcm(sound: Samples) -> Iterator[bytes]:
    for window in windows(sound):
        yield to_frame(0, window, 16_000)[8:]


class Client:
    def __init__(self, socket: WebSocketTestSession) -> None:
        self.socket = socket
        self.sounds: list[tuple[int, float]] = []

    def say(self, **message: Any) -> None:
        self.socket.send_text(json.dumps(message))

    def speak(self, sound: Samples) -> None:
        for data in pcm(sound):
            self.socket.send_bytes(data)

    def until(self, kind: str, /, **fields: Any) -> dict[str, Any]:
        """Read up to a message; sound on the way is kept."""
        while True:
            message = self.socket.receive()
            if message["type"] == "websocket.close":
                raise WebSocketDisconnect(message["code"])
            if data := message.get("bytes"):
                turn, rate, samples = read_frame(data)
                self.sounds.append((turn, len(samples) / rate))
                continue
            found: dict[str, Any] = json.loads(message["text"])
            if found["type"] == kind and found.items() >= fields.items():
                return found

    def closed(self) -> int:
        with pytest.raises(WebSocketDisconnect) as ended:
            self.until("never")
        return ended.value.code


def threads() -> set[str]:
    return {
        t.name for t in threading.enumerate() if t.name.startswith(("trio-call", "trio-speak", "trio-write"))
    }


def gone() -> bool:
    """Whether the threads of calls and turns have ended; waits for those that are about to."""
    for _ in range(600):
        if not threads():
            return True
        time.sleep(0.05)
    return False


@contextmanager
def calling(
    bot: Chatbot, kept: Kept | None = None, settings: CallSettings | None = None, **start: Any
) -> Iterator[Client]:
    app = calls_app(bot, kept, settings)
    with TestClient(app) as http, http.websocket_connect("/call") as socket:
        client = Client(socket)
        client.say(**{**START, **start})
        yield client


def turn(samples: Path) -> Samples:
    return joined(silence(0.5), clip(samples, "lj"), silence(0.9))


def test_a_call_speaks_as_the_settings_say(samples: Path) -> None:
    bot = Noted()
    with calling(bot, speed=1.4, voices={"zh": "zm_yunxi"}, hot_words="陆小满") as client:
        client.speak(turn(samples))
        client.until("done")
    (options,) = bot.options
    assert (options.speed, options.voices, options.hot_words) == (1.4, {"zh": "zm_yunxi"}, "陆小满")


def test_a_turn_is_answered_played_and_recorded(samples: Path) -> None:
    bot, kept = Noted(), Kept()
    with calling(bot, kept) as client:
        assert client.until("ready")["sample_rate"] == 16_000
        client.until("state", state="listening")
        client.speak(turn(samples))
        assert client.until("transcript")["text"] == "I am here."
        assert client.until("understood", kind="speech-emotion")["label"] == "sad"
        done = client.until("done")
        assert done["text"] == "Hello there. How are you?" and done["seconds"] == 2.0
        assert client.sounds == [(1, 1.0), (1, 1.0)]
        client.say(type="played", turn=1, seconds=2.0)
        client.until("state", state="listening")
        client.speak(turn(samples))
        client.until("done", turn=2)
        client.say(type="end")
        assert client.closed() == 1000
    assert [(turn.status, turn.reply_text) for turn in kept.turns()] == [
        (Status.DONE, "Hello there. How are you?"),
        (Status.STOPPED, ""),
    ]
    assert bot.histories == [[], ["I am here."]]
    assert [exchange.reply for exchange in kept.past("anna", "c1").exchanges] == ["Hello there. How are you?"]
    assert gone()


def test_a_name_that_was_put_right_is_listened_for(samples: Path) -> None:
    bot, kept = Noted(), Kept()
    with calling(bot, kept, hot_words="Siobhán") as client:
        client.speak(turn(samples))
        client.until("done", turn=1)
        client.say(type="played", turn=1, seconds=2.0)
        client.until("state", state="listening")
        while not (turns := kept.turns()) or turns[0].status == Status.ANSWERING:
            time.sleep(0.05)
        (first,) = turns
        kept.stores.of(temporary=False).correct("anna", first.id, "voice", "I am in Poughkeepsie.")
        client.speak(turn(samples))
        client.until("done", turn=2)
    assert [options.hot_words for options in bot.options] == ["Siobhán", "Siobhán, Poughkeepsie"]


def test_what_is_said_so_far_is_shown_while_it_is_said(samples: Path) -> None:
    bot = Noted()
    with calling(bot, hot_words="Siobhán") as client:
        client.speak(joined(silence(0.5), clip(samples, "lj", 0, 2.5)))
        assert client.until("partial")["text"] == "I am here."
        assert bot.registry.get(Stage.TRANSCRIBE).hot_words == "Siobhán"
        client.speak(joined(clip(samples, "lj", 2.5), silence(0.9)))
        client.until("done", turn=1)


def test_barge_in_cancels_the_token_and_closes_the_engine(samples: Path) -> None:
    pieces = [f"Word number {n} is here. " for n in range(500)]
    bot, kept = Noted(**{Stage.GENERATE: {"pieces": pieces, "seconds": 0.02}}), Kept()
    with calling(bot, kept) as client:
        client.speak(turn(samples))
        client.until("state", state="speaking")
        assert not bot.tokens[0].cancelled
        client.say(type="played", turn=1, seconds=1.0)
        client.speak(clip(samples, "jfk", 5.2, 6.5))
        client.until("drop", turn=1, heard="Word number 0 is here.")
        assert bot.tokens[0].cancelled
        client.until("state", state="hearing")
    assert gone()
    assert bot.closed == len(bot.tokens)
    turn_kept = kept.turns()[0]
    assert (turn_kept.reply_text, turn_kept.status) == ("Word number 0 is here.", Status.STOPPED)


@pytest.mark.parametrize("when", ["speaking", "thinking", "hearing", "listening"])
def test_a_lost_connection_leaves_no_thread_and_no_turn(samples: Path, when: str) -> None:
    slow = {"seconds": 0.3} if when == "thinking" else {}
    bot = Noted(**{Stage.TRANSCRIBE: slow, Stage.GENERATE: {"pieces": ["Word. "] * 500, "seconds": 0.05}})
    with calling(bot) as client:
        client.until("state", state="listening")
        if when != "listening":
            client.speak(turn(samples) if when != "hearing" else turn(samples)[:-12_000])
            client.until("state", state=when)
        client.socket.close()
    assert gone(), threads()
    assert bot.closed == len(bot.tokens) and all(token.cancelled for token in bot.tokens)


def test_a_page_that_takes_nothing_holds_the_engine_back_and_can_still_leave(samples: Path) -> None:
    bot = Noted(**{Stage.GENERATE: {"pieces": ["Word. "] * 2000}})
    with calling(bot) as client:
        client.speak(turn(samples))
        client.until("state", state="thinking")
    assert gone()
    assert bot.tokens[0].cancelled


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("nonsense", "start, mute, push"),
        ("{}", "start, mute, push"),
        ('{"type": "jump"}', "start, mute, push"),
        ('{"type": "mute"}', "mute.on"),
        ('{"type": "played", "turn": 1, "seconds": -1}', "greater than or equal to 0"),
        ('{"type": "played", "turn": 1, "seconds": NaN}', "played"),
        ('{"type": "start"}', "already started"),
        ("x" * 5000, "Allowed: 4096"),
        (b"abc", "16-bit little-endian PCM"),
        (b"x" * 70_000, "Allowed: 65536"),
    ],
)
def test_a_bad_message_is_answered_and_the_call_goes_on(message: str | bytes, said: str) -> None:
    with calling(Noted()) as client:
        client.until("state", state="listening")
        if isinstance(message, str):
            client.socket.send_text(message)
        else:
            client.socket.send_bytes(message)
        error = client.until("error")
        assert said in error["message"] and not error["fatal"]
        client.say(type="mute", on=True)
        client.until("state", state="idle")


def test_sound_before_the_start_is_refused() -> None:
    with TestClient(calls_app(Noted())) as http, http.websocket_connect("/call") as socket:
        client = Client(socket)
        client.speak(silence(0.1))
        assert "has not started" in client.until("error")["message"]


def test_too_many_bad_messages_end_the_call() -> None:
    with calling(Noted()) as client:
        for _ in range(25):
            client.socket.send_text("nonsense")
        while not (error := client.until("error"))["fatal"]:
            pass
        assert "Too many" in error["message"]
        assert client.closed() == 1008
    assert gone()


def test_sound_faster_than_life_ends_the_call() -> None:
    with calling(Noted()) as client:
        for _ in range(30):
            client.socket.send_bytes(b"\0" * 65_536)
        while not (error := client.until("error"))["fatal"]:
            pass
        assert "faster" in error["message"]
        assert client.closed() == 1008


def test_a_call_has_an_end() -> None:
    with calling(Noted(), settings=CallSettings(max_call=0.3)) as client:
        assert "Call again" in client.until("error")["message"]
        assert client.closed() == 1008
    assert gone()


def test_strangers_other_sites_and_too_many_calls_are_refused() -> None:
    def code(app: Any, **headers: str) -> int:
        with TestClient(app) as http, http.websocket_connect("/call", headers=headers) as socket:
            return Client(socket).closed()

    assert code(calls_app(Noted(), user=None)) == 4401
    assert code(calls_app(Noted()), origin="http://evil.example") == 4403
    app = calls_app(Noted(), settings=CallSettings(calls_at_once=1))
    with TestClient(app) as http:
        with http.websocket_connect("/call", headers={"origin": "http://testserver"}) as socket:
            first = Client(socket)
            first.say(**START)
            first.until("ready")
            with http.websocket_connect("/call") as other:
                assert Client(other).closed() == 4429
            first.say(type="end")
            assert first.closed() == 1000
        with http.websocket_connect("/call") as socket:
            again = Client(socket)
            again.say(**START)
            again.until("ready")


def test_a_conversation_that_cannot_be_read_is_told_in_its_own_words(samples: Path) -> None:
    bot = Noted()
    with calling(bot, Kept(broken=True)) as client:
        client.speak(turn(samples))
        assert client.until("failed")["message"] == "This conversation is somebody else's."
        client.until("state", state="listening")
    assert bot.tokens == []


def test_what_cannot_be_kept_is_told_and_the_call_goes_on(
    samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise HistoryError("The disk is full")

    kept = Kept()
    monkeypatch.setattr(retries, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(kept, "begin_turn", full)
    slowly = {Stage.GENERATE: {"pieces": ["Word. "] * 40, "seconds": 0.05}}
    with calling(Noted(**slowly), kept) as client:
        client.speak(turn(samples))
        assert client.until("unsaved", turn=1)["message"] == "The disk is full."
        client.until("done", turn=1)


def test_what_was_said_is_kept_while_the_answer_is_still_being_made(samples: Path) -> None:
    bot, kept = Noted(**{Stage.GENERATE: {"pieces": ["Word. "] * 500, "seconds": 0.05}}), Kept()
    with calling(bot, kept) as client:
        client.speak(turn(samples))
        client.until("state", state="speaking")
        for _ in range(600):  # it is written in a thread of its own
            if kept.turns():
                break
            time.sleep(0.05)
        (asked,) = kept.turns()
        assert asked.status is Status.ANSWERING and asked.question_media
    assert gone()
    (left,) = kept.turns()
    assert left.status is Status.STOPPED


class Refusing:
    """A door that lets nobody in."""

    def __init__(self) -> None:
        self.people: list[str] = []

    def enter(self, person: str, cancel: CancelToken) -> Any:
        self.people.append(person)
        raise LimitError("Too many messages")


def test_a_call_is_admitted_like_every_other_turn(samples: Path) -> None:
    bot, door, kept = Noted(), Refusing(), Kept()
    app = calls_app(bot, kept, admission=door)
    with TestClient(app) as http, http.websocket_connect("/call") as socket:
        client = Client(socket)
        client.say(**START)
        client.speak(turn(samples))
        assert client.until("failed")["message"] == "Too many messages."
        client.until("state", state="listening")
        client.say(type="end")
        assert client.closed() == 1000
    assert door.people == ["anna"] and bot.tokens == []
    assert [(asked.status, str(asked.error)) for asked in kept.turns()] == [
        (Status.FAILED, "Too many messages.")
    ]


def test_partial_transcripts_wait_for_answers_and_for_one_another() -> None:
    load = Load()
    assert load.begin_partial() and not load.begin_partial()
    load.end_partial()
    load.answer(1)
    assert not load.begin_partial()
    load.answer(-1)
    assert load.begin_partial()


@pytest.mark.parametrize("whole", [True, False])
def test_partial_transcripts_rest_where_transcription_is_slow(
    monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    load = Load()
    load.took(SLOW_SECONDS)
    assert load.begin_partial()
    if whole:
        load.took(SLOW_SECONDS + 0.1)
    else:
        monkeypatch.setattr("chatbot.call.workers.SLOW_SECONDS", -1.0)
    load.end_partial()
    assert not load.begin_partial()
