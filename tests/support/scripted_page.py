"""The page with scripted models: `python -m tests.support.scripted_page`. No weights, quick replies."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from chatbot.cli.server.run import launch
from chatbot.config.settings import Settings
from chatbot.generators.protocol import Finish, Message
from chatbot.turn.engine import Chatbot
from chatbot.ui import hub_downloads, page
from chatbot.ui.model_downloads import ModelDownloads
from chatbot.ui.words import LANGUAGES, words_for
from pipelines.core.errors import BackendError
from pipelines.core.hub import Hub
from pipelines.core.hub_request import HubRequest
from pipelines.core.manifest import Manifest
from pipelines.core.registry import BackendSpec, Registry
from pipelines.core.types import Audio, Stage
from pipelines.core.weights import WeightStore
from tests.support.hub_server import FakeHub, serving
from tests.support.package_index import Index, model
from tests.support.scripted import Generator, Speaker, scripted_registry

REPLY = (
    "That is a fine thing to ask about. ",
    "The keeper climbed the stairs of the lighthouse every evening, lit the lamp and wrote down the weather. ",
    "Ships came home by his light. ",
    "When the fog was thick he rang the bell until morning. ",
    "What would you like to hear next?",
)
TITLE = "Sailing to Brest"
QUESTIONS = "How far is it?\nWhich boat do I need?\nWhen does the storm season begin in Brittany?"
VOICES = {"zh": ("zf_xiaoyi", "zm_yunxi")}
CAPTION, CHINESE_CAPTION = "A cat on a mat.", "垫子上有一只猫。"
FORMATS = """Here is all of it.

```python
print("one line of code that is long enough to need some sideways scrolling on a narrow screen")
```

| Name | Meaning | Figure |
| --- | --- | --- |
| Internationalization | Responsibilities of the lighthouse | 1234567 |
| Electroencephalography | Characteristically uncomplicated | 42 |

- [x] Buy bread
- [ ] Light the lamp

The area is \\(\\pi r^2\\) and costs $5 or $10.

\\[ E = mc^2 \\]

