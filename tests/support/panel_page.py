"""A page with the panel alone, on the real history and the real engine with scripted back-ends.

The back-ends mishear one word, so that a test can put it right. `python -m tests.support.panel_page`
serves it for a look.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from chatbot.config.settings import Settings
from chatbot.history import LOCAL_USER, History, MediaSource, Role, TurnRecord, TurnWriter
from chatbot.turn.engine import Chatbot
from chatbot.ui.actions import reply_actions
from chatbot.ui.drafts import Draft, read_draft
from chatbot.ui.markup import plain
from chatbot.ui.panel import mood_plot, render, source_files
from chatbot.ui.panel.bridge import correction_request, panel_bridge, reason_request
from chatbot.ui.panel.explanations import ExplanationStream
from chatbot.ui.panel.resubmission import correct_and_answer
from chatbot.ui.theme import HEAD, STYLES, theme
from chatbot.ui.transcript import block
from chatbot.ui.words import words_for
from pipelines.core.assets import SAMPLES
from pipelines.core.errors import BackendError, TrioError
from pipelines.core.registry import Registry
from pipelines.core.types import (
    Audio,
    Caption,
    Distribution,
    Evidence,
    Image,
    OcrText,
    Sentiment,
    Stage,
    TextBox,
)
from pipelines.speech.wav import to_wav_bytes
from tests.support.records import keeping
from tests.support.scripted import scripted_registry

MISHEARD = "I am fine, I have just lost my joy."
SAID = "I am fine, I have just lost my job."
MISSEEN = "A dog on a mat."
HOSTILE = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>'


def scripted() -> Registry:
    """Return back-ends that mishear and misread; what they feel depends on the words."""
    registry = scripted_registry(
        {
            Stage.TRANSCRIBE: {"text": MISHEARD, "seconds": 0.2},
            Stage.CAPTION: {"text": MISSEEN, "seconds": 0.3},
            Stage.OCR: {"seconds": 0.1},
            Stage.SPEECH_EMOTION: {"label": "sad", "seconds": 0.05},
            Stage.GENERATE: {"seconds": 0.08},
        }
    )

    def feels_sad(text: str) -> bool:
        return any(word in text.lower() for word in ("job", "sad", "miss"))

    sentiment, emotion = registry.get(Stage.SENTIMENT), registry.get(Stage.TEXT_EMOTION)
    sentiment.classify = lambda text: Sentiment("negative" if feels_sad(text) else "positive", 0.96)

    def classify(text: str) -> Distribution:
        if "fail" in text:
            raise BackendError("The emotion of the words could not be read", fix="Send the message again")
        label = "sadness" if feels_sad(text) else "joy"
        return Distribution(label, 0.86, {label: 0.86, "surprise": 0.08, "love": 0.06})

    emotion.classify = classify
    _see_and_hear_parts(registry)
    registry.get(Stage.OCR).read = lambda image, **_: OcrText(
        "EXIT\n" + "Mind the gap between the train and the platform. " * 14, (TextBox("EXIT", 0.93, ()),)
    )
    return registry


def _see_and_hear_parts(registry: Registry) -> None:
    """Let the caption hang on the top left of the picture, and the sadness on the second quarter second."""
    captioner, recogniser = registry.get(Stage.CAPTION), registry.get(Stage.SPEECH_EMOTION)
    whole = captioner.caption, recogniser.classify

    def caption(image: Image, **options: Any) -> Caption:
        found: Caption = whole[0](image, **options) if _detailed(image) else Caption("A mat.", 0.5)
        return found

    def classify(audio: Audio, encoding: Any = None, **_: Any) -> Distribution:
        if np.abs(audio.samples[5000:7000]).max() > 0.05:
            found: Distribution = whole[1](audio, encoding)
            return found
        return Distribution("neutral", 0.7, {"neutral": 0.7, "sad": 0.3})

    captioner.caption, recogniser.classify = caption, classify


def _detailed(image: Image) -> bool:
    return float(image.pixels[: image.height // 8, : image.width // 8].std(axis=(0, 1)).max()) > 1.0


class PanelPage:
    """The page and what is behind it. A context manager that stops both."""

    def __init__(self, folder: Path, language: str = "en") -> None:
        self.folder, self.words = folder, words_for(language)
        self.registry = scripted()
        self.chatbot = Chatbot(Settings(), self.registry)
        self.history = History(folder / "data")
        self.conversation = self.history.create(LOCAL_USER).id
        self.explaining = ExplanationStream()
        self.url = ""

    def __enter__(self) -> PanelPage:
        page = self._build()
        self._page = page
        _, self.url, _ = page.launch(
            server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, share=False, ssr_mode=False,
            theme=theme(), css_paths=STYLES, head=HEAD, allowed_paths=[str(self.folder)],
            footer_links=[],
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self._page.close()
        self.history.close()
        self.chatbot.close()

    def ask(self, text: str, *files: Path) -> str:
        """Send a message and wait for its answer; return the turn's id."""
        draft = read_draft(text, files)
        media = [MediaSource(self._role(item.content), item.name, item.path) for item in draft.attachments]
        writer = self.history.begin_turn(LOCAL_USER, self.conversation, text=text, media=media)
        for _ in self._answer(writer, draft, ()):
            pass
        return writer.turn

    def _role(self, content: object) -> Role:
        return Role.RECORDING if isinstance(content, Audio) else Role.PICTURE

    def _answer(self, writer: TurnWriter, draft: Draft, known: tuple[Evidence, ...]) -> Iterator[Any]:
        past = self.history.exchanges(LOCAL_USER, self.conversation)
        return keeping(writer, self.chatbot.respond(draft.turn(), past, known=known))

    def messages(self) -> list[dict[str, Any]]:
        """Return the conversation as the chat shows it."""
        shown: list[dict[str, Any]] = []
        for turn in self.history.path(LOCAL_USER, self.conversation):
            said = f'<div id="turn-{turn.id}">{plain(turn.text or "(voice)")}</div>'
            shown.append({"role": "user", "content": [block(said)]})
            under = [block(reply_actions(turn, self.words)), block(self.panel(turn))]
            shown.append({"role": "assistant", "content": [turn.reply_text, *under]})
        return shown

    def panel(self, turn: TurnRecord) -> str:
        """Return the panel of a kept turn."""
        links = {source: f"gradio_api/file={item.path}" for source, item in source_files(turn.media).items()}
        corrections = {item.source: item.corrected for item in turn.corrections}
        return render(
            turn.reply, self.words, turn.evidence, turn=turn.id, links=links, corrections=corrections
        )

    def moods(self) -> str:
        """Return the mood line."""
        return mood_plot(self.history.mood(LOCAL_USER, self.conversation), self.words)

    def _build(self) -> gr.Blocks:
        def correct(event: gr.EventData) -> Iterator[tuple[Any, str, str]]:
            request = correction_request(event)
            try:
                asked = correct_and_answer(
                    self.history, LOCAL_USER, request.turn, request.source, request.text
                )
            except TrioError as error:
                yield gr.skip(), gr.skip(), self.words.say(error.said)  # type: ignore[misc]
                return
            for _ in self._answer(asked.writer, asked.draft, asked.known):
                pass
            yield self.messages(), self.moods(), ""

        def explain(event: gr.EventData, request: gr.Request) -> Iterator[dict[str, Any]]:
            asked, tab = reason_request(event), str(request.session_hash)
            yield from self.explaining.views(tab, self.registry, self.history, LOCAL_USER, asked, self.words)

        def stop(request: gr.Request) -> None:
            self.explaining.stop(str(request.session_hash))

        with gr.Blocks(analytics_enabled=False, fill_height=True) as page:
            bridge = panel_bridge()
            moods = gr.HTML(self.moods, apply_default_css=False, js_on_load=None, elem_id="trio-moodline")
            chat = gr.Chatbot(
                self.messages, elem_id="trio-chat", show_label=False, container=False, layout="bubble",
                height=None, scale=1, buttons=[], allow_tags=False,
            )  # fmt: skip
            problem = gr.Textbox(elem_id="trio-problem", container=False, show_label=False)
            bridge.correct(correct, None, [chat, moods, problem])
            bridge.explain(explain, None, [bridge], show_progress="hidden")
            bridge.unexplain(stop, None, None, queue=False)
        return page


def fill(page: PanelPage) -> None:
    """Ask what shows every kind of card."""
    voice = page.folder / "voice.wav"
    voice.write_bytes(to_wav_bytes(Audio(np.full(16_000, 0.1, np.float32), 16_000)))
    picture = next(SAMPLES.glob("*.jp*g"))
    page.ask("What a lovely day!")
    page.ask("", voice, picture)
    page.ask("I am so sad today.")
    page.ask("I miss you, and this must fail: " + HOSTILE)


def serve(wait: Callable[[], object], language: str = "en") -> None:
    """Serve the page until `wait` returns."""
    with tempfile.TemporaryDirectory() as folder, PanelPage(Path(folder), language) as page:
        fill(page)
        print(page.url, flush=True)
        wait()


if __name__ == "__main__":
    serve(input)
