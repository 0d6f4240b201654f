"""A reply that was cut at its longest length goes on where it stopped, in its own place."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from chatbot.cli.terminal import TerminalChat
from chatbot.config.settings import load_settings
from chatbot.generators.protocol import Finish, Message
from chatbot.history import History, HistoryError, Status
from chatbot.history.resumption import resume_turn
from chatbot.turn.continuation import after_seam, code_before, was_cut
from chatbot.turn.engine import Chatbot
from chatbot.turn.events import Done, EvidenceReady, Failed, SpeechChunk, TextDelta
from chatbot.turn.options import TurnOptions
from pipelines.core.types import Stage, Turn
from tests.support.page_user import SENTIMENT, SOUND, WORDS, Person, ScriptedEngine, record
from tests.support.scripted import Generator, scripted_registry

CUT = (
    EvidenceReady(SENTIMENT),
    TextDelta("Once upon the"),
    SpeechChunk(SOUND, "Once upon the"),
    Done(record("Once upon the", finish=Finish("length", 9, 3))),
)
REST = (
    TextDelta("Once upon the"),
    TextDelta(" cat came."),
    SpeechChunk(SOUND, "cat came."),
    Done(record("Once upon the cat came.", finish=Finish("stop", 12, 3))),
)


class Limited(Generator):
    """Writes as many pieces as it may, and says where it was cut."""

    story = ("It was the", " cat", " that came", " home. ", "The end.")

    def stream(self, messages: Any, *, temperature: float, max_tokens: int, cancel: Any = None) -> Any:
        self.calls.append(list(messages))
        begun = messages[-1]["content"] if messages[-1]["role"] == "assistant" else ""
        there = 0
        while there < len(self.story) and "".join(self.story[: there + 1]).rstrip() in begun:
            there += 1
        left = self.story[there : there + max_tokens]
        yield from left
        return Finish("length" if there + len(left) < len(self.story) else "stop", 5, len(left))


def limited() -> Chatbot:
    return Chatbot(load_settings(), scripted_registry(classes={Stage.GENERATE: Limited}))


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    person = Person.at(tmp_path, ScriptedEngine(CUT))
    yield person
    person.handlers.stores.close()


def continues(person: Person, *script: Any) -> list[str]:
    person.engine.script = script
    return person.go_on()


@pytest.mark.parametrize(
    ("begun", "rest"),
    [("It is the", " cat"), ("It was hel", "lo"), ("小猫在", "花园里"), ("```python\nx = 1", "\ny = 2\n```")],
)
def test_a_model_that_goes_on_to_the_letter_is_not_touched(begun: str, rest: str) -> None:
    registry = scripted_registry({Stage.GENERATE: {"pieces": [rest]}})
    with Chatbot(load_settings(), registry) as chatbot:
        *_, done = chatbot.respond(Turn("Hi"), options=TurnOptions(begun=begun, speak=False))
    assert isinstance(done, Done)
    assert done.reply.text == begun + rest


@pytest.mark.parametrize(
    ("begun", "written", "whole"),
    [
        ("It was the", "cat that came", "It was the cat that came"),
        ("It was the", " cat", "It was the cat"),
        ("He said hel", "hello to us", "He said hello to us"),
        (
            "They came home late at night",
            "home late at night and slept.",
            "They came home late at night and slept.",
        ),
        ("The end.", "Another one", "The end. Another one"),
        ("小猫在", "花园里", "小猫在花园里"),
        ("x = foo(", "bar)", "x = foo(bar)"),
        ("It was the", "", "It was the"),
    ],
)
def test_a_model_that_is_only_asked_to_go_on_gets_its_seam_mended(
    begun: str, written: str, whole: str
) -> None:
    assert begun + "".join(after_seam(begun, iter([written[:4], written[4:]]))) == whole


def test_code_that_is_still_open_is_not_spoken() -> None:
    assert code_before("```python\nx = 1").startswith("```")
    assert code_before("```python\nx = 1\n```\nSo") == code_before("") == ""
    registry = scripted_registry({Stage.GENERATE: {"pieces": ["\ny = 2\n```\n", "That is all of it."]}})
    with Chatbot(load_settings(), registry) as chatbot:
        events = list(chatbot.respond(Turn("Hi"), options=TurnOptions(begun="```python\nx = 1")))
        spoken = [text for text, *_ in registry.get(Stage.SPEAK).calls]
    assert spoken == ["That is all of it."]
    assert events[-1].reply.text == "```python\nx = 1\ny = 2\n```\nThat is all of it."  # type: ignore[union-attr]


def test_a_reply_that_repeated_itself_says_so_and_offers_to_go_on(person: Person) -> None:
    finish = Finish("length", 9, 3, repeating=True)
    person.engine.script = (TextDelta("Once, once,"), Done(record("Once, once,", finish=finish)))
    shown = person.say("Hi")[-1]
    assert WORDS.messages.repeating in shown and WORDS.messages.cut not in shown
    assert 'data-act="continue"' in shown
    again = person.beside()
    again.do("open", id=person.session.conversation)
    assert WORDS.messages.repeating in str(
        [getattr(p, "value", p) for m in again.messages for p in m["content"]]
    )


def test_a_cut_reply_says_so_and_offers_to_go_on(person: Person) -> None:
    shown = person.say("Hi")[-1]
    assert WORDS.messages.cut in shown
    assert 'data-act="continue"' in shown
    again = person.beside()
    again.do("open", id=person.session.conversation)
    assert 'data-act="continue"' in str(
        [getattr(p, "value", p) for m in again.messages for p in m["content"]]
    )


def test_it_goes_on_in_place_and_only_the_new_text_is_spoken(person: Person) -> None:
    person.say("Hi")
    before = person.turns[0]
    views = continues(person, *REST)
    call = person.engine.calls[1]
    assert (call["history"], call["options"].begun) == ((), "Once upon the")
    assert [item.kind for item in call["known"]] == [Stage.SENTIMENT]
    assert "Once upon the" in views[0]
    (turn,) = person.turns
    assert (turn.id, turn.siblings, turn.status) == (before.id, 1, Status.DONE)
    assert turn.reply_text == "Once upon the cat came."
    assert turn.reply.finish == Finish("stop", 12, 6)
    assert [item.kind for item in turn.evidence] == [Stage.SENTIMENT]
    assert len(person.heard[-1]["chunks"]) == 1
    assert 'data-act="continue"' not in views[-1]
    spoken = turn.spoken_reply
    assert spoken is not None
    assert spoken.bytes == 44 + 2 * 2 * len(SOUND.samples)


def test_what_is_there_outlives_a_failure_and_can_be_tried_again(person: Person) -> None:
    person.say("Hi")
    views = continues(person, Failed("The model ran out.", record("Once upon the")))
    assert "The model ran out." in views[-1]
    assert 'data-act="continue"' in views[-1]
    assert person.turns[0].reply_text == "Once upon the"
    continues(person, RuntimeError("crash"))
    assert person.turns[0].reply_text == "Once upon the"
    continues(person, *REST)
    assert (person.turns[0].status, person.turns[0].error) == (Status.DONE, None)


def test_an_app_that_was_killed_meanwhile_can_go_on(person: Person, tmp_path: Path) -> None:
    person.say("Hi")
    history = person.handlers.history(person.session)
    writer = resume_turn(history, "local", person.turns[0].id)
    writer.take(TextDelta("Once upon the"))
    writer.take(TextDelta(" cat"))
    person.handlers.stores.close()
    with History(tmp_path) as again:
        (turn,) = again.path("local", str(person.session.conversation))
        assert (turn.status, turn.reply_text) == (Status.INTERRUPTED, "Once upon the cat")
        assert was_cut(turn.answer)
        assert again.exchanges("local", turn.conversation)[0].reply == "Once upon the cat"
        resume_turn(again, "local", turn.id).interrupt()


def test_only_the_last_cut_reply_goes_on(person: Person) -> None:
    person.say("Hi")
    first = person.turns[0].id
    shown = person.say("And?")[-1]
    assert shown.count('data-act="continue"') == 1
    history = person.handlers.history(person.session)
    with pytest.raises(HistoryError, match="cannot be continued"):
        resume_turn(history, "local", first)
    continues(person, *REST)
    sent = person.handlers.go_on(person.visitor, person.session, person.turns[-1].id)
    assert (sent.taken, sent.hint) == (False, WORDS.messages.nothing_to_continue)


def test_the_engine_goes_on_until_the_reply_has_ended() -> None:
    text, known, rounds = "", (), 0
    with limited() as chatbot:
        while True:
            options = TurnOptions(max_reply_tokens=2, begun=text, speak=False)
            *_, done = chatbot.respond(Turn("Hi"), options=options, known=known)
            assert isinstance(done, Done)
            text, rounds = done.reply.text, rounds + 1
            known = done.reply.context.evidence if done.reply.context else ()
            if not was_cut(done.reply):
                break
        assert chatbot.registry.get(Stage.SENTIMENT).calls == ["Hi"]
    assert (text, rounds) == ("It was the cat that came home. The end.", 3)


@pytest.mark.parametrize("command", ["", "/continue"])
def test_the_terminal_goes_on_in_place(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = iter(["Hi", command, command, "/quit"])
    out = io.StringIO()
    console = Console(file=out, width=200)
    monkeypatch.setattr(console, "input", lambda _: next(lines))
    with limited() as chatbot:
        object.__setattr__(chatbot.settings, "max_reply_tokens", 2)
        chat = TerminalChat(chatbot, console)
        chat.run()
    assert [past.reply for past in chat.history] == ["It was the cat that came home. The end."]
    assert out.getvalue().count("Press Enter to continue") == 2
    assert chat.cut is None


def test_messages_of_a_prompt_that_goes_on_end_with_its_beginning() -> None:
    registry = scripted_registry({Stage.GENERATE: {"pieces": ["."]}})
    with Chatbot(load_settings(), registry) as chatbot:
        list(chatbot.respond(Turn("Hi"), options=TurnOptions(begun="So", speak=False)))
        last: Message = registry.get(Stage.GENERATE).calls[0][-1]
    assert last == {"role": "assistant", "content": "So"}
