"""A conversation in the terminal: `python -m chatbot chat`."""

from __future__ import annotations

import contextlib
import shlex
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.console import Console

from chatbot.cli.turn_files import PERSON, existing, read_turn
from chatbot.generators.protocol import Generator
from chatbot.turn.continuation import is_repeating, was_cut
from chatbot.turn.engine import Chatbot
from chatbot.turn.events import EvidenceReady, Exchange, TextDelta
from chatbot.turn.protocols import TurnContext, TurnRequest
from chatbot.turn.service import TurnService
from chatbot.turn.state import TurnState, fold
from chatbot.turn.summary import Summing
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import InputError, TrioError
from pipelines.core.types import Evidence, Sentiment, Stage, Turn

HELP = """Type a message and press Enter. Commands:
  /image FILE...   add pictures to the next message
  /audio FILE      add a recording to the next message
  /send            send what was added, without text
  /continue        continue a reply that reached its length limit (or press Enter on an empty line)
  /clear           forget the conversation
  /help            show this help
  /quit            quit (also Ctrl-D); Ctrl-C stops a reply"""


@dataclass(eq=False)
class TerminalChat:
    """Reads lines, answers turns.

    Attributes:
        chatbot: The engine.
        console: Where the conversation is shown.
        voices: Folder for the spoken replies; None for no voice.
        history: The conversation, oldest turn first.
        images, audio: What was added to the next message.
        cut: The last turn, where its reply was cut at its longest length.
        memo: Notes of a summary that is being made.
    """

    chatbot: Chatbot
    console: Console
    voices: Path | None = None
    history: list[Exchange] = field(default_factory=list)
    images: list[Path] = field(default_factory=list)
    audio: Path | None = None
    cut: Turn | None = None
    memo: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        """Talk until the person leaves."""
        self.console.print(HELP, highlight=False, markup=False)
        while True:
            try:
                line = self.console.input("\n[bold cyan]You:[/] ").strip()
            except (EOFError, KeyboardInterrupt):
                self.console.print()
                return
            try:
                if line in ("/quit", "/exit"):
                    return
                self._take(line)
            except TrioError as error:
                self.console.print(str(error), style="red", markup=False)

    def _take(self, line: str) -> None:
        if not line.startswith("/"):
            if line:
                self._answer(line)
            elif self.cut is not None:
                self._go_on(self.cut)
            return
        try:
            command, *arguments = shlex.split(line)
        except ValueError as error:
            raise InputError("The command cannot be read", given=f"{line} ({error})") from error
        if command == "/image" and arguments:
            self.images += [existing(Path(name)) for name in arguments]
        elif command == "/audio" and len(arguments) == 1:
            self.audio = existing(Path(arguments[0]))
        elif command == "/continue":
            self._go_on(self.cut)
        elif command == "/send":
            self._answer(None)
        elif command == "/clear":
            self.history.clear()
            self.images, self.audio, self.cut = [], None, None
        else:
            self.console.print(HELP, highlight=False, markup=False)

    def _answer(self, text: str | None) -> None:
        images, audio, self.images, self.audio = self.images, self.audio, [], None
        turn = read_turn(text, images, audio)
        self._finish(turn, self._run(turn, self.history))

    def _go_on(self, turn: Turn | None) -> None:
        """Go on with the last reply, in its place in the history."""
        if turn is None or not self.history:
            raise InputError("There is no reply to continue", allowed="a reply that reached its length limit")
        *before, last = self.history
        known = last.context.evidence if last.context is not None else ()
        state = self._run(turn, before, last.reply, known)
        if state.reply is not None and state.reply.text:
            self.history.pop()
        self._finish(turn, state)

    def _run(
        self, turn: Turn, history: Sequence[Exchange], begun: str = "", known: Sequence[Evidence] = ()
    ) -> TurnState:
        """Answer a turn and show it as it comes; what it begins with has been shown already."""
        options = self.chatbot.settings.turn_options(speak=self.voices is not None, begun=begun)
        context = TurnContext(PERSON, "", options, history=lambda: history)
        events = TurnService(self.chatbot).run(TurnRequest(turn, tuple(known)), context)
        state, started, there = TurnState(), False, bool(begun)
        with _stopped_by_ctrl_c(context.cancel):
            for event in events:
                state = fold(state, event)
                if isinstance(event, EvidenceReady):
                    if not begun:
                        self._show(event.evidence)
                elif isinstance(event, TextDelta) and there:
                    there = False
                elif isinstance(event, TextDelta):
                    self.console.print("" if started else "[bold magenta]Trio:[/] ", end="")
                    self.console.print(event.text, end="", markup=False, highlight=False)
                    started = True
        return state

    def _finish(self, turn: Turn, state: TurnState) -> None:
        reply = state.reply
        self.console.print(" (stopped)" if reply is not None and reply.stopped else "")
        if state.error:
            self.console.print(str(state.error), style="red", markup=False)
        if reply is not None and reply.text:
            self.history.append(Exchange(turn.text or "", reply.text, reply.context))
            self.chatbot.idle.put("terminal", self._sum_up)
        self.cut = turn if was_cut(reply) else None
        if self.cut is not None:
            why = (
                "began to repeat itself and was ended" if is_repeating(reply) else "reached its length limit"
            )
            self.console.print(f"The reply {why}. Press Enter to continue.", style="dim")
        if self.voices is not None and state.speech:
            from pipelines.speech.wav import write_wav

            self.voices.mkdir(parents=True, exist_ok=True)
            path = self.voices / f"reply-{len(self.history)}.wav"
            write_wav(path, state.sound)
            self.console.print(f"voice: {path}", style="dim", markup=False)

    def _sum_up(self, cancel: CancelToken) -> None:
        """Sum up what was said long ago, where the conversation has become long; in memory only."""
        past, options = list(self.history), self.chatbot.turn_options()
        generator: Generator = self.chatbot.registry.get(Stage.GENERATE)
        found = Summing(generator, options, cancel, self.memo).sum_up(past)
        if found is not None and found.reach < len(self.history):
            last = self.history[found.reach]
            if last is past[found.reach]:  # not so after /clear
                self.history[found.reach] = replace(last, summary=found.text)
        self.memo.clear()

    def _show(self, evidence: Evidence) -> None:
        label = getattr(evidence.value, "label", None)
        said = str(evidence.error or "") or label or getattr(evidence.value, "text", "")
        score = evidence.value.score if isinstance(evidence.value, Sentiment) else evidence.confidence
        sure = f" ({score:.0%})" if said and not evidence.error and score is not None else ""
        line = f"  {evidence.source}, {evidence.kind}: {said or 'nothing'}{sure}"
        self.console.print(line, style="red" if evidence.error else "dim", markup=False, highlight=False)


@contextlib.contextmanager
def _stopped_by_ctrl_c(cancel: CancelToken) -> Iterator[None]:
    """Let Ctrl-C stop a reply, so that it ends like any other one; a second Ctrl-C ends the program.

    As an exception, it would end the reply wherever it happens to be, and what was said would be lost.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def stop(*_: object) -> None:
        signal.signal(signal.SIGINT, before)
        cancel.cancel()

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