مرحبا بالعالم، هذا نص من اليمين إلى اليسار.
"""
SCRIPTS: Mapping[Stage, Mapping[str, Any]] = {
    Stage.GENERATE: {"pieces": REPLY, "seconds": 0.25},
    Stage.CAPTION: {"text": CAPTION},
    Stage.TRANSCRIBE: {"text": "Ask not what your country can do for you."},
}


class Storyteller(Generator):
    """Writes what is scripted, or what a word in the question asks for.

    Of a talk about Brest it writes a title and questions; the caption of a picture it translates. "a long
    story" is cut after two pieces at first, "slowly" waits to be stopped, "patiently" takes six
    seconds, "formats" is answered with code, a table, tasks, formulas and Arabic.
    """

    languages = ("en", "zh")

    def stream(
        self, messages: Sequence[Message], *, temperature: float, max_tokens: int, cancel: Any = None
    ) -> Iterator[str]:
        asked = next(message["content"] for message in reversed(messages) if message["role"] == "user")
        if asked.startswith(("Give our conversation a title", "Write three short questions")):
            brest = any("Brest" in message["content"] for message in messages)
            yield (TITLE if "title" in asked else QUESTIONS) if brest else ""
            return Finish("stop", 10, 10)
        if asked == CAPTION:
            yield CHINESE_CAPTION
            return Finish("stop", 10, 10)
        begun = messages[-1]["role"] == "assistant"
        if "formats" in asked:
            yield FORMATS
            return Finish("stop", 10, 10)
        if "slowly" in asked:
            cancel.wait(120)
        pieces = self.options["pieces"][2:] if begun else self.options["pieces"]
        cut = "a long story" in asked and not begun
        for piece in pieces[:2] if cut else pieces:
            time.sleep(1.2 if "patiently" in asked else self.options["seconds"])
            yield piece
        return Finish("length" if cut else "stop", 10, 10)


class Sampled(Speaker):
    """Says the sentences of the settings for four seconds, and refuses the speed 2.0."""

    def with_voices(self, chosen: Mapping[str, str]) -> Speaker:
        return self

    def stream(
        self, text: str, *, language: str = "en", speed: float = 1.0, cancel: Any = None
    ) -> Iterator[Audio]:
        if all(text != words.settings.sample for words in map(words_for, LANGUAGES)):
            yield from super().stream(text, language=language, speed=speed, cancel=cancel)
            return
        if speed == 2.0:
            raise BackendError("The voice could not read a sentence aloud")
        yield Audio(np.full(4 * self.sample_rate, 0.01, np.float32), self.sample_rate)


def registry() -> Registry:
    """Return scripted back-ends, a second one of a stage, and one that cannot run here."""
    given = scripted_registry(SCRIPTS, {Stage.GENERATE: Storyteller, Stage.SPEAK: Sampled})
    table = {stage: dict(rows) for stage, rows in given.table.items()}
    table[Stage.SPEAK]["scripted"] = replace(table[Stage.SPEAK]["scripted"], voices=VOICES)
    table[Stage.CAPTION]["other"] = table[Stage.CAPTION]["scripted"]
    table[Stage.OCR]["absent"] = BackendSpec(
        "no.module:None",
        "huggingface",
        "A larger reader",
        packages=("no_such_package",),
        install="pip install no-such-package",
    )
    table[Stage.GENERATE]["second"] = BackendSpec(
        f"{Second.__module__}:Second", "embedded", "A second writer", title="Second 2B"
    )
    table[Stage.GENERATE]["larger"] = BackendSpec(
        f"{Downloaded.__module__}:Downloaded", "embedded", "A larger writer", models=("larger",)
    )
    hub = BackendSpec(
        f"{FromHub.__module__}:FromHub", "huggingface", "A writer of the hub", options=("model",)
    )
    table[Stage.GENERATE]["tiny"] = replace(hub, title="Tiny 4B")
    table[Stage.GENERATE]["gone"] = replace(hub, title="Gone 8B", preset={"model": "owner/gone"})
    manifest = Manifest(models={**given.store.manifest.models, "larger": model(40)})
    store = WeightStore(Path(tempfile.mkdtemp()), manifest, given.store.assets)
    return Registry(table, store, options=SCRIPTS)


class Second(Storyteller):
    """Another writer that can answer at once."""

    model = "Second 2B (scripted)"

    def __init__(self, registry: Registry, **options: Any) -> None:
        super().__init__(registry, **{**SCRIPTS[Stage.GENERATE], **options})


class Downloaded(Storyteller):
    """Needs its model's file, which comes slowly from an index in memory."""

    def __init__(self, registry: Registry, **options: Any) -> None:
        super().__init__(registry, **{**SCRIPTS[Stage.GENERATE], **options})
        self._store = registry.store

    def load(self) -> None:
        self._store.path("larger")


class FromHub(Storyteller):
    """Needs a model of the hub."""

    def __init__(self, registry: Registry, *, model: str = "owner/tiny", **options: Any) -> None:
        super().__init__(registry, **{**SCRIPTS[Stage.GENERATE], **options})
        self.request, self._registry = HubRequest(model, files=("*.gguf",)), registry

    def load(self) -> None:
        hub_downloads.hub_of(self._registry).folder(self.request)


def slowly(number: int) -> None:
    """Take a while for each part."""
    time.sleep(0.4)


def main() -> None:
    """Serve until the program is ended."""
    settings = Settings(follow_ups=True)
    page.ModelDownloads = partial(ModelDownloads, fetch=lambda: Index(before=slowly))  # type: ignore[misc]
    folder = Path(tempfile.mkdtemp())
    files = FakeHub({"tiny.gguf": bytes(3_000_000)}, large=("tiny.gguf",), seconds=12)
    with serving(files) as hub, Chatbot(settings, registry()) as chatbot:
        hub_downloads.hub_of = lambda _: Hub(folder / "locks", cache=folder / "cache", endpoint=hub.url)
        launch(chatbot, settings)


if __name__ == "__main__":
    main()
