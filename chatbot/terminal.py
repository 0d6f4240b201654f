"""A conversation in the terminal: `python -m chatbot chat`."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from chatbot.engine import Chatbot
from chatbot.events import EvidenceReady, Exchange, TextDelta
from chatbot.inputs import existing, read_turn
from chatbot.record import Outcome
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import InputError, TrioError
from pipelines.core.types import Evidence, Sentiment

HELP = """Type a message and press Enter. Commands:
  /image FILE...   add pictures to the next message
  /audio FILE      add a recording to the next message
  /send            send only what was added
  /clear           forget the conversation
  /help            show this
  /quit            leave (also Ctrl-D); Ctrl-C stops a reply"""


@dataclass(eq=False)
class TerminalChat:
    """Reads lines, answers turns.

    Attributes:
        chatbot: The engine.
        console: Where the conversation is shown.
        voices: Folder for the spoken replies; None for no voice.
    """

    chatbot: Chatbot
    console: Console
    voices: Path | None = None
    history: list[Exchange] = field(default_factory=list)
    images: list[Path] = field(default_factory=list)
    audio: Path | None = None

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
            return
        try:
            command, *arguments = shlex.split(line)
        except ValueError as error:
            raise InputError("The command cannot be read", given=f"{line} ({error})") from error
        if command == "/image" and arguments:
            self.images += [existing(Path(name)) for name in arguments]
        elif command == "/audio" and len(arguments) == 1:
            self.audio = existing(Path(arguments[0]))
        elif command == "/send":
            self._answer(None)
        elif command == "/clear":
            self.history.clear()
            self.images, self.audio = [], None
        else:
            self.console.print(HELP, highlight=False, markup=False)

    def _answer(self, text: str | None) -> None:
        images, audio, self.images, self.audio = self.images, self.audio, [], None
        turn = read_turn(text, images, audio)
        token, outcome = CancelToken(), Outcome()
        options = self.chatbot.settings.turn_options(speak=self.voices is not None)
        events = self.chatbot.respond(turn, self.history, cancel=token, options=options)
        started = False
        try:
            for event in events:
                outcome.take(event)
                if isinstance(event, EvidenceReady):
                    self._show(event.evidence)
                elif isinstance(event, TextDelta):
                    self.console.print("" if started else "[bold magenta]Trio:[/] ", end="")
                    self.console.print(event.text, end="", markup=False, highlight=False)
                    started = True
        except KeyboardInterrupt:
            token.cancel()
            for event in events:
                outcome.take(event)
        self._finish(outcome, text or "")

    def _finish(self, outcome: Outcome, text: str) -> None:
        reply = outcome.reply
        self.console.print(" (stopped)" if reply is not None and reply.stopped else "")
        if outcome.error:
            self.console.print(outcome.error, style="red", markup=False)
        if reply is not None and reply.text:
            self.history.append(Exchange(text, reply.text, reply.context))
        if self.voices is not None and outcome.speech:
            from pipelines.speech.wav import write_wav

            self.voices.mkdir(parents=True, exist_ok=True)
            path = self.voices / f"reply-{len(self.history)}.wav"
            write_wav(path, outcome.speech)
            self.console.print(f"voice: {path}", style="dim", markup=False)

    def _show(self, evidence: Evidence) -> None:
        label = getattr(evidence.value, "label", None)
        said = evidence.error or label or getattr(evidence.value, "text", "")
        score = evidence.value.score if isinstance(evidence.value, Sentiment) else evidence.confidence
        sure = f" ({score:.0%})" if said and not evidence.error and score is not None else ""
        line = f"  {evidence.source}, {evidence.kind}: {said or 'nothing'}{sure}"
        self.console.print(line, style="red" if evidence.error else "dim", markup=False, highlight=False)
